"""A case's page holds a window of what was said: steps back meet all of it once, an open window keeps its start."""

import uuid
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from core.paging import encode_cursor
from tickets.models import Message, Note, Ticket, TicketEvent
from tickets.operations.noting import add_note
from tickets.queries import window
from tickets.queries.case import get_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(monkeypatch):
    """Windows of three entries, which may grow to nine while they are open."""
    monkeypatch.setattr(window, "WINDOW", 3)
    monkeypatch.setattr(window, "LONGEST", 9)


def keys(view):
    return [(entry.entry, entry.id) for entry in view.entries if entry.entry in ("message", "note", "event")]


def steps(actor, number):
    """All pages, the oldest first."""
    pages = [get_case(actor=actor, number=number)]
    while pages[0].start != window.ALL:
        pages.insert(0, get_case(actor=actor, number=number, before=pages[0].start))
    return pages


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["message", "note", "event"]), st.integers(0, 4)), max_size=14))
def test_steps_back_meet_every_entry_once_and_in_order(small, town, take_in, lead, rows):
    """Also where many things happened in the same instant."""
    root = f"c{uuid.uuid4().hex[:8]}"
    take_in(town.comment(root, by=f"p{root}", minute=-60))
    ticket = Message.objects.get(external_id=root).ticket
    for n, (kind, minute) in enumerate(rows):
        at = town.time(-50 + minute)
        if kind == "message":
            take_in(town.comment(f"{root}-{n}", by=f"p{root}", external_root=root, minute=-50 + minute))
        elif kind == "note":
            Note.objects.create(ticket=ticket, author=lead, at=at, text="x", client_key=uuid.uuid4())
        else:
            TicketEvent.objects.create(ticket=ticket, kind="tagged", at=at)

    pages = steps(lead, ticket.number)

    met = [key for page in pages for key in keys(page)]
    whole = get_case(actor=lead, number=ticket.number, since=window.ALL)
    assert len(met) == len(set(met)) == ticket.events.count() + ticket.notes.count() + ticket.messages.count()
    assert whole.start in (window.ALL, pages[-1].start)
    if whole.start == window.ALL:
        assert keys(whole) == met
    assert all(len(keys(page)) == 3 for page in pages[1:])


def long_case(town, take_in, count=8):
    take_in(*(town.comment(f"c{n}", f"sana {n}", external_root="c0", minute=-30 + n) for n in range(count)))
    return Ticket.objects.get()


def test_an_open_window_grows_at_its_end_and_keeps_its_start(small, town, take_in, lead, now):
    case = long_case(town, take_in)
    first = get_case(actor=lead, number=case.number)
    for n in range(4):
        add_note(actor=lead, ticket_id=case.pk, text="Hei", client_key=uuid.uuid4(), now=now + timedelta(minutes=n))

    after = get_case(actor=lead, number=case.number, since=first.start)

    assert after.start == first.start
    assert keys(after)[:3] == keys(first)
    assert len(keys(after)) == 7


def test_a_window_grown_too_long_starts_anew(small, town, take_in, lead, now):
    case = long_case(town, take_in)
    first = get_case(actor=lead, number=case.number)
    for n in range(7):
        add_note(actor=lead, ticket_id=case.pk, text="Hei", client_key=uuid.uuid4(), now=now + timedelta(minutes=n))

    after = get_case(actor=lead, number=case.number, since=first.start)

    assert len(keys(after)) == 3
    assert after.start not in (first.start, window.ALL)


def test_a_turn_between_two_pages_is_not_lost(small, town, take_in, lead):
    take_in(*(town.comment(f"c{n}", external_root="c0", minute=-30 + n) for n in range(4)))
    case = Ticket.objects.get()
    Message.objects.filter(external_id__in=["c1", "c2", "c3"]).update(visibility="private")
    newest = get_case(actor=lead, number=case.number)
    assert [entry.id for entry in newest.entries] == list(
        Message.objects.exclude(external_id="c0").order_by("at").values_list("pk", flat=True)
    )

    before = get_case(actor=lead, number=case.number, before=newest.start)

    turn = before.entries[-1]
    assert (turn.entry, turn.to, turn.id) == ("turn", "private", newest.entries[0].id)


@pytest.mark.parametrize("cursor", ["x", "e30", encode_cursor([1, 2]), "a" * 500])
def test_a_marker_that_is_not_ours_is_refused(town, take_in, lead, cursor):
    case = long_case(town, take_in)
    for words in ({"since": cursor}, {"before": cursor}):
        with pytest.raises(Invalid):
            get_case(actor=lead, number=case.number, **words)
