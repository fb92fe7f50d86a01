"""Cuts runs of digits out of a text and offers the parts of a run that can be one number."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from analysis.personal_data.cues import Cue, cue_around, glued_cue

SPACES = " \u00a0\u2007\u2009\u202f"
_GAP = rf"(?:[{SPACES}]?[-–‑−/][{SPACES}]?|\)[{SPACES}-]?|[{SPACES}]?\(|[{SPACES}.])"
_RUN = re.compile(rf"(?:\(?\+[{SPACES}]?\(?|\()?[0-9]+(?:{_GAP}[0-9]+)*")
_GROUP = re.compile(r"[0-9]+")
_MONEY_AFTER = re.compile(
    r" ?(?:,-|:-|,[0-9]|%|[€£$]|(?:kr|nok|sek|dkk|eur|euro|euroa|e|kroner|kronor|usd|gbp)\b)", re.I
)
_CUT_AFTER = re.compile(r"[^\W\d]|[ .-]?[*•_]|[ .-]?[xX]{2}")
_CUT_BEFORE = re.compile(r"[^\W\d][-–/.+]?\Z|(?:[*•]|[xX]{2}|[0-9][,:])[ -]?\Z")
_MONEY_BEFORE = re.compile(r"(?:[€£$]|\b(?:kr|nok|sek|dkk|eur)\.?) ?\Z", re.I)
# Most digits, fewest digits and most groups of anything we look for.
_SPACED = frozenset(SPACES)
_LONGEST = 19
_SHORTEST = 7
_MOST_GROUPS = 6


class Group(NamedTuple):
    """Digits that stand together."""

    start: int
    end: int
    digits: str


class Number(NamedTuple):
    """One reading of digits: their place, how they are grouped, and what the words around say."""

    start: int
    end: int
    digits: str
    lengths: tuple[int, ...]
    gaps: tuple[str, ...]
    plus: bool
    cue: Cue

    @property
    def solid(self) -> bool:
        """Whether the digits stand without any gap."""
        return len(self.lengths) == 1


@dataclass(frozen=True, slots=True)
class Run:
    """Digit groups that stand next to each other. `opened_at` is where a leading plus or bracket stands, or -1."""

    digits: str
    lengths: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    gaps: tuple[str, ...]
    opened_at: int
    plus: bool
    cue: Cue

    def readings(self, first: int, offset: int) -> Iterator[tuple[int, Number]]:
        """The numbers that may begin at group `first`, longest first, each with the index of the group after it.

        Takes: `offset`, how many digits stand before that group.
        A number begins and ends at a space or at the edge of the run, never inside `616-828-142`;
        `98765432/97654321` are two.
        """
        if not self._is_edge(first):
            return
        ends = list(accumulate(self.lengths[first : first + _MOST_GROUPS]))
        for after in range(first + len(ends), first, -1):
            size = ends[after - first - 1]
            if size < _SHORTEST:
                return
            if size <= _LONGEST and self._is_edge(after):
                yield after, self._number(first, after, self.digits[offset : offset + size])

    def _is_edge(self, at: int) -> bool:
        """Whether a number may begin or end before group `at`."""
        if at in (0, len(self.lengths)):
            return True
        gap = self.gaps[at - 1]
        return not _SPACED.isdisjoint(gap) or (gap == "/" and min(self.lengths[at - 1 : at + 1]) >= 8)

    def _number(self, first: int, after: int, digits: str) -> Number:
        opened = first == 0 and self.opened_at >= 0
        return Number(
            self.opened_at if opened else self.starts[first],
            self.ends[after - 1],
            digits,
            self.lengths[first:after],
            self.gaps[first : after - 1],
            opened and self.plus,
            self.cue,
        )


def runs(text: str) -> Iterator[Run]:
    """Every run of digits long enough to matter and not a price, in order of place."""
    for match in _RUN.finditer(text):
        if match.end() - match.start() >= _SHORTEST:
            run = _read(text, match.start(), match.end())
            if run is not None:
                yield run


def _read(text: str, start: int, end: int) -> Run | None:
    groups = [Group(m.start(), m.end(), m.group()) for m in _GROUP.finditer(text, start, end)]
    if _MONEY_AFTER.match(text, end) or _MONEY_BEFORE.search(text[max(0, start - 6) : start]):
        return None
    opener = text[start : groups[0].start]
    opened_at = start if "+" in opener or ("(" in opener and ")" in text[start:end]) else -1
    cue = glued_cue(text, start)
    if cue is None and _CUT_BEFORE.search(text[max(0, start - 3) : start]):
        groups, opened_at = _without_first(text, groups), -1
    if groups and _CUT_AFTER.match(text, end):
        groups = _without_last(text, groups)
    if not groups:
        return None
    groups = _join_single_digits(groups)
    return Run(
        digits="".join([group.digits for group in groups]),
        lengths=tuple([len(group.digits) for group in groups]),
        starts=tuple([group.start for group in groups]),
        ends=tuple([group.end for group in groups]),
        gaps=tuple([text[one.end : other.start] for one, other in pairwise(groups)]),
        opened_at=opened_at,
        plus="+" in opener and opened_at >= 0,
        cue=cue or cue_around(text, start, end),
    )


def _is_spaced(gap: str) -> bool:
    return not _SPACED.isdisjoint(gap)


def _without_first(text: str, groups: list[Group]) -> list[Group]:
    """Drops what is glued to the letters, mask or decimals before it, up to the first space."""
    for at in range(1, len(groups)):
        if _is_spaced(text[groups[at - 1].end : groups[at].start]):
            return groups[at:]
    return []


def _without_last(text: str, groups: list[Group]) -> list[Group]:
    for at in range(len(groups) - 1, 0, -1):
        if _is_spaced(text[groups[at - 1].end : groups[at].start]):
            return groups[:at]
    return []


def _join_single_digits(groups: list[Group]) -> list[Group]:
    """`2 8 0 7 6 5 6 0 1 8` is one number typed with a space after each digit."""
    joined: list[Group] = []
    singles: list[Group] = []
    for group in groups:
        if len(group.digits) == 1:
            singles.append(group)
            continue
        joined += _as_one(singles)
        singles = []
        joined.append(group)
    return joined + _as_one(singles)


def _as_one(singles: list[Group]) -> list[Group]:
    if len(singles) < 8:
        return singles
    return [Group(singles[0].start, singles[-1].end, "".join([group.digits for group in singles]))]
