"""Messenger webhook deliveries → items. Pure: the same bytes give the same items.

A delivery may hold news of the sister platforms: comments of pages stand under `changes`, and what has the object
`instagram` is Instagram's although it looks alike.
"""

from __future__ import annotations

from connectors.kit import wire
from connectors.kit.base import RawRequest
from connectors.kit.meta_messages import read_conversations
from tickets.intake.items import AnyItem

from .manifest import MANIFEST


def parse(raw: RawRequest) -> list[AnyItem]:
    """The items in a delivery, in its order. Raises Unreadable naming the place that is not as described."""
    delivery = wire.read(raw.body)
    if delivery.value.get("object") == "instagram":
        return []
    return [
        item
        for entry in delivery.need_children("entry")
        for item in read_conversations(MANIFEST.key, entry, raw.received_at)
    ]
