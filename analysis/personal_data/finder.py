"""Puts the kinds together: each finds its stretches in turn, and what one has found the next does not see."""

import re
from collections.abc import Iterator

from analysis.personal_data import accounts, national_ids
from analysis.personal_data.addresses import addresses
from analysis.personal_data.emails import emails
from analysis.personal_data.number_kinds import label_of
from analysis.personal_data.numbers import Run, runs
from analysis.personal_data.plates import plates
from analysis.personal_data.spans import Span, is_own

_ALREADY_MASKED = re.compile(r"\[[A-Z_]{2,20}\]")
_LINK = re.compile(r"(?:https?://|www\.)[^\s\0]+", re.IGNORECASE)
# A found stretch may free its neighbour (`a@b.no` before a glued number), so the search runs again on what is left.
_PASSES = 4
_DIGIT = re.compile("[0-9]")  # nothing but mail addresses is ever written without one


def find(text: str, *, allowed: frozenset[str] = frozenset()) -> tuple[Span, ...]:
    """Personal identifiers in a text.

    Takes: `allowed`, own values of the company in the form of `normalise`, which are never flagged.
    Gives: spans sorted by place that do not overlap. Stretches like `[PHONE]` count as masked already.
    """
    found: list[Span] = []
    own: list[Span] = []
    for _ in range(_PASSES):
        hidden = _hide(text, [*found, *own])
        fresh = _one_pass(hidden)
        if not fresh:
            break
        for span in fresh:
            is_ours = is_own(text[span.start : span.end], span.label, allowed)
            (own if is_ours else found).append(span)
    return tuple(sorted(found))


def _hide(text: str, spans: list[Span]) -> str:
    """Blanks what is found or masked already with NULs, which every rule takes for a wall."""
    if not spans and "[" not in text:
        return text
    pieces, at = [], 0
    for span in sorted(spans):
        pieces += [text[at : span.start], "\0" * (span.end - span.start)]
        at = span.end
    return _ALREADY_MASKED.sub(_blank, "".join([*pieces, text[at:]]))


def _blank(match: re.Match[str]) -> str:
    return "\0" * (match.end() - match.start())


def _one_pass(text: str) -> list[Span]:
    found: list[Span] = []
    for kind in _KINDS if _DIGIT.search(text) else _KINDS[:1]:
        fresh = [Span(start, end, label) for start, end, label in kind(text) if "\0" not in text[start:end]]
        fresh = _without_overlaps(fresh)
        if fresh:
            text = _hide(text, fresh)
            found += fresh
        if kind is _emails:
            text = _LINK.sub(_blank, text)
    return found


def _without_overlaps(spans: list[Span]) -> list[Span]:
    """The longer of two that overlap, then the earlier."""
    kept: list[Span] = []
    for span in sorted(spans):
        if kept and span.start < kept[-1].end:
            if span.end - span.start > kept[-1].end - kept[-1].start:
                kept[-1] = span
        else:
            kept.append(span)
    return kept


def _emails(text: str) -> Iterator[tuple[int, int, str]]:
    return ((start, end, "EMAIL") for start, end in emails(text))


def _ibans(text: str) -> Iterator[tuple[int, int, str]]:
    return ((start, end, "IBAN") for start, end in accounts.ibans(text))


def _finnish_ids(text: str) -> Iterator[tuple[int, int, str]]:
    for match in national_ids.HETU.finditer(text):
        birth, sign, rest = match.group(1), match.group(2), match.group(3) + match.group(4)
        if national_ids.is_finnish(birth.replace(" ", ""), sign, rest.replace(" ", "")):
            yield match.start(), match.end(), "NATIONAL_ID"


def _pairs(text: str) -> Iterator[tuple[int, int, str]]:
    return ((start, end, "ACCOUNT") for start, end in accounts.danish_pairs(text))


def _addresses(text: str) -> Iterator[tuple[int, int, str]]:
    return ((start, end, "ADDRESS") for start, end in addresses(text))


def _plates(text: str) -> Iterator[tuple[int, int, str]]:
    return ((start, end, "PLATE") for start, end in plates(text))


def _numbers(text: str) -> Iterator[tuple[int, int, str]]:
    for run in runs(text):
        yield from _in_run(run)


_KINDS = (_emails, _ibans, _finnish_ids, _pairs, _addresses, _plates, _numbers)


def _in_run(run: Run) -> Iterator[tuple[int, int, str]]:
    at, offset = 0, 0
    while at < len(run.lengths):
        step = at + 1
        for after, number in run.readings(at, offset):
            label = label_of(number)
            if label:
                yield number.start, number.end, label
                step = after
                break
        offset += sum(run.lengths[at:step])
        at = step
