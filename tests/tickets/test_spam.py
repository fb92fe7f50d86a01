"""Spam is out of every list but its own, and comes back as it was."""

from datetime import timedelta

import pytest

from core.errors import Conflict, Forbidden, NotFound
from tickets.models import Notice, Status, Ticket
from tickets.operations.closing import reopen_ticket, resolve_ticket
from tickets.operations.marking_spam import mark_spam, unmark_spam
from tickets.operations.snoozing import snooze_ticket
from tickets.queries.counts import get_counts
from tickets.queries.queue import QueueFilter, get_queue_page


def numbers(actor, **wanted):
    return [row.number for row in get_queue_page(actor=actor, wanted=QueueFilter(**wanted)).rows]


@pytest.fixture
def spam(agent, now):
    """Mark a case as spam."""
    return lambda ticket, by=agent: mark_spam(actor=by, ticket_id=ticket.pk, now=now)


@pytest.fixture
def not_spam(agent, now):
    """Say that it is none."""
    return lambda ticket: unmark_spam(actor=agent, ticket_id=ticket.pk, now=now + timedelta(minutes=1))


def test_it_is_in_no_list_but_its_own_and_counted_nowhere(case_of, spam, lead, now):
    ticket, other = case_of("c1"), case_of("c2", by="p2")

    assert spam(ticket).due_at is None

    assert numbers(lead, view="spam", status="spam") == [ticket.number]
    for view in ("all", "unassigned", "drafts", "mentions"):
        assert ticket.number not in numbers(lead, view=view, status=None)
    assert numbers(lead) == [other.number]
    assert numbers(lead, status="done") == []
    counts = get_counts(actor=lead, now=now)
    assert (counts.open, counts.waiting, counts.done, counts.snoozed, counts.unassigned) == (1, 0, 0, 0, 1)


def test_what_the_same_person_writes_there_stays_with_it_and_rings_nobody(case_of, town, take_in, spam, lead, now):
    ticket = case_of("c1")
    Ticket.objects.filter(pk=ticket.pk).update(assignee=lead)
    spam(ticket)

    take_in(town.comment("c2", by="p1", external_root="c1", minute=3))

    ticket.refresh_from_db()
    assert (ticket.status, ticket.messages.count(), Ticket.objects.count()) == (Status.SPAM, 2, 1)
    assert (ticket.due_at, Notice.objects.count()) == (None, 0)


@pytest.mark.parametrize("was", ["open", "waiting", "done", "snoozed"])
def test_not_spam_brings_it_back_as_it_was(case_of, town, take_in, spam, not_spam, agent, now, was):
    ticket = case_of("c1")
    if was == "waiting":
        take_in(town.native())
    elif was == "done":
        resolve_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    elif was == "snoozed":
        snooze_ticket(actor=agent, ticket_id=ticket.pk, until=now + timedelta(hours=2), now=now)
    ticket.refresh_from_db()
    before = (ticket.status, ticket.snoozed_until, ticket.snoozed_by_id, ticket.due_at, ticket.closed_at is None)
    assert ticket.status == was

    spam(ticket)
    back = not_spam(ticket)

    assert (back.status, back.snoozed_until, back.snoozed_by_id, back.due_at, back.closed_at is None) == before
    assert back.ticket_threads.get().is_open == (was != "done")
    assert not_spam(ticket).status == was


def test_where_the_customer_went_on_it_is_our_turn(case_of, town, take_in, spam, not_spam, agent, now):
    ticket = case_of("c1")
    resolve_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    spam(ticket)
    take_in(town.comment("c2", by="p1", external_root="c1", minute=3), at=now + timedelta(seconds=30))

    back = not_spam(ticket)

    assert back.status == Status.OPEN
    assert back.due_at is not None


def test_it_is_neither_resolved_nor_reopened(case_of, spam, agent, now, footprint):
    ticket = spam(case_of("c1"))
    before = footprint()

    with pytest.raises(Conflict):
        resolve_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    assert reopen_ticket(actor=agent, ticket_id=ticket.pk, now=now).status == Status.SPAM

    assert footprint() == before


def test_a_newer_case_of_the_same_talk_stands_in_the_way(case_of, town, take_in, spam, agent, now, footprint):
    old = case_of("c1", minute=-60 * 24 * 40)
    resolve_ticket(actor=agent, ticket_id=old.pk, now=now - timedelta(days=39))
    take_in(town.comment("c2", by="p1", external_root="c1"))
    before = footprint()

    with pytest.raises(Conflict):
        spam(old)

    old.refresh_from_db()
    assert (old.status, footprint()) == (Status.DONE, before)


@pytest.mark.parametrize(("role", "refusal"), [("auditor", Forbidden), ("privacy_officer", NotFound)])
def test_only_who_may_resolve_may_say_so(case_of, spam, make_user, footprint, role, refusal):
    ticket = case_of("c1")
    before = footprint()

    with pytest.raises(refusal):
        spam(ticket, by=make_user(role))

    ticket.refresh_from_db()
    assert (ticket.status, footprint()) == (Status.OPEN, before)
