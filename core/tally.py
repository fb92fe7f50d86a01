"""Counts that every process of an installation adds to, in Valkey: what was sent, settled, refused.

They inform and decide nothing; a broker that is down loses them and nobody waits for it. Names and words are the
house's own, so that no label can grow without end.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from django.db import transaction

from core.broker import broker
from core.clock import now

log = logging.getLogger(__name__)

TOTAL = "samsvar:tally"
DAYS_KEPT = 3


def _day_key(day: datetime) -> str:
    return f"{TOTAL}:{day:%Y-%m-%d}"


def count_now(name: str, counts: Mapping[str, int]) -> None:
    """Add to the counts of `name`, by word. One round trip; a fault is logged and forgiven."""
    day = _day_key(now())
    try:
        pipe = broker().pipeline(transaction=False)
        for word, number in counts.items():
            pipe.hincrby(TOTAL, f"{name}:{word}", number)
            pipe.hincrby(day, f"{name}:{word}", number)
        pipe.expire(day, timedelta(days=DAYS_KEPT))
        pipe.execute()
    except Exception as error:  # any broker fault: counting must stop nothing
        log.debug("%s not counted: %s", name, type(error).__name__)


def count_after_commit(name: str, counts: Mapping[str, int]) -> None:
    """The same once the current transaction is committed, since what is rolled back did not happen."""
    if counts:
        transaction.on_commit(lambda: count_now(name, dict(counts)))


def get_totals(name: str) -> dict[str, int]:
    """Counts by word since Valkey began. Raises: redis.RedisError."""
    return _read(TOTAL, name)


def get_recent(name: str) -> dict[str, int]:
    """Counts by word of today and yesterday (UTC). Raises: redis.RedisError."""
    today, yesterday = (_read(_day_key(now() - timedelta(days=back)), name) for back in (0, 1))
    return {word: today.get(word, 0) + yesterday.get(word, 0) for word in {*today, *yesterday}}


def _read(key: str, name: str) -> dict[str, int]:
    stored = cast("dict[str, str]", broker().hgetall(key))
    counts = ((field.partition(":"), number) for field, number in stored.items())
    return {word: int(number) for (owner, _, word), number in counts if owner == name}
