"""What a case's page is drawn from: plain values, made by `tickets.queries.case`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tickets.queries.queue import QueueRow
from tickets.queries.text import Piece


@dataclass(frozen=True, slots=True)
class PostView:
    """The post a public thread hangs under."""

    id: int
    author_name: str
    ours: bool
    text: tuple[Piece, ...]
    permalink: str
    published_at: datetime | None
    deleted: bool
    reactions: int
    entry: str = "post"


@dataclass(frozen=True, slots=True)
class LetterView:
    """What a letter has beside its text, as it may be shown. `recipients`: (role, name, masked address) each.

    `copies`: whether others got it too, so that an answer can go to all.
    """

    recipients: tuple[tuple[str, str, str], ...]
    left_out: int
    copies: bool
    has_html: bool
    truncated: bool


@dataclass(frozen=True, slots=True)
class ContactView:
    """A way to reach the customer, hidden until somebody says why they need it. `kind`: EMAIL or PHONE."""

    identity_id: int
    kind: str
    hint: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message. `aside`: words of the same thread that are not this case's, folded as context: somebody else's, or,
    `in_linked`, those of a linked case; `tail`: what of its own text is folded (quoted history, a signature).

    `delivery` is a PartState value for ours, "" for inbound; `outcome` what the network told since; `undo_until` while
    it can be taken back; `automatic` an Automatic value, "" for what a person wrote; `no_reply` why the network takes
    no public answer to it, in one word.
    """

    id: int
    at: datetime
    incoming: bool
    origin: str
    author_name: str
    author_initials: str
    hue: int
    visibility: str
    kind: str
    text: tuple[Piece, ...]
    language: str
    state: str
    edited: bool
    external_id: str
    permalink: str
    attachments: tuple[dict[str, Any], ...]
    reactions: int
    aside: bool
    delivery: str
    reason: str
    undo_until: datetime | None
    version: str
    subject: str = ""
    tail: tuple[Piece, ...] = ()
    letter: LetterView | None = None
    automatic: str = ""
    outcome: str = ""
    no_reply: str = ""
    state_at: datetime | None = None  # since when it is hidden or deleted, where the platform said so
    in_linked: bool = False
    then: str = ""  # what follows once it is sent, a key of `following_up.STEPS`
    entry: str = "message"


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note between colleagues."""

    id: int
    at: datetime
    author_name: str
    author_initials: str
    hue: int
    text: tuple[Piece, ...]
    entry: str = "note"


@dataclass(frozen=True, slots=True)
class EventView:
    """One grey line of history. `kind` is one of those that `inbox.templatetags.said` has a sentence for."""

    id: int
    at: datetime
    kind: str
    actor_name: str
    data: dict[str, Any]
    entry: str = "event"


@dataclass(frozen=True, slots=True)
class TurnView:
    """From here on the talk is private, or public again."""

    id: int
    at: datetime
    to: str
    entry: str = "turn"


@dataclass(frozen=True, slots=True)
class UnreadView:
    """From here on the reader has not seen it; stands until they leave the case."""

    id: int
    at: datetime
    entry: str = "unread"


Entry = MessageView | NoteView | EventView | TurnView | UnreadView


@dataclass(frozen=True, slots=True)
class VisitView:
    """The reader's last visit: the newest message they were shown, and the newest when it began; 0 for none."""

    message_id: int = 0
    before_id: int = 0


@dataclass(frozen=True, slots=True)
class Related:
    """Another case of the same customer."""

    number: int
    preview: str
    status: str
    platform: str
    visibility: str
    last_message_at: datetime


@dataclass(frozen=True, slots=True)
class UndoView:
    """An act on this case that can be taken back. `act`: an Undoable value; `number`: the other case's."""

    uid: UUID
    act: str
    number: int
    until: datetime


@dataclass(frozen=True, slots=True)
class ThreadView:
    """One of the case's threads.

    `is_opening`: our private answer to something public, in no conversation yet."""

    id: int
    visibility: str
    platform: str = ""
    standby: bool = False  # another program of the company has the conversation
    shared: bool = False  # another program has had it at some time
    is_opening: bool = False
    channel_id: int = 0
    facts: dict[str, Any] = field(default_factory=dict)  # what the caller asked for beside
    person: str = ""  # with whom the talk is; "" where several of the case's people speak in it


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything the case page shows."""

    row: QueueRow
    channel_name: str
    opened_at: datetime
    posts: tuple[PostView, ...]
    entries: tuple[Entry, ...]
    threads: tuple[ThreadView, ...]  # oldest first
    last_heard_visibility: str  # where the customer spoke last
    customer_since: datetime
    handles: tuple[tuple[str, str], ...]  # (platform, handle or name)
    related: tuple[Related, ...]
    may_reply: bool
    may_note: bool
    may_assign: bool
    may_resolve: bool
    may_moderate: bool
    may_reveal: bool = False
    subject: str = ""
    contacts: tuple[ContactView, ...] = ()
    separable: tuple[tuple[int, str, str], ...] = ()  # (identity id, platform, handle): linked later, by what was said
    visit: VisitView = VisitView()
    followers: tuple[tuple[int, str], ...] = ()
    rings: bool = False  # the reader has a notice of it that they have not seen
    newest_id: int = 0  # of the messages in the case
    start: str = "all"  # where its window begins: "all", or the cursor of what lies before it
    linked: tuple[Related, ...] = ()  # said to be related; also of other customers
    undos: tuple[UndoView, ...] = ()  # newest first; some may have run out
