"""What an SMTP server's refusal means, from its codes alone. Source: RFC 5321 section 4.2, RFC 3463."""

from __future__ import annotations

import re
from typing import Literal

from connectors.kit.errors import ConnectorError, NeedsReconnect, Rejected, RejectReason, RetryLater

Stage = Literal["sender", "recipient", "data"]

_ENHANCED = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_SIGN_IN = frozenset({530, 534, 535, 538})
_TOO_LARGE = frozenset({"5.2.3", "5.3.4"})
# Refused for what stands in the mail or for who we are to them; a person has to look at it.
_POLICY = re.compile(r"5\.7\.\d+|5\.6\.\d+")
# Nobody there: bad, unknown, moved, switched off, full.
_NOBODY = re.compile(r"5\.1\.[0-6]|5\.1\.10|5\.2\.[0-2]|5\.4\.\d+")


def label(code: int, text: bytes) -> str:
    """The reply as a code for people and logs: "550/5.1.1"."""
    found = _enhanced(text)
    return f"{code}/{found}" if found else str(code)


def refused(code: int, text: bytes, stage: Stage) -> ConnectorError:
    """The consequence of any reply other than the expected one.

    Takes: text, of which only the enhanced status code at its beginning is read.
    """
    said = label(code, text)
    if not 500 <= code <= 599:
        return RetryLater(code=said)
    if code in _SIGN_IN:
        return NeedsReconnect(code=said)
    return Rejected(_reason(code, _enhanced(text), stage), code=said)


def _reason(code: int, enhanced: str, stage: Stage) -> RejectReason:
    if enhanced in _TOO_LARGE or (code == 552 and not _NOBODY.fullmatch(enhanced)):
        return RejectReason.TOO_LONG
    if _POLICY.fullmatch(enhanced):
        return RejectReason.NOT_ALLOWED if stage == "sender" else RejectReason.CONTENT_REFUSED
    if stage == "sender":
        return RejectReason.NOT_ALLOWED
    if stage == "recipient" or _NOBODY.fullmatch(enhanced):
        return RejectReason.RECIPIENT_UNAVAILABLE
    return RejectReason.CONTENT_REFUSED if code == 554 else RejectReason.REFUSED


def _enhanced(text: bytes) -> str:
    found = _ENHANCED.match(text)
    return found[1].decode("ascii") if found else ""
