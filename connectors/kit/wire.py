"""Careful reading of JSON that somebody else wrote: every wrong shape becomes `Unreadable(path)`, never a value.

A platform may add keys and leave keys out at any time, so a missing or null value is empty; a value of the wrong
kind is not guessed at. Numbers where an identifier is expected become text, since platforms mix the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from tickets.intake.items import ItemError

from .errors import Unreadable

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
_MILLISECONDS_FROM = 10**11  # as seconds this lies in the year 5138


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON object at a known place of the document."""

    value: dict[str, Any]
    path: str = ""

    def where(self, key: str) -> str:
        """The path of `key` under this node, for an error."""
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        """Is there something other than null under `key`?"""
        return self.value.get(key) is not None

    def text(self, key: str) -> str:
        """The text under `key`, or an empty one."""
        found = self.value.get(key)
        if found is None:
            return ""
        if not isinstance(found, str):
            raise Unreadable(self.where(key))
        return found

    def texts(self, key: str) -> list[str]:
        """The list of texts under `key`, or an empty one."""
        found = self._list(key)
        if not all(isinstance(each, str) for each in found):
            raise Unreadable(self.where(key))
        return found

    def id(self, key: str) -> str:
        """The identifier under `key` as text, or empty. Whole numbers of any size are taken too."""
        found = self.value.get(key)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        return self.text(key)

    def need_id(self, key: str) -> str:
        """The identifier under `key`. Raises Unreadable when there is none."""
        found = self.id(key)
        if not found:
            raise Unreadable(self.where(key))
        return found

    def number(self, key: str) -> int | None:
        """The whole number under `key`, also one written as decimal digits in a text, or None."""
        found = self.value.get(key)
        if found is None:
            return None
        if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= 20:
            return int(found)
        if not isinstance(found, int) or isinstance(found, bool):
            raise Unreadable(self.where(key))
        return found

    def flag(self, key: str) -> bool:
        """Is `key` true? Platforms write 0 and 1 as well as booleans; missing is false."""
        found = self.value.get(key)
        if found in (None, False, 0):
            return False
        if found in (True, 1):
            return True
        raise Unreadable(self.where(key))

    def moment(self, key: str) -> datetime | None:
        """The Unix time under `key`, in seconds or milliseconds told apart by size, as aware UTC; or None."""
        found = self.number(key)
        if found is None:
            return None
        try:
            return datetime.fromtimestamp(found / 1000 if abs(found) >= _MILLISECONDS_FROM else found, UTC)
        except (OverflowError, ValueError, OSError):
            raise Unreadable(self.where(key)) from None

    def iso_moment(self, key: str) -> datetime | None:
        """The ISO 8601 time under `key`, offset required, as aware UTC; or None."""
        found = self.text(key)
        if not found:
            return None
        moment = _iso_moment(found)
        if moment is None:
            raise Unreadable(self.where(key))
        return moment

    def child(self, key: str) -> Node | None:
        """The object under `key`, or None."""
        found = self.value.get(key)
        if found is None:
            return None
        if not isinstance(found, dict):
            raise Unreadable(self.where(key))
        return Node(found, self.where(key))

    def children(self, key: str) -> list[Node]:
        """The objects of the list under `key`, or none."""
        nodes = []
        for index, found in enumerate(self._list(key)):
            path = f"{self.where(key)}.{index}"
            if not isinstance(found, dict):
                raise Unreadable(path)
            nodes.append(Node(found, path))
        return nodes

    def need_children(self, key: str) -> list[Node]:
        """Like `children`. Raises Unreadable when the list is missing."""
        if not self.has(key):
            raise Unreadable(self.where(key))
        return self.children(key)

    def _list(self, key: str) -> list[Any]:
        found = self.value.get(key)
        if found is None:
            return []
        if not isinstance(found, list):
            raise Unreadable(self.where(key))
        return found


def read(body: bytes) -> Node:
    """The JSON object in `body`.

    Takes: UTF-8 bytes, at most `MAX_BYTES` long and nested at most `MAX_DEPTH` deep.
    Raises: Unreadable with the path "size", "json" or "depth".
    """
    if len(body) > MAX_BYTES:
        raise Unreadable("size")
    return Node(_checked(body))


@lru_cache(maxsize=1)
def _checked(body: bytes) -> dict[str, Any]:
    """The last object read is kept: every platform of a family reads the same delivery, and none changes it."""
    value = _decoded(body)
    if not isinstance(value, dict):
        raise Unreadable("json")
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH:  # fewer cannot be nested too deep
        _require_depth(value)
    return value


def _decoded(body: bytes) -> object:
    """The JSON value, or None for what is not JSON: the decoder's exception holds the text, so it ends here."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None


def _refuse_constant(_name: str) -> None:
    """NaN and Infinity are not JSON, whatever Python thinks."""
    raise ValueError


def _iso_moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _require_depth(value: object) -> None:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise Unreadable("depth")


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


@contextmanager
def building(path: str) -> Iterator[None]:
    """Turn an item's refusal of a value into `Unreadable`, with the place it came from."""
    try:
        yield
    except ItemError as error:
        raise Unreadable(f"{path}:{error.field_name}") from None
