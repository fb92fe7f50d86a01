"""What happens to tickets, told to whoever reacts (see `inbox/reactions.py`). Ids and enums only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.events import Event

ChangeKind = Literal["opened", "message", "status", "assigned", "note", "delivery", "state", "tags"]


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
