"""Keeping what a colleague has begun to write. No audit entries: it is nobody's but theirs until it is sent."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.transactions import in_transaction
from core.users.models import User
from tickets import sealing
from tickets.access import Action, demand
from tickets.drafts import draft_conflict, locked_draft, text_of, write_text
from tickets.intake.items import TEXT_LIMIT, clean_text
from tickets.models import Draft, Message, Mode, Note, Ticket


@dataclass(frozen=True, slots=True)
class Saved:
    """A draft with the text that was kept; `sent` when what its writer tried to send had been sent after all."""

    draft: Draft
    text: str
    sent: bool = False


@in_transaction
def save_draft(
    *,
    actor: User,
    ticket_id: int,
    mode: str,
    text: str,
    base_revision: int,
    force: bool = False,
    sent_as: uuid.UUID | None = None,
    now: datetime,
) -> Saved:
    """Keep a text that is being written. Saving what is kept already changes nothing.

    Takes: mode, a `Mode`; text, as typed, "" for none; base_revision, the revision this text was typed over, 0 for
    none; force, the writer has seen the other text and chose this one; sent_as, the idempotency key of a sending
    whose answer the writer did not get: what went out under it is no draft any more, what was typed after it is.
    Gives: what is kept, with its new revision.
    Raises: NotFound, Forbidden, Invalid, Conflict ("draft_changed": another browser has saved a newer text).
    Leaves: DraftChanged.
    """
    if mode not in Mode.values:
        raise Invalid(_("Choose who should read this."), field="mode")
    # With a key the case is locked: a sending that is still at work ends first, and is seen.
    action = Action.NOTE if mode == Mode.NOTE else Action.REPLY
    ticket = demand(actor, action, ticket_id, lock=sent_as is not None)
    text = _typed(text)
    went_out = None if sent_as is None else _went_out(actor, ticket, mode, sent_as)
    text = text if went_out is None else _after(went_out, text)
    draft = locked_draft(ticket, actor, mode, now)
    kept = text_of(draft)
    if kept != text:
        over_nothing = went_out is not None and not kept
        if draft.revision != base_revision and not force and not over_nothing:
            raise draft_conflict()
        write_text(draft, ticket, text, now)
    return Saved(draft, text, went_out is not None)


def _typed(text: str) -> str:
    """A text as it is kept. Raises: Invalid when it is too long for any channel."""
    text = clean_text(text, TEXT_LIMIT + 1)
    if len(text) > TEXT_LIMIT:
        raise Invalid(_("Use %(limit)d characters or fewer.") % {"limit": TEXT_LIMIT}, field="text")
    return text if text.strip() else ""


def _went_out(actor: User, ticket: Ticket, mode: str, key: uuid.UUID) -> str | None:
    """The text that was sent or noted under a key, None when there is none of this person's here."""
    mine = {"client_key": key, "author": actor, "ticket": ticket}
    row: Message | Note | None
    if mode == Mode.NOTE:
        row = Note.objects.filter(**mine).first()
    else:
        row = Message.objects.filter(visibility=mode, **mine).first()
    return None if row is None else sealing.original_text(row)


def _after(went_out: str, text: str) -> str:
    """What was typed behind a text that was sent; a text that was changed since stays whole."""
    typed = text.lstrip()
    if not typed.startswith(went_out):
        return text
    return typed[len(went_out) :].lstrip()


def discard_draft(*, actor: User, ticket_id: int, mode: str, base_revision: int, now: datetime) -> Draft:
    """Throw an unsent text away. Takes, raises and leaves what `save_draft` does. Gives the emptied draft."""
    saved = save_draft(actor=actor, ticket_id=ticket_id, mode=mode, text="", base_revision=base_revision, now=now)
    return saved.draft
