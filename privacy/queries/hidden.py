"""What stands behind a mask. Only reveals come here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.errors import Invalid, NotFound
from core.secrets import SealBroken
from core.users.models import User
from privacy.models import Reveal
from tickets.access import Action, demand
from tickets.files import SHOWN_IN_PLACE
from tickets.letters import Envelope, open_envelope
from tickets.models import FileState, Identity, Message, Note, StoredFile, Ticket
from tickets.sealing import contact_value, original_values


@dataclass(frozen=True, slots=True)
class Hidden:
    """One masked value, whose case it is in, and a digest of the sealed record it came from."""

    value: str = field(repr=False)
    label: str
    person_id: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something hidden stands: in a message, in a note, or behind a customer's handle; one of them.

    `index` says which mask, from 0; a handle has one.
    """

    message_id: int | None = None
    note_id: int | None = None
    identity_id: int | None = None
    index: int = 0

    @property
    def named(self) -> tuple[str, int]:
        """What it stands in, by kind and id. Raises: Invalid unless exactly one is named."""
        kinds = {"message": self.message_id, "note": self.note_id, "identity": self.identity_id}
        given = [(kind, found) for kind, found in kinds.items() if found is not None]
        if len(given) != 1:
            raise Invalid(_("Name a message, a note or a handle, one of them."), field="message_id")
        return given[0]


def find_hidden(ticket: Ticket, place: Place) -> Hidden:
    """Open one hidden value of the case. At most three queries.

    Raises: NotFound (no such value in this case, or it is gone: deleted, erased, key lost), Invalid.
    """
    if place.named[0] == "identity":
        return _find_contact(ticket, place)
    row = _masked_row(ticket, place)
    try:
        values = original_values(row)
    except SealBroken:
        raise NotFound(_("This value is no longer kept."), code="gone") from None
    return Hidden(values[place.index], row.masks[place.index][2], ticket.customer_id, _digest(row.sealed))


def _find_contact(ticket: Ticket, place: Place) -> Hidden:
    """The address or number behind a handle of the case's own customer."""
    row = Identity.objects.filter(pk=place.named[1], customer_id=ticket.customer_id).first()
    if row is None or row.sealed is None or place.index:
        raise NotFound(_("There is no such hidden value in this case."))
    try:
        value = contact_value(row)
    except SealBroken:
        raise NotFound(_("This value is no longer kept."), code="gone") from None
    return Hidden(value, "EMAIL" if "@" in value else "PHONE", ticket.customer_id, _digest(row.sealed))


def get_mask_kind(*, actor: User, ticket_id: int, place: Place) -> str:
    """What kind of value is hidden there, for asking the reason. Raises: NotFound, Forbidden, Invalid."""
    ticket = demand(actor, Action.REVEAL, ticket_id, lock=False)
    if place.named[0] == "identity":
        return _find_contact(ticket, place).label
    return str(_masked_row(ticket, place).masks[place.index][2])


def _masked_row(ticket: Ticket, place: Place) -> Message | Note:
    row: Message | Note | None = None
    if place.message_id is not None:
        row = _own_messages(ticket).filter(pk=place.message_id).first()
    elif place.note_id is not None:
        row = Note.objects.filter(pk=place.note_id, ticket=ticket).first()
    if row is None:
        raise NotFound(_("There is no such hidden value in this case."))
    if row.sealed is None or not 0 <= place.index < len(row.masks):
        raise NotFound(_("This value is no longer kept."), code="gone")
    return row


def _own_messages(ticket: Ticket) -> QuerySet[Message]:
    """What this case's customer and we said to each other in its threads.

    Other people's words, which the case shows as context, are not among them: they are revealed in their own case.
    """
    theirs = Q(direction="in") & (Q(customer_id=ticket.customer_id) | Q(ticket=ticket))
    ours = Q(direction="out") & (Q(ticket=ticket) | Q(ticket__isnull=True))
    threads = ticket.ticket_threads.values("thread")
    return Message.objects.filter(theirs | ours, thread__in=threads)


def _digest(sealed: bytes | memoryview | None) -> bytes:
    return hashlib.sha256(bytes(sealed or b"")).digest()


@dataclass(frozen=True, slots=True)
class OpenedLetter:
    """A letter as sent, until when it may be read, and its pictures by the name its html calls them."""

    envelope: Envelope
    until: datetime
    pictures: dict[str, UUID]


def find_letter(ticket: Ticket, message_id: int) -> tuple[Message, Envelope, bytes]:
    """The letter of one of the case's messages, opened, and a digest of its record. Raises: NotFound."""
    message = _own_messages(ticket).filter(pk=message_id, letter__isnull=False).select_related("letter").first()
    if message is None:
        raise NotFound(_("There is no such letter in this case."))
    try:
        return message, open_envelope(message), _digest(message.letter.sealed)
    except SealBroken:
        raise NotFound(_("This letter is no longer kept."), code="gone") from None


def get_open_letter(*, actor: User, ticket_id: int, message_id: int, now: datetime) -> OpenedLetter | None:
    """The letter, while the actor's own reveal of it lasts; None when there is none. Raises: NotFound, Forbidden."""
    ticket = demand(actor, Action.REVEAL, ticket_id, lock=False)
    message, envelope, digest = find_letter(ticket, message_id)
    opened = Reveal.objects.filter(
        actor=actor, ticket=ticket, message=message, whole=True, record_digest=digest, at__lte=now, until__gt=now
    )
    latest = opened.order_by("-until", "-pk").first()
    if latest is None:
        return None
    files = StoredFile.objects.filter(message=message, state=FileState.OPEN, mime__in=SHOWN_IN_PLACE)
    pictures = dict(files.exclude(content_id="").values_list("content_id", "uid"))
    return OpenedLetter(envelope, latest.until, pictures)


@dataclass(frozen=True, slots=True)
class StillOpen:
    """A value that its reveal still covers."""

    value: str = field(repr=False)
    label: str
    until: datetime


def get_open_value(*, actor: User, ticket_id: int, place: Place, now: datetime) -> StillOpen | None:
    """The value again, while the actor's own reveal of it lasts and the text is the same; None when there is none.

    It needs no new reason and leaves no new audit entry: the reveal on record says until when.
    Raises: NotFound, Forbidden.
    """
    ticket = demand(actor, Action.REVEAL, ticket_id, lock=False)
    kind, pk = place.named
    opened = (
        Reveal.objects.filter(actor=actor, ticket=ticket, whole=False, mask_index=place.index)
        .filter(Q((f"{kind}_id", pk)), at__lte=now, until__gt=now)
        .order_by("-until", "-pk")
        .first()
    )
    if opened is None:
        return None
    hidden = find_hidden(ticket, place)
    if hidden.digest != bytes(opened.record_digest):
        return None
    return StillOpen(hidden.value, hidden.label, opened.until)
