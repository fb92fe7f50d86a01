"""What X's refusals mean for us. The HTTP status and the problem type decide.

For "forbidden" X gives neither code nor type, only one of a few fixed English sentences; these are compared with
words of theirs below and go no further.
Source: docs.x.com "Response codes & errors", xdevplatform/docs openapi.json 2.167, public code quoting the sentences,
all read 2026-11; the numbers are those of API v1.1, which some answers still carry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.kit import wire
from connectors.kit.errors import (
    ConnectorError,
    CreditsUsedUp,
    NeedsReconnect,
    RateLimited,
    Rejected,
    RejectReason,
    TokenExpired,
    Unreadable,
)

CREDITS_PAUSE_SECONDS = 3600  # somebody must pay first; looking once an hour costs nothing
DEFAULT_PAUSE_SECONDS = 15 * 60  # the window of every limit
LONGEST_PAUSE_SECONDS = 24 * 3600

_GONE = frozenset({"resource-not-found", "not-authorized-for-resource", "resource-unavailable", "disallowed-resource"})
_CAPPED = frozenset({"usage-capped"})
_SET_UP = frozenset({"client-forbidden", "oauth1-permissions", "unsupported-authentication"})
_NUMBERS = {
    34: RejectReason.TARGET_GONE,
    144: RejectReason.TARGET_GONE,
    150: RejectReason.RECIPIENT_UNAVAILABLE,
    186: RejectReason.TOO_LONG,
    187: RejectReason.DUPLICATE,
    226: RejectReason.BLOCKED,
    326: RejectReason.BLOCKED,
    349: RejectReason.RECIPIENT_UNAVAILABLE,
    385: RejectReason.TARGET_GONE,
    433: RejectReason.NOT_SUMMONED,
}
_NAMED = re.compile(r"((?:[A-Z][a-z]+){2,4}(?:Failed|Exceeded|Invalid))(?::|$)")
_SENTENCES = (
    ("reply to this conversation is not allowed", RejectReason.NOT_SUMMONED),
    ("duplicate content", RejectReason.DUPLICATE),
    ("deleted or not visible", RejectReason.TARGET_GONE),
    ("cannot send messages to this", RejectReason.RECIPIENT_UNAVAILABLE),
    ("permission to dm", RejectReason.RECIPIENT_UNAVAILABLE),
    ("suspended", RejectReason.BLOCKED),
    ("temporarily locked", RejectReason.BLOCKED),
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Of the call that was refused: the scopes it needs, whether the token can be renewed, Unix time."""

    needs: tuple[str, ...]
    renewable: bool
    now: float


def refusal(status: int, answer: wire.Node, headers: Mapping[str, str], call: Circumstances) -> ConnectorError | None:
    """The kit's word for an answer that says no; None where it does not look like X's own, or X itself is down."""
    try:
        problem, number, sentence = problem_of(answer), _number(answer), _sentence(answer)
    except Unreadable:
        return None
    if status == 429:
        return limited(headers, problem, call.now)
    if not (answer.has("title") or answer.has("errors") or answer.has("detail")):
        return None
    match status:
        case 401:
            return TokenExpired(code="http/401") if call.renewable else NeedsReconnect(code="http/401")
        case 402:
            return CreditsUsedUp(CREDITS_PAUSE_SECONDS, code="credits")
        case 403:
            return _forbidden(answer, problem, number, sentence, call)
        case 404:
            return Rejected(RejectReason.TARGET_GONE, code=problem or "http/404")
        case 400 | 409 | 413 | 422:
            code = named(answer) or problem or f"http/{status}"
            return Rejected(_NUMBERS.get(number, RejectReason.REFUSED), code=code)
    return None


def limited(headers: Mapping[str, str], problem: str, now: float) -> RateLimited:
    """Too many calls: until when the headers say. With calls left in the quarter of an hour it is the day's cap."""
    if problem in _CAPPED:
        return CreditsUsedUp(CREDITS_PAUSE_SECONDS, code=problem)
    names = ["x-rate-limit-reset"]
    if (_whole(headers, "x-rate-limit-remaining") or 0) > 0:
        names = ["x-user-limit-24hour-reset", "x-app-limit-24hour-reset", *names]
    resets = [at for at in (_whole(headers, name) for name in names) if at and at > now]
    seconds = int(resets[0] - now) + 1 if resets else DEFAULT_PAUSE_SECONDS
    return RateLimited(min(seconds, LONGEST_PAUSE_SECONDS), code="http/429")


def gone_ids(answer: wire.Node) -> list[str]:
    """Which resources an answer calls gone in its `errors`: deleted, of a suspended account, or not ours to see."""
    return [
        error.need_id("resource_id")
        for error in answer.children("errors")
        if _problem(error) in _GONE and error.id("resource_id")
    ]


def problem_of(answer: wire.Node) -> str:
    """The last word of the problem's type, of the answer or of its first error; "" for the plain one."""
    return next(filter(None, map(_problem, [answer, *answer.children("errors")])), "")


def named(answer: wire.Node) -> str:
    """The name that the webhook endpoints give to what is wrong, alone or in front of a sentence; "" for none.

    Source: docs.x.com, "Webhooks quickstart" and "Account Activity API", read 2026-11.
    """
    said = (error.text(name) for error in [answer, *answer.children("errors")] for name in ("title", "message"))
    return next((found[1] for text in said if (found := _NAMED.match(text))), "")


def _problem(node: wire.Node) -> str:
    kind = node.text("type")
    return kind.rsplit("/", 1)[-1] if "/problems/" in kind else ""


def _number(answer: wire.Node) -> int:
    return next((number for error in answer.children("errors") if (number := error.number("code"))), 0)


def _sentence(answer: wire.Node) -> str:
    said = [
        answer.text("detail"),
        *(error.text("message") or error.text("detail") for error in answer.children("errors")),
    ]
    return " ".join(said).lower()


def _forbidden(answer: wire.Node, problem: str, number: int, sentence: str, call: Circumstances) -> ConnectorError:
    if problem in _CAPPED:
        return CreditsUsedUp(CREDITS_PAUSE_SECONDS, code=problem)
    if problem in _SET_UP:
        reason = answer.value.get("reason")
        code = reason if reason == "client-not-enrolled" else problem
        return NeedsReconnect(call.needs, code=code)
    known = (reason for words, reason in _SENTENCES if words in sentence)
    reason = _NUMBERS.get(number) or next(known, RejectReason.NOT_ALLOWED)
    return Rejected(reason, code=problem or "http/403")


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    said = headers.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 13 else None
