"""Snooze and its two ends: the time, and the customer."""

from datetime import timedelta

import pytest

from core.actors import SYSTEM
from core.errors import Conflict, Forbidden, Invalid, NotFound
from tickets.models import Notice, Status, Ticket, TicketEvent
from tickets.operations.assigning import assign_ticket, move_ticket
from tickets.operations.closing import reopen_ticket, resolve_ticket
from tickets.operations.marking_spam import mark_spam
from tickets.operations.snoozing import BATCH, snooze_ticket, unsnooze_ticket, wake_due_tickets
from tickets.queries.counts import get_counts
from tickets.queries.queue import QueueFilter, get_queue_page


def fresh(ticket):
    ticket.refresh_from_db()
    return ticket


def told(**wanted):
    return sorted(Notice.objects.filter(**wanted).values_list("recipient__name", "kind"))


@pytest.fixture
def snooze(agent, now):
    """Put a case aside for `hours`."""
    return lambda ticket, hours=2, by=agent, at=now: snooze_ticket(
        actor=by, ticket_id=ticket.pk, until=at + timedelta(hours=hours), now=at
    )


def test_it_is_put_aside_for_everybody_until_its_time(case_of, snooze, agent, lead, now):
    ticket = snooze(case_of("c1"))

    assert (ticket.status, ticket.snoozed_until, ticket.snoozed_by) == (Status.SNOOZED, now + timedelta(hours=2), agent)
    assert get_queue_page(actor=lead, wanted=QueueFilter()).rows == ()
    aside = QueueFilter(view="snoozed", status="snoozed", sort="wake")
    assert [row.number for row in get_queue_page(actor=lead, wanted=aside).rows] == [ticket.number]
    counts = get_counts(actor=lead, now=now)
    assert (counts.open, counts.snoozed, counts.all_open) == (0, 1, 0)


def test_the_promise_to_the_customer_keeps_running(case_of, snooze, lead, now):
    ticket = case_of("c1")
    due = ticket.due_at

    assert snooze(ticket, hours=48).due_at == fresh(ticket).due_at == due
    late = get_counts(actor=lead, now=due + timedelta(seconds=1)).late
    assert (late.snoozed, late.all_open) == (True, False)


def test_the_soonest_stands_first(town, take_in, snooze, lead):
    take_in(*(town.comment(f"c{n}", by=f"p{n}") for n in range(3)))
    first, second, third = Ticket.objects.order_by("pk")
    for ticket, hours in ((first, 9), (second, 1), (third, 4)):
        snooze(ticket, hours)
    wanted = QueueFilter(view="snoozed", status="snoozed", sort="wake")

    page = get_queue_page(actor=lead, wanted=wanted, size=2)
    rest = get_queue_page(actor=lead, wanted=wanted, size=2, cursor=page.next_cursor)

    assert [row.ticket_id for row in (*page.rows, *rest.rows)] == [second.pk, third.pk, first.pk]


@pytest.mark.parametrize("away", [timedelta(0), timedelta(seconds=-1), timedelta(days=367)])
def test_a_time_that_is_none_changes_nothing(case_of, agent, now, footprint, away):
    ticket = case_of("c1")
    before = footprint()

    with pytest.raises(Invalid):
        snooze_ticket(actor=agent, ticket_id=ticket.pk, until=now + away, now=now)

    assert (fresh(ticket).status, footprint()) == (Status.OPEN, before)


@pytest.mark.parametrize("close", [resolve_ticket, mark_spam])
def test_what_is_over_cannot_be_snoozed(case_of, snooze, agent, now, close):
    ticket = case_of("c1")
    close(actor=agent, ticket_id=ticket.pk, now=now)

    with pytest.raises(Conflict):
        snooze(ticket)

    assert fresh(ticket).snoozed_until is None


@pytest.mark.parametrize(
    ("role", "refusal"), [("auditor", Forbidden), ("privacy_officer", NotFound), ("agent", NotFound)]
)
def test_who_may_not_leaves_it_as_it_is(case_of, snooze, make_user, teams, now, footprint, role, refusal):
    ticket = case_of("c1")
    move_ticket(actor=SYSTEM, ticket_id=ticket.pk, team_id=teams["first-line"].pk, now=now)
    before = footprint()

    with pytest.raises(refusal):
        snooze(ticket, by=make_user(role, teams["marketing"]) if role == "agent" else make_user(role))

    assert (fresh(ticket).status, footprint()) == (Status.OPEN, before)


def test_undo_gives_back_what_it_was(case_of, our_reply, snooze, agent, now):
    open_case, waiting = case_of("c1"), case_of("c2", by="p2")
    Ticket.objects.filter(pk=waiting.pk).update(status="waiting", waiting_since=None)
    for ticket, status in ((open_case, Status.OPEN), (waiting, Status.WAITING)):
        snooze(ticket)
        snooze(ticket, hours=5)  # a second choice forgets nothing
        back = unsnooze_ticket(actor=agent, ticket_id=ticket.pk, now=now)
        assert (back.status, back.snoozed_until, back.snoozed_by) == (status, None, None)
    assert unsnooze_ticket(actor=agent, ticket_id=waiting.pk, now=now).status == Status.WAITING


def test_the_time_wakes_it_once_and_tells_its_people(case_of, snooze, agent, lead, now):
    ticket = case_of("c1")
    assign_ticket(actor=agent, ticket_id=ticket.pk, assignee_id=lead.pk, now=now)
    Notice.objects.all().delete()
    snooze(ticket)

    assert wake_due_tickets(now=now + timedelta(minutes=119)) == 0
    assert wake_due_tickets(now=now + timedelta(minutes=120)) == 1
    assert wake_due_tickets(now=now + timedelta(minutes=121)) == 0

    assert (fresh(ticket).status, ticket.snoozed_until, ticket.snoozed_by) == (Status.OPEN, None, None)
    assert list(TicketEvent.objects.filter(kind="woke").values_list("data", flat=True)) == [{"because": "time"}]
    assert told() == sorted([(agent.name, "woke"), (lead.name, "woke")])


def test_a_batch_of_any_size_takes_a_fixed_number_of_statements(town, take_in, now, django_assert_num_queries):
    take_in(*(town.comment(f"c{n}", by=f"p{n}") for n in range(BATCH + 5)))
    Ticket.objects.update(status="snoozed", snoozed_until=now)

    with django_assert_num_queries(15):  # three rounds: rows in a savepoint; two of notices, waking, hints
        assert wake_due_tickets(now=now) == BATCH + 5

    assert TicketEvent.objects.filter(kind="woke").count() == BATCH + 5


def test_the_customer_wakes_it_at_once(case_of, town, take_in, snooze, agent, lead, now):
    ticket = case_of("c1")
    assign_ticket(actor=agent, ticket_id=ticket.pk, assignee_id=lead.pk, now=now)
    Notice.objects.all().delete()
    snooze(ticket)

    take_in(town.comment("c2", by="p1", external_root="c1", minute=5))

    assert (fresh(ticket).status, ticket.snoozed_until) == (Status.OPEN, None)
    assert list(TicketEvent.objects.filter(kind="woke").values_list("data", flat=True)) == [
        {"because": "customer_wrote"}
    ]
    assert told() == sorted([(agent.name, "answered"), (lead.name, "answered")])
    assert wake_due_tickets(now=now + timedelta(days=1)) == 0


def test_nothing_but_a_new_word_of_the_customer_wakes_it(case_of, town, take_in, snooze):
    ticket = case_of("c1")
    snooze(ticket)

    take_in(town.comment("c1", by="p1"))  # told again
    take_in(town.comment("c1", "Hei igjen", by="p1", version=-3))  # mended
    take_in(town.state("c1", "hidden"), town.reaction("c1"))
    take_in(town.native("n1"))  # our own answer in the network's app
    take_in(town.comment("c9", by="p9"))  # somebody else

    assert fresh(ticket).status == Status.SNOOZED
    assert not TicketEvent.objects.filter(kind="woke").exists()


def test_a_late_word_that_has_been_answered_wakes_it_all_the_same(case_of, town, take_in, snooze):
    """Nobody here has seen it."""
    ticket = case_of("c1")
    take_in(town.native("n1", minute=-5))
    snooze(fresh(ticket))

    take_in(town.comment("c2", by="p1", external_root="c1", minute=-20))

    assert fresh(ticket).status == Status.OPEN


def test_resolving_ends_the_snooze(case_of, snooze, agent, now):
    ticket = case_of("c1")
    snooze(ticket)

    resolve_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    assert wake_due_tickets(now=now + timedelta(days=1)) == 0
    assert (fresh(ticket).status, ticket.snoozed_until, ticket.snoozed_by) == (Status.DONE, None, None)

    assert reopen_ticket(actor=agent, ticket_id=ticket.pk, now=now).status == Status.OPEN
