"""Keeping the house small: counters folded, hints and raw deliveries dropped when their time is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from connectors.models import Delivery, DeliveryState
from core.broker import broker
from inbox.live.models import Hint
from tickets.models import Notice

HINTS_KEPT = timedelta(days=1)
NOTICES_KEPT = timedelta(days=60)
SLICE = 5000  # rows per statement, so that no lock is long
ALIVE_KEY = "samsvar:worker-alive"
FOLD_LOCK = 7_305_002

_FOLD = """
    WITH gone AS (DELETE FROM tickets_count RETURNING status, team_id, assignee_id, n)
    INSERT INTO tickets_count
    SELECT status, team_id, assignee_id, sum(n) FROM gone GROUP BY 1, 2, 3 HAVING sum(n) <> 0
"""
FOLD_ABOVE = 500  # rows; below it adding them up costs nothing


def fold_counters() -> None:
    """Add the counters' rows together. Readers see either all of them or the sums, never half."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) > %s FROM (SELECT 1 FROM tickets_count LIMIT %s) t", [FOLD_ABOVE, FOLD_ABOVE + 1]
        )
        if cursor.fetchone()[0]:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [FOLD_LOCK])
            if cursor.fetchone()[0]:
                try:
                    cursor.execute(_FOLD)
                finally:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [FOLD_LOCK])


def drop_expired(*, now: datetime) -> int:
    """Delete hints older than a day, settled deliveries older than SAMSVAR_DELIVERY_DAYS, and notices older than two
    months. Gives: how many rows.
    """
    hints = Hint.objects.filter(created_at__lt=now - HINTS_KEPT).order_by("pk").values("pk")[:SLICE]
    gone, _ = Hint.objects.filter(pk__in=hints).delete()
    old = now - timedelta(days=settings.DELIVERY_DAYS)
    settled = Delivery.objects.filter(received_at__lt=old).exclude(state=DeliveryState.NEW).order_by("pk").values("pk")
    also, _ = Delivery.objects.filter(pk__in=settled[:SLICE]).delete()
    told = Notice.objects.filter(at__lt=now - NOTICES_KEPT).order_by("pk").values("pk")[:SLICE]
    untold, _ = Notice.objects.filter(pk__in=told).delete()
    return gone + also + untold


def sign_of_life(*, now: datetime) -> None:
    """Let /readyz see that a worker works."""
    broker().set(ALIVE_KEY, now.timestamp(), ex=3600)
