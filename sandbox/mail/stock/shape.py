"""The shape of one language's letters, and how often each matter comes up."""

from __future__ import annotations

from dataclasses import dataclass

MATTERS: dict[str, int] = {"invoice": 24, "broken": 24, "moving": 16, "order": 12, "thanks": 10, "complaint": 14}


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject and a text; braces are slots, an empty line starts a paragraph."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class MailStock:
    """One language's words for mail."""

    language: str
    domain: str
    greetings: tuple[str, ...]
    goodbyes: tuple[str, ...]
    slots: dict[str, tuple[str, ...]]
    letters: dict[str, tuple[Letter, ...]]
    phones: str  # a pattern with {n}, two digits
    streets: tuple[str, ...]
    spouses: tuple[str, ...]  # first names
    reply_prefix: str  # what Outlook writes in this language
    wrote: str  # what Gmail and iPhone put above a quotation: {date}, {name}, {address}
    headings: tuple[str, str, str, str]  # Outlook's From, Sent, To, Subject
    from_phone: str  # the iPhone's signature
    away: Letter
    reminder: str
    alert: tuple[str, str]  # subject and first line of an alert about the firm's name
    newsletter: Letter
