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


def folded(said: Sequence[Piece], at: int | None) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """What is shown, and what is folded away from code point `at` on. A mask is never cut in two."""
    if at is None:
        return tuple(said), ()
    shown: list[Piece] = []
    rest: list[Piece] = []
    place = 0
    for piece in said:
        cut = max(at - place, 0)
        place += len(piece.text)
        if cut >= len(piece.text):
            shown.append(piece)
        elif cut == 0 or piece.label:
            rest.append(piece)
        else:
            shown.append(Piece(piece.text[:cut]))
            rest.append(Piece(piece.text[cut:]))
    return tuple(shown), _without_leading_space(rest)


def _without_leading_space(said: Sequence[Piece]) -> tuple[Piece, ...]:
    first, *more = said or (Piece(""),)
    stripped = Piece(first.text if first.label else first.text.lstrip(), first.label, first.mask)
    return tuple(piece for piece in (stripped, *more) if piece.text)


def initials(name: str) -> str:
    """One or two letters to stand in an avatar; "?" for nobody."""
    words = [word for word in name.split() if word[:1].isalpha()]
    letters = [word[0].upper() for word in words]
    return "".join(letters[:1] + letters[1:][-1:]) or "?"


def hue(key: int) -> int:
    """A steady step 0 to 11 on the avatar colour wheel."""
    return key * 7 % 12
