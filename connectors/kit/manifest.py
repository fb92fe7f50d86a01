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
    TAKE_OVER = "take_over"  # a private conversation that another program of the company has
    HAND_BACK = "hand_back"  # give it back to that program


# What is done to a message that stands; all of it may be repeated without harm.
MODERATION = frozenset({Action.HIDE, Action.UNHIDE, Action.DELETE, Action.LIKE, Action.UNLIKE})
# What is done to a private conversation, named by its external root; likewise repeatable.
HANDING = frozenset({Action.TAKE_OVER, Action.HAND_BACK})


class Inbound(StrEnum):
    """What can reach us from a platform."""

    COMMENTS = "comments"
    POSTS = "posts"
    MENTIONS = "mentions"
    MESSAGES = "messages"
    REVIEWS = "reviews"
    REACTIONS = "reactions"
    RECEIPTS = "receipts"
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
    An optional one that is left empty has its `default`; `choices` are all that may be entered, where there are any.
    `where` tells people what it is for and where to find it; `choice_labels` what each choice means. `seldom`: most
    leave it as it is, so it stands behind a fold.
    """

    name: str
    label: str
    secret: bool
    kept_by: Literal["channel", "endpoint", "account"]
    optional: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    where: str = ""
    choice_labels: tuple[str, ...] = ()
    seldom: bool = False


@dataclass(frozen=True, slots=True)
class AttachmentLimit:
    """What may go out with a message; `*/*` among the types is any. `public`: also with what everybody reads."""

    count: int
    max_bytes: int
    mime_types: frozenset[str]
    public: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """What one outgoing message may be. A window is counted from the message answered; None means none is known.

    `unaided_window`: after it, within `private_window`, only what a person wrote may go out in private.
    """

    public_text: TextLimit | None = None
    private_text: TextLimit | None = None
    attachments: AttachmentLimit | None = None
    public_window: timedelta | None = None
    private_window: timedelta | None = None
    private_replies_per_message: int | None = None
    unaided_window: timedelta | None = None

    def text_of(self, action: Action) -> TextLimit | None:
        """How long the text of this kind of reply may be."""
        return self.public_text if action == Action.REPLY_PUBLIC else self.private_text

    def window_of(self, action: Action) -> timedelta | None:
        """For how long after a message this kind of reply to it is taken."""
        return self.public_window if action == Action.REPLY_PUBLIC else self.private_window


@dataclass(frozen=True, slots=True)
class Letter:
    """Messages here are letters: with a subject, named recipients, a signature, and files beside the text."""

    max_recipients: int
    signature: bool = True


@dataclass(frozen=True, slots=True)
class Recheck:
    """The platform does not tell of deletions, or its word of them may be lost: so public messages of the time
    `within` are asked after, at most once in `every`, `batch` in a call. `open_only`: only comments in open cases,
    where asking after all would cost too many calls. `open_always`: those in open cases whatever their age, too, where
    the platform's terms ask for every copy that is still worked with.
    """

    every: timedelta
    within: timedelta
    batch: int
    open_only: bool = False
    open_always: bool = False


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `calls` in `seconds`; None where the platform's formula depends on facts we cannot see."""

    name: str
    calls: int | None
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One platform. `family` names the webhook door it shares with its sisters; `hosts` are all we ever contact.

    `own_only` are actions offered on our own messages alone. `code_texts` say in words what a platform's code means
    that stands beside a channel's health. `token_days` is how long an access token lives where a person may have to
    renew it: the account's credentials then hold `expires_at`, Unix seconds as text. From `api_sunset` on the platform
    no longer answers the version of its API that we speak. Credentials are renewed `refresh_ahead` before that end,
    where a token lives for weeks. `console` is where an app is set up at the platform; `access_note` what an account
    costs there or needs approval for; `read_only` the setting and its value that say that nothing may be written.
    `scoped_people`: ids of people are the account's own, and mean nothing elsewhere. `test_note` says, where an account
    cannot write to itself unseen, why, and what the self-test does instead.

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
    # Whose channel of the same external id holds the conversation that a private answer to a comment opens.
    private_platform: str = ""
    letter: Letter | None = None
    own_only: frozenset[Action] = frozenset()
    code_texts: Mapping[str, str] = field(default_factory=dict)
    recheck: Recheck | None = None
    token_days: int | None = None
    refresh_ahead: timedelta | None = None
    api_sunset: date | None = None
    asks_names: bool = False  # people may come without a name, and `profile` tells it of those who wrote to us
    console: str = ""
    access_note: str = ""
    test_note: str = ""
    read_only: tuple[str, str] | None = None
    scoped_people: bool = False
    poll_seconds: int = 300  # between two reconciling polls; less where the poll is all there is

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
            ("own_only", self.own_only <= self.actions & MODERATION),
            (
                "required_settings.choice_labels",
                all(len(s.choice_labels) in (0, len(s.choices)) for s in self.required_settings),
            ),
            ("read_only", self.read_only is None or self.read_only[0] in names),
            ("token_days", self.token_days is None or self.token_days > 0),
            ("sources", bool(self.sources) or not (self.actions or self.receives)),
        ]

    def require(self, action: Action) -> None:
        """Raises Unsupported unless the platform offers `action`."""
        if action not in self.actions:
            raise Unsupported(action)


def _completes(offered: Collection[str], reasons: Mapping[Any, str], words: type[StrEnum]) -> bool:
    """Is every word either offered or has a reason, and none both?"""
    return set(offered) | set(reasons) == set(words) and not set(offered) & set(reasons) and all(reasons.values())
