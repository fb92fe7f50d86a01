"""Catching up: what a client missed between two numbers. Start and recovery are one path."""

from __future__ import annotations

from typing import Any

from django.db.models import Max, Min, Q

from core.users.models import User
from inbox.live.frames import Notice, frames_for, notice_from, row_cache, rows_of
from inbox.live.models import Hint
from tickets.access import scopes_of

MOST = 500  # above it a client reloads its lists


def get_missed(*, actor: User, seq: int) -> dict[str, Any]:
    """Frames after `seq` in the actor's scopes, merged per ticket, or the advice to reload. At most four queries.

    Gives: {"head": newest number, "reload": bool, "frames": [...]}.
    """
    scopes = sorted(scopes_of(actor))
    mine = Q(scopes__has_any_keys=scopes) | Q(left_scopes__has_any_keys=scopes)
    hints = list(Hint.objects.filter(mine, seq__gt=seq).order_by("seq")[: MOST + 1])
    ends = Hint.objects.aggregate(oldest=Min("seq"), newest=Max("seq"))
    too_old = seq + 1 < (ends["oldest"] or 0)
    if len(hints) > MOST or too_old:
        return {"head": ends["newest"] or 0, "reload": True, "frames": []}
    notices = _merged(hints)
    rows = rows_of(notice.ticket_id for notice in notices)
    frames = frames_for(notices, rows, scopes=frozenset(scopes), language=actor.language, cache=row_cache)
    return {"head": hints[-1].seq if hints else seq, "reload": False, "frames": frames}


def get_head(*, actor: User) -> int:
    """The newest number in the actor's scopes, for a page to start from. One query."""
    scopes = sorted(scopes_of(actor))
    mine = Q(scopes__has_any_keys=scopes) | Q(left_scopes__has_any_keys=scopes)
    newest: int | None = (
        Hint.objects.filter(mine, seq__isnull=False).order_by("-seq").values_list("seq", flat=True).first()
    )
    return newest or 0


def _merged(hints: list[Hint]) -> list[Notice]:
    merged: dict[int, Notice] = {}
    for notice in map(notice_from, hints):
        known = merged.pop(notice.ticket_id, None)
        merged[notice.ticket_id] = known.merged(notice) if known else notice
    return list(merged.values())
