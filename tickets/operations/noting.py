"""Writing to colleagues. Notes are their own table and never meet a connector."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from analysis.masking import Masked
from analysis.read import read
from core.audit.record import record
from core.errors import Conflict, Invalid
from core.events import emit
from core.ids import new_uid
from core.transactions import in_transaction
from core.users.models import User
from tickets import sealing
from tickets.access import Action, demand
from tickets.drafts import settle_sent
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.intake.items import clean_text
from tickets.models import Customer, Mode, Note, Ticket
from tickets.operations.mentioning import resolve_mentions, store_mentions

NOTE_LIMIT = 10_000  # code points


@in_transaction
def add_note(
    *,
    actor: User,
    ticket_id: int,
    text: str,
    client_key: uuid.UUID,
    now: datetime,
    draft_revision: int | None = None,
    insist: bool = False,
) -> Note:
    """Store a note.

    Takes: text, plain, 1 to 10 000 code points; client_key, made by the form, so that a repeat adds none;
    draft_revision, the draft that became this note and is done with; insist, keep it although it calls somebody who
    would not see it.

    Raises: NotFound, Forbidden, Invalid, Conflict (key reused, or "unseeing": an @ calls who does not see the case).
    Leaves: TicketsChanged, NoticesChanged.
    """
    ticket = demand(actor, Action.NOTE, ticket_id)
    repeated = Note.objects.filter(client_key=client_key).first()
    if repeated is not None:
        return _same(repeated, ticket, actor)
    text = written_text(text, limit=NOTE_LIMIT)
    mentions = resolve_mentions(ticket=ticket, text=text, insist=insist)
    masked = read(text).masked
    note = _masked_note(ticket, masked)
    note.author, note.at, note.client_key = actor, now, client_key
    note.save()
    sealing.keep_hashes([(note, masked)])
    store_mentions(actor=actor, note=note, mentions=mentions, now=now)
    if draft_revision is not None:
        settle_sent(ticket, actor, Mode.NOTE, revision=draft_revision, text=text, now=now)
    Ticket.objects.filter(pk=ticket.pk).update(version=ticket.version + 1)
    record(actor=actor, action="note.added", object_type="ticket", object_id=ticket.pk, now=now, note_id=note.pk)
    emit(TicketsChanged([TicketChange(ticket.pk, "note", TicketPlace(ticket.team_id, ticket.assignee_id))]))
    return note


def _same(note: Note, ticket: Ticket, actor: User) -> Note:
    if note.ticket_id != ticket.pk or note.author_id != actor.pk:
        raise Conflict(_("This idempotency key belongs to another note."), code="key_reused")
    return note


def written_text(text: str, *, limit: int) -> str:
    """What a colleague typed, cleaned. Raises: Invalid when empty or longer than `limit` code points."""
    cleaned = clean_text(text, limit + 1).strip()
    if not cleaned:
        raise Invalid(_("Write something first."), field="text", code="empty")
    if len(cleaned) > limit:
        raise Invalid(_("Use %(limit)d characters or fewer.") % {"limit": limit}, field="text")
    return cleaned


def _masked_note(ticket: Ticket, masked: Masked) -> Note:
    note = Note(uid=new_uid(), ticket=ticket, text=masked.text, masks=sealing.masks_json(masked))
    if masked.originals:
        customer = Customer.objects.select_for_update().get(pk=ticket.customer_id)
        keys = sealing.ensure_keys([customer])
        assert customer.data_key_id is not None  # noqa: S101  made above
        note.sealed = sealing.seal_originals(
            masked, key_id=customer.data_key_id, key=keys[customer.data_key_id], context=sealing.note_context(note.uid)
        )
    return note
