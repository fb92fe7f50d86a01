"""A customer who writes again: the same case within 14 days of its closing, later a new one that points back."""

from datetime import timedelta

import pytest

from core.actors import SYSTEM
from tickets.models import Status, Ticket, TicketEvent, TicketThread
from tickets.operations.closing import resolve_ticket

FORTNIGHT = timedelta(days=14)


@pytest.fixture
def closed(case_of, now):
    ticket = case_of("c1")
    return resolve_ticket(actor=SYSTEM, ticket_id=ticket.pk, now=now)


def _again(town, take_in, after, external_id="c2"):
    minute = after.total_seconds() / 60
    take_in(town.comment(external_id, "Vielä yksi asia", external_root="c1", minute=minute), at=town.now + after)


def test_within_a_fortnight_the_case_opens_again(closed, town, take_in):
    _again(town, take_in, FORTNIGHT)
    ticket = Ticket.objects.get()
    assert (ticket.pk, ticket.status, ticket.closed_at) == (closed.pk, Status.OPEN, None)
    assert ticket.due_at == ticket.waiting_since + timedelta(minutes=60)
    assert TicketThread.objects.get().is_open
    assert TicketEvent.objects.get(kind="reopened").data == {"because": "customer_wrote"}


def test_later_a_new_case_points_back(closed, town, take_in):
    _again(town, take_in, FORTNIGHT + timedelta(seconds=1))
    old, new = Ticket.objects.order_by("pk")
    assert (old.status, new.status, new.previous) == (Status.DONE, Status.OPEN, old)
    assert TicketEvent.objects.filter(kind="reopened").count() == 0
    assert list(TicketThread.objects.order_by("pk").values_list("is_open", flat=True)) == [False, True]
    assert new.number > old.number


def test_the_first_word_of_a_batch_decides(closed, town, take_in):
    days = [timedelta(days=3), timedelta(days=20)]
    items = [town.comment(f"c{2 + n}", external_root="c1", minute=d.total_seconds() / 60) for n, d in enumerate(days)]
    take_in(*reversed(items), at=town.now + timedelta(days=20))
    assert Ticket.objects.get().messages.count() == 3


def test_of_two_closed_cases_the_one_closed_last_opens(closed, town, take_in, now):
    _again(town, take_in, timedelta(days=20))
    newer = Ticket.objects.get(status=Status.OPEN)
    resolve_ticket(actor=SYSTEM, ticket_id=newer.pk, now=now + timedelta(days=21))
    _again(town, take_in, timedelta(days=25), "c3")
    assert Ticket.objects.get(status=Status.OPEN) == newer
    assert Ticket.objects.count() == 2


def test_an_open_case_wins_over_a_closed_one(closed, town, take_in):
    _again(town, take_in, timedelta(days=15))
    _again(town, take_in, timedelta(days=15, minutes=1), "c3")
    assert Ticket.objects.get(status=Status.OPEN).messages.count() == 2
    assert Ticket.objects.count() == 2


def test_an_answer_in_the_native_app_does_not_open_a_closed_case(closed, town, take_in):
    take_in(town.native("n1", minute=10), at=town.now + timedelta(minutes=11))
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.closed_at, ticket.due_at) == (Status.DONE, closed.closed_at, None)
    assert ticket.messages.count() == 2
