"""Phone numbers: libphonenumber's rules for validity, our own for how people group the digits."""

import re

import phonenumbers

from analysis.personal_data.numbers import Number

_REGIONS_WITH_TRUNK_ZERO = ("SE", "FI", "DE", "GB")
_REGIONS_OF_EIGHT_DIGITS = ("NO", "DK")
_EIGHT_GROUPED = {(2, 2, 2, 2), (3, 2, 3)}
_SWEDISH_MOBILE = ("070", "072", "073", "076", "079")
_NEIGHBOURS = ("47", "46", "45", "358", "49", "44")
_TRUNK_ZERO = re.compile(r"^(46|44|49|358)0")
_FINNISH_MOBILE = ("040", "041", "042", "043", "044", "045", "046", "049", "050")


def is_phone(number: Number, *, named: bool, hinted: bool) -> bool:
    """Whether the number is a phone.

    Takes: `named` when a word says phone, `hinted` when words say "my number" or "reach me".
    """
    digits = number.digits
    if number.plus or (digits.startswith("00") and 11 <= len(digits) <= 15):
        international = digits if number.plus else digits[2:]
        international = _TRUNK_ZERO.sub(r"\1", international)
        return is_valid_international(international) or (
            (number.plus or named or international.startswith(_NEIGHBOURS)) and _is_possible("+" + international)
        )
    if digits[0] == "0":
        return _is_trunk_number(number, named=named, hinted=hinted)
    if len(digits) == 8:
        return _is_eight_digit_number(number, named=named, hinted=hinted)
    return named and 10 <= len(digits) <= 13 and is_valid_international(digits)


def _is_trunk_number(number: Number, *, named: bool, hinted: bool) -> bool:
    digits = number.digits
    if not 8 <= len(digits) <= 12 or _written_as_hours(number):
        return False
    if named and 9 <= len(digits) <= 11:
        return True
    if number.lengths[:3] == (2, 2, 4) and any(sign in "./-" for sign in number.gaps[0] + number.gaps[1]):
        return False  # a date and what follows it
    if number.solid and not (named or hinted):
        return looks_mobile(digits) and is_valid_national(digits, _REGIONS_WITH_TRUNK_ZERO)
    begins_with_area = 2 <= number.lengths[0] <= 5 or number.solid
    return begins_with_area and is_valid_national(digits, _REGIONS_WITH_TRUNK_ZERO)


def _is_eight_digit_number(number: Number, *, named: bool, hinted: bool) -> bool:
    digits = number.digits
    if digits[0] in "01" or _written_as_date(number):
        return False
    if named:
        return not (number.solid and reads_as_date(digits)) or number.cue.words_away <= 2
    if not is_valid_national(digits, _REGIONS_OF_EIGHT_DIGITS) or reads_as_date(digits):
        return False
    return hinted or number.lengths in _EIGHT_GROUPED


def _written_as_date(number: Number) -> bool:
    day_first = number.digits[4:] + number.digits[2:4] + number.digits[:2]
    return (number.lengths == (4, 2, 2) and reads_as_date(number.digits)) or (
        number.lengths in ((2, 2, 4), (4, 4)) and (reads_as_date(day_first) or _two_years(number))
    )


def _written_as_hours(number: Number) -> bool:
    """`08.00-16.00`"""
    pairs = [number.digits[at : at + 2] for at in range(0, len(number.digits), 2)]
    return (
        number.lengths == (2, 2, 2, 2)
        and number.gaps[0] == "."
        and all(p < "24" for p in pairs[::2])
        and pairs[1] < "60"
    )


def _two_years(number: Number) -> bool:
    return all("1900" <= year <= "2099" for year in (number.digits[:4], number.digits[4:]))


def looks_mobile(digits: str) -> bool:
    """A Swedish or Finnish ten-digit mobile number, which may also read as a date and a serial number."""
    return (
        (len(digits) == 10 and digits.startswith(_SWEDISH_MOBILE))
        or (9 <= len(digits) <= 10 and digits.startswith(_FINNISH_MOBILE))
        or (len(digits) in (11, 12) and digits.startswith(("015", "016", "017")))
    )


def reads_as_date(digits: str) -> bool:
    """Eight digits that are year, month, day of our time."""
    return "1990" <= digits[:4] <= "2039" and "01" <= digits[4:6] <= "12" and "01" <= digits[6:] <= "31"


def is_valid_international(digits: str) -> bool:
    """Whether country code and number make a valid phone number."""
    return _is_valid("+" + digits, None)


def is_valid_national(digits: str, regions: tuple[str, ...]) -> bool:
    """Whether the digits are a valid number in one of the regions."""
    return any(_is_valid(digits, region) for region in regions)


def _is_valid(written: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(written, region))
    except phonenumbers.NumberParseException:
        return False


def _is_possible(written: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(written, None))
    except phonenumbers.NumberParseException:
        return False
