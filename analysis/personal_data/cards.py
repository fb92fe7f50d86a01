"""Payment card numbers: issuer prefix, length and Luhn."""

from stdnum import luhn

# (first prefix, last prefix, lengths); prefixes compared by their own number of digits.
_ISSUERS: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("4", "4", frozenset({16, 19})),
    ("51", "55", frozenset({16})),
    ("2221", "2720", frozenset({16})),
    ("34", "34", frozenset({15})),
    ("37", "37", frozenset({15})),
    ("5018", "5020", frozenset({16})),
    ("56", "58", frozenset({16})),
    ("6011", "6011", frozenset({16, 19})),
    ("62", "62", frozenset({16, 17, 18, 19})),
    ("63", "67", frozenset({16, 19})),
    ("3528", "3589", frozenset({16})),
    ("300", "305", frozenset({14})),
    ("36", "36", frozenset({14})),
    ("38", "39", frozenset({14})),
)
# Lengths that old or rare cards have, believed only when a word says "card".
_WITH_A_CUE = frozenset({13, 14, 15, 16, 17, 18, 19})
_GROUPINGS = {(4, 4, 4, 4), (4, 6, 6), (4, 6, 5), (4, 4, 4, 4, 3), (4, 6, 4), (6, 10), (8, 8), (4, 4, 8), (4, 12)}


def is_card(digits: str, *, with_cue: bool) -> bool:
    """Whether the digits can be a card number; `with_cue` says that a word beside them speaks of a card."""
    size = len(digits)
    issued = any(size in lengths and first <= digits[: len(first)] <= last for first, last, lengths in _ISSUERS)
    believed = with_cue and size in _WITH_A_CUE and digits[0] in "23456"
    return (issued or believed) and luhn.is_valid(digits)


def grouped_like_a_card(lengths: tuple[int, ...]) -> bool:
    """Whether the groups are those embossed on cards."""
    return lengths in _GROUPINGS
