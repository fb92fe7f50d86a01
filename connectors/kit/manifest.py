"""The facts about a platform as data: the connect form, the composer, the docs and the tests all read these.

What a platform cannot do is stated with a reason, never left out: every `Action` is either in `actions` or in
`gaps`, every `Inbound` either in `receives` or in `not_received`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Literal

from .errors import Unsupported
from .textfit import TextLimit


class Action(StrEnum):
    """What we can do on a platform."""

    REPLY_PUBLIC = "reply_public"
    REPLY_PRIVATE = "reply_private"
    ATTACH = "attach"
    EDIT = "edit"
    DELETE = "delete"
    HIDE = "hide"
    UNHIDE = "unhide"
    LIKE = "like"
    UNLIKE = "unlike"
    BLOCK = "block"


# What is done to a message that stands; all of it may be repeated without harm.
MODERATION = frozenset({Action.HIDE, Action.UNHIDE, Action.DELETE, Action.LIKE, Action.UNLIKE})


class Inbound(StrEnum):
    """What can reach us from a platform."""

    COMMENTS = "comments"
    POSTS = "posts"
    MENTIONS = "mentions"
    MESSAGES = "messages"
    REVIEWS = "reviews"
    REACTIONS = "reactions"
    EDITS = "edits"
    DELETIONS = "deletions"
    HIDES = "hides"


class Arrival(StrEnum):
    """How it reaches us."""

    WEBHOOK = "webhook"
    POLL = "poll"
    STREAM = "stream"


class Auth(StrEnum):
    """How we prove who we are."""

    ACCESS_TOKEN = "access_token"  # noqa: S105 - a word, not a token
    OAUTH2 = "oauth2"
    API_KEY = "api_key"
    PASSWORD = "password"  # noqa: S105 - a word, not a password
    NONE = "none"


KEPT_BY_ENDPOINT = frozenset({"app_secret", "verify_token"})


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing a person enters to connect a channel, and which record keeps it.

    channel: what names the account, `external_id` and `name`. endpoint: what webhooks are checked with, under the names
    of `kit.base.Secrets`. account: everything else, found again in `Account.credentials`.
    """

    name: str
    label: str
    secret: bool
    kept_by: Literal["channel", "endpoint", "account"]


@dataclass(frozen=True, slots=True)
class AttachmentLimit:
    """What may go out with a message."""

    count: int
    max_bytes: int
    mime_types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one outgoing message may be. A window is counted from the message answered; None means none is known."""

    public_text: TextLimit | None = None
    private_text: TextLimit | None = None
    attachments: AttachmentLimit | None = None
    public_window: timedelta | None = None
    private_window: timedelta | None = None
    private_replies_per_message: int | None = None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `calls` in `seconds`; None where the platform's formula depends on facts we cannot see."""

    name: str
    calls: int | None
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One platform. `family` names the webhook door it shares with its sisters; `hosts` are all we ever contact.

    Raises: ValueError naming the platform and the field when the facts are incomplete or contradict each other.
    """

    key: str
    name: str
    family: str
    auth: Auth
    hosts: frozenset[str]
    receives: frozenset[Inbound]
    arrives_by: frozenset[Arrival]
    actions: frozenset[Action]
    limits: Limits
    required_settings: tuple[Setting, ...]
    sources: tuple[str, ...]
    checked: date
    not_received: Mapping[Inbound, str] = field(default_factory=dict)
    gaps: Mapping[Action, str] = field(default_factory=dict)
    rate_limits: tuple[RateLimit, ...] = ()
    required_scopes: tuple[str, ...] = ()
    idempotent_sends: bool = False

    def __post_init__(self) -> None:
        for field_name, holds in self._rules():
            if not holds:
                raise ValueError(f"manifest of {self.key}: {field_name}")

    def _rules(self) -> list[tuple[str, bool]]:
        names = [setting.name for setting in self.required_settings]
        sendable = {Action.REPLY_PUBLIC: self.limits.public_text, Action.REPLY_PRIVATE: self.limits.private_text}
        return [
            ("key", bool(re.fullmatch(r"[a-z][a-z0-9_]*", self.key))),
            ("family", bool(re.fullmatch(r"[a-z][a-z0-9_]*", self.family))),
            ("name", bool(self.name)),
            ("hosts", all(re.fullmatch(r"[a-z0-9.-]+", host) for host in self.hosts)),
            ("gaps", _completes(self.actions, self.gaps, Action)),
            ("not_received", _completes(self.receives, self.not_received, Inbound)),
            ("arrives_by", bool(self.arrives_by) == bool(self.receives)),
            ("limits", all(sendable[action] for action in sendable if action in self.actions)),
            ("limits.attachments", (Action.ATTACH in self.actions) == (self.limits.attachments is not None)),
            ("required_settings", len(names) == len(set(names)) and all(s.label for s in self.required_settings)),
            (
                "required_settings.endpoint",
                {s.name for s in self.required_settings if s.kept_by == "endpoint"} <= KEPT_BY_ENDPOINT,
            ),
            ("sources", bool(self.sources) or not (self.actions or self.receives)),
        ]

    def require(self, action: Action) -> None:
        """Raises Unsupported unless the platform offers `action`."""
        if action not in self.actions:
            raise Unsupported(action)


def _completes(offered: Collection[str], reasons: Mapping[Any, str], words: type[StrEnum]) -> bool:
    """Is every word either offered or has a reason, and none both?"""
    return set(offered) | set(reasons) == set(words) and not set(offered) & set(reasons) and all(reasons.values())
