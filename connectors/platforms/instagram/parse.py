"""Instagram webhook deliveries → items. Pure: the same bytes give the same items.

A change stands under `changes`, or for accounts with a login of their own directly in the entry. Comments say no time
of their own: the entry's stands in. A mention is only named here; what it says has to be read.
Source: Meta, "Webhooks for Instagram" and its examples (2025-11-24), read 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.kit import wire
from connectors.kit.base import RawRequest
from connectors.kit.meta_messages import read_conversations
from tickets.intake.items import AnyItem, MessageItem, NamedItem

from .ids import mention_id
from .manifest import MANIFEST
from .objects import author_of


@dataclass(frozen=True, slots=True)
class Change:
    """One update of an account."""

    account: str
    value: wire.Node
    sent_at: datetime


def parse(raw: RawRequest) -> list[AnyItem]:
    """The items in a delivery, in its order. Raises Unreadable naming the place that is not as described."""
    items: list[AnyItem] = []
    for entry in wire.read(raw.body).need_children("entry"):
        account = entry.need_id("id")
        sent_at = min(entry.moment("time") or raw.received_at, raw.received_at)
        flat = [entry] if entry.has("field") else []
        for change in [*entry.children("changes"), *flat]:
            read = _FIELDS.get(change.text("field"))
            value = change.child("value") if read else None
            if read and value:
                with wire.building(value.path):
                    items += read(Change(account, value, sent_at))
        items += read_conversations(MANIFEST.key, entry, raw.received_at)
    return items


def _comment(change: Change) -> list[AnyItem]:
    value = change.value
    comment, parent, media = value.need_id("id"), value.id("parent_id"), value.child("media")
    author = author_of(value, change.account)
    return [
        MessageItem(
            platform=MANIFEST.key,
            account_external_id=change.account,
            external_id=comment,
            external_root=parent or comment,
            text=value.text("text"),
            at=change.sent_at,
            version_at=change.sent_at,
            direction="out" if author and author.external_id == change.account else "in",
            author=author,
            parent_external_id=parent,
            post_external_id=media.id("id") if media else "",
        )
    ]


def _mention(change: Change) -> list[AnyItem]:
    media = change.value.need_id("media_id")
    return [
        NamedItem(
            platform=MANIFEST.key,
            account_external_id=change.account,
            external_id=mention_id(media, change.value.id("comment_id")),
            at=change.sent_at,
            version_at=change.sent_at,
        )
    ]


_FIELDS: dict[str, Callable[[Change], list[AnyItem]]] = {
    "comments": _comment,
    "live_comments": _comment,
    "mentions": _mention,
}
