"""Bank accounts: IBAN, Norwegian, Danish and Swedish numbers."""

import re
from collections.abc import Iterator

from stdnum import iban, luhn

_NO_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_NO_GROUPING = (4, 2, 5)

_GAP = "[ \u00a0\u2007\u2009\u202f.\\-–‑]"
_IBAN = re.compile(rf"(?<![^\W_])[A-Za-z]{{2}}{_GAP}?[0-9]{{2}}(?:{_GAP}?[0-9A-Za-z]){{11,30}}")
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GL": 18, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23,
    "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28,
    "PT": 25, "RO": 24, "RS": 22, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26, "UA": 29,
}  # fmt: skip

# "reg. 1234 konto 1234567": registration number and account, each with its word.
_DK_PAIR = re.compile(
    r"\breg(?:istrerings)?\W{0,3}(?:nr|nummer)?\W{0,3}([0-9]{4})\W{0,3}(?:og |and |& )?"
    r"k(?:onto|to)\W{0,3}(?:nr|nummer)?\W{0,3}((?:[0-9] ?){6,10})(?![0-9])",
    re.IGNORECASE,
)


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Places of IBANs: country, length and mod 97 right, however spaced or cased."""
    at = 0
    while match := _IBAN.search(text, at):
        end = _end_of_iban(text, match)
        if end:
            yield match.start(), end
        at = end or match.start() + 2


def _end_of_iban(text: str, match: re.Match[str]) -> int:
    length = _IBAN_LENGTHS.get(match.group()[:2].upper(), 0)
    compact, end = "", match.start()
    while end < match.end() and len(compact) < length:
        compact += text[end] if text[end].isalnum() else ""
        end += 1
    complete = len(compact) == length > 0 and not text[end : end + 1].isalnum()
    return end if complete and iban.is_valid(compact, check_country=False) else 0


def danish_pairs(text: str) -> Iterator[tuple[int, int]]:
    """Places of `reg. nr. 1234 konto nr. 1234567`, from the first digit to the last."""
    for match in _DK_PAIR.finditer(text):
        yield match.start(1), match.start(2) + len(match.group(2).rstrip())


def is_norwegian_account(digits: str) -> bool:
    """Eleven digits with the mod 11 check; one random number in eleven passes, so words or dots must support it."""
    return len(digits) == 11 and sum(int(d) * w for d, w in zip(digits, _NO_WEIGHTS, strict=True)) % 11 == 0


def grouped_like_a_norwegian_account(lengths: tuple[int, ...]) -> bool:
    """`1234 56 78903`, which no other number uses."""
    return lengths == _NO_GROUPING


def is_danish_account(digits: str, lengths: tuple[int, ...]) -> bool:
    """Four digits of bank and six to ten of account; there is no check, a word must say it."""
    if len(digits) == 14:
        return lengths == (14,) or lengths[0] == 4
    return lengths[0] == 4 and len(lengths) > 1 and 10 <= len(digits) < 14


def grouped_like_no_other(digits: str, lengths: tuple[int, ...], gaps: tuple[str, ...]) -> bool:
    """A Danish `1234 1234567890` or a plusgiro `12 34 56-7`: shapes that need no word beside them."""
    return lengths == (4, 10) or (lengths == (2, 2, 2, 1) and is_giro(digits, lengths, gaps))


def is_giro(digits: str, lengths: tuple[int, ...], gaps: tuple[str, ...]) -> bool:
    """Swedish bankgiro (`123-4567`, `1234-5678`) or plusgiro (`12 34 56-7`), by shape and Luhn."""
    if not gaps or "-" not in gaps[-1].replace("–", "-").replace("‑", "-"):
        return False
    bankgiro = lengths in ((3, 4), (4, 4))
    plusgiro = lengths[-1] == 1 and 2 <= len(digits) <= 8 and all(length <= 2 for length in lengths[:-1])
    plain_plusgiro = len(lengths) == 2 and lengths[1] == 1 and len(digits) <= 8
    return (bankgiro or plusgiro or plain_plusgiro) and luhn.is_valid(digits)
