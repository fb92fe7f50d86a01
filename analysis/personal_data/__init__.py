"""Finds identifiers of people in a message: national numbers, cards, accounts, phones, mails, addresses, plates.

Gives: `find(text)` → spans in code points; `normalise(value)` for the list of the company's own values.
"""

from analysis.personal_data.finder import find
from analysis.personal_data.spans import LABELS, Span, national, normalise

__all__ = ["LABELS", "Span", "find", "national", "normalise"]
