"""Keeping what a colleague has begun to write. No audit entries: it is nobody's but theirs until it is sent."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.transactions import in_transaction
from core.users.models import User
from tickets.access import Action, demand
from tickets.drafts import draft_conflict, locked_draft, text_of, write_text
from tickets.intake.items import TEXT_LIMIT, clean_text
from tickets.models import Draft, Mode


@in_transaction
def save_draft(
    *, actor: User, ticket_id: int, mode: str, text: str, base_revision: int, force: bool = False, now: datetime
) -> Draft:
    """Keep a text that is being written. Saving what is kept already changes nothing.

    Takes: mode, a `Mode`; text, as typed, "" for none; base_revision, the revision this text was typed over, 0 for
    none; force, the writer has seen the other text and chose this one.
    Gives: the draft with its new revision.
    Raises: NotFound, Forbidden, Invalid, Conflict ("draft_changed": another browser has saved a newer text).
    Leaves: DraftChanged.
    """
    if mode not in Mode.values:
        raise Invalid(_("Choose who should read this."), field="mode")
    ticket = demand(actor, Action.NOTE if mode == Mode.NOTE else Action.REPLY, ticket_id, lock=False)
    text = clean_text(text, TEXT_LIMIT + 1)
    if len(text) > TEXT_LIMIT:
        raise Invalid(_("Use %(limit)d characters or fewer.") % {"limit": TEXT_LIMIT}, field="text")
    text = text if text.strip() else ""
    draft = locked_draft(ticket, actor, mode, now)
    if text_of(draft) == text:
        return draft
    if draft.revision != base_revision and not force:
        raise draft_conflict()
    write_text(draft, ticket, text, now)
    return draft


def discard_draft(*, actor: User, ticket_id: int, mode: str, base_revision: int, now: datetime) -> Draft:
    """Throw an unsent text away. Takes, gives, raises and leaves what `save_draft` does."""
    return save_draft(actor=actor, ticket_id=ticket_id, mode=mode, text="", base_revision=base_revision, now=now)
