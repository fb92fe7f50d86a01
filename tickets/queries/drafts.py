"""A person's unsent texts: whole in the composer of their own case, as a masked beginning in lists."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from analysis.masking import mask
from analysis.personal_data import find
from core import secrets
from core.keys.models import open_key
from core.users.models import User
from tickets.access import visible_to
from tickets.drafts import draft_context, text_of
from tickets.models import Draft

START = 120  # characters of a draft that a list shows


@dataclass(frozen=True, slots=True)
class DraftView:
    """One text as its writer goes on with it. `revision` is 0 when there has never been one."""

    mode: str
    text: str
    revision: int


@dataclass(frozen=True, slots=True)
class OwnDrafts:
    """How many cases hold something of this person's unsent, and how those on this page begin, masked."""

    count: int
    starts: dict[int, str]  # by ticket


def get_drafts(*, actor: User, ticket_id: int) -> dict[str, DraftView]:
    """The actor's own drafts in a case they see, by mode, the newest last. One query."""
    seen = visible_to(actor).filter(pk=ticket_id)
    drafts = _with_keys(Draft.objects.filter(author=actor, ticket__in=seen))
    return {draft.mode: DraftView(draft.mode, _text(draft), draft.revision) for draft in drafts}


def get_own_drafts(*, actor: User, ticket_ids: Collection[int] = ()) -> OwnDrafts:
    """The actor's unsent texts in cases they see; the newest of each case begins its row. One query."""
    drafts = list(_with_keys(Draft.objects.filter(author=actor, sealed__isnull=False, ticket__in=visible_to(actor))))
    texts = {draft.ticket_id: _text(draft) for draft in drafts if draft.ticket_id in set(ticket_ids)}
    starts = {ticket_id: masked_start(text) for ticket_id, text in texts.items() if text}
    return OwnDrafts(len({draft.ticket_id for draft in drafts}), starts)


def masked_start(text: str) -> str:
    """The first words on one line, with whatever is personal masked. The whole text is looked at: a number that is cut
    in two is found by nobody.
    """
    return " ".join(mask(text, find(text)).text.split())[:START]


def _with_keys(drafts: QuerySet[Draft]) -> QuerySet[Draft]:
    read = ("uid", "mode", "sealed", "revision", "saved_at", "ticket__customer__data_key__wrapped")
    return drafts.select_related("ticket__customer__data_key").only(*read, "ticket_id").order_by("saved_at", "pk")


def _text(draft: Draft) -> str:
    """The text; opened with the key that came with it, where that is the one it was sealed under."""
    key = draft.ticket.customer.data_key
    if draft.sealed is None or key is None or secrets.data_key_id(draft.sealed) != key.pk:
        return text_of(draft)
    try:
        return secrets.unseal_under(open_key(key), draft.sealed, context=draft_context(draft.uid)).decode()
    except secrets.SealBroken:
        return ""
