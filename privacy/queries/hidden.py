"""What stands behind a mask. Only reveals come here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.errors import NotFound
from core.secrets import SealBroken
from core.users.models import User
from privacy.models import Reveal
from tickets.access import Action, demand
from tickets.models import Message, Note, Ticket
from tickets.sealing import original_values


@dataclass(frozen=True, slots=True)
class Hidden:
    """One masked value, whose case it is in, and a digest of the sealed record it came from."""

    value: str = field(repr=False)
    label: str
    person_id: int
    digest: bytes


def find_hidden(ticket: Ticket, *, message_id: int | None, note_id: int | None, index: int) -> Hidden:
    """Open one mask of a message or note of the case. At most three queries.

    Raises: NotFound (no such mask in this case, or its value is gone: deleted, erased, key lost).
    """
    row = _masked_row(ticket, message_id, note_id, index)
    try:
        values = original_values(row)
    except SealBroken:
        raise NotFound(_("This value is no longer kept."), code="gone") from None
    return Hidden(values[index], row.masks[index][2], ticket.customer_id, _digest(row))


def get_mask_kind(
    *, actor: User, ticket_id: int, index: int, message_id: int | None = None, note_id: int | None = None
) -> str:
    """What kind of value a mask hides, for asking the reason. Raises: NotFound, Forbidden."""
    ticket = demand(actor, Action.REVEAL, ticket_id, lock=False)
    return str(_masked_row(ticket, message_id, note_id, index).masks[index][2])


def _masked_row(ticket: Ticket, message_id: int | None, note_id: int | None, index: int) -> Message | Note:
    row: Message | Note | None = None
    if message_id is not None:
        row = _own_messages(ticket).filter(pk=message_id).first()
    elif note_id is not None:
        row = Note.objects.filter(pk=note_id, ticket=ticket).first()
    if row is None:
        raise NotFound(_("There is no such hidden value in this case."))
    if row.sealed is None or not 0 <= index < len(row.masks):
        raise NotFound(_("This value is no longer kept."), code="gone")
    return row


def _own_messages(ticket: Ticket) -> QuerySet[Message]:
    """What this case's customer and we said to each other in its threads.

    Other people's words, which the case shows as context, are not among them: they are revealed in their own case.
    """
    theirs = Q(direction="in", customer_id=ticket.customer_id)
    ours = Q(direction="out") & (Q(ticket=ticket) | Q(ticket__isnull=True))
    threads = ticket.ticket_threads.values("thread")
    return Message.objects.filter(theirs | ours, thread__in=threads)


def _digest(row: Message | Note) -> bytes:
    return hashlib.sha256(bytes(row.sealed or b"")).digest()


def _of(message_id: int | None, note_id: int | None) -> Q:
    return Q(note_id=note_id) if message_id is None else Q(message_id=message_id)


@dataclass(frozen=True, slots=True)
class StillOpen:
    """A value that its reveal still covers."""

    value: str = field(repr=False)
    label: str
    until: datetime


def get_open_value(
    *,
    actor: User,
    ticket_id: int,
    index: int,
    now: datetime,
    message_id: int | None = None,
    note_id: int | None = None,
) -> StillOpen | None:
    """The value again, while the actor's own reveal of it lasts and the text is the same; None when there is none.

    It needs no new reason and leaves no new audit entry: the reveal on record says until when.
    Raises: NotFound, Forbidden.
    """
    ticket = demand(actor, Action.REVEAL, ticket_id, lock=False)
    opened = (
        Reveal.objects.filter(actor=actor, ticket=ticket, mask_index=index, at__lte=now, until__gt=now)
        .filter(_of(message_id, note_id))
        .order_by("-until", "-pk")
        .first()
    )
    if opened is None:
        return None
    hidden = find_hidden(ticket, message_id=message_id, note_id=note_id, index=index)
    if hidden.digest != bytes(opened.record_digest):
        return None
    return StillOpen(hidden.value, hidden.label, opened.until)
