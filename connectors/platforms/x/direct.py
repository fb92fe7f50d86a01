"""Direct messages → items: events of API v2 (polls), and the older shape that webhooks carry.

Source: docs.x.com, "Direct Messages lookup" and "Account Activity payloads", read 2026-11.
"""

from __future__ import annotations

from datetime import datetime

from connectors.kit import wire
from tickets.intake.items import AnyItem, Attachment, MessageItem, ReceiptItem

from .ids import PLATFORM, conversation_of, message_id
from .objects import PROFILE, Included, expanded

EVENT_FIELDS = "id,event_type,text,sender_id,dm_conversation_id,created_at,attachments,entities,referenced_tweets"
EVENT_EXPANSIONS = "sender_id,attachments.media_keys"


def event_items(account: str, event: wire.Node, included: Included, as_of: datetime) -> list[AnyItem]:
    """An event of API v2. Who joined or left is passed over. Raises Unreadable."""
    if event.text("event_type") != "MessageCreate":
        return []
    with wire.building(event.path):
        sender = event.need_id("sender_id")
        text = expanded(event.text("text"), event.child("entities") or wire.Node({}))
        return [
            MessageItem(
                platform=PLATFORM,
                account_external_id=account,
                external_id=message_id(event.need_id("id")),
                external_root=event.need_id("dm_conversation_id"),
                text=text,
                kind="dm",
                visibility="private",
                at=min(event.iso_moment("created_at") or as_of, as_of),
                version_at=as_of,
                direction="out" if sender == account else "in",
                author=included.author(sender),
                attachments=(*included.attachments(event), *_shared(event)),
            )
        ]


def old_event_items(account: str, event: wire.Node, people: Included, received_at: datetime) -> list[AnyItem]:
    """An event in the shape of API v1.1, which knows conversations of two only. Raises Unreadable."""
    made = event.child("message_create")
    if event.text("type") != "message_create" or made is None:
        return []
    with wire.building(event.path):
        sender, data = made.need_id("sender_id"), made.child("message_data") or wire.Node({})
        recipient = (made.child("target") or wire.Node({})).id("recipient_id") or account
        at = min(event.moment("created_timestamp") or received_at, received_at)
        return [
            MessageItem(
                platform=PLATFORM,
                account_external_id=account,
                external_id=message_id(event.need_id("id")),
                external_root=event.id("dm_conversation_id") or conversation_of(sender, recipient),
                text=expanded(data.text("text"), data.child("entities") or wire.Node({})),
                kind="dm",
                visibility="private",
                at=at,
                version_at=at,
                direction="out" if sender == account else "in",
                author=people.author(sender),
                attachments=_attachments(data),
            )
        ]


def read_items(account: str, event: wire.Node, received_at: datetime) -> list[AnyItem]:
    """Somebody has read our messages up to one. Our own reading says nothing. Raises Unreadable."""
    last = event.id("last_read_event_id")
    if not last or event.id("sender_id") in ("", account):
        return []
    at = min(event.moment("created_timestamp") or received_at, received_at)
    with wire.building(event.path):
        return [
            ReceiptItem(
                platform=PLATFORM,
                account_external_id=account,
                external_id=message_id(last),
                at=at,
                version_at=at,
                outcome="read",
            )
        ]


def old_people(users: wire.Node) -> Included:
    """The people of an event in the old shape: an object by id, with other names for the same."""
    found = {}
    for number in users.value:
        user = users.child(number) or wire.Node({})
        found[number] = wire.Node(
            {"name": user.value.get("name"), "username": user.value.get("screen_name")}, user.path
        )
    return Included(users=found)


def _shared(event: wire.Node) -> tuple[Attachment, ...]:
    """Posts passed on in the message, to look at where they stand."""
    posts = event.children("referenced_tweets") or event.children("referenced_posts")
    numbers = (post.need_id("id") for post in posts)
    return tuple(Attachment("share", url=f"{PROFILE}i/status/{number}", external_id=number) for number in numbers)


def _attachments(data: wire.Node) -> tuple[Attachment, ...]:
    """A picture's address here opens for our account only; it is named all the same."""
    media = (data.child("attachment") or wire.Node({})).child("media")
    return (Attachment("image", external_id=media.id("id_str") or media.id("id")),) if media is not None else ()
