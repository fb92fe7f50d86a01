"""Invented notices for the styleguide: the bell's lines in each of their states."""

from __future__ import annotations

from datetime import datetime, timedelta

from tickets.models import NoticeKind
from tickets.queries.notices import CaseNotices, NoticeLine


def sample_notices(now: datetime) -> list[CaseNotices]:
    """A case with every kind of notice, new; and one whose notices are seen."""
    due = now + timedelta(minutes=12)
    every = tuple(
        NoticeLine(kind, now - timedelta(minutes=7 * n), "Mikko Lahtela", True, due if kind == "due" else None)
        for n, kind in enumerate(NoticeKind.values)
    )
    seen = (NoticeLine("answered", now - timedelta(hours=5), "", False, None),)
    return [
        CaseNotices(1, 10482, "Kari Øvrelid", "KØ", 0, "facebook", "public", "open", now, every),
        CaseNotices(2, 10390, "", "", 5, "email", "private", "waiting", now - timedelta(hours=5), seen),
    ]
