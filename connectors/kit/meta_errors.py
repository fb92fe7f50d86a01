"""What Meta's error codes mean for us. Codes decide, never the HTTP status and never the text.

Source: Meta, "Handling Errors" of the Graph API, read 2026-11; 1446036, 10900 and 10903 from older knowledge.
"""

from __future__ import annotations

from . import wire
from .errors import (
    ConnectorError,
    NeedsReconnect,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RejectReason,
    RetryLater,
    Unreadable,
)

DEFAULT_PAUSE_SECONDS = 15 * 60  # a limit is counted over an hour, and calling on lengthens the block

RATE_LIMITS = frozenset({4, 17, 32, 341, 613, 80001, 80002, 80006, 80007})
DEAD_TOKENS = frozenset({102, 190})
PERMISSIONS = frozenset({3, 10, *range(200, 300)} - {230})
NOT_TAKEN = frozenset({2, 1200})  # the service is down; a message could not be sent for the moment
UNKNOWN_FAILURE = 1

REFUSED_PAIRS = {
    (10, 2018278): RejectReason.WINDOW_CLOSED,
    (10, 2534022): RejectReason.WINDOW_CLOSED,
    (10, 1893063): RejectReason.BLOCKED,
    (100, 33): RejectReason.TARGET_GONE,
    (100, 2018001): RejectReason.RECIPIENT_UNAVAILABLE,
    (100, 2018109): RejectReason.CONTENT_REFUSED,
    (200, 2018028): RejectReason.NOT_ALLOWED,
}
REFUSED = {
    12: RejectReason.NOT_ALLOWED,
    24: RejectReason.TARGET_GONE,
    230: RejectReason.NOT_ALLOWED,
    368: RejectReason.BLOCKED,
    506: RejectReason.DUPLICATE,
    551: RejectReason.RECIPIENT_UNAVAILABLE,
    9010: RejectReason.RECIPIENT_UNAVAILABLE,
    10900: RejectReason.ALREADY_ANSWERED,
    10903: RejectReason.RECIPIENT_UNAVAILABLE,
    1446036: RejectReason.BLOCKED,
    2018108: RejectReason.NOT_ALLOWED,
}


def graph_error(
    answer: wire.Node, *, repeatable: bool, needs: tuple[str, ...], pause_seconds: int | None
) -> ConnectorError:
    """The kit's word for an answer with an `error` in it.

    Takes: repeatable, whether the call may be done twice without harm; needs, the scopes it takes;
    pause_seconds, what the usage headers asked for.
    """
    try:
        error = answer.child("error") or wire.Node({})
        code, subcode = error.number("code"), error.number("error_subcode")
        transient = error.flag("is_transient")
    except Unreadable:
        code = subcode = None
        transient = False
    if code is None:
        return RetryLater() if repeatable else OutcomeUnknown()
    label = str(code) if subcode is None else f"{code}/{subcode}"
    reason = REFUSED_PAIRS.get((code, subcode or 0)) or REFUSED.get(subcode or 0) or REFUSED.get(code)
    if reason:
        return Rejected(reason, code=label)
    if code in RATE_LIMITS:
        return RateLimited(pause_seconds or DEFAULT_PAUSE_SECONDS, code=label)
    if code in DEAD_TOKENS:
        return NeedsReconnect(code=label)
    if code in PERMISSIONS:
        return NeedsReconnect(needs, code=label)
    return _unsettled(code, label, transient=transient, repeatable=repeatable)


def _unsettled(code: int, label: str, *, transient: bool, repeatable: bool) -> ConnectorError:
    """Trouble on their side, and codes we do not know.

    "Unknown error" says nothing of whether a message went out, so a send that meets it must not be repeated;
    "service down" does: the request was not taken.
    """
    if code in NOT_TAKEN:
        return RetryLater(code=label)
    if code == UNKNOWN_FAILURE or transient:
        return RetryLater(code=label) if repeatable else OutcomeUnknown(code=label)
    return Rejected(RejectReason.REFUSED, code=label)
