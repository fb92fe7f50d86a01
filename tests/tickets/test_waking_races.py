"""The clock, the customer and a colleague reach for one snoozed case at the same moment; and any order of such acts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tickets.models import Notice, Status, Ticket, TicketEvent
from tickets.operations.closing import reopen_ticket, resolve_ticket
from tickets.operations.marking_spam import mark_spam, unmark_spam
from tickets.operations.snoozing import snooze_ticket, unsnooze_ticket, wake_due_tickets


@pytest.mark.django_db(transaction=True)
def test_however_many_reach_for_it_it_wakes_once(case_of, town, take_in, agent, now):
    tickets = [case_of(f"c{n}", by=f"p{n}") for n in range(4)]
    for ticket in tickets:
        snooze_ticket(actor=agent, ticket_id=ticket.pk, until=now + timedelta(minutes=1), now=now)
    later = now + timedelta(minutes=2)
    acts = [lambda: wake_due_tickets(now=later)] * 3
    acts += [lambda: take_in(*(town.comment(f"w{n}", by=f"p{n}", external_root=f"c{n}", minute=2) for n in range(3)))]
    acts += [lambda: resolve_ticket(actor=agent, ticket_id=tickets[3].pk, now=later)]
    together = Barrier(len(acts))

    def reach(act):
        together.wait(timeout=30)
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as hands:
        list(hands.map(reach, acts))
    wake_due_tickets(now=later)

    states = [Ticket.objects.get(pk=ticket.pk).status for ticket in tickets]
    assert states == [Status.OPEN, Status.OPEN, Status.OPEN, Status.DONE]
    woken = list(TicketEvent.objects.filter(kind="woke").values_list("ticket_id", flat=True))
    assert len(woken) == len(set(woken))
    assert set(woken) >= {ticket.pk for ticket in tickets[:3]}
    assert Notice.objects.filter(ticket=tickets[0], recipient=agent, kind="answered").count() <= 1


@pytest.mark.django_db(transaction=True)
def test_what_is_cut_off_half_way_is_asleep_and_untold(case_of, agent, now):
    """As kill -9 does it: the transaction never commits. The next round finds the row."""
    ticket = case_of("c1")
    snooze_ticket(actor=agent, ticket_id=ticket.pk, until=now + timedelta(minutes=1), now=now)
    later = now + timedelta(minutes=2)

    with transaction.atomic():
        assert wake_due_tickets(now=later) == 1
        transaction.set_rollback(True)

    assert (Ticket.objects.get().status, Notice.objects.count()) == (Status.SNOOZED, 0)
    assert wake_due_tickets(now=later) == 1
    assert (Notice.objects.count(), TicketEvent.objects.filter(kind="woke").count()) == (1, 1)


ACTS = ["customer", "ours", "snooze", "unsnooze", "resolve", "reopen", "spam", "unspam", "clock"]


@settings(
    max_examples=40,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(todo=st.lists(st.sampled_from(ACTS), min_size=2, max_size=12))
def test_whatever_is_done_in_whatever_order_the_life_of_a_case_holds(case_of, town, take_in, agent, now, todo):
    from core.errors import Conflict

    with transaction.atomic():
        ticket = case_of("c1")
        for minute, act in enumerate(todo, start=1):
            at = now + timedelta(minutes=minute)
            ids = {"actor": agent, "ticket_id": ticket.pk, "now": at}
            before = Ticket.objects.get(pk=ticket.pk)
            try:
                {
                    "customer": lambda m=minute, t=at: take_in(
                        town.comment(f"w{m}", by="p1", external_root="c1", minute=m), at=t
                    ),
                    "ours": lambda m=minute, t=at: take_in(town.native(f"n{m}", minute=m), at=t),
                    "snooze": lambda i=ids, t=at: snooze_ticket(until=t + timedelta(minutes=2), **i),
                    "unsnooze": lambda i=ids: unsnooze_ticket(**i),
                    "resolve": lambda i=ids: resolve_ticket(**i),
                    "reopen": lambda i=ids: reopen_ticket(**i),
                    "spam": lambda i=ids: mark_spam(**i),
                    "unspam": lambda i=ids: unmark_spam(**i),
                    "clock": lambda t=at: wake_due_tickets(now=t),
                }[act]()
            except Conflict:
                assert (act, before.status) in {("snooze", "done"), ("snooze", "spam"), ("resolve", "spam")}
            _holds(act, before, Ticket.objects.get(pk=ticket.pk), at)
        transaction.set_rollback(True)


def _holds(act, before, after, at):
    """What is true after any act."""
    assert Ticket.objects.count() == 1
    assert (after.snoozed_until is None) == (after.status != Status.SNOOZED)
    assert (after.closed_at is None) == (after.status != Status.DONE)
    assert after.ticket_threads.get().is_open == (after.status != Status.DONE)
    if after.status in (Status.DONE, Status.SPAM):
        assert after.due_at is None
    elif after.waiting_since is not None:
        assert after.due_at is not None
    if act == "customer":
        assert after.status == (Status.SPAM if before.status == Status.SPAM else Status.OPEN)
    if act == "clock" and before.status == Status.SNOOZED:
        assert after.status == (Status.OPEN if before.snoozed_until <= at else Status.SNOOZED)
    if before.status == Status.SPAM and act != "unspam":
        assert after.status == Status.SPAM
