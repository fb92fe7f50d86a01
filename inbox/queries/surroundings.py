"""What a page needs to know before it reads any case: how far the live sequence is, the teams, the person's views."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from core.users.models import User
from tickets.access import SEES_ALL, SEES_TEAMS
from tickets.models import SavedView, Team
from tickets.queries.counts import Branch, Counts, get_counts
from tickets.queries.queue import QueueFilter
from tickets.queries.saved_views import View, sort_views, view_of
from tickets.queries.view_counts import view_branches

_AROUND = """
    SELECT 'head', to_jsonb(coalesce((SELECT max(seq) FROM live_hint),
                                     (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM live_hint_numbers)))
    UNION ALL
    SELECT 'team', jsonb_build_object('id', team.id, 'name', team.name, 'slug', team.slug, 'member', EXISTS (
        SELECT 1 FROM tickets_membership AS place WHERE place.team_id = team.id AND place.user_id = %(user)s))
    FROM tickets_team AS team
    UNION ALL
    SELECT 'view', to_jsonb(view) FROM tickets_savedview AS view
    WHERE deleted_at IS NULL AND (owner_id = %(user)s OR scope = 'all' OR team_id IN (
        SELECT team_id FROM tickets_membership WHERE user_id = %(user)s))
"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`teams`: those whose lists this person has, by name; `views`: own first; `head`: the newest live number."""

    head: int
    teams: tuple[Team, ...]
    views: tuple[View, ...]


def get_surroundings(*, actor: User) -> Surroundings:
    """Read them before the rows: what comes in between is told again, never missed. One query.

    Leaves: the person's own teams remembered on `actor`, so that what they see costs no query of its own.
    """
    found: dict[str, list[Any]] = {"head": [], "team": [], "view": []}
    with connection.cursor() as cursor:
        cursor.execute(_AROUND, {"user": actor.pk})
        for kind, value in cursor.fetchall():
            found[kind].append(json.loads(value) if isinstance(value, str) else value)
    teams = sorted(found["team"], key=lambda team: (team["name"].casefold(), team["id"]))
    made = {team["id"]: Team(pk=team["id"], name=team["name"], slug=team["slug"]) for team in teams}
    actor._teams = [made[team["id"]] for team in teams if team["member"]]  # type: ignore[attr-defined]  # as teams_of does
    shown = list(made.values()) if actor.role in SEES_ALL else actor._teams  # type: ignore[attr-defined]
    return Surroundings(int(found["head"][0]), tuple(shown), tuple(_views(actor, found["view"])))


def _views(actor: User, found: list[dict[str, Any]]) -> list[View]:
    if actor.role not in SEES_ALL | SEES_TEAMS:
        return []
    rows = [SavedView(**row) for row in sorted(found, key=lambda row: (row["position"], row["id"]))]
    return sort_views(view_of(actor=actor, row=row) for row in rows)


def count_around(
    *, actor: User, around: Surroundings, now: datetime, wanted: QueueFilter | None = None, more: Sequence[Branch] = ()
) -> Counts:
    """The numbers of the navigation, with those of the person's views, and whatever else is asked. One query."""
    branches = [*view_branches(actor=actor, views=around.views, now=now), *more]
    return get_counts(actor=actor, wanted=wanted, now=now, more=branches)
