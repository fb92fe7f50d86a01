"""Masked text as pieces a template can draw: plain runs, and masks that name their kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; `label` is empty for plain text, else what the mask hides (PHONE, EMAIL, …).

    `mask` says which of its text's masks it is, from 0.
    """

    text: str
    label: str = ""
    mask: int = field(default=0, compare=False)


def pieces(text: str, masks: Sequence[Sequence[Any]]) -> tuple[Piece, ...]:
    """Cut masked text at its masks. Takes: masks as stored, [[start, end, label], …], sorted, within `text`."""
    out: list[Piece] = []
    at = 0
    for index, (start, end, label) in enumerate(masks):
        if start > at:
            out.append(Piece(text[at:start]))
        out.append(Piece(text[start:end], label, index))
        at = end
    if at < len(text):
        out.append(Piece(text[at:]))
    return tuple(out)


def initials(name: str) -> str:
    """One or two letters to stand in an avatar; "?" for nobody."""
    words = [word for word in name.split() if word[:1].isalpha()]
    letters = [word[0].upper() for word in words]
    return "".join(letters[:1] + letters[1:][-1:]) or "?"


def hue(key: int) -> int:
    """A steady step 0 to 11 on the avatar colour wheel."""
    return key * 7 % 12
