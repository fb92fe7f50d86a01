"""Who reacts to what, in one table. Reactions run in the transaction of the change."""

from __future__ import annotations

from core.events import react
from core.users.events import AccessChanged
from inbox.live.beside import tell_access, tell_bulk, tell_draft, tell_notices
from inbox.live.hints import write_hints
from tickets.events import BulkProgressed, DraftChanged, NoticesChanged, TicketsChanged


def register() -> None:
    """Called once, when Django is ready."""
    react(TicketsChanged, write_hints)
    react(DraftChanged, tell_draft)
    react(NoticesChanged, tell_notices)
    react(AccessChanged, tell_access)
    react(BulkProgressed, tell_bulk)
