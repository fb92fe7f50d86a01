"""The state of the whole in numbers, for /metrics and the doctor: cheap enough to be asked every few seconds."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import redis
from django.db import DatabaseError, connection

from core import tally
from core.clock import now
from inbox.alive import get_worker_ages

# Each reads a partial index of what is under way, whose size does not grow with the years.
_MEASURES = """
    SELECT
        (SELECT count(*) FROM connectors_delivery WHERE state = 'new'),
        (SELECT count(*) FROM connectors_delivery WHERE state = 'unreadable'),
        (SELECT extract(epoch FROM %(now)s - min(received_at)) FROM connectors_delivery WHERE state = 'new'),
        (SELECT extract(epoch FROM %(now)s - min(not_before_at)) FROM tickets_part WHERE state = 'queued'),
        (SELECT jsonb_object_agg(state, n) FROM (
            SELECT state, count(*) AS n FROM tickets_part
            WHERE state IN ('queued', 'claimed', 'sending', 'unknown') GROUP BY state) AS part),
        (SELECT jsonb_object_agg(state, n) FROM (
            SELECT CASE WHEN paused_at IS NOT NULL THEN 'paused' WHEN health = 'ok' AND quiet_since IS NOT NULL
                THEN 'quiet' ELSE health END AS state, count(*) AS n FROM connectors_account GROUP BY 1) AS channel),
        (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM live_hint_numbers)
"""
UNDER_WAY = ("queued", "claimed", "sending", "unknown")
CHANNEL_STATES = ("ok", "quiet", "silent", "limited", "credits", "paused", "reconnect")
OUTCOMES = ("sent", "failed", "unknown", "queued")
SETTLED = ("done", "ignored", "unreadable")


@dataclass(slots=True)
class Measures:
    """Numbers by state; ages in seconds, 0 when nothing waits. `database` and `broker`: whether each was reached."""

    database: bool = False
    broker: bool = False
    deliveries: dict[str, int] = field(default_factory=dict)
    ingest_lag: float = 0.0
    parts: dict[str, int] = field(default_factory=dict)
    oldest_part: float = 0.0
    channels: dict[str, int] = field(default_factory=dict)
    hints: int = 0
    sends: dict[str, int] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)
    worker_ages: dict[str, float] = field(default_factory=dict)


def get_measures() -> Measures:
    """Look once at the database and once at the broker. Raises nothing: what is away is said to be away."""
    found = Measures()
    try:
        _ask_database(found)
    except DatabaseError:
        found.database = False
    try:
        _ask_broker(found)
    except redis.RedisError:
        found.broker = False
    return found


def _ask_database(found: Measures) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MEASURES, {"now": now()})
        new, unreadable, lag, oldest, parts, channels, hints = cursor.fetchone()
    found.deliveries = {"new": new, "unreadable": unreadable}
    found.ingest_lag, found.oldest_part = _age(lag), _age(oldest)
    found.parts = {state: _parsed(parts).get(state, 0) for state in UNDER_WAY}
    found.channels = {state: _parsed(channels).get(state, 0) for state in CHANNEL_STATES}
    found.hints = hints
    found.database = True


def _ask_broker(found: Measures) -> None:
    found.sends = _counts("sends", OUTCOMES)
    found.settled = _counts("deliveries", SETTLED)
    found.worker_ages = get_worker_ages(now())
    found.broker = True


def _age(seconds: Any) -> float:
    return max(0.0, float(seconds or 0))


def _parsed(value: Any) -> dict[str, int]:
    return dict(json.loads(value)) if isinstance(value, str) else dict(value or {})


def _counts(name: str, words: tuple[str, ...]) -> dict[str, int]:
    known = tally.get_totals(name)
    return {word: known.get(word, 0) for word in words}
