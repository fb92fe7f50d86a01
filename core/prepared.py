"""Statements that a connection plans once, for those whose planning costs more than their work.

A prepared statement lives as long as its connection, whatever becomes of the transaction. The server plans it anew by
itself when tables or their statistics change.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

_names: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()  # of the driver's connection: ours → the server's
_number = itertools.count(1)  # a name is never used again: after a failure nobody knows whether it was taken


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement with $1, $2 … for its parameters. `name` is unique in the house; `types` are theirs, in order."""

    name: str
    types: Sequence[str]
    statement: str

    def run(self, cursor: Any, params: Sequence[Any]) -> None:
        """Execute it in one round trip, also the first time on a connection."""
        names = _names.setdefault(connection.connection, {})
        known = names.get(self.name)
        name = known or f"{self.name}_{next(_number)}"
        call = f"EXECUTE {name} ({', '.join(['%s'] * len(self.types))})"
        if known is None:
            call = f"PREPARE {name} ({', '.join(self.types)}) AS {self.statement.replace('%', '%%')}; {call}"
        cursor.execute(call, params)
        names[self.name] = name
