"""Street addresses in six languages: a street name, a house number, and what may follow."""

import re
from collections.abc import Iterator

from analysis.personal_data.cues import speaks_of_a_home, speaks_of_delivery
from analysis.personal_data.street_words import (
    COUNTED,
    ENGLISH_STREETS,
    FORENAMES_OF_STREETS,
    LOOSE_ENDINGS,
    PLAIN_STANDALONE,
    STANDALONE,
    STREET_ENDINGS,
)

# A word, then a house number. Everything else is asked of the word in Python: one pass over the text.
_HOUSE = re.compile(
    r"(?<![\w-])([^\W\d_][^\W\d_'’.-]{0,39}(?:-[^\W\d_]{2,20}){0,2}\.?) "
    r"([0-9]{1,4})(?![0-9:%]|[.,][0-9])(?: ?([A-Za-z])(?![\w'’]))?"
)
_DOOR = re.compile(r" [0-9]{1,3}(?![0-9:%]|[.,][0-9]| [0-9]{2} [^\W\d_])")
_UNIT = re.compile(
    r"(?:,? ?(?:lgh|lägenhet|leil(?:ighet)?|as|asunto|bst|app|apt|whg|wohnung|stuen|st|kl)\.? ?[0-9]{0,4}[a-z]?(?!\w)"
    r"|,? [0-9]{1,2}\.? ?(?:tv|th|mf|sal|etg|etasje|tr|og|obergeschoss)\b(?:\.? ?(?:tv|th|mf)\b)?"
    r"|,? H0[0-9]{3}\b|,? [A-Z](?: [0-9]{1,3}(?![0-9]))?(?!\w)| [0-9]{1,3}(?=,? [0-9]{5} [^\W\d_]))",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"(?:,|\n| -)? ?(?:(?:NO?|SE?|DK|FIN?|DE?)-)?(?:[0-9]{3} [0-9]{2}|[0-9]{4,5})(?![0-9])"
    r"(?: ([^\W\d_][^\W\d_.-]{1,30}(?:-[^\W\d_]+)?)(?: [A-ZÆØÅ](?![\w'’]))?)?"
)
_ENGLISH = re.compile(
    r"(?<![\w-])(?:(?:flat|apt|apartment|unit|suite)\.? [0-9]{1,4}[a-z]?,? )?[0-9]{1,4}[a-z]? "
    r"(?:[^\W\d_][^\W\d_'’.-]{1,20} ){1,3}?(?:" + "|".join(ENGLISH_STREETS) + r")(?![\w-])",
    re.IGNORECASE,
)
_ENGLISH_TAIL = re.compile(
    r"\.?(?:,? (?:flat|apt|apartment|unit|suite|#)\.? ?[0-9]{1,4}[a-z]?)?(?:(?:, ?|\n)[^\W\d_][\w' -]{1,25})??"
    r"(?:,? |\n)(?:[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}|[A-Z]{2} [0-9]{5})\b",
    re.IGNORECASE,
)
_BOX = re.compile(
    r"(?<!\w)(?:postboks|boks|postbox|box|postilokero|pl|postfach|po box|p\.o\. box) [0-9]{1,6}(?: [^\W\d_]{2,20})?"
    r",? (?:[0-9]{3} [0-9]{2}|[0-9]{4,5}) [^\W\d_]{2,30}",
    re.IGNORECASE,
)


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Places of addresses, in no special order; they may overlap."""
    for match in _HOUSE.finditer(text):
        end = _end_of_nordic(text, match)
        if end:
            yield _start_of_street(text, match), end
    for match in _ENGLISH.finditer(text):
        if _is_english(text, match):
            tail = _ENGLISH_TAIL.match(text, match.end())
            yield match.start(), tail.end() if tail else match.end()
    for match in _BOX.finditer(text):
        yield match.span()


def _end_of_nordic(text: str, match: re.Match[str]) -> int:
    street = match.group(1)
    end = _after_units(text, match)
    postcode = _POSTCODE.match(text, end)
    town = postcode.group(1) if postcode else None
    with_town = town is not None and (town[0].isupper() or street[0].islower())
    if postcode and with_town:
        full = postcode.end()
    elif postcode and postcode.group().startswith(","):
        full = postcode.start() + len(postcode.group().rstrip())
        full = full if town is None else postcode.start(1) - 1
    else:
        full = end
    return full if _is_street(text, match, with_town=with_town) else 0


def _after_units(text: str, match: re.Match[str]) -> int:
    end = match.end()
    door = _DOOR.match(text, end) if match.group(3) else None
    end = door.end() if door else end
    for _ in range(3):
        unit = _UNIT.match(text, end)
        if unit is None or unit.end() == end:
            break
        end = unit.end()
    return end


def _is_street(text: str, match: re.Match[str], *, with_town: bool) -> bool:
    street, start = match.group(1), match.start()
    folded = street.lower().rstrip(".")
    if folded in COUNTED or _is_counted(text, match):
        return False
    if street.endswith(".") and not folded.endswith(("str", "gt", "v", "g", "st")):
        return False
    home = speaks_of_a_home(text, start)
    if folded in STANDALONE:
        plain = street[0].isupper() or folded in PLAIN_STANDALONE
        return home or (_name_before(text, start) is not None and (plain or with_town))
    ending = len(folded) > 4 and folded.endswith(STREET_ENDINGS)
    if ending and (street[0].isupper() or with_town):
        return True
    if ending or folded.endswith(LOOSE_ENDINGS):
        return home or with_town or speaks_of_delivery(text, start)
    if not street[0].isupper():
        return False
    return (home and (with_town or _stands_after_a_preposition(text, start))) or _ends_in_a_postal_town(text, match)


def _ends_in_a_postal_town(text: str, match: re.Match[str]) -> bool:
    """A comma, a postcode that is no year, and a town with a capital, as on an envelope."""
    return (
        re.match(
            r", ?(?!19|20)[0-9]{4} [A-ZÆØÅ]|, ?[0-9]{5} [A-ZÄÖÅ]|, ?[0-9]{3} [0-9]{2} [A-ZÄÖÅ]",
            text[match.end() : match.end() + 12],
        )
        is not None
    )


def _is_counted(text: str, match: re.Match[str]) -> bool:
    """`Solveien 3 ganger`, `Bestilling 12 mai`: the number counts something."""
    after = re.match(r"\.? ([^\W\d_]+)", text[match.end() : match.end() + 25])
    return after is not None and after.group(1).lower() in COUNTED


def _stands_after_a_preposition(text: str, start: int) -> bool:
    before = text[max(0, start - 12) : start].lower()
    return before.endswith(
        (": ", " er ", " är ", " on ", " ist ", " is ", " til ", " till ", " på ", " i ", " nach ", " to ")
    )


def _name_before(text: str, start: int) -> re.Match[str] | None:
    """The capitalised words before a `gate`, `väg` or `Straße` that stands alone."""
    return re.search(
        r"(?:[^\W\d_][^\W\d_'’.-]*\.? ){0,2}[A-ZÆØÅÄÖÜÉ][^\W\d_'’-]*\.? \Z", text[max(0, start - 50) : start]
    )


def _start_of_street(text: str, match: re.Match[str]) -> int:
    start = match.start()
    if match.group(1).lower().rstrip(".") in STANDALONE:
        name = re.search(r"(?:[A-ZÆØÅÄÖÜÉ][^\W\d_'’-]*\.? ){1,3}\Z", text[max(0, start - 50) : start])
        return start - len(name.group()) if name else start
    forename = re.search(r"(?<!\w)([^\W\d_]{2,8}) \Z", text[max(0, start - 10) : start])
    if forename and forename.group(1).lower() in FORENAMES_OF_STREETS and forename.group(1)[0].isupper():
        return start - len(forename.group())
    return start


def _is_english(text: str, match: re.Match[str]) -> bool:
    name = re.sub(r"^(?:flat|apt|apartment|unit|suite)\W+\w+\W+", "", match.group(), flags=re.IGNORECASE).split(" ")[1:]
    if all(word[:1].isupper() for word in name):
        return True
    return speaks_of_a_home(text, match.start()) or _ENGLISH_TAIL.match(text, match.end()) is not None
