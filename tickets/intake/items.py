"""What every platform's traffic becomes: a small closed vocabulary of plain values.

Platform folders build these, `tickets.intake.apply` turns them into rows. No Django here, so a
connector can be read, tested and run without a database.

Text is made safe where the item is made: NUL and lone surrogates go, the rest is NFC and bounded.
A constructor raises `ItemError` naming the field (never its value) for what cannot be kept at all.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

TEXT_LIMIT = 100_000  # code points; above any platform's own limit, below what hurts a page
ID_LIMIT = 255
NAME_LIMIT = 200
URL_LIMIT = 2000

Visibility = Literal["public", "private"]
Direction = Literal["in", "out"]
NetworkState = Literal["visible", "hidden", "deleted"]

# Bidirectional controls reorder what a reader sees, so a name or a text could lie about itself.
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])
_BIDI = dict.fromkeys([*range(8234, 8239), *range(8294, 8298)])
_DROPPED = {**_CONTROLS, **_BIDI}


class ItemError(ValueError):
    """A value cannot be kept; says which field, never what stood in it."""

    def __init__(self, field_name: str) -> None:
        super().__init__(field_name)
        self.field_name = field_name


def clean_text(value: str, limit: int = TEXT_LIMIT) -> str:
    """Make outside text storable: no NUL, control, bidi override or lone surrogate; NFC; at most `limit` points."""
    value = value.encode("utf-8", "ignore").decode("utf-8")
    value = value.replace("\r\n", "\n").replace("\r", "\n").translate(_DROPPED)
    return unicodedata.normalize("NFC", value)[:limit]


def clean_line(value: str, limit: int = NAME_LIMIT) -> str:
    """Like `clean_text`, on one line with single spaces: names, handles, titles."""
    return " ".join(clean_text(value, limit * 2).split())[:limit]


def clean_id(value: str, field_name: str) -> str:
    """A platform's identifier, opaque, 1 to 255 code points. Raises ItemError when empty, too long or not clean."""
    cleaned = clean_line(value, ID_LIMIT + 1)
    if not cleaned or len(cleaned) > ID_LIMIT or cleaned != value:
        raise ItemError(field_name)
    return cleaned


def clean_url(value: str) -> str:
    """An http(s) address, or an empty string for anything else (`javascript:` never gets past here)."""
    cleaned = clean_line(value, URL_LIMIT + 1)
    return cleaned if cleaned.startswith(("https://", "http://")) and len(cleaned) <= URL_LIMIT else ""


def _utc(value: datetime, field_name: str) -> datetime:
    if value.tzinfo is None:
        raise ItemError(field_name)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ItemError(field_name) from None


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote. `external_id` is unique within (platform, scope); scope is the page for page-scoped ids, else ""."""

    external_id: str
    name: str = ""
    handle: str = ""
    scope: str = ""
    profile_url: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "external_id", clean_id(self.external_id, "author.external_id"))
        object.__setattr__(self, "name", clean_line(self.name))
        object.__setattr__(self, "handle", clean_line(self.handle))
        object.__setattr__(self, "scope", clean_line(self.scope, ID_LIMIT))
        object.__setattr__(self, "profile_url", clean_url(self.profile_url))


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something sent along with a message; the address may expire and is never fetched by the browser."""

    kind: Literal["image", "video", "audio", "file", "link", "sticker", "share"]
    url: str = ""
    external_id: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", clean_url(self.url))
        object.__setattr__(self, "external_id", clean_line(self.external_id, ID_LIMIT))
        object.__setattr__(self, "title", clean_line(self.title))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What all items share: which channel (platform + its external id) and when it happened there.

    `at` is the platform's time, aware UTC; `version_at` orders news about the same object: the time of the
    edit where the platform gives one, else the earlier of event time and receive time (a poll: its request time).
    """

    platform: str
    account_external_id: str
    external_id: str
    at: datetime
    version_at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "account_external_id", clean_id(self.account_external_id, "account"))
        object.__setattr__(self, "external_id", clean_id(self.external_id, "external_id"))
        object.__setattr__(self, "at", _utc(self.at, "at"))
        if self.version_at is not None:
            object.__setattr__(self, "version_at", _utc(self.version_at, "version_at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PostItem(Item):
    """A post as context of threads: ours or a visitor's. A visitor's post also comes as a MessageItem."""

    text: str = ""
    permalink: str = ""
    author: Author | None = None
    ours: bool = False

    def __post_init__(self) -> None:
        Item.__post_init__(self)
        object.__setattr__(self, "text", clean_text(self.text))
        object.__setattr__(self, "permalink", clean_url(self.permalink))


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageItem(Item):
    """One comment, post, mention, direct message, mail, … in or out.

    `external_root` names the thread on its channel (root comment, conversation). `direction` "out" is an echo of
    our own page: of our send when the id is known, of a colleague in the native app otherwise.
    `author` is None where the platform hides who wrote.
    """

    external_root: str
    text: str
    kind: Literal["comment", "post", "mention", "dm", "review", "email", "call", "sms", "chat"] = "comment"
    visibility: Visibility = "public"
    direction: Direction = "in"
    author: Author | None = None
    parent_external_id: str = ""
    post_external_id: str = ""
    permalink: str = ""
    state: NetworkState | None = None  # None: the source did not say
    edited: bool = False
    attachments: tuple[Attachment, ...] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        Item.__post_init__(self)
        object.__setattr__(self, "external_root", clean_id(self.external_root, "external_root"))
        object.__setattr__(self, "text", clean_text(self.text))
        object.__setattr__(self, "permalink", clean_url(self.permalink))
        for name in ("parent_external_id", "post_external_id"):
            value = getattr(self, name)
            if value:
                object.__setattr__(self, name, clean_id(value, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class StateItem(Item):
    """The network hid, showed or deleted the message `external_id`. A deletion is final and may arrive first."""

    state: NetworkState


@dataclass(frozen=True, slots=True, kw_only=True)
class PostDeletedItem(Item):
    """The post `external_id` is gone, and every message under it with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionItem(Item):
    """One person set (`delta` 1) or took back (-1) a reaction on the message or post `external_id`.

    `actor` makes it countable once.
    """

    reaction: str
    actor: str
    delta: Literal[1, -1] = 1

    def __post_init__(self) -> None:
        Item.__post_init__(self)
        object.__setattr__(self, "reaction", clean_line(self.reaction, 40))
        object.__setattr__(self, "actor", clean_id(self.actor, "actor"))


AnyItem = PostItem | MessageItem | StateItem | PostDeletedItem | ReactionItem
