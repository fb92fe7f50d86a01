"""How many cases each saved view holds for a reader, and the numbers beside a filtered list.

All of it is read with the queue's other counts in one statement, as branches that give the same kind of cells. A kept
view is its kept cells, less what the touched cases counted for, plus what those count for now (see migration 0011). A
view that time or its reader changes (`sla:30m`, `older:2d`, `is:unread` …) is counted where it is read, by the queue's
indexes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Count, Q, QuerySet
from django.db.models.expressions import RawSQL

from core.users.models import User
from tickets.access import Actor, team_ids_of
from tickets.filters import Filter, Token, render_words
from tickets.models import UNLISTED, Status, Ticket
from tickets.queries.counts import Branch, Cell
from tickets.queries.filtering import condition_of
from tickets.queries.queue import QueueFilter, matching, tickets_in
from tickets.queries.saved_views import View, is_kept, is_personal

TOUCHED = RawSQL("SELECT ticket_id FROM tickets_touched", [])
_KEPT = """
    SELECT 'view:' || view_id, nullif(team_id, 0), nullif(assignee_id, 0), n FROM tickets_view_count
    WHERE view_id = ANY(%s)
    UNION ALL
    SELECT 'view:' || view_id, nullif(team_id, 0), nullif(assignee_id, 0), -count(*) FROM tickets_view_case
    WHERE view_id = ANY(%s) AND ticket_id IN (SELECT ticket_id FROM tickets_touched) GROUP BY 1, 2, 3
    UNION ALL
    SELECT 'late-view:' || counted.view_id, ticket.team_id, ticket.assignee_id, 1
    FROM tickets_ticket AS ticket JOIN tickets_view_case AS counted ON counted.ticket_id = ticket.id
    WHERE ticket.status = 'open' AND coalesce(ticket.due_at, '9999-01-01 00:00:00+00'::timestamptz) < %s
      AND counted.view_id = ANY(%s) GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class FilterNumbers:
    """Beside a filtered list: cases by status, and how many there would be without each token."""

    by_status: dict[str, int] = field(default_factory=dict)
    without: dict[int, int] = field(default_factory=dict)


def view_condition(*, actor: Actor, wanted: Filter, now: datetime) -> Q:
    """What a view shows when it is opened: its tokens and words; open cases, unless it names a status."""
    condition = condition_of(actor=actor, tokens=wanted.tokens, now=now)
    if wanted.words:
        condition &= matching(render_words(wanted.words))
    return condition & status_condition(wanted)


def status_condition(wanted: Filter) -> Q:
    """Open cases, unless a token names a status; never spam, which has a list of its own, nor what was merged away."""
    return ~Q(status__in=UNLISTED) if _names_status(wanted) else Q(status=Status.OPEN)


def _names_status(wanted: Filter) -> bool:
    return any(token.key == "status" for token in wanted.tokens)


def impersonal(wanted: Filter) -> Filter:
    """A view without the tokens that say something else to each reader."""
    return replace(wanted, tokens=tuple(token for token in wanted.tokens if not is_personal(token)))


def view_branches(*, actor: User, views: Sequence[View], now: datetime) -> list[Branch]:
    """What the counts of these views are read from."""
    kept = [view for view in views if is_kept(view.filter)]
    branches: list[Branch] = []
    if kept:
        ids = [view.id for view in kept]
        branches.append((_KEPT, (ids, ids, now, ids)))
        branches += _touched(actor, kept, now)
    for view in views:
        if view not in kept:
            branches += _counted(actor, view, now)
    return branches


def _touched(actor: User, views: Sequence[View], now: datetime) -> list[Branch]:
    """The touched cases, looked at once for all kept views."""
    counts = {f"n{view.id}": Count("pk", filter=view_condition(actor=actor, wanted=impersonal(view.filter), now=now))
              for view in views}  # fmt: skip
    cells = Ticket.objects.filter(pk__in=TOUCHED).order_by().values("team_id", "assignee_id").annotate(**counts)
    labels = {f"view:{view.id}": f"n{view.id}" for view in views}
    return _spread(cells, labels)


def _counted(actor: User, view: View, now: datetime) -> list[Branch]:
    """A view that nothing is kept of: its cases now, and those of them that are late."""
    condition = view_condition(actor=actor, wanted=impersonal(view.filter), now=now)
    cells = Ticket.objects.filter(condition).order_by().values("team_id", "assignee_id")
    late = Q(status=Status.OPEN, due_at__lt=now)
    cells = cells.annotate(n=Count("pk"), late=Count("pk", filter=late))
    return _spread(cells, {f"view:{view.id}": "n", f"late-view:{view.id}": "late"})


def _spread(cells: Any, labels: dict[str, str]) -> list[Branch]:
    """Cells with a column for each number, as rows of their own; none where the database need not be asked."""
    try:
        sql, params = cells.query.sql_with_params()
    except EmptyResultSet:
        return []
    values = ", ".join(f"(%s, cells.{column})" for column in labels.values())
    spread = f"""
        SELECT spread.label, cells.team_id, cells.assignee_id, spread.n
        FROM ({sql}) AS cells CROSS JOIN LATERAL (VALUES {values}) AS spread (label, n) WHERE spread.n > 0
    """  # noqa: S608  the ORM's own statement; labels are parameters, columns our own
    return [(spread, (*params, *labels))]


def view_numbers(*, actor: User, views: Iterable[View], cells: Iterable[Cell]) -> dict[int, tuple[int, bool]]:
    """By view: how many cases this reader sees in it, and whether one of them is late."""
    table = list(cells)
    return {view.id: _number(actor, view, table) for view in views}


def _number(actor: User, view: View, cells: list[Cell]) -> tuple[int, bool]:
    personal = [token for token in view.filter.tokens if is_personal(token)]
    here = [cell for cell in cells if all(_holds(actor, token, cell) for token in personal)]
    return (
        sum(n for label, _team, _person, n in here if label == f"view:{view.id}"),
        any(label == f"late-view:{view.id}" for label, *_place in here),
    )


def _holds(actor: User, token: Token, cell: Cell) -> bool:
    """A personal token, asked of where a case stands instead of the case: the mirror of its condition."""
    _label, team, person, _n = cell
    place = person if token.key == "assignee" else team
    mine = {actor.pk} if token.key == "assignee" else set(team_ids_of(actor))
    held = any(
        place in mine if value in ("me", "mine") else place is None if value == "none" else f"#{place}" == value
        for value in token.values
    )
    return held != token.negated


def filter_branches(
    *, actor: User, wanted: QueueFilter, given: Filter, now: datetime, empty: bool = False
) -> list[Branch]:
    """What the numbers beside a filtered list are read from.

    Takes: wanted, the list; given, its filter with names looked up; empty, whether nothing was found: then it is also
    told how many there were without each token. While free words are searched for, other states are not counted: that
    would read every closed case.
    """
    if not given:
        return []
    searched = wanted.status if given.words else None
    tickets = tickets_in(actor=actor, wanted=replace(wanted, status=searched)).order_by()
    branches = _labelled("tab", tickets.values("status").annotate(n=Count("pk")), "status")
    for at in range(len(given.tokens)) if empty else ():
        branches += _without(actor, wanted, given, at, now)
    return branches


def _without(actor: User, wanted: QueueFilter, given: Filter, at: int, now: datetime) -> list[Branch]:
    rest = given.without(at)
    condition = condition_of(actor=actor, tokens=rest.tokens, now=now)
    lost_status = given.tokens[at].key == "status" and wanted.status is None
    status = Status.OPEN.value if lost_status and not _names_status(rest) else wanted.status
    tickets = tickets_in(actor=actor, wanted=replace(wanted, status=status, condition=condition)).order_by()
    return _labelled(f"without:{at}", tickets.values("status").annotate(n=Count("pk")), "status")


def _labelled(label: str, rows: QuerySet[Any, Any], column: str) -> list[Branch]:
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return []
    labelled = f"SELECT %s || ':' || found.{column}, NULL::bigint, NULL::bigint, found.n FROM ({sql}) AS found"  # noqa: S608
    return [(labelled, (label, *params))]


def filter_numbers(cells: Iterable[Cell]) -> FilterNumbers:
    """Pick a filtered list's numbers from the cells."""
    numbers = FilterNumbers()
    for label, _team, _person, n in cells:
        kind, _colon, rest = label.partition(":")
        if kind == "tab":
            numbers.by_status[rest] = n
        elif kind == "without":
            at = int(rest.partition(":")[0])
            numbers.without[at] = numbers.without.get(at, 0) + n
    return numbers
