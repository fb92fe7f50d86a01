"""Personal values as keyed hashes that compare equal for different spellings of one value.

A phone number is written with or without its country code, so two hashes are stored of it: what is searched with a code
meets the same code or none, what is searched without one meets any.
"""

from __future__ import annotations

from analysis.personal_data import LABELS, national, normalise
from core.secrets import keyed_hash

PHONE = "PHONE"


def _hash(form: str, value: str) -> bytes:
    return keyed_hash(value, purpose=f"masked-value:{form}")


def stored_hashes(label: str, value: str) -> frozenset[bytes]:
    """What is kept of a masked value."""
    key = normalise(value)
    if label != PHONE:
        return frozenset({_hash(label, key)})
    exact = _hash("PHONE+", key) if key.startswith("+") else _hash("PHONE-", national(key))
    return frozenset({exact, _hash("PHONE", national(key))})


def wanted_hashes(value: str) -> frozenset[bytes]:
    """What to look for: the value as every kind it may have been taken for."""
    key = normalise(value)
    others = {_hash(label, key) for label in LABELS if label != PHONE}
    if key.startswith("+"):
        return frozenset(others | {_hash("PHONE+", key), _hash("PHONE-", national(key))})
    return frozenset(others | {_hash("PHONE", national(key))})
