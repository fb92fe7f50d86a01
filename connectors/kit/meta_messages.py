"""Private conversations with a page or professional account, as Meta's webhooks tell of them → items.

    {"entry": [{"id": <our account>, "messaging" | "standby": [<event>, …]}]}

An event is known by which key it has. `standby` holds what another program of ours handles at the moment: it is taken
in all the same, marked, so that nobody answers into somebody else's talk. Events and attachments that we do not know
are passed over or shown without their content, since Meta adds new ones without notice.
Source: Meta, "Webhooks for Messenger Platform" and "Conversation Routing", read 2026-11; bodies collected by restfb.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from tickets.intake.items import (
    AnyItem,
    Attachment,
    Author,
    HandoverItem,
    MessageItem,
    ReactionItem,
    ReceiptItem,
    StateItem,
)

from . import wire

_Kind = Literal["image", "video", "audio", "file", "link", "sticker", "share"]
KINDS: dict[str, _Kind] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "file": "file",
    "sticker": "sticker",
    "location": "link",
    "fallback": "link",
    "template": "link",
    **dict.fromkeys(("share", "post", "reel", "ig_post", "ig_reel", "story_mention"), "share"),
}
STORY_MENTION = "story_mention"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a conversation. `account` is our page or professional account."""

    platform: str
    account: str
    value: wire.Node
    received_at: datetime
    standby: bool

    @property
    def at(self) -> datetime:
        """When it happened, never later than we received it."""
        return min(self.value.moment("timestamp") or self.received_at, self.received_at)

    @property
    def ours(self) -> bool:
        """Did our side do it?"""
        return self._party("sender") == self.account

    @property
    def person(self) -> str:
        """Whom the conversation is with, "" where the event does not say."""
        return self._party("recipient" if self.ours else "sender")

    def facts(self, external_id: str, at: datetime | None = None) -> dict[str, Any]:
        """What every item says."""
        moment = at or self.at
        return {
            "platform": self.platform,
            "account_external_id": self.account,
            "external_id": external_id,
            "at": moment,
            "version_at": moment,
        }

    def _party(self, key: str) -> str:
        party = self.value.child(key)
        return party.id("id") if party else ""


def read_conversations(platform: str, entry: wire.Node, received_at: datetime) -> Iterator[AnyItem]:
    """The items of one entry's events, in their order. Raises Unreadable."""
    account = entry.need_id("id")
    for key, standby in (("messaging", False), ("standby", True)):
        for value in entry.children(key):
            event = Event(platform, account, value, received_at, standby)
            if event.person:
                with wire.building(value.path):
                    yield from _items(event)


def _items(event: Event) -> list[AnyItem]:
    for key, read in _KEYS.items():
        told = event.value.child(key)
        if told is not None:
            return read(event, told)
    return []


def _message(event: Event, told: wire.Node) -> list[AnyItem]:
    mid = told.need_id("mid")
    if told.flag("is_deleted"):
        return [StateItem(**event.facts(mid), state="deleted")]
    answered, story = _answered(told)
    attachments = (*attachments_of(told.children("attachments")), *story)
    if told.flag("is_unsupported") and not attachments:
        attachments = (Attachment("file"),)
    mention = any(each.text("type") == STORY_MENTION for each in told.children("attachments"))
    return [_said(event, mid, told.text("text"), answered=answered, attachments=attachments, mention=mention)]


def _edit(event: Event, told: wire.Node) -> list[AnyItem]:
    return [_said(event, told.need_id("mid"), told.text("text"), edited=True)]


def _postback(event: Event, told: wire.Node) -> list[AnyItem]:
    """A button was pressed: its title is what the person said. In standby Meta leaves out what we had put behind it."""
    mid = told.id("mid") or f"postback:{event.person}:{int(event.at.timestamp() * 1000)}"
    return [_said(event, mid, told.text("title"))]


def _said(
    event: Event,
    mid: str,
    text: str,
    *,
    answered: str = "",
    attachments: tuple[Attachment, ...] = (),
    edited: bool = False,
    mention: bool = False,
) -> MessageItem:
    return MessageItem(
        **event.facts(mid),
        external_root=event.person,
        text=text,
        kind="mention" if mention else "dm",
        visibility="private",
        direction="out" if event.ours else "in",
        author=None if event.ours else Author(event.person, scope=event.account),
        parent_external_id=answered,
        edited=edited,
        attachments=attachments,
        standby=event.standby,
    )


def _answered(told: wire.Node) -> tuple[str, tuple[Attachment, ...]]:
    """What the message answers: another message, or a story of ours, which comes along as an address."""
    answered = told.child("reply_to")
    story = answered.child("story") if answered else None
    shown = (Attachment("share", url=story.text("url"), external_id=story.id("id")),) if story else ()
    return (answered.id("mid") if answered else "", shown)


def attachments_of(values: list[wire.Node]) -> tuple[Attachment, ...]:
    """What came along, as addresses; a kind that we do not know is told as a file without one."""
    found = []
    for value in values:
        payload = value.child("payload") or wire.Node({})
        kind = KINDS.get(value.text("type"), "file")
        found.append(
            Attachment(kind, url=payload.text("url"), external_id=payload.id("sticker_id"), title=payload.text("title"))
        )
    return tuple(found)


def _reaction(event: Event, told: wire.Node) -> list[AnyItem]:
    reaction = told.text("emoji") or told.text("reaction") or "like"
    actor = event.account if event.ours else event.person
    delta: Literal[1, -1] = -1 if told.text("action") == "unreact" else 1
    return [ReactionItem(**event.facts(told.need_id("mid")), reaction=reaction, actor=actor, delta=delta)]


def _read(event: Event, told: wire.Node) -> list[AnyItem]:
    """Messenger names a moment up to which all is read, Instagram the one message."""
    if told.id("mid"):
        return [ReceiptItem(**event.facts(told.id("mid")), outcome="read")]
    return _up_to(event, told, "read")


def _delivery(event: Event, told: wire.Node) -> list[AnyItem]:
    mids = told.texts("mids")
    if not mids:
        return _up_to(event, told, "delivered")
    return [ReceiptItem(**event.facts(mid), outcome="delivered") for mid in mids]


def _up_to(event: Event, told: wire.Node, outcome: Literal["read", "delivered"]) -> list[AnyItem]:
    moment = told.moment("watermark")
    if moment is None or event.ours:
        return []
    return [ReceiptItem(**event.facts(event.person, at=moment), outcome=outcome, whole_thread=True)]


def _passed(event: Event, _told: wire.Node) -> list[AnyItem]:
    """Whoever gets the conversation hears of it in `messaging`."""
    return [HandoverItem(**event.facts(event.person), standby=event.standby)]


def _taken(event: Event, _told: wire.Node) -> list[AnyItem]:
    """Told to the program that loses the conversation."""
    return [HandoverItem(**event.facts(event.person), standby=True)]


_KEYS: dict[str, Callable[[Event, wire.Node], list[AnyItem]]] = {
    "message": _message,
    "message_edit": _edit,
    "postback": _postback,
    "reaction": _reaction,
    "read": _read,
    "delivery": _delivery,
    "pass_thread_control": _passed,
    "take_thread_control": _taken,
}
