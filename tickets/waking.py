"""Waking snoozed cases, for intake and the clock: in the transaction of what causes it, with the rows locked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from django.db import connection

Because = Literal["time", "customer_wrote", "reply_failed"]

_WAKE = """
WITH woken AS (
    UPDATE tickets_ticket SET status = 'open', snoozed_until = NULL, snoozed_by_id = NULL, version = version + 1
    WHERE id = ANY(%s) AND status = 'snoozed' RETURNING id
)
INSERT INTO tickets_ticketevent (ticket_id, kind, at, data) SELECT id, 'woke', %s, %s::jsonb FROM woken
RETURNING ticket_id
"""


def wake_tickets(ticket_ids: Iterable[int], *, because: Because, now: datetime) -> set[int]:
    """Open those of these cases that are snoozed, and say so in their history. One statement.

    Gives: the ids of those that were asleep.
    """
    ids = sorted(set(ticket_ids))
    if not ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_WAKE, [ids, now, json.dumps({"because": because})])
        return {ticket_id for (ticket_id,) in cursor.fetchall()}
