"""The shape of one language's words: lines with slots, and what may stand around them."""

from __future__ import annotations

from dataclasses import dataclass

# How often each matter comes up when nobody steers the talk. The names are the keys of `Stock.lines`.
MATTERS: dict[str, int] = {
    "slow": 18,
    "price": 14,
    "coverage": 13,
    "praise": 12,
    "invoice": 11,
    "order": 9,
    "irony": 8,
    "roaming": 7,
    "porting": 6,
    "leaving": 5,
    "contact": 5,
}

# What a whole choir can sing about. The names are the keys of `Stock.choirs`.
TOPICS = ("slow_network", "double_invoice", "app_down")


@dataclass(frozen=True, slots=True)
class Stock:
    """One language's words. Braces are slots: `slots` by name, or {phone} and {email} of the speaker."""

    language: str
    openings: tuple[str, ...]
    closings: tuple[str, ...]
    emoji: tuple[str, ...]
    slots: dict[str, tuple[str, ...]]
    lines: dict[str, tuple[str, ...]]
    choirs: dict[str, tuple[str, ...]]
    thanks: tuple[str, ...]
    followups: tuple[str, ...]
    still_angry: tuple[str, ...]
    chatter: tuple[str, ...]  # to another customer in the same thread
    second_thoughts: tuple[str, ...]  # put behind a text when its writer edits it
    page_posts: tuple[str, ...]  # what the page itself has posted in this language
    phones: str  # a pattern with {n}, two digits
