"""Cursor paging of one edge: which rows, and the links to the next ones."""

from __future__ import annotations

import base64
import binascii
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from sandbox.facebook.errors import bad_parameter
from sandbox.store import Store, Value

_LIMIT_DEFAULT, _LIMIT_MOST = 25, 100


@dataclass(frozen=True, slots=True)
class Window:
    """What the caller asked for: how many, between which cursors and times, in which order."""

    limit: int
    after: int | None
    before: int | None
    since: float | None
    until: float | None
    newest_first: bool


def read_window(params: Mapping[str, str], *, newest_first: bool) -> Window:
    """Read limit, after, before, since, until and order; raises GraphError 100 for what cannot be read."""
    order = params.get("order")
    if order not in (None, "chronological", "reverse_chronological", "ranked"):
        raise bad_parameter("order must be one of chronological, reverse_chronological, ranked")
    if order is not None:
        newest_first = order == "reverse_chronological"
    return Window(
        limit=min(_whole(params, "limit") or _LIMIT_DEFAULT, _LIMIT_MOST),
        after=_open_cursor(params.get("after")),
        before=_open_cursor(params.get("before")),
        since=_time(params, "since"),
        until=_time(params, "until"),
        newest_first=newest_first,
    )


def read_rows(store: Store, select: str, values: tuple[Value, ...], window: Window) -> tuple[list[sqlite3.Row], bool]:
    """Rows of `select` (a statement that ends in a WHERE clause) inside the window, and whether more follow."""
    forward = window.before is None or window.after is not None
    descending = window.newest_first == forward
    sql, args = select, list(values)
    for clause, value in _bounds(window):
        sql += f" AND {clause}"
        args.append(value)
    sql += f" ORDER BY seq {'DESC' if descending else 'ASC'} LIMIT ?"
    rows = store.rows(sql, *args, window.limit + 1)
    more = len(rows) > window.limit
    rows = rows[: window.limit]
    if not forward:
        return rows[::-1], True  # the page we came from follows
    return rows, more


def paging_block(
    rows: list[sqlite3.Row], *, more: bool, window: Window, address: str, params: Mapping[str, str], token: str
) -> dict[str, object]:
    """The `paging` object. `next` carries the token, as the real one does, so it must never be logged."""
    if not rows:
        return {}
    first, last = close_cursor(rows[0]["seq"]), close_cursor(rows[-1]["seq"])
    block: dict[str, object] = {"cursors": {"before": first, "after": last}}
    kept = {key: value for key, value in params.items() if key not in ("after", "before", "appsecret_proof")}
    kept |= {"access_token": token, "limit": str(window.limit)}
    if more:
        block["next"] = f"{address}?{urlencode(kept | {'after': last})}"
    if window.after is not None:
        block["previous"] = f"{address}?{urlencode(kept | {'before': first})}"
    return block


def close_cursor(seq: int) -> str:
    """An opaque cursor for a row."""
    return base64.urlsafe_b64encode(f"s{seq}".encode()).decode().rstrip("=")


def _open_cursor(cursor: str | None) -> int | None:
    if not cursor:
        return None
    try:
        return int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().removeprefix("s"))
    except (binascii.Error, ValueError) as error:
        raise bad_parameter("Invalid cursors values") from error


def _bounds(window: Window) -> list[tuple[str, Value]]:
    beyond, short = ("<", ">") if window.newest_first else (">", "<")
    wanted: list[tuple[str, Value]] = [
        (f"seq {beyond} ?", window.after),
        (f"seq {short} ?", window.before),
        ("created_at >= ?", window.since),
        ("created_at <= ?", window.until),
    ]
    return [(clause, value) for clause, value in wanted if value is not None]


def _whole(params: Mapping[str, str], name: str) -> int | None:
    value = params.get(name)
    if value is None or value == "":
        return None
    if not value.isdigit() or int(value) < 1:
        raise bad_parameter(f"Param {name} must be a positive integer")
    return int(value)


def _time(params: Mapping[str, str], name: str) -> float | None:
    value = params.get(name)
    if not value:
        return None
    try:
        return float(value)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(value).timestamp()
    except ValueError as error:
        raise bad_parameter(f"Param {name} must be a Unix time or a date") from error
