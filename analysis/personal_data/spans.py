"""The result vocabulary: labels, spans, and comparison with the company's own values."""

import re
from dataclasses import dataclass

LABELS = ("NATIONAL_ID", "CARD", "IBAN", "ACCOUNT", "PHONE", "EMAIL", "ADDRESS", "PLATE")

_IGNORED = re.compile(r"[^\w@+]|_")
_CALLING_CODE = re.compile(r"\+(?:47|46|45|358|354|298|49|44)")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of text that identifies someone. Offsets count code points, `end` is exclusive."""

    start: int
    end: int
    label: str


def normalise(value: str) -> str:
    """The form in which two spellings of one value are equal.

    Takes: a phone number, mail address or other identifier as written.
    Gives: lower case, letters, digits, `@` and a leading `+` only; `00` before a country code becomes `+`.
    """
    folded = value.casefold()
    kept = _IGNORED.sub("", folded)
    if "@" in kept:
        return re.sub(r"\s", "", folded)
    kept = kept[:1] + kept[1:].replace("+", "")
    if kept.startswith("00") and kept.isdecimal():
        return "+" + kept[2:]
    return kept


def is_own(value: str, label: str, allowed: frozenset[str]) -> bool:
    """Whether `value` is one of the company's own; a phone number also matches with or without its country code."""
    if not allowed:
        return False
    key = normalise(value)
    if key in allowed or label != "PHONE":
        return key in allowed
    bare = national(key)
    return any(national(own) == bare for own in allowed if not (own[0:1] == key[0:1] == "+"))


def national(number: str) -> str:
    """A normalised phone number without its country code and leading zeros, for the codes of our countries."""
    return _CALLING_CODE.sub("", number, count=1).lstrip("0")
