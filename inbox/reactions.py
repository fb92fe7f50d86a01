"""Who reacts to what, in one table. Reactions run in the transaction of the change."""

from __future__ import annotations

from core.events import react
from inbox.live.hints import write_hints
from tickets.events import TicketsChanged


def register() -> None:
    """Called once, when Django is ready."""
    react(TicketsChanged, write_hints)
