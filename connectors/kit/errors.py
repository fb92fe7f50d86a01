"""What can go wrong between us and a platform: one class per consequence, and nothing else in it.

    ConnectorError
    ├── RetryLater(after_seconds)     nothing was done (or doing it twice is harmless): queue the same call again
    │   └── RateLimited(after_seconds)  the whole account waits that long before its next call
    │       └── CreditsUsedUp           the same, and people are told that what was paid for is used up
    ├── TokenExpired                  refresh the credentials once, then call once more
    ├── NeedsReconnect(missing)       the channel holds until a person connects it again; nothing is dropped
    ├── Rejected(reason)              this one is refused for good: mark it failed and show the reason
    ├── OutcomeUnknown                bytes left and no clear answer came: never repeat, settle by echo, poll or person
    ├── Unsupported(action)           the platform cannot do it: not offered, and no call was made
    ├── BadSignature                  the request is not the platform's: 401, nothing kept
    └── Unreadable(path)              the bytes are theirs but not as described: keep them for replay

An error carries codes and our own field names only. What a platform or a customer wrote never gets in,
so any of them may be logged and shown as it is.
"""

from __future__ import annotations

import re
from enum import StrEnum

from .marks import gettext_noop

_CODE = re.compile(r"[A-Za-z0-9_./:-]{0,60}")


class RejectReason(StrEnum):
    """Why a platform refuses one message or action for good."""

    TARGET_GONE = "target_gone"
    WINDOW_CLOSED = "window_closed"
    BLOCKED = "blocked"
    RECIPIENT_UNAVAILABLE = "recipient_unavailable"
    DUPLICATE = "duplicate"
    ALREADY_ANSWERED = "already_answered"
    TOO_LONG = "too_long"
    EMPTY = "empty"
    NOT_ALLOWED = "not_allowed"
    NOT_SUMMONED = "not_summoned"
    READ_ONLY = "read_only"
    CONTENT_REFUSED = "content_refused"
    REFUSED = "refused"


REASON_TEXTS: dict[RejectReason, str] = {
    RejectReason.TARGET_GONE: gettext_noop("What you answer is no longer there."),
    RejectReason.WINDOW_CLOSED: gettext_noop("The time in which the platform allows an answer has passed."),
    RejectReason.BLOCKED: gettext_noop("The platform has stopped this account from writing for now."),
    RejectReason.RECIPIENT_UNAVAILABLE: gettext_noop("This person cannot be written to."),
    RejectReason.DUPLICATE: gettext_noop("The platform refuses the same text twice."),
    RejectReason.ALREADY_ANSWERED: gettext_noop("This was already answered; the platform allows one answer."),
    RejectReason.TOO_LONG: gettext_noop("The text is longer than the platform allows."),
    RejectReason.EMPTY: gettext_noop("There is nothing to send."),
    RejectReason.NOT_ALLOWED: gettext_noop("The platform does not allow this here."),
    RejectReason.NOT_SUMMONED: gettext_noop(
        "The platform lets us answer only people who have mentioned or quoted us. Answer this one on the platform."
    ),
    RejectReason.READ_ONLY: gettext_noop("This channel is connected for reading only. Answer on the platform itself."),
    RejectReason.CONTENT_REFUSED: gettext_noop("The platform refuses this content."),
    RejectReason.REFUSED: gettext_noop("The platform refused this without saying why."),
}


def reason_text(word: str) -> str:
    """What a `RejectReason` word says to people, marked for translation; the plain refusal for any other word."""
    return REASON_TEXTS.get(RejectReason(word) if word in set(RejectReason) else RejectReason.REFUSED, "")


class ConnectorError(Exception):
    """The root: catch it to catch everything a connector may raise.

    Takes: code, the platform's own short code ("190/460"); anything that is not code-like is dropped.
    """

    def __init__(self, *facts: str, code: str = "") -> None:
        self.code = code if _CODE.fullmatch(code) else ""
        super().__init__(" ".join(part for part in (*facts, self.code and f"[{self.code}]") if part))


class RetryLater(ConnectorError):
    """Certainly not done, or harmless to do twice. `after_seconds` is the platform's wish, None when it has none."""

    def __init__(self, after_seconds: int | None = None, *, code: str = "") -> None:
        super().__init__("" if after_seconds is None else f"after {after_seconds} s", code=code)
        self.after_seconds = after_seconds


class RateLimited(RetryLater):
    """Too many calls: the account as a whole waits `after_seconds`, since calling on lengthens the block."""

    def __init__(self, after_seconds: int, *, code: str = "") -> None:
        super().__init__(after_seconds, code=code)


class CreditsUsedUp(RateLimited):
    """What the company has paid the platform for is used up: until more is bought or the period ends, no call works."""


class TokenExpired(ConnectorError):
    """The credentials have run out and the connector's `refresh` can renew them."""


class NeedsReconnect(ConnectorError):
    """Only a person can help. `missing` names the scopes that are lacking; empty when the whole token is dead."""

    def __init__(self, missing: tuple[str, ...] = (), *, code: str = "") -> None:
        super().__init__(" ".join(missing), code=code)
        self.missing = missing


class Rejected(ConnectorError):
    """Refused for good, with a reason people can read (`REASON_TEXTS`)."""

    def __init__(self, reason: RejectReason, *, code: str = "") -> None:
        super().__init__(reason.value, code=code)
        self.reason = reason


class OutcomeUnknown(ConnectorError):
    """A message may or may not have been sent."""


class Unsupported(ConnectorError):
    """The manifest does not declare `action`."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


class BadSignature(ConnectorError):
    """The request does not prove that it comes from the platform."""


class Unreadable(ConnectorError):
    """`path` names the place in the data that is not as the platform describes it, never its value."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path
