"""Mail that no person wrote at that moment, by its headers.

Source: RFC 3834 (Auto-Submitted), RFC 2369 and 2919 (lists); the others by wide use, checked 2026-11.
"""

from __future__ import annotations

import re

from tickets.intake.items import Automatic

from .mime import Headers
from .people import mailboxes
from .tokens import loop_mark

LOOP_HEADER = "x-samsvar-loop"
_MACHINES = re.compile(r"(?:mailer-daemon|mailerdaemon|postmaster|mail-daemon)@")
_AWAY = re.compile(
    r"(?:automatic reply|auto[- ]?reply|out of (?:the )?office|automaattinen vastaus|poissaoloilmoitus|autosvar|"
    r"automatiskt svar|automatisk svar|frånvaromeddelande|fraværsmelding|ikke til stede|automatische antwort|"
    r"abwesenheitsnotiz)\b",
    re.IGNORECASE,
)


def automatic_kind(headers: Headers) -> Automatic:
    """Which sort of machine wrote this; empty for a person."""
    if _answers_by_itself(headers):
        return "reply"
    if is_mail_server(headers) or headers.get("return-path") == "<>":  # nobody wants to hear that it did not arrive
        return "report"
    return "bulk" if _goes_to_many(headers) else ""


def is_mail_server(headers: Headers) -> bool:
    """Whether the sender's address is a mail server's."""
    senders = mailboxes(headers, "from")
    return bool(senders and _MACHINES.match(senders[0].address))


def is_loop(headers: Headers, mailbox: str, secret: str) -> bool:
    """Whether this is our own mail come back: it carries our mark, or names the mailbox as where it has been."""
    if secret and headers.get(LOOP_HEADER) == loop_mark(secret):
        return True
    return any(one.strip().lower() == mailbox for one in headers.all("x-loop"))


def _answers_by_itself(headers: Headers) -> bool:
    submitted = headers.get("auto-submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return True
    if any(headers.get(name).lower() not in ("", "no") for name in ("x-autoreply", "x-autorespond", "x-autoresponder")):
        return True
    return headers.get("precedence").lower() in ("auto_reply", "auto-reply") or bool(
        _AWAY.match(headers.text("subject", 300))
    )


def _goes_to_many(headers: Headers) -> bool:
    if headers.get("precedence").lower() in ("bulk", "list", "junk"):
        return True
    return any(name in headers for name in ("list-id", "list-unsubscribe", "list-post", "feedback-id"))
