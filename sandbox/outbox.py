"""Webhook events that wait for delivery, kept on disk so that an outage or a kill loses none."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from sandbox.store import Store

_SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    platform TEXT NOT NULL, account_id TEXT NOT NULL,
    payload TEXT NOT NULL, run_id INTEGER,
    made_at REAL NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (due_at, id);
"""

# Meta: a failed delivery is tried again at once, then with decreasing frequency for 36 hours.
# Source: developers.facebook.com, Webhooks "Get Started", read Nov 2026; the steps in between are ours.
RETRY_DELAYS_SECONDS = (0, 1, 3, 10, 30, 60, 300, 900, 1800, 3600)
GIVE_UP_AFTER_SECONDS = 36 * 3600


class Outbox:
    """Rows of one event each; a row leaves when it was delivered, given up or its account was deleted."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.define(_SCHEMA)

    def add(
        self, *, platform: str, account_id: str, payload: object, now: float, due_at: float, run_id: int | None
    ) -> None:
        """Keep one event; call it in the transaction that changes what the event tells."""
        self._store.run(
            "INSERT INTO outbox (platform, account_id, payload, run_id, made_at, due_at) VALUES (?, ?, ?, ?, ?, ?)",
            platform,
            account_id,
            json.dumps(payload),
            run_id,
            now,
            due_at,
        )

    def due(self, platform: str, account_ids: Sequence[str], *, now: float, limit: int) -> list[sqlite3.Row]:
        """At most `limit` rows that should be delivered by now, the longest due first."""
        return self._store.rows(
            "SELECT * FROM outbox INDEXED BY outbox_due WHERE platform = ?"
            " AND account_id IN (SELECT value FROM json_each(?)) AND due_at <= ? ORDER BY due_at, id LIMIT ?",
            platform,
            json.dumps(list(account_ids)),
            now,
            limit,
        )

    def next_due_at(self) -> float | None:
        """When the next row falls due, if any waits."""
        found = self._store.row("SELECT MIN(due_at) FROM outbox")
        return None if found is None or found[0] is None else float(found[0])

    def settle(self, rows: Sequence[sqlite3.Row], counter: str) -> None:
        """Take rows out for good and count them under `counter` (delivered, given_up, lost)."""
        with self._store.transaction():
            for row in rows:
                gone = self._store.run("DELETE FROM outbox WHERE id = ?", row["id"])
                if gone and counter == "delivered" and row["run_id"] is not None:
                    self._store.run("UPDATE runs SET delivered = delivered + 1 WHERE id = ?", row["run_id"])
            self._store.count_up(f"events_{counter}", len(rows))

    def put_off(self, rows: Sequence[sqlite3.Row], *, now: float) -> None:
        """After a failed delivery: due again later, or given up after 36 hours."""
        too_old = [row for row in rows if now - row["made_at"] >= GIVE_UP_AFTER_SECONDS]
        with self._store.transaction():
            for row in rows:
                delay = RETRY_DELAYS_SECONDS[min(row["attempts"], len(RETRY_DELAYS_SECONDS) - 1)]
                self._store.run(
                    "UPDATE outbox SET attempts = attempts + 1, due_at = ? WHERE id = ?", now + delay, row["id"]
                )
            if too_old:
                self.settle(too_old, "given_up")

    def forget_account(self, platform: str, account_id: str) -> None:
        """Drop what waits for a deleted account."""
        self._store.run("DELETE FROM outbox WHERE platform = ? AND account_id = ?", platform, account_id)

    def counts(self) -> dict[str, int]:
        """How many events wait, and how many were delivered, given up or lost by a switch since the beginning."""
        done = {name: int(self._store.fact(f"events_{name}")) for name in ("delivered", "given_up", "lost")}
        return {"waiting": self._store.number("SELECT COUNT(*) FROM outbox"), **done}
