"""Keyset cursors: where a page ended, as an opaque word.

No OFFSET and no COUNT, so page 1 000 costs what page 1 costs.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from core.errors import Invalid

PAGE_SIZE = 50
LONGEST = 200  # characters; ours are about 80
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows of one page, and the cursor of the next one ("" when this is the last)."""

    rows: tuple[T, ...]
    next_cursor: str


def encode_cursor(values: Sequence[datetime | int]) -> str:
    """Pack the sort values of the last row."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, kinds: Sequence[type]) -> tuple[Any, ...]:
    """Unpack; `kinds` says what stands where (datetime or int). Raises: Invalid for anything we did not make."""
    try:
        if len(cursor) > LONGEST:  # before JSON meets a thousand brackets
            raise ValueError
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if len(values) != len(kinds):
            raise ValueError
        return tuple(_typed(value, kind) for value, kind in zip(values, kinds, strict=True))
    except (ValueError, TypeError, OverflowError) as error:
        raise Invalid("This page marker is not one of ours.", field="cursor") from error


def _typed(value: Any, kind: type) -> Any:
    if kind is datetime:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ValueError
        return instant.astimezone(UTC)
    if type(value) is not int or abs(value) >= 2**63:
        raise ValueError
    return value


def cut_page(rows: Sequence[T], size: int, key: Callable[[T], Sequence[datetime | int]]) -> Page[T]:
    """Make a page of `size` from a query that asked for one row more than that."""
    shown = tuple(rows[:size])
    return Page(shown, encode_cursor(key(shown[-1])) if len(rows) > size else "")
