"""The shape every platform folder has: what goes in, what comes out, and the nine functions of a connector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import requests

from tickets.intake.items import AnyItem, Visibility

from .errors import NeedsReconnect, Unsupported
from .manifest import Action, Manifest

Cursor = dict[str, Any]  # what json can hold; only the platform that made it looks inside


def utc_now() -> datetime:
    """The present moment, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A webhook request as received. `headers` have lower-case names; `received_at` is aware UTC."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: bytes = field(repr=False)
    received_at: datetime

    def __post_init__(self) -> None:
        if self.received_at.tzinfo is None:
            raise ValueError("received_at must be aware")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What one webhook endpoint shares with the platform."""

    app_secret: str = field(repr=False)
    verify_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer a handshake with."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Account:
    """One connected page, handle, mailbox or number, with what is needed to call the platform for it.

    `session` is made by `kit.http.session_for`; `base_url` points at a simulated platform, None at the real one.
    """

    external_id: str
    credentials: Mapping[str, str] = field(repr=False)
    app_secret: str = field(repr=False)
    base_url: str | None
    session: requests.Session = field(repr=False)
    clock: Callable[[], datetime] = field(default=utc_now, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingPart:
    """One piece to send. `target_external_id` is what it answers; `client_key` makes a repeat recognisable."""

    kind: Literal["text", "attachment"]
    text: str = field(default="", repr=False)
    target_external_id: str = ""
    thread_root: str = ""
    recipient: str = ""
    visibility: Visibility = "public"
    client_key: str = ""

    def __post_init__(self) -> None:
        # A lone surrogate cannot be encoded, and the failure would hold the whole text.
        object.__setattr__(self, "text", self.text.encode("utf-8", "ignore").decode("utf-8"))

    @property
    def action(self) -> Action:
        """What a platform must offer to send this."""
        if self.kind == "attachment":
            return Action.ATTACH
        return Action.REPLY_PRIVATE if self.visibility == "private" else Action.REPLY_PUBLIC


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform took it: its id there and its time.

    `recipient` is the person's id in the private conversation that a private reply opens.
    `pause_seconds` asks the account to rest that long, since its allowance is nearly used up.
    """

    external_id: str
    at: datetime
    recipient: str = ""
    pause_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One small step of a poll. Store `items` and `cursor` together; `more` means that the pass goes on at once.

    `unreadable` are the paths of elements left out because they were not as described.
    """

    items: tuple[AnyItem, ...]
    cursor: Cursor
    more: bool
    unreadable: tuple[str, ...] = ()
    pause_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class ProfileItem:
    """What a platform tells about a person or about our own account."""

    external_id: str
    name: str = field(default="", repr=False)
    handle: str = field(default="", repr=False)
    scope: str = ""
    profile_url: str = field(default="", repr=False)
    avatar_url: str = field(default="", repr=False)


def no_challenge(_raw: RawRequest, _secrets: Secrets) -> Answer | None:
    """For platforms without a handshake: this is an ordinary delivery."""
    return None


def no_poll(_account: Account, _cursor: Cursor | None) -> Page:
    """For platforms that only push."""
    raise Unsupported("poll")


def no_refresh(_account: Account) -> Mapping[str, str]:
    """For credentials that cannot be renewed without a person."""
    raise NeedsReconnect


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """A platform: facts and functions. Each function raises `ConnectorError`s only.

    `challenge` gives the answer to a handshake, or None for a delivery; `verify` gives nothing or raises BadSignature;
    `parse` is pure and gives the items in a delivery, raising Unreadable. `poll` makes one call and gives one page;
    `send` and `moderate` give a receipt; `profile` gives None where the platform tells nothing;
    `refresh` gives new credentials.
    """

    manifest: Manifest
    verify: Callable[[RawRequest, Secrets], None]
    parse: Callable[[RawRequest], list[AnyItem]]
    send: Callable[[Account, OutgoingPart], Receipt]
    moderate: Callable[[Account, Action, str], Receipt]
    profile: Callable[[Account, str], ProfileItem | None]
    challenge: Callable[[RawRequest, Secrets], Answer | None] = no_challenge
    poll: Callable[[Account, Cursor | None], Page] = no_poll
    refresh: Callable[[Account], Mapping[str, str]] = no_refresh
