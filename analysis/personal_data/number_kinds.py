"""Decides what one number is: checks first, then how it is grouped, then what the words around it say.

The order matters. Every valid fødselsnummer also passes the account check, so person numbers are asked before accounts;
a reference number is Luhn-valid one time in ten, so a word that says "invoice" outweighs a card's check digit.
"""

from analysis.personal_data import accounts, cards, national_ids, phones
from analysis.personal_data.numbers import Number


def label_of(number: Number) -> str | None:
    """The label of the number, or None when it is not personal."""
    for decide, label in _IN_ORDER:
        if decide(number):
            return label
    return None


def _named_phone(number: Number) -> bool:
    """A plus, or a word that says phone."""
    named = number.cue.kind == "PHONE"
    return (number.plus or named) and phones.is_phone(number, named=named, hinted=named)


def _national_id(number: Number) -> bool:
    size = len(number.digits)
    if number.plus:
        return False
    if size == 11:
        return _norwegian_id(number)
    if size in (10, 12):
        return _swedish_id(number) or (size == 10 and _danish_id(number))
    return False


def _norwegian_id(number: Number) -> bool:
    digits, kind = number.digits, number.cue.kind
    if national_ids.is_norwegian(digits):
        as_account = kind == "ACCOUNT" and accounts.grouped_like_a_norwegian_account(number.lengths)
        as_phone = not national_ids.grouped_like_an_id(number.lengths) and kind != "IDENTITY" and _phone(number)
        return not (as_account or as_phone)
    return kind == "IDENTITY" and national_ids.is_norwegian_date(digits)


def _swedish_id(number: Number) -> bool:
    kind = number.cue.kind
    fits = _fits_a_ten_digit_id(number) or (number.solid and kind not in ("REFERENCE", "CARD", "NUMBER"))
    if fits and national_ids.is_swedish(number.digits):
        return True
    ten = number.digits[-10:]
    return kind == "IDENTITY" and national_ids.is_swedish_date(ten) and national_ids.date_stands_apart(number.lengths)


def _danish_id(number: Number) -> bool:
    told = number.cue.kind in ("IDENTITY", "PERSON")
    return _fits_a_ten_digit_id(number) and national_ids.is_danish(number.digits, replacement=told)


def _fits_a_ten_digit_id(number: Number) -> bool:
    """Whether grouping and words allow an identity number with little or no check of its own."""
    kind = number.cue.kind
    if kind in ("IDENTITY", "PERSON", "IDENTIFIER"):
        return True
    if not national_ids.grouped_like_an_id(number.lengths):
        return False
    if national_ids.date_stands_apart(number.lengths):
        return True
    return kind not in ("REFERENCE", "CARD") and not (phones.looks_mobile(number.digits) and kind != "ACCOUNT")


def _card(number: Number) -> bool:
    kind = number.cue.kind
    if number.plus or kind == "REFERENCE" or not cards.is_card(number.digits, with_cue=kind == "CARD"):
        return False
    return number.solid or kind == "CARD" or cards.grouped_like_a_card(number.lengths)


def _account(number: Number) -> bool:
    kind, lengths, digits = number.cue.kind, number.lengths, number.digits
    if number.plus or kind in ("REFERENCE", "PHONE"):
        return False
    if accounts.is_norwegian_account(digits):
        shaped = accounts.grouped_like_a_norwegian_account(lengths)
        return shaped or kind == "ACCOUNT" or (number.solid and not phones.looks_mobile(digits))
    if kind != "ACCOUNT":
        return accounts.grouped_like_no_other(digits, lengths, number.gaps)
    if accounts.is_giro(digits, lengths, number.gaps) or accounts.is_danish_account(digits, lengths):
        return True
    return number.cue.strong_account and number.cue.words_away <= 2 and 9 <= len(digits) <= 14


def _phone(number: Number) -> bool:
    kind = number.cue.kind
    if kind in ("REFERENCE", "CARD", "IDENTITY"):
        return number.plus and phones.is_phone(number, named=False, hinted=False)
    return phones.is_phone(number, named=kind == "PHONE", hinted=kind == "NUMBER")


_IN_ORDER = (
    (_named_phone, "PHONE"),
    (_national_id, "NATIONAL_ID"),
    (_card, "CARD"),
    (_account, "ACCOUNT"),
    (_phone, "PHONE"),
)
