"""How far a saved text was rewritten before it was sent: a number, so that no text need be kept. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"\w+|[^\w\s]")
MOST = 250  # words on each side that are compared in order; above it only which words there are


def changed_share(saved: str, sent: str) -> int:
    """How many of each hundred characters of `saved` did not come through into `sent`; spaces do not count.

    Adding to a text is not rewriting it: a greeting before it, or a second reply after it, leaves 0. Gives: 0 to 100;
    0 only when every word is there in its order.
    """
    before, after = _WORD.findall(saved), _WORD.findall(sent)
    whole = _weight(before)
    if not whole:
        return 0
    lost = whole - _kept(before, after)
    return 0 if lost <= 0 else max(1, round(100 * lost / whole))


def _weight(words: Sequence[str]) -> int:
    return sum(len(word) for word in words)


def _kept(before: Sequence[str], after: Sequence[str]) -> int:
    """The characters both have in the same order; the ends they share cost nothing to find."""
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    middle, other = before[head : len(before) - tail], after[head : len(after) - tail]
    shared = _weight(before[:head]) + _weight(before[len(before) - tail :])
    if len(middle) > MOST or len(other) > MOST:
        same = Counter(middle) & Counter(other)
        return shared + sum(len(word) * n for word, n in same.items())
    return shared + _in_order(middle, other)


def _in_order(before: Sequence[str], after: Sequence[str]) -> int:
    """The heaviest common subsequence."""
    best = [0] * (len(after) + 1)
    for word in before:
        diagonal = 0
        for at, other in enumerate(after, start=1):
            above = best[at]
            best[at] = diagonal + len(word) if word == other else max(above, best[at - 1])
            diagonal = above
    return best[-1]
