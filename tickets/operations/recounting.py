"""Bringing the kept counts of saved views up to the cases that were touched, and healing them where they drifted.

One at a time, by an advisory lock; a ticket is never locked, so nobody who works with cases waits. See migration 0011.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Q, Value

from core.actors import SYSTEM
from core.tally import count_after_commit
from tickets.filters import Filter, parse_filter
from tickets.models import SavedView, Ticket
from tickets.queries.saved_views import is_kept
from tickets.queries.view_counts import impersonal, view_condition

log = logging.getLogger(__name__)

COUNTING_LOCK = 7_305_003
SLICE = 5000  # touched numbers taken at once
DELETED_KEPT = timedelta(days=30)

_TAKE = """
    DELETE FROM tickets_touched WHERE ctid = ANY (ARRAY (SELECT ctid FROM tickets_touched LIMIT %s)) RETURNING ticket_id
"""
_ADD = """
    INSERT INTO tickets_view_count AS kept (view_id, team_id, assignee_id, n)
    SELECT view_id, team_id, assignee_id, {sign}count(*) FROM changed GROUP BY 1, 2, 3
    ON CONFLICT (view_id, team_id, assignee_id) DO UPDATE SET n = kept.n + excluded.n
"""
_LEAVE = "WITH changed AS (DELETE FROM tickets_view_case WHERE ticket_id = ANY (%s) RETURNING *)"
_ENTER = (
    "WITH changed AS (INSERT INTO tickets_view_case (view_id, ticket_id, team_id, assignee_id) {cases} RETURNING *)"
)
_COUNTED = "SELECT team_id, assignee_id, n FROM tickets_view_count WHERE view_id = %s AND n <> 0"
_TIDY = """
    DELETE FROM tickets_view_case WHERE NOT view_id = ANY (%(ids)s);
    DELETE FROM tickets_view_count WHERE n = 0 OR NOT view_id = ANY (%(ids)s);
"""


def fold_touched(*, now: datetime) -> int:
    """Take touched cases off the list and count them where they now belong, in slices. Gives: how many were taken."""
    taken = 0
    while folded := _fold_slice(now):
        taken += folded
        if folded < SLICE:
            break
    return taken


@transaction.atomic
def _fold_slice(now: datetime) -> int:
    if not _is_mine():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [SLICE])
        taken = [ticket_id for (ticket_id,) in cursor.fetchall()]
        if taken:
            cursor.execute(_LEAVE + _ADD.format(sign="-"), [sorted(set(taken))])
            _enter(cursor, _kept_views(), Q(pk__in=sorted(set(taken))), now)
    return len(taken)


def _is_mine() -> bool:
    """Whether this transaction is the one that counts; if not, somebody else is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [COUNTING_LOCK])
        return bool(cursor.fetchone()[0])


def count_view(view: SavedView, *, now: datetime) -> None:
    """Count one view from nothing, inside the transaction that made or changed it. Waits for whoever counts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [COUNTING_LOCK])
        _forget(cursor, view.pk)
        wanted = parse_filter(view.filter)
        if view.deleted_at is None and is_kept(wanted):
            _enter(cursor, [(view.pk, wanted)], Q(), now)


def recount_views(*, now: datetime) -> int:
    """Count every kept view again, and let go of views deleted 30 days ago.

    Gives: how many views had drifted; each is healed, logged and tallied as `view-counts`.
    """
    SavedView.objects.filter(deleted_at__lt=now - DELETED_KEPT).delete()
    fold_touched(now=now)
    drifted = sum(_recount(view_id, now) for view_id, _wanted in _kept_views())
    with connection.cursor() as cursor:
        cursor.execute(_TIDY, {"ids": [view_id for view_id, _wanted in _kept_views()]})
    return drifted


@transaction.atomic
def _recount(view_id: int, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [COUNTING_LOCK])
        _fold_slice(now)
        before, untouched = _cells(cursor, view_id), _is_folded(cursor)
        _forget(cursor, view_id)
        _enter(cursor, [view for view in _kept_views() if view[0] == view_id], Q(), now)
        drifted = untouched and _cells(cursor, view_id) != before
    if drifted:
        log.warning("view_counts_drifted", extra={"view_id": view_id})
    count_after_commit("view-counts", {"drifted" if drifted else "right": 1})
    return drifted


def _is_folded(cursor: Any) -> bool:
    """Whether the kept cells alone are the count: what was touched since the last fold is no drift."""
    cursor.execute("SELECT NOT EXISTS (SELECT 1 FROM tickets_touched)")
    return bool(cursor.fetchone()[0])


def _kept_views() -> list[tuple[int, Filter]]:
    rows = SavedView.objects.filter(deleted_at=None).order_by("pk").values_list("pk", "filter")
    views = [(pk, parse_filter(text)) for pk, text in rows]
    return [(pk, wanted) for pk, wanted in views if is_kept(wanted)]


def _cells(cursor: Any, view_id: int) -> set[tuple[int, ...]]:
    cursor.execute(_COUNTED, [view_id])
    return set(cursor.fetchall())


def _forget(cursor: Any, view_id: int) -> None:
    cursor.execute("DELETE FROM tickets_view_case WHERE view_id = %s", [view_id])
    cursor.execute("DELETE FROM tickets_view_count WHERE view_id = %s", [view_id])


def _enter(cursor: Any, views: Iterable[tuple[int, Filter]], among: Q, now: datetime) -> None:
    """Have the cases that belong count in these views. One statement."""
    branches = [branch for view_id, wanted in views if (branch := _cases(view_id, wanted, among, now))]
    if branches:
        cases = " UNION ALL ".join(sql for sql, _params in branches)
        statement = _ENTER.replace("{cases}", cases) + _ADD.format(sign="")
        cursor.execute(statement, [param for _sql, params in branches for param in params])


def _cases(view_id: int, wanted: Filter, among: Q, now: datetime) -> tuple[str, Sequence[Any]] | None:
    condition = view_condition(actor=SYSTEM, wanted=impersonal(wanted), now=now)
    rows = (
        Ticket.objects.filter(among, condition).order_by().values_list(Value(view_id), "pk", "team_id", "assignee_id")
    )
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return None
    columns = "cases (view_id, ticket_id, team_id, assignee_id)"
    places = "coalesce(team_id, 0), coalesce(assignee_id, 0)"
    return f"SELECT view_id, ticket_id, {places} FROM ({sql}) AS {columns}", params  # noqa: S608  the ORM's own
