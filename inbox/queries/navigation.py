"""What stands beside every list: views, teams and their exact counts."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.users.models import User
from tickets.access import SEES_ALL, SEES_TEAMS, team_ids_of
from tickets.models import Team
from tickets.queries.queue import Counts


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line of the navigation."""

    key: str
    label: str
    url: str
    icon: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class NavView:
    """The navigation of one person."""

    items: tuple[NavItem, ...]
    teams: tuple[NavItem, ...]


def get_navigation(*, actor: User, counts: Counts, current: str) -> NavView:
    """The views this person has. At most two queries (teams, own memberships); none for those without cases."""
    if actor.role not in SEES_ALL | SEES_TEAMS:
        return NavView((), ())
    items = (
        NavItem("mine", _("Mine"), "/inbox/mine", "inbox", counts.mine, current == "mine"),
        NavItem("unassigned", _("Unassigned"), "/inbox/unassigned", "circle-dashed", counts.unassigned, current == "unassigned"),
        NavItem("all", _("All open"), "/inbox/all", "menu", counts.all_open, current == "all"),
    )  # fmt: skip
    return NavView(items, tuple(_team_item(team, counts, current) for team in _teams(actor)))


def _teams(actor: User) -> list[Team]:
    teams = Team.objects.order_by("name", "pk")
    return list(teams if actor.role in SEES_ALL else teams.filter(pk__in=team_ids_of(actor)))


def _team_item(team: Team, counts: Counts, current: str) -> NavItem:
    key = f"team-{team.slug}"
    return NavItem(key, team.name, f"/inbox/team/{team.slug}", "users", counts.teams.get(team.pk, 0), current == key)
