"""How workers take rows that are due, one at a time: claim by a conditional UPDATE, work, look once more.

A row is claimed by one worker only, and a channel that rests or is held keeps its rows waiting.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection

from core.jobs import Job, clear_pending

GIVE_UP_AFTER = timedelta(hours=24)  # of "not done, try later"
STUCK_AFTER = timedelta(minutes=3)  # well above the kit's time limits for one call
LONGEST_WAIT = 600  # seconds between tries

# For the WHERE of a claim that joins the channel's account as `account`.
ACCOUNT_WORKS = """account.health <> 'reconnect' AND account.paused_at IS NULL
      AND (account.held_until IS NULL OR account.held_until <= %(now)s)"""


def drain(job: Job, take_next: Callable[[], bool]) -> int:
    """Call `take_next` until it finds nothing. Gives: how often it found something.

    The pending flag is cleared before the last look, so that a hint sent meanwhile is not lost.
    """
    taken = 0
    while take_next():
        taken += 1
    clear_pending(job)
    while take_next():
        taken += 1
    return taken


def claim_row(sql: str, *, now: datetime) -> int | None:
    """Run a claim, an UPDATE of at most one row that returns its id. Gives: None when there was none to take."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": now})
        row = cursor.fetchone()
    return int(row[0]) if row else None


def next_try_at(*, attempts: int, after_seconds: int | None, now: datetime) -> datetime:
    """When to try again: as long from now as the platform asks, else ever later; a little apart from one another."""
    wait = after_seconds if after_seconds is not None else min(2**attempts, LONGEST_WAIT)
    return now + timedelta(seconds=wait * random.uniform(1.0, 1.25))
