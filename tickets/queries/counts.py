"""How many cases each view holds, from kept counters, and which views hold one that is late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from core.actors import System
from tickets.access import SEES_ALL, SEES_TEAMS, Actor, team_ids_of
from tickets.models import Status
from tickets.queries.notices import Unseen, unseen_query
from tickets.queries.queue import QueueFilter

Cell = tuple[str, int | None, int | None, int]  # status or label, team, assignee, how many
Branch = tuple[str, tuple[Any, ...]]  # a statement that gives cells, and its parameters


@dataclass(frozen=True, slots=True)
class Late:
    """Which views hold an open case past its time: what turns a count red."""

    all_open: bool = False
    snoozed: bool = False
    mine: bool = False
    unassigned: bool = False
    teams: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Counts:
    """Exact numbers of cases the actor sees, by status; open ones also by view."""

    open: int
    waiting: int
    done: int
    all_open: int
    mine: int
    unassigned: int
    teams: dict[int, int]
    snoozed: int = 0
    unseen: Unseen = field(default_factory=Unseen)
    late: Late = field(default_factory=Late)
    more: tuple[Cell, ...] = ()


def get_counts(
    *, actor: Actor, wanted: QueueFilter | None = None, now: datetime | None = None, more: Sequence[Branch] = ()
) -> Counts:
    """Read kept counters (see migration 0002), never COUNT(*).

    One query; `wanted` narrows open/waiting/done to its view. Takes: now, to learn as well where somebody waits longer
    than promised and what a person's bell holds; None asks nothing of that; more, further statements of cells, read at
    the same moment, of which those seen come back.
    """
    everything = _cells(actor, now, more)
    cells = [cell for cell in everything if cell[0] != UNSEEN and _sees(actor, cell)]
    listed = [cell for cell in cells if wanted is None or _in_view(actor, wanted, cell)]
    opened = [cell for cell in cells if cell[0] == Status.OPEN]
    return Counts(
        open=_sum(listed, Status.OPEN),
        waiting=_sum(listed, Status.WAITING),
        done=_sum(listed, Status.DONE),
        all_open=_sum(cells, Status.OPEN),
        mine=sum(n for _status, _team, person, n in opened if person is not None and person == actor.pk),
        unassigned=sum(n for _status, _team, person, n in opened if person is None),
        teams=_by_team(opened),
        snoozed=_sum(cells, Status.SNOOZED),
        unseen=next((Unseen(n, named or 0) for word, named, _none, n in everything if word == UNSEEN), Unseen()),
        late=_late(cells),
        more=tuple(cell for cell in cells if ":" in cell[0]) if more else (),
    )


_KEPT = "SELECT status, team_id, assignee_id, sum(n)::bigint FROM tickets_count GROUP BY 1, 2, 3"
LATE_TEAM, LATE_UNASSIGNED, LATE_MINE, LATE_SNOOZED = "late team", "late unassigned", "late mine", "late snoozed"
UNSEEN = "unseen"
# The soonest deadline of each place. Written and ordered as the indexes of teams and people are, and with >= instead of
# =, which would let the order begin with the deadline: PostgreSQL then reads one entry, however many cases are late.
_OVERDUE = """
    SELECT 'late team', team.id, NULL::bigint, 1 FROM tickets_team team, LATERAL (
        SELECT team_id, coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz) AS at FROM tickets_ticket
        WHERE status = 'open' AND team_id >= team.id
        ORDER BY team_id, coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz), id LIMIT 1
    ) soonest WHERE team_id = team.id AND at < %s
    UNION ALL SELECT 'late team', NULL, NULL, 1 FROM (
        SELECT team_id, coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz) AS at FROM tickets_ticket
        WHERE status = 'open' AND team_id IS NULL
        ORDER BY team_id, coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz), id LIMIT 1
    ) soonest WHERE at < %s
    UNION ALL SELECT 'late mine', NULL, NULL, 1 FROM (
        SELECT assignee_id, coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz) AS at FROM tickets_ticket
        WHERE status = 'open' AND assignee_id >= %s
        ORDER BY assignee_id, coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz), id LIMIT 1
    ) soonest WHERE assignee_id = %s AND at < %s
    UNION ALL SELECT 'late unassigned', NULL, NULL, 1 FROM (
        SELECT assignee_id, coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz) AS at FROM tickets_ticket
        WHERE status = 'open' AND assignee_id IS NULL AND (%s OR team_id IS NULL OR team_id = ANY(%s))
        ORDER BY assignee_id, coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz), id LIMIT 1
    ) soonest WHERE at < %s
    UNION ALL SELECT 'late snoozed', team_id, assignee_id, 1 FROM tickets_ticket
        WHERE status = 'snoozed' AND coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz) < %s GROUP BY 2, 3
"""


_BELL = "SELECT 'unseen', named, NULL::bigint, cases FROM ({}) AS bell"


def _cells(actor: Actor, now: datetime | None, more: Sequence[Branch]) -> list[Cell]:
    branches: list[Branch] = [(_KEPT, ()), *more]
    if now is not None:
        branches += [_overdue(actor, now), *_bell(actor)]
    sql = " UNION ALL ".join(statement for statement, _params in branches)
    with connection.cursor() as cursor:
        cursor.execute(sql, [param for _statement, params in branches for param in params])
        return [(status, team, person, int(n)) for status, team, person, n in cursor.fetchall()]


def _overdue(actor: Actor, now: datetime) -> Branch:
    """What asks where somebody waits too long."""
    everywhere = isinstance(actor, System) or actor.role in SEES_ALL
    teams = [] if isinstance(actor, System) or everywhere else team_ids_of(actor)
    return _OVERDUE, (now, now, actor.pk, actor.pk, now, everywhere, teams, now, now)


def _bell(actor: Actor) -> list[Branch]:
    """What asks for the actor's unseen notices in the same statement; nothing for those without cases."""
    if isinstance(actor, System) or not actor.is_active or actor.role not in SEES_ALL | SEES_TEAMS:
        return []
    statement, values = unseen_query(actor).query.sql_with_params()
    return [(_BELL.format(statement), tuple(values))]


def _late(cells: list[Cell]) -> Late:
    late = [cell for cell in cells if cell[0] in (LATE_TEAM, LATE_MINE)]
    words = {cell[0] for cell in cells}
    return Late(
        all_open=bool(late),
        snoozed=LATE_SNOOZED in words,
        mine=LATE_MINE in words,
        unassigned=LATE_UNASSIGNED in words,
        teams=frozenset(team for _word, team, _person, _n in late if team is not None),
    )


def _sees(actor: Actor, cell: Cell) -> bool:
    _status, team, person, _n = cell
    if isinstance(actor, System) or (actor.is_active and actor.role in SEES_ALL):
        return True
    if not actor.is_active or actor.role not in SEES_TEAMS:
        return False
    return team is None or team in team_ids_of(actor) or person == actor.pk


def _in_view(actor: Actor, wanted: QueueFilter, cell: Cell) -> bool:
    _status, team, person, _n = cell
    return {
        "all": True,
        "drafts": True,
        "mentions": True,
        "snoozed": True,
        "spam": True,
        "mine": person is not None and person == actor.pk,
        "unassigned": person is None,
        "team": team == wanted.team_id,
    }[wanted.view]


def _sum(cells: Iterable[Cell], status: str) -> int:
    return sum(n for s, _team, _person, n in cells if s == status)


def _by_team(cells: Iterable[Cell]) -> dict[int, int]:
    totals: dict[int, int] = {}
    for _status, team, _person, n in cells:
        if team is not None:
            totals[team] = totals.get(team, 0) + n
    return totals
