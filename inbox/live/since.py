"""Catching up: what a client missed between two numbers. Start and recovery are one path."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Q

from core.users.models import User
from inbox.live.frames import Notice, frames_for, notice_from, rows_of
from inbox.live.models import Hint
from tickets.access import scopes_of

MOST = 500  # above it a client reloads its lists
_ENDS = """
    SELECT min(seq), max(seq), (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM live_hint_numbers)
    FROM live_hint
"""


def get_missed(*, actor: User, seq: int) -> dict[str, Any]:
    """Frames after `seq` in the actor's scopes, merged per ticket, or the advice to reload. At most four queries.

    Gives: {"head": newest number, "reload": bool, "frames": [...]}.
    """
    scopes = sorted(scopes_of(actor))
    oldest, newest = _ends()  # before the hints: every number up to this one is committed, so none is passed over
    mine = Q(scopes__has_any_keys=scopes) | Q(left_scopes__has_any_keys=scopes)
    hints = list(Hint.objects.filter(mine, seq__gt=seq).order_by("seq")[: MOST + 1])
    if len(hints) > MOST or seq + 1 < oldest:
        return {"head": newest, "reload": True, "frames": []}
    notices = _merged(hints)
    rows = rows_of(notice.ticket_id for notice in notices)
    frames = frames_for(notices, rows, scopes=frozenset(scopes), language=actor.language)
    return {"head": max([newest, *(notice.seq for notice in notices)]), "reload": False, "frames": frames}


def get_head(*, actor: User) -> int:
    """The newest number there is, for a page to start from. One query."""
    del actor  # a number says nothing of anybody's cases
    return _ends()[1]


def _ends() -> tuple[int, int]:
    """The oldest number still kept and the newest given. When all are dropped, what comes next is the oldest."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDS)
        oldest, newest, given = cursor.fetchone()
    return (given + 1, given) if newest is None else (oldest, newest)


def _merged(hints: list[Hint]) -> list[Notice]:
    merged: dict[int, Notice] = {}
    for notice in map(notice_from, hints):
        known = merged.pop(notice.ticket_id, None)
        merged[notice.ticket_id] = known.merged(notice) if known else notice
    return list(merged.values())
