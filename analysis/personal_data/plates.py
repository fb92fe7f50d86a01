"""Car plates of the Nordic countries, Germany and Britain; mostly a word for the car must stand near."""

import re
from collections.abc import Iterator

from analysis.personal_data.cues import speaks_of_a_plate, speaks_of_a_product, speaks_of_a_vehicle

_CAPITAL = re.compile(
    r"(?<![\w-])(?:"
    r"[A-ZÆØÅ]{2}[ -]?[0-9]{2}[ .]?[0-9]{3}"  # Norway and Denmark: AB 12345, AB 12 345
    r"|[A-Z]{2}[ -]?[0-9]{4}"  # Norwegian trailers and motorcycles
    r"|[A-Z]{3}[ -]?[0-9]{2}[0-9A-Z]"  # Sweden: ABC 123, ABC 12D
    r"|[A-ZÅÄÖ]{2,3}-[0-9]{1,3}"  # Finland: ABC-123
    r"|[A-ZÄÖÜ]{1,3}[- ][A-ZÄÖÜ]{1,2}[ -]?[0-9]{1,4}[EH]?"  # Germany: K-AB 1234
    r"|[A-Z]{2}[0-9]{2} ?[A-Z]{3}"  # Britain: AB12 CDE
    r")(?![\w-])"
)
# Shapes that product codes hardly have: `K-AB 1234`, `AB 12 345`. No word for the car is needed.
_DISTINCT = re.compile(r"[A-ZÄÖÜ]{1,3}-[A-ZÄÖÜ]{1,2} [0-9]{1,4}[EH]?|[A-ZÆØÅ]{2} [0-9]{2} [0-9]{3}")
# In small letters `ab 123` is mostly a word and a number: without a space, or right beside a word for plate.
_SMALL = re.compile(
    r"(?<![\w-])(?:[a-zæøå]{2}( ?)[0-9]{5}|[a-zæøå]{2}( ?)[0-9]{2} [0-9]{3}|[a-z]{3}( ?)[0-9]{2}[0-9a-z]"
    r"|[a-zåäö]{2,3}-[0-9]{2,3}|[a-zäöü]{1,3}-[a-zäöü]{1,2}[ -]?[0-9]{1,4}[eh]?)(?![\w-])"
)


def plates(text: str) -> Iterator[tuple[int, int]]:
    """Places of plates: a word for vehicle, plate or parking stands near, or the shape alone tells."""
    for match in _CAPITAL.finditer(text):
        distinct = _DISTINCT.fullmatch(match.group()) and not speaks_of_a_product(text, match.start())
        if distinct or speaks_of_a_vehicle(text, match.start(), match.end()):
            yield match.span()
    for match in _SMALL.finditer(text):
        near = speaks_of_a_plate if any(match.groups()) else speaks_of_a_vehicle
        if near(text, match.start(), match.end()):
            yield match.span()
