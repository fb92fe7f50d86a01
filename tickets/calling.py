"""Whom a text calls by name: `@Ingrid`, `@Ingrid Solberg`, `@First line`. Pure; the same for notes and for the guard
that keeps such a text from customers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_AT = re.compile(r"(?<![\w@.])@(?=[^\W_])")


@dataclass(frozen=True, slots=True)
class Nameable:
    """A colleague or a team that can be called."""

    kind: Literal["user", "team"]
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Called:
    """One @ of a text: what was written after it, and whom that may mean; several when a first name is shared."""

    written: str
    meant: tuple[Nameable, ...]


def find_called(text: str, known: Sequence[Nameable]) -> list[Called]:
    """Every @ that means somebody, in order. The longest whole name wins; else a colleague's first name will do."""
    words = " ".join(text.split())
    found = (_at(words[match.end() :], known) for match in _AT.finditer(words))
    return [called for called in found if called is not None]


def _at(rest: str, known: Sequence[Nameable]) -> Called | None:
    whole = [one for one in known if _begins(rest, _plain(one.name))]
    if whole:
        longest = max(len(_plain(one.name)) for one in whole)
        return Called(rest[:longest], tuple(one for one in whole if len(_plain(one.name)) == longest))
    first = [one for one in known if one.kind == "user" and _begins(rest, _plain(one.name).partition(" ")[0])]
    if not first:
        return None
    longest = max(len(_plain(one.name).partition(" ")[0]) for one in first)
    return Called(rest[:longest], tuple(o for o in first if len(_plain(o.name).partition(" ")[0]) == longest))


def _plain(name: str) -> str:
    return " ".join(name.split())


def _begins(rest: str, name: str) -> bool:
    """Whether `rest` begins with the name, and the name ends there."""
    if not name or rest[: len(name)].casefold() != name.casefold():
        return False
    after = rest[len(name) : len(name) + 1]
    return not (after.isalnum() or after == "_")
