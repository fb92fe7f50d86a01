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
SUBJECT_LIMIT = 500
HTML_LIMIT = 1_000_000
RECIPIENT_LIMIT = 200  # kept of one message's recipients; a mail to 2 000 says so in `recipients_left_out`
REFERENCE_LIMIT = 50  # looked up to find the thread of one message
URL_LIMIT = 2000

Visibility = Literal["public", "private"]
Direction = Literal["in", "out"]
NetworkState = Literal["visible", "hidden", "deleted"]
ContactKind = Literal["email", "phone"]
Role = Literal["from", "reply_to", "to", "cc"]
# Not written by a person at that moment: an answering machine, a report about a message, a mailing to many.
Automatic = Literal["", "reply", "report", "bulk"]
Outcome = Literal["delivered", "read", "delayed", "failed"]

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
    if not value.isprintable():  # printable text holds nothing of what is taken out here
        value = value.encode("utf-8", "ignore").decode("utf-8")
        value = value.replace("\r\n", "\n").replace("\r", "\n").translate(_DROPPED)
    return unicodedata.normalize("NFC", value)[:limit]


def clean_line(value: str, limit: int = NAME_LIMIT) -> str:
    """Like `clean_text`, on one line with single spaces: names, handles, titles."""
    return " ".join(clean_text(value, limit * 2).split())[:limit]


def clean_id(value: str, field_name: str) -> str:
    """A platform's identifier, opaque, 1 to 255 code points. Raises ItemError when empty, too long or not clean."""
    if value.isascii() and value.isalnum() and len(value) <= ID_LIMIT:
        return value
    cleaned = clean_line(value, ID_LIMIT + 1)
    if not cleaned or len(cleaned) > ID_LIMIT or cleaned != value:
        raise ItemError(field_name)
    return cleaned


def clean_url(value: str) -> str:
    """An http(s) address, or an empty string for anything else (`javascript:` never gets past here)."""
    cleaned = clean_line(value, URL_LIMIT + 1)
    return cleaned if cleaned.startswith(("https://", "http://")) and len(cleaned) <= URL_LIMIT else ""


def _names(values: tuple[str, ...]) -> tuple[str, ...]:
    """Names to look up: those that can be kept, once each, in order. An odd one among them spoils no message."""
    kept = {
        value: None for value in values if value and len(value) <= ID_LIMIT and clean_line(value, ID_LIMIT) == value
    }
    return tuple(kept)[:REFERENCE_LIMIT]


def _utc(value: datetime, field_name: str) -> datetime:
    if value.tzinfo is None:
        raise ItemError(field_name)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ItemError(field_name) from None


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote. `external_id` is unique within (platform, scope); scope is the page for page-scoped ids, else "".

    `contact` says that the id itself is a way to reach the person (a mail address in lower case, a number in E.164):
    such an id is kept sealed, and is recognised by its keyed hash.
    """

    external_id: str
    name: str = ""
    handle: str = ""
    scope: str = ""
    profile_url: str = ""
    contact: ContactKind | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "external_id", clean_id(self.external_id, "author.external_id"))
        object.__setattr__(self, "name", clean_line(self.name))
        object.__setattr__(self, "handle", clean_line(self.handle))
        object.__setattr__(self, "scope", clean_line(self.scope, ID_LIMIT))
        object.__setattr__(self, "profile_url", clean_url(self.profile_url))


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody a letter is from or goes to; `address` as the network writes it, in lower case."""

    role: Role
    address: str = field(repr=False)
    name: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", clean_id(self.address, "recipient.address"))
        object.__setattr__(self, "name", clean_line(self.name))


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something sent along with a message; the address may expire and is never fetched by the browser.

    `content` holds the bytes where they came with the message (mail); `mime` is what the sender calls them, which is
    never believed. `content_id` is the name by which the message's own html shows it.
    """

    kind: Literal["image", "video", "audio", "file", "link", "sticker", "share"]
    url: str = ""
    external_id: str = ""
    title: str = ""
    mime: str = ""
    content_id: str = ""
    content: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", clean_url(self.url))
        object.__setattr__(self, "external_id", clean_line(self.external_id, ID_LIMIT))
        object.__setattr__(self, "title", clean_line(self.title))
        object.__setattr__(self, "mime", clean_line(self.mime, 100).lower())
        object.__setattr__(self, "content_id", clean_line(self.content_id, ID_LIMIT))


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
    `author` is None where the platform hides who wrote. `no_reply` is the `RejectReason` word for which the network is
    known to refuse a public answer to this message, "" where it takes one.

    Where a conversation has no name of its own (mail), `references` are the names of earlier messages or threads that
    this one follows, the surest first, and `aliases` the names by which later ones may follow it: the thread is that of
    the first reference known on the same channel, else `external_root`. `tail` is text people fold away (quoted
    history, signature); `text` and `tail` together are all that was said.
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
    subject: str = ""
    tail: str = ""
    html: str = field(default="", repr=False)  # as sent, not sanitised; kept sealed
    recipients: tuple[Recipient, ...] = field(default_factory=tuple)
    recipients_left_out: int = 0
    references: tuple[str, ...] = field(default_factory=tuple)
    aliases: tuple[str, ...] = field(default_factory=tuple)
    automatic: Automatic = ""
    no_reply: str = ""
    truncated: bool = False  # what we hold is the beginning; the rest was too large to fetch
    standby: bool | None = None  # another program of ours has the conversation; None: the source did not say

    def __post_init__(self) -> None:
        Item.__post_init__(self)
        object.__setattr__(self, "external_root", clean_id(self.external_root, "external_root"))
        object.__setattr__(self, "text", clean_text(self.text))
        object.__setattr__(self, "permalink", clean_url(self.permalink))
        object.__setattr__(self, "subject", clean_line(self.subject, SUBJECT_LIMIT))
        object.__setattr__(self, "tail", clean_text(self.tail))
        object.__setattr__(self, "html", clean_text(self.html, HTML_LIMIT))
        object.__setattr__(self, "no_reply", clean_line(self.no_reply, 40))
        object.__setattr__(self, "references", _names(self.references))
        object.__setattr__(self, "aliases", _names(self.aliases))
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptItem(Item):
    """What became of our own message `external_id` after the network took it: a report, a read mark, a bounce.

    `reason` is a `RejectReason` word and `code` the network's own; both only for `failed`. With `whole_thread` it is
    about all of our messages up to `at` in the thread whose root is `external_id`.
    """

    outcome: Outcome
    reason: str = ""
    code: str = ""
    whole_thread: bool = False

    def __post_init__(self) -> None:
        Item.__post_init__(self)
        object.__setattr__(self, "reason", clean_line(self.reason, 40))
        object.__setattr__(self, "code", clean_line(self.code, 40))


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverItem(Item):
    """The private thread with the root `external_id` went to another program of ours, or (`standby` False) to us."""

    standby: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedItem(Item):
    """The platform names something without telling it: `Connector.read` has to fetch what it says."""


AnyItem = PostItem | MessageItem | StateItem | PostDeletedItem | ReactionItem | ReceiptItem | HandoverItem | NamedItem
