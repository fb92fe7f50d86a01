"""National identity numbers of Norway, Sweden, Denmark and Finland: shapes, dates and check digits."""

import re
from datetime import date

from stdnum import luhn
from stdnum.fi import hetu as stdnum_hetu

# Weights of the two Norwegian check digits. Numbers given out from 2032 on relax the first: the remainder may then be
# any of 0 to 3, and becomes part of this set.
_NO_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_NO_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_NO_FIRST_REMAINDERS = frozenset({0})
# Day + 40 is a D-number; month + 40, + 65 and + 80 are synthetic persons of three Norwegian test registers.
_NO_MONTH_SHIFTS = (0, 40, 65, 80)

_SIGNS = "-–‑−+A-FU-Ya-fu-y"
HETU = re.compile(
    rf"(?<![\w-])([0-9](?: ?[0-9]){{5}}) ?([{_SIGNS}]) ?([0-9](?: ?[0-9]){{2}}) ?([0-9A-FHJ-NPR-Ya-fhj-npr-y])(?![\w-])"
)

_NO_GROUPINGS = {(11,), (6, 5), (2, 2, 2, 5), (6, 3, 2), (2, 2, 2, 3, 2), (8, 3), (3, 3, 5), (2, 2, 7)}
_TEN_GROUPINGS = {(10,), (6, 4), (2, 2, 2, 4), (2, 2, 6)}
_TWELVE_GROUPINGS = {(12,), (8, 4), (4, 2, 2, 4), (2, 2, 2, 2, 4), (2, 6, 4)}


def _is_day(day: int, month: int) -> bool:
    """Whether the day exists in some year; 29 February is given the benefit of the doubt."""
    try:
        date(2000, month, day)
    except ValueError:
        return False
    return True


def _remainder(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11


def is_norwegian_date(digits: str) -> bool:
    """Whether eleven digits begin with a date, D-number date or synthetic date."""
    day, month = int(digits[:2]), int(digits[2:4])
    day -= 40 if day > 40 else 0
    return any(_is_day(day, month - shift) for shift in _NO_MONTH_SHIFTS)


def is_norwegian(digits: str) -> bool:
    """Fødselsnummer, D-number, H-number or synthetic number, by date and both check digits.

    Source: our own reading of the number's published make-up; the 2032 rule is unconfirmed and not switched on.
    """
    return (
        len(digits) == 11
        and is_norwegian_date(digits)
        and _remainder(digits, _NO_FIRST) in _NO_FIRST_REMAINDERS
        and _remainder(digits, _NO_SECOND) == 0
    )


def is_swedish_date(digits: str) -> bool:
    """Whether ten digits begin with year, month and day, or day + 60 of a samordningsnummer."""
    day = int(digits[4:6])
    return _is_day(day - 60 if day > 60 else day, int(digits[2:4]))


def is_swedish(digits: str) -> bool:
    """Personnummer or samordningsnummer, ten or twelve digits, by date and Luhn."""
    if len(digits) == 12:
        return digits[:2] in ("18", "19", "20") and is_swedish(digits[2:])
    return len(digits) == 10 and is_swedish_date(digits) and luhn.is_valid(digits)


def is_danish(digits: str, *, replacement: bool = False) -> bool:
    """Whether ten digits can be a CPR number: the date alone tells, mod 11 ended in 2007.

    Takes: `replacement` also allows day + 60, which hospitals give out.
    """
    day, month = int(digits[:2]), int(digits[2:4])
    if replacement and day > 60:
        day -= 60
    return len(digits) == 10 and _is_day(day, month)


def is_finnish(day_month_year: str, sign: str, rest: str) -> bool:
    """A hetu by date and check character, with every century sign in use since 2023 and temporary numbers."""
    sign = "-" if sign in "-–‑−" else sign.upper()
    return stdnum_hetu.is_valid(day_month_year + sign + rest.upper(), allow_temporary=True)


def grouped_like_an_id(lengths: tuple[int, ...]) -> bool:
    """Whether the digits are grouped as people write identity numbers."""
    return lengths in _NO_GROUPINGS or lengths in _TEN_GROUPINGS or lengths in _TWELVE_GROUPINGS


def date_stands_apart(lengths: tuple[int, ...]) -> bool:
    """Whether a gap follows the birth date, which an order number hardly ever has."""
    return any(sum(lengths[:at]) in (6, 8) for at in range(1, len(lengths))) and lengths[-1] in (4, 5)
