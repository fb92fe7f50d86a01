"""Which saved views a person has, and what each asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from core.users.models import Role, User
from tickets.access import SEES_ALL, SEES_TEAMS, team_ids_of
from tickets.filter_words import DURATIONS
from tickets.filters import Filter, Token, parse_filter
from tickets.models import SavedView, Scope

MAY_SHARE_WITH_ALL = frozenset({Role.LEAD, Role.ADMIN})
CLOCK_STATES = frozenset({"late"})
PERSONAL_STATES = frozenset({"unread", "draft"})


@dataclass(frozen=True, slots=True)
class View:
    """A saved view as its reader has it. `mine`: they made it; `editable`: they may change it."""

    id: int
    name: str
    slug: str
    scope: str
    team_id: int | None
    filter: Filter
    names: Mapping[str, str]
    sort: str
    density: str
    mine: bool
    editable: bool


def views_seen(*, actor: User) -> Q:
    """The condition on saved views that `actor` has: their own, their teams', and everyone's."""
    if not actor.is_active or actor.role not in SEES_ALL | SEES_TEAMS:
        return Q(pk__in=[])
    return Q(deleted_at=None) & (Q(owner=actor) | Q(scope=Scope.ALL) | Q(team_id__in=team_ids_of(actor)))


def list_views(*, actor: User) -> list[View]:
    """The views of a person: their own in their order, then the shared by name. One query, besides their teams."""
    rows = SavedView.objects.filter(views_seen(actor=actor))
    return sort_views(view_of(actor=actor, row=row) for row in rows)


def sort_views(views: Iterable[View]) -> list[View]:
    """Own ones first, in the order they came; shared ones by name."""
    return sorted(views, key=lambda view: (not view.mine, "" if view.mine else view.name.casefold()))


def view_of(*, actor: User, row: SavedView) -> View:
    """A row as this person has it."""
    mine = row.owner_id == actor.pk
    editable = mine or (row.scope != Scope.OWN and actor.role in MAY_SHARE_WITH_ALL)
    return View(row.pk, row.name, row.slug, row.scope, row.team_id, parse_filter(row.filter), row.names, row.sort,
                row.density, mine, editable)  # fmt: skip


def is_personal(token: Token) -> bool:
    """Whether a token says something else to each reader, which the place of a case (team, assignee) tells."""
    return bool({"me", "mine"} & set(token.values)) and token.key in ("assignee", "team")


def is_kept(wanted: Filter) -> bool:
    """Whether a view's count is kept: only a change of a case can change it, neither the clock nor who reads."""
    return not any(
        token.key in DURATIONS or (CLOCK_STATES | PERSONAL_STATES) & set(token.values)
        for token in wanted.tokens
        if token.key in (*DURATIONS, "is", "has")
    )


def has_clock(wanted: Filter) -> bool:
    """Whether time alone brings cases into a view or out of it."""
    return any(
        token.key in DURATIONS or (token.key == "is" and CLOCK_STATES & set(token.values)) for token in wanted.tokens
    )
