"""How long a text is in the unit a platform counts in. Too long is refused by the caller, never cut here."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from .errors import Rejected, RejectReason

_ZWJ = 0x200D
# Older signs that build joined emoji: man, woman, hearts, arrows, scales, planes, chains. Others never stand in one.
_JOINED_PICTURES = frozenset(
    {0x2194, 0x2195, 0x2620, 0x2640, 0x2642, 0x2695, 0x2696, 0x26A7, 0x26D3, 0x26F9, 0x2708, 0x2764, 0x27A1, 0x2B1B}
)


class TextUnit(StrEnum):
    """What one unit of a platform's text limit is."""

    CHARS = "chars"
    UTF16 = "utf16"
    BYTES = "bytes"
    GRAPHEMES = "graphemes"
    WEIGHTED = "weighted"


@dataclass(frozen=True, slots=True)
class TextLimit:
    """At most `length` units. `weigh` counts a text where the platform has a rule of its own (unit WEIGHTED)."""

    length: int
    unit: TextUnit
    weigh: Callable[[str], int] | None = None

    def __post_init__(self) -> None:
        if self.length <= 0 or (self.weigh is not None) != (self.unit is TextUnit.WEIGHTED):
            raise ValueError("a text limit is positive, and has its own count exactly when weighted")


def length(text: str, limit: TextLimit) -> int:
    """Units of `text` as `limit` counts them. A lone surrogate counts as the replacement sent in its place."""
    match limit.unit:
        case TextUnit.CHARS:
            return len(text)
        case TextUnit.UTF16:
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case TextUnit.BYTES:
            return len(text.encode("utf-8", "surrogatepass"))
        case TextUnit.GRAPHEMES:
            return graphemes(text)
        case TextUnit.WEIGHTED:
            assert limit.weigh is not None  # noqa: S101 - the constructor has seen to it
            return limit.weigh(text)


def fits(text: str, limit: TextLimit) -> bool:
    """May `text` be sent under `limit`?"""
    return length(text, limit) <= limit.length


def require_text(text: str, limit: TextLimit | None) -> None:
    """What every `send` asks first. Raises Rejected (empty, too_long) for a text that may not leave."""
    if not text.strip():
        raise Rejected(RejectReason.EMPTY)
    if limit is not None and not fits(text, limit):
        raise Rejected(RejectReason.TOO_LONG)


def graphemes(text: str) -> int:
    """What a reader would call letters: an emoji family, a flag, å in two parts are one each.

    Follows the extended clusters of the standard but for Indic conjuncts and prepended marks; there it counts
    more than the platform does, so that what we let through is never too long.
    Source: Unicode Standard Annex 29, section 3.1.1, revision 47, 2025-08.
    """
    count = flags = 0
    previous = -1
    joins_picture = False  # a picture, then marks, then a joiner: the next picture belongs to it
    in_picture = False
    for letter in text:
        point = ord(letter)
        flags = flags + 1 if _is_flag_half(point) else 0
        attached = previous >= 0 and _attaches(previous, point, flags, joins_picture)
        count += not attached
        picture = _is_picture(point)
        joins_picture = in_picture and point == _ZWJ
        in_picture = picture or (in_picture and attached and _is_extender(point))
        previous = point
    return count


def _attaches(previous: int, point: int, flags: int, joins_picture: bool) -> bool:
    """Is there no cluster boundary between these two code points?"""
    if previous == 0x0D and point == 0x0A:
        return True
    if _is_control(previous) or _is_control(point):
        return False
    if _is_extender(point) or unicodedata.category(chr(point)) == "Mc":
        return True
    if joins_picture and _is_picture(point):
        return True
    if _is_flag_half(point):
        return flags % 2 == 0
    return _hangul_attaches(previous, point)


def _is_control(point: int) -> bool:
    return point in (0x2028, 0x2029) or (
        unicodedata.category(chr(point)) in ("Cc", "Cf") and point not in (0x200C, _ZWJ) and not _is_tag(point)
    )


def _is_tag(point: int) -> bool:
    return 0xE0020 <= point <= 0xE007F


def _is_extender(point: int) -> bool:
    skin_tone = 0x1F3FB <= point <= 0x1F3FF
    joiner = point in (0x200C, _ZWJ, 0xFF9E, 0xFF9F)
    return skin_tone or joiner or _is_tag(point) or unicodedata.category(chr(point)) in ("Mn", "Me")


def _is_flag_half(point: int) -> bool:
    return 0x1F1E6 <= point <= 0x1F1FF


def _is_picture(point: int) -> bool:
    if _is_flag_half(point) or 0x1F3FB <= point <= 0x1F3FF:
        return False
    return 0x1F000 <= point <= 0x1FAFF or point in _JOINED_PICTURES


def _hangul_attaches(previous: int, point: int) -> bool:
    """Korean syllables: leading consonants, vowels and trailing consonants build one letter."""
    leading, vowel = 0x1100 <= previous <= 0x115F, 0x1160 <= previous <= 0x11A7
    syllable = 0xAC00 <= previous <= 0xD7A3
    open_syllable = syllable and (previous - 0xAC00) % 28 == 0
    if leading:
        return 0x1100 <= point <= 0x11A7 or 0xAC00 <= point <= 0xD7A3
    if vowel or open_syllable:
        return 0x1160 <= point <= 0x11FF
    return (syllable or 0x11A8 <= previous <= 0x11FF) and 0x11A8 <= point <= 0x11FF
