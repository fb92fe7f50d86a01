"""State on disk: one SQLite file in WAL mode, one connection, used by the event loop's thread only.

A killed process loses nothing that was committed; each write commits before anyone hears of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value NUMERIC NOT NULL);
"""

Value = str | int | float | None


class Store:
    """A thin hold on SQLite: rows out, statements in, nested transactions as one."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._depth = 0
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self.define(_SCHEMA)

    def define(self, schema: str) -> None:
        """Create the tables of `schema` (statements that say IF NOT EXISTS)."""
        self._db.executescript(schema)

    def rows(self, sql: str, *values: Value) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Value) -> sqlite3.Row | None:
        """The first row of a query, if any."""
        found: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return found

    def number(self, sql: str, *values: Value) -> int:
        """The first column of the first row as a whole number, 0 when there is none."""
        found = self.row(sql, *values)
        return int(found[0] or 0) if found else 0

    def run(self, sql: str, *values: Value) -> int:
        """Execute a statement; gives the number of rows it touched."""
        return self._db.execute(sql, values).rowcount

    def insert(self, sql: str, *values: Value) -> int:
        """Execute an INSERT; gives the new row's number."""
        return int(self._db.execute(sql, values).lastrowid or 0)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an inner transaction belongs to the outer one. Never await inside."""
        if self._depth == 0:
            self._db.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("ROLLBACK")
            raise
        self._depth -= 1
        if self._depth == 0:
            self._db.execute("COMMIT")

    def fact(self, name: str) -> float:
        """A stored number (counters, cursors, the clock's offset), 0 when never set."""
        found = self.row("SELECT value FROM facts WHERE name = ?", name)
        return float(found[0]) if found else 0.0

    def set_fact(self, name: str, value: float) -> None:
        """Store a number."""
        self.run("INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)

    def count_up(self, name: str, by: int = 1) -> int:
        """Raise a stored number; gives the new one."""
        return self.number(
            "INSERT INTO facts VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value RETURNING value",
            name,
            by,
        )

    def close(self) -> None:
        """Fold the log back into the file and let go."""
        self._db.close()
