"""What happens to tickets, told to whoever reacts (see `inbox/reactions.py`). Ids and enums only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.events import Event

ChangeKind = Literal[
    "opened", "message", "status", "assigned", "note", "delivery", "state", "tags", "priority", "merged", "linked"
]


@dataclass(frozen=True, slots=True)
class TicketPlace:
    """Who can see a ticket: what its team and assignee are (or were, before a move)."""

    team_id: int | None
    assignee_id: int | None


@dataclass(frozen=True, slots=True)
class TicketChange:
    """One ticket and what about it changed; `before` is set when it moved out of somebody's sight."""

    ticket_id: int
    kind: ChangeKind
    place: TicketPlace
    before: TicketPlace | None = None


@dataclass(frozen=True, slots=True)
class TicketsChanged(Event):
    """Tickets were opened or changed in this transaction."""

    changes: Sequence[TicketChange]


@dataclass(frozen=True, slots=True)
class NoticesChanged(Event):
    """What some colleagues have not seen yet is more or less than it was."""

    user_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class DraftChanged(Event):
    """A colleague's unsent text was saved, thrown away, sent or put back: their other browsers want to know."""

    number: int
    author_id: int
    mode: str
    revision: int


@dataclass(frozen=True, slots=True)
class BulkProgressed(Event):
    """A job on many cases has come further: the one who began it wants to know."""

    actor_id: int
    uid: str
    done: int
    total: int
    ended: bool
