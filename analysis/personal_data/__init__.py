"""Finds identifiers of people in a message: national numbers, cards, accounts, phones, mails, addresses, plates.

Gives: `find(text)` → spans in code points; `normalise(value)` for the list of the company's own values.
"""

from analysis.personal_data.spans import LABELS, Span, national, normalise


def find(text: str, *, allowed: frozenset[str] = frozenset()) -> tuple[Span, ...]:
    """The identifiers in a text; see `finder.find`. The first call compiles its patterns (0.3 s)."""
    from analysis.personal_data import finder

    return finder.find(text, allowed=allowed)


__all__ = ["LABELS", "Span", "find", "national", "normalise"]
