"""What the bell tells, to whom, and what it never tells."""

from datetime import timedelta

import pytest

from core.actors import SYSTEM
from inbox.operations.housekeeping import drop_expired
from tickets.models import Customer, Notice, NoticeKind, Status, Ticket
from tickets.operations.assigning import assign_ticket, move_ticket, take_ticket
from tickets.operations.closing import resolve_ticket
from tickets.operations.following import follow_ticket, unfollow_ticket
from tickets.operations.seeing_notices import see_notices
from tickets.operations.warning import warn_soon_late
from tickets.queries.counts import get_counts
from tickets.queries.notices import get_notices_page, get_unseen


def told():
    return sorted(Notice.objects.values_list("recipient__name", "kind"))


def unseen(person, now):
    return get_unseen(actor=person).cases, get_counts(actor=person, now=now).unseen.cases


def test_a_case_given_by_somebody_else_rings_and_one_taken_does_not(case_of, agent, lead, now):
    given, taken = case_of("c1"), case_of("c2", by="p2")

    assign_ticket(actor=lead, ticket_id=given.pk, assignee_id=agent.pk, now=now)
    take_ticket(actor=agent, ticket_id=taken.pk, now=now)
    assign_ticket(actor=agent, ticket_id=given.pk, assignee_id=None, now=now)

    assert told() == [(agent.name, "assigned")]
    line = get_notices_page(actor=agent).rows[0].lines[0]
    assert (line.actor_name, line.unseen) == (lead.name, True)


def test_an_answer_rings_for_whose_case_it_is_and_for_followers(case_of, town, take_in, agent, lead, make_user, now):
    ticket = case_of("c1")
    take_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    admin = make_user("admin")
    for person in (lead, admin):
        follow_ticket(actor=person, ticket_id=ticket.pk, now=now)
    unfollow_ticket(actor=admin, ticket_id=ticket.pk, now=now)

    take_in(*(town.comment(f"w{n}", by="p1", external_root="c1", minute=n) for n in range(3)))
    take_in(town.comment("w9", by="p1", external_root="c1", minute=9))
    take_in(town.native("n1"), town.comment("c8", by="p8"))

    assert told() == sorted([(agent.name, "answered"), (lead.name, "answered")])


def test_followers_hear_of_the_end_unless_it_is_their_own_doing(case_of, agent, lead, now):
    ticket = case_of("c1")
    for person in (agent, lead):
        follow_ticket(actor=person, ticket_id=ticket.pk, now=now)
        follow_ticket(actor=person, ticket_id=ticket.pk, now=now)

    resolve_ticket(actor=agent, ticket_id=ticket.pk, now=now)

    assert ticket.followers.count() == 2
    assert told() == [(lead.name, "resolved")]


def test_a_promise_is_spoken_of_once_a_quarter_before_its_end(case_of, town, take_in, agent, lead, now):
    ticket = case_of("c1")
    take_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    case_of("c2", by="p2")  # nobody's
    due = Ticket.objects.get(pk=ticket.pk).due_at

    assert warn_soon_late(now=due - timedelta(minutes=15, seconds=1)) == 0
    assert warn_soon_late(now=due - timedelta(minutes=15)) == 1
    see_notices(actor=agent, now=due)
    assert warn_soon_late(now=due - timedelta(minutes=5)) == 0
    assert warn_soon_late(now=due) == 0

    assign_ticket(actor=agent, ticket_id=ticket.pk, assignee_id=lead.pk, now=now)
    assert warn_soon_late(now=due - timedelta(minutes=4)) == 1  # who has it now

    later = due + timedelta(hours=1)
    Ticket.objects.filter(pk=ticket.pk).update(due_at=later, assignee=agent)
    assert warn_soon_late(now=later - timedelta(minutes=1)) == 1  # another promise
    assert Notice.objects.filter(kind=NoticeKind.DUE, recipient=agent, seen_at__isnull=True).get().due_at == later


@pytest.mark.parametrize("status", ["waiting", "done", "spam"])
def test_nobody_is_warned_where_nobody_waits(case_of, agent, now, status):
    ticket = case_of("c1")
    Ticket.objects.filter(pk=ticket.pk).update(
        status=status, assignee=agent, due_at=now, closed_at=now if status == Status.DONE else None
    )

    assert warn_soon_late(now=now - timedelta(minutes=1)) == 0


def test_who_no_longer_sees_a_case_hears_no_more_of_it(case_of, make_user, teams, now):
    ticket = case_of("c1")
    agent = make_user("agent", teams["first-line"])
    assign_ticket(actor=SYSTEM, ticket_id=ticket.pk, assignee_id=agent.pk, now=now)
    assert unseen(agent, now) == (1, 1)

    move_ticket(actor=SYSTEM, ticket_id=ticket.pk, team_id=teams["marketing"].pk, now=now)

    assert unseen(agent, now) == (0, 0)
    assert get_notices_page(actor=agent).rows == ()
    assert Notice.objects.count() == 1  # it comes back with the case


def test_a_privacy_officer_has_a_silent_bell(case_of, make_user, now):
    ticket = case_of("c1")
    officer = make_user("privacy_officer")
    Notice.objects.create(recipient=officer, ticket=ticket, kind="assigned", at=now)

    assert unseen(officer, now) == (0, 0)
    assert get_notices_page(actor=officer).rows == ()


def test_a_case_counts_once_however_much_it_tells(case_of, town, take_in, agent, lead, now):
    ticket = case_of("c1")
    assign_ticket(actor=lead, ticket_id=ticket.pk, assignee_id=agent.pk, now=now)
    take_in(town.comment("w1", by="p1", external_root="c1", minute=1), at=now + timedelta(minutes=1))

    assert unseen(agent, now) == (1, 1)
    assert [line.kind for line in get_notices_page(actor=agent).rows[0].lines] == ["answered", "assigned"]

    assert see_notices(actor=agent, ticket_id=ticket.pk, now=now) == 2
    assert unseen(agent, now) == (0, 0)
    take_in(town.comment("w2", by="p1", external_root="c1", minute=2), at=now + timedelta(minutes=2))
    assert unseen(agent, now) == (1, 1)


def test_marking_all_leaves_what_came_after_and_what_is_others(case_of, agent, lead, now):
    first, second, third = (case_of(f"c{n}", by=f"p{n}") for n in range(3))
    for minute, ticket in enumerate((first, second)):
        at = now + timedelta(minutes=minute)
        Notice.objects.create(recipient=agent, ticket=ticket, kind="answered", at=at)
    Notice.objects.create(recipient=lead, ticket=third, kind="answered", at=now)

    assert see_notices(actor=agent, until=now, now=now) == 1

    assert set(Notice.objects.filter(seen_at=None).values_list("recipient", "ticket")) == {
        (agent.pk, second.pk),
        (lead.pk, third.pk),
    }


def test_the_list_is_paged_by_case_in_two_queries(case_of, lead, now, django_assert_num_queries):
    tickets = [case_of(f"c{n}", by=f"p{n}") for n in range(5)]
    for n, ticket in enumerate(tickets):
        for kind in ("answered", "woke"):
            Notice.objects.create(recipient=lead, ticket=ticket, kind=kind, at=now + timedelta(minutes=n // 2))
    shown, cursor = [], ""
    while True:
        with django_assert_num_queries(2):
            page = get_notices_page(actor=lead, cursor=cursor, size=2)
        shown += [row.ticket_id for row in page.rows]
        cursor = page.next_cursor
        if not cursor:
            break

    assert shown == [ticket.pk for ticket in (tickets[4], tickets[3], tickets[2], tickets[1], tickets[0])]


def test_old_ones_go_and_an_erased_customer_takes_theirs_along(case_of, lead, now):
    old, gone = case_of("c1"), case_of("c2", by="p2")
    Notice.objects.create(recipient=lead, ticket=old, kind="woke", at=now - timedelta(days=61))
    Notice.objects.create(recipient=lead, ticket=gone, kind="woke", at=now)

    drop_expired(now=now)
    assert list(Notice.objects.values_list("ticket", flat=True)) == [gone.pk]

    Customer.objects.filter(tickets=gone).delete()
    assert Notice.objects.count() == 0


def test_a_notice_has_no_place_for_words(db):
    from django.db.models import CharField, TextField

    texts = [field for field in Notice._meta.get_fields() if isinstance(field, CharField | TextField)]
    assert [(field.name, bool(field.choices)) for field in texts] == [("kind", True)]
