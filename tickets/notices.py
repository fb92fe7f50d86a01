"""Writing notices: in the transaction of what causes them, set-based, in one order everywhere (recipient, then case).

Who may no longer see a case when a notice is read is not shown it: that is asked when it is shown, since teams change.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection

from core.events import emit
from tickets.access import Actor
from tickets.events import NoticesChanged
from tickets.models import Notice, NoticeKind

SOON_LATE = timedelta(minutes=15)

_UPSERT = """
ON CONFLICT (recipient_id, ticket_id, kind)
DO UPDATE SET at = excluded.at, seen_at = NULL, actor_id = excluded.actor_id, due_at = excluded.due_at
"""
# Whose case it is, who follows it, and who put it aside to have it back.
_ANSWERED = f"""
INSERT INTO tickets_notice (recipient_id, ticket_id, kind, at)
SELECT DISTINCT who.id, t.id, 'answered', %s::timestamptz FROM tickets_ticket t CROSS JOIN LATERAL (
    SELECT t.assignee_id AS id UNION SELECT t.snoozed_by_id
    UNION SELECT user_id FROM tickets_follower WHERE ticket_id = t.id
) AS who
WHERE t.id = ANY(%s) AND t.status <> 'spam' AND who.id IS NOT NULL ORDER BY who.id, t.id
{_UPSERT} RETURNING recipient_id
"""  # noqa: S608  our own words, joined
_WOKE = f"""
INSERT INTO tickets_notice (recipient_id, ticket_id, kind, at)
SELECT DISTINCT who.id, t.id, 'woke', %s::timestamptz FROM tickets_ticket t CROSS JOIN LATERAL (
    SELECT t.assignee_id AS id UNION SELECT t.snoozed_by_id
) AS who
WHERE t.id = ANY(%s) AND t.status = 'snoozed' AND who.id IS NOT NULL ORDER BY who.id, t.id
{_UPSERT} RETURNING recipient_id
"""  # noqa: S608  likewise
# Written as the indexes of deadlines are. The same promise is spoken of once to each who has the case.
_DUE = f"""
INSERT INTO tickets_notice (recipient_id, ticket_id, kind, at, due_at)
SELECT t.assignee_id, t.id, 'due', %s::timestamptz, t.due_at FROM tickets_ticket t
WHERE t.status IN ('open', 'snoozed') AND t.assignee_id IS NOT NULL
  AND coalesce(t.due_at, '9999-01-01 00:00:00+00'::timestamptz) > %s
  AND coalesce(t.due_at, '9999-01-01 00:00:00+00'::timestamptz) <= %s
  AND NOT EXISTS (SELECT 1 FROM tickets_notice n WHERE n.recipient_id = t.assignee_id AND n.ticket_id = t.id
                  AND n.kind = 'due' AND n.due_at = t.due_at)
ORDER BY t.assignee_id, t.id
{_UPSERT} WHERE tickets_notice.due_at IS DISTINCT FROM excluded.due_at RETURNING recipient_id
"""  # noqa: S608  likewise


def notify(recipients: Iterable[int | None], *, ticket_id: int, kind: NoticeKind, actor: Actor, now: datetime) -> None:
    """Tell some colleagues of one case, but never of what they did themselves. At most one statement.

    Leaves: NoticesChanged.
    """
    told = sorted({pk for pk in recipients if pk is not None and pk != actor.pk})
    if told:
        Notice.objects.bulk_create(
            (Notice(recipient_id=pk, ticket_id=ticket_id, kind=kind, actor_id=actor.pk, at=now) for pk in told),
            update_conflicts=True,
            unique_fields=["recipient", "ticket", "kind"],
            update_fields=["at", "seen_at", "actor"],
        )
        emit(NoticesChanged(told))


def notify_answered(ticket_ids: Iterable[int], *, now: datetime) -> None:
    """The customer wrote: tell whose case it is, who follows it, and who snoozed it (before it wakes). One statement.

    Leaves: NoticesChanged.
    """
    _write(_ANSWERED, ticket_ids, now)


def notify_woke(ticket_ids: Iterable[int], *, now: datetime) -> None:
    """The time of snoozed cases has come: tell whose they are and who snoozed them, before they wake. One statement.

    Leaves: NoticesChanged.
    """
    _write(_WOKE, ticket_ids, now)


def _write(statement: str, ticket_ids: Iterable[int], now: datetime) -> None:
    ids = sorted(set(ticket_ids))
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(statement, [now, ids])
            _tell({person for (person,) in cursor.fetchall()})


def notify_soon_late(*, now: datetime) -> int:
    """Tell those whose case will break its promise within a quarter of an hour, once for each promise. One statement.

    Gives: how many were told.
    Leaves: NoticesChanged.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now, now, now + SOON_LATE])
        people = [person for (person,) in cursor.fetchall()]
    _tell(set(people))
    return len(people)


def _tell(people: set[int]) -> None:
    if people:
        emit(NoticesChanged(sorted(people)))
