"""Telling colleagues in time that a case of theirs will be late."""

from __future__ import annotations

from datetime import datetime

from core.transactions import in_transaction
from tickets.notices import notify_soon_late


@in_transaction
def warn_soon_late(*, now: datetime) -> int:
    """Tell whoever has a case whose promise ends within a quarter of an hour; once for each promise.

    Gives: how many were told.
    Leaves: NoticesChanged.
    """
    return notify_soon_late(now=now)
