"""How an unsent text is kept: sealed under the customer's data key, one revision after the other."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from core import secrets
from core.errors import Conflict
from core.events import emit
from core.keys.models import unseal_record
from core.users.models import User
from tickets import sealing
from tickets.events import DraftChanged
from tickets.models import Customer, Draft, Ticket


def draft_context(uid: uuid.UUID) -> str:
    """What binds a draft's sealed text to it."""
    return f"tickets.Draft:{uid}"


def text_of(draft: Draft) -> str:
    """The text as typed; "" for one that was sent, thrown away, or whose customer's key was destroyed."""
    if draft.sealed is None:
        return ""
    try:
        return unseal_record(draft.sealed, context=draft_context(draft.uid)).decode()
    except secrets.SealBroken:
        return ""


def locked_draft(ticket: Ticket, author: User, mode: str, now: datetime) -> Draft:
    """The draft's row, locked, made empty when there is none. Two browsers that begin at once meet at the same row."""
    Draft.objects.bulk_create([Draft(ticket=ticket, author=author, mode=mode, saved_at=now)], ignore_conflicts=True)
    return Draft.objects.select_for_update().get(ticket=ticket, author=author, mode=mode)


def write_text(draft: Draft, ticket: Ticket, text: str, now: datetime) -> None:
    """Store `text` as the next revision; none of it when it is empty. Leaves: DraftChanged."""
    draft.sealed = _sealed(draft, ticket, text) if text else None
    draft.revision, draft.saved_at = draft.revision + 1, now
    draft.save(update_fields=["sealed", "revision", "saved_at"])
    emit(DraftChanged(ticket.number, draft.author_id, draft.mode, draft.revision))


def _sealed(draft: Draft, ticket: Ticket, text: str) -> bytes:
    customer = Customer.objects.get(pk=ticket.customer_id)
    if customer.data_key_id is None:
        # Not the stronger lock: intake, which has the case, refers to the customer; this refers to the case.
        customer = Customer.objects.select_for_update(no_key=True).get(pk=ticket.customer_id)
    keys = sealing.ensure_keys([customer])
    assert customer.data_key_id is not None  # noqa: S101  made above
    key = keys[customer.data_key_id]
    return secrets.seal_under(customer.data_key_id, key, text.encode(), context=draft_context(draft.uid))


def settle_sent(ticket: Ticket, author: User, mode: str, *, revision: int, text: str, now: datetime) -> None:
    """Empty the draft that is being sent, in the transaction of the sending.

    The same text under a newer revision goes too: that is this browser's own last save, whose answer it did not see.
    Raises: Conflict ("draft_changed": another browser has saved a newer, different text).
    """
    draft = Draft.objects.select_for_update().filter(ticket=ticket, author=author, mode=mode).first()
    if draft is None or draft.sealed is None:
        return
    if draft.revision > revision and text_of(draft).strip() != text:
        raise draft_conflict()
    write_text(draft, ticket, "", now)


def draft_conflict() -> Conflict:
    """Two windows of one person hold different texts for the same reader; which one counts is theirs to say."""
    return Conflict(_("You have written something else here in another window."), code="draft_changed")


def put_back(ticket: Ticket, author: User, mode: str, *, text: str, now: datetime) -> Draft:
    """A text that was taken back goes on as a draft, above what has been begun since."""
    draft = locked_draft(ticket, author, mode, now)
    begun = text_of(draft)
    write_text(draft, ticket, f"{text}\n\n{begun}" if begun.strip() else text, now)
    return draft
