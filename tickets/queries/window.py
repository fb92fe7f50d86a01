"""What a case's page shows in order of time, a window of it at a time: the newest, or what lies before a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThanOrEqual, TupleLessThan

from core.paging import decode_cursor, encode_cursor
from tickets.models import Message, Note, Ticket, TicketEvent

WINDOW = 100  # entries that a page shows at first, and that each step back adds
LONGEST = 4 * WINDOW  # what a page that stays open may grow to before it starts anew from the newest
ALL = "all"  # in place of a cursor: the window begins where the case does


class Place(NamedTuple):
    """Where an entry stands in the order of the page. `rank`: history, messages, notes, at the same instant."""

    at: datetime
    rank: int
    id: int


@dataclass(frozen=True, slots=True)
class Window:
    """Rows of the three kinds, oldest first, that stand together; `start` is a cursor, or ALL when none lies before."""

    events: tuple[TicketEvent, ...]
    messages: tuple[Message, ...]
    notes: tuple[Note, ...]
    start: str


def read_window(ticket: Ticket, said: QuerySet[Message], *, since: str = "", before: str = "") -> Window:
    """Three queries, over indexes, whatever the length of the case.

    Takes: said, the messages of its threads; since, the start of a window that somebody has open, which then grows at
    its end only; before, a cursor: what lies before it. Neither: the newest.
    Raises: Invalid for a cursor that is not ours.
    """
    if since:
        return _since(ticket, said, since) or read_window(ticket, said)
    place = Place(*decode_cursor(before, (datetime, int, int))) if before else None
    kinds = [
        list(_before(rows, rank, place).order_by("-at", "-id")[: WINDOW + 1])
        for rank, rows in enumerate(_kinds(ticket, said))
    ]
    return _cut(kinds, WINDOW)


def next_said(said: QuerySet[Message], before: str) -> Message | None:
    """The first of these messages at or after a cursor. One query. Raises: Invalid."""
    place = Place(*decode_cursor(before, (datetime, int, int)))
    return _from(said, MESSAGES, place).order_by("at", "id").first()


MESSAGES = 1


def _kinds(ticket: Ticket, said: QuerySet[Message]) -> tuple[QuerySet[Any], ...]:
    notes = Note.objects.filter(ticket=ticket).select_related("author").only("at", "text", "masks", "author__name")
    events = TicketEvent.objects.filter(ticket=ticket).select_related("actor")
    return events.only("at", "kind", "data", "actor__name"), said, notes


def _since(ticket: Ticket, said: QuerySet[Message], since: str) -> Window | None:
    """The window from its old start on; None when it has grown too long."""
    place = None if since == ALL else Place(*decode_cursor(since, (datetime, int, int)))
    kinds = [
        list(_from(rows, rank, place).order_by("-at", "-id")[: LONGEST + 1])
        for rank, rows in enumerate(_kinds(ticket, said))
    ]
    if sum(len(rows) for rows in kinds) > LONGEST:
        return None
    return _window(kinds, since)


def _before(rows: QuerySet[Any], rank: int, place: Place | None) -> QuerySet[Any]:
    if place is None:
        return rows
    if rank == place.rank:
        return rows.filter(_compare(TupleLessThan, place))
    return rows.filter(Q(at__lte=place.at) if rank < place.rank else Q(at__lt=place.at))


def _from(rows: QuerySet[Any], rank: int, place: Place | None) -> QuerySet[Any]:
    if place is None:
        return rows
    if rank == place.rank:
        return rows.filter(_compare(TupleGreaterThanOrEqual, place))
    return rows.filter(Q(at__gt=place.at) if rank < place.rank else Q(at__gte=place.at))


def _compare(lookup: Any, place: Place) -> Any:
    return lookup((F("at"), F("id")), (place.at, place.id))


def _cut(kinds: Sequence[list[Any]], size: int) -> Window:
    """The newest `size` of all kinds together: each list holds at least as many of the newest of its kind."""
    places = sorted((Place(row.at, rank, row.pk) for rank, rows in enumerate(kinds) for row in rows), reverse=True)
    if len(places) <= size:
        return _window(kinds, ALL)
    first = places[size - 1]
    shown = [[row for row in rows if Place(row.at, rank, row.pk) >= first] for rank, rows in enumerate(kinds)]
    return _window(shown, encode_cursor(first))


def _window(kinds: Sequence[list[Any]], start: str) -> Window:
    events, messages, notes = (tuple(reversed(rows)) for rows in kinds)
    return Window(events, messages, notes, start)
