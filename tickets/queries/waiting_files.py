"""Files a colleague has put up for a reply and not sent yet."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.users.models import User
from tickets.access import visible_to
from tickets.models import StoredFile


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """One file that goes with the next reply. `state`: a FileState value; only an open one may be sent."""

    uid: UUID
    name: str
    mime: str
    size: int
    state: str


def get_waiting_files(*, actor: User, ticket_id: int) -> tuple[WaitingFile, ...]:
    """The actor's own unsent files in a case, in the order they were put up. Two queries at most;
    nothing of a case they may not see."""
    rows = StoredFile.objects.filter(
        ticket__in=visible_to(actor).filter(pk=ticket_id), uploader=actor, message__isnull=True
    ).order_by("pk")
    return tuple(WaitingFile(row.uid, row.name, row.mime, row.size, row.state) for row in rows)
