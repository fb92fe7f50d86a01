"""Reports about mail we sent: not delivered, delayed, read.

A report counts only for a Message-ID that we signed; anybody can write one about anything.
Source: RFC 3464 (delivery), RFC 3463 (codes), RFC 8098 (read), RFC 5965 (complaints).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.kit.errors import RejectReason
from tickets.intake.items import Outcome

from .automatic import is_mail_server
from .mime import Headers, Letter, Part, read_headers
from .tokens import find_own_message_ids
from .words import decode

_SEARCHED_BYTES = 200_000
_MOST_RECIPIENTS = 100
_CODE = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_MESSAGE_ID_LINE = re.compile(r"(?im)^[>\s]*message-id:\s*(\S.*)$")
_ORIGINALS = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
)
_STATUSES = ("message/delivery-status", "message/global-delivery-status")
# Of several recipients the worst counts.
_OUTCOMES: tuple[tuple[str, Outcome], ...] = (("failed", "failed"), ("delayed", "delayed"), ("delivered", "delivered"))
# The first that fits: a code's class says what the matter was with.
_REASONS = (
    (re.compile(r"5\.2\.3|5\.3\.4"), RejectReason.TOO_LONG),
    (re.compile(r"[245]\.[1234]\."), RejectReason.RECIPIENT_UNAVAILABLE),
    (re.compile(r"[245]\.[67]\."), RejectReason.CONTENT_REFUSED),
)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the mail `message_id` of ours."""

    message_id: str
    outcome: Outcome
    reason: str = ""
    code: str = ""


def read_reports(letter: Letter, secret: str) -> list[Report] | None:
    """What a report says of mail of ours, nothing when it is about something else; None when this is no report."""
    status = next((part for part in letter.parts if part.mime in _STATUSES), None)
    read = next((part for part in letter.parts if part.mime == "message/disposition-notification"), None)
    if letter.mime == "multipart/report" or status:
        if status:
            return _delivery(letter, status, secret)
        return _disposition(letter, read, secret) if read else []
    if is_mail_server(letter.headers) and letter.headers.get("return-path") in ("", "<>"):
        return _old_bounce(letter, secret)
    return None


def _delivery(letter: Letter, part: Part, secret: str) -> list[Report]:
    blocks = _blocks(part.content(_SEARCHED_BYTES))
    told = [(block.get("action").lower(), block) for block in blocks if "action" in block]
    for action, outcome in _OUTCOMES:
        block = next((one for word, one in told if word.startswith(action)), None)
        if block is not None and (ours := _about(letter, secret)):
            return [_report(ours, outcome, _code(block))]
    return []


def _code(block: Headers) -> str:
    """The status; what the other server said where the status itself says nothing (x.0.0)."""
    found = [one for name in ("status", "diagnostic-code") for one in _CODE.findall(block.get(name))]
    return next((one for one in found if not one.endswith(".0.0")), found[0] if found else "")


def _report(message_id: str, outcome: Outcome, code: str) -> Report:
    return Report(message_id, outcome, _reason(code), code) if outcome == "failed" else Report(message_id, outcome)


def _reason(code: str) -> str:
    return next((reason for pattern, reason in _REASONS if pattern.match(code)), RejectReason.REFUSED).value


def _blocks(content: bytes) -> list[Headers]:
    """The groups of fields: one for the message, then one per recipient."""
    found: list[Headers] = []
    place = 0
    while place < len(content) and len(found) < _MOST_RECIPIENTS:
        block, after = read_headers(content, place, len(content))
        place = after if after > place else content.find(b"\n", place) + 1 or len(content)
        if len(block):
            found.append(block)
    return found


def _disposition(letter: Letter, part: Part, secret: str) -> list[Report]:
    fields, _ = read_headers(content := part.content(_SEARCHED_BYTES), 0, len(content))
    if "displayed" not in fields.get("disposition").rpartition(";")[2].lower():
        return []
    ours = find_own_message_ids(secret, fields.get("original-message-id"))
    about = ours[0] if ours else _about(letter, secret)
    return [Report(about, "read")] if about else []


def _about(letter: Letter, secret: str) -> str:
    """Our Message-ID that a report is about: of the mail it brings along, else of those it follows."""
    for part in letter.parts:
        if part.mime in _ORIGINALS:
            headers, _ = read_headers(content := part.content(_SEARCHED_BYTES), 0, len(content))
            if found := find_own_message_ids(secret, headers.get("message-id")):
                return found[0]
    for name in ("in-reply-to", "references", "x-failed-message-id"):
        if found := find_own_message_ids(secret, letter.headers.get(name)):
            return found[-1]
    return ""


def _old_bounce(letter: Letter, secret: str) -> list[Report] | None:
    """Servers that write bounces as plain mail with the old one below: known by our signed id in it."""
    for part in letter.parts:
        if part.mime.startswith(("text/", "message/")):
            text = decode(part.content(_SEARCHED_BYTES))
            named = [found for line in _MESSAGE_ID_LINE.findall(text) for found in find_own_message_ids(secret, line)]
            if ours := named or find_own_message_ids(secret, text):
                code = _CODE.search(text)
                return [_report(ours[0], "failed", code[1] if code else "")]
    return None
