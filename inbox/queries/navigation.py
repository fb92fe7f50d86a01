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
        _item("mine", _("Mine"), "inbox", counts.mine, current),
        _item("unassigned", _("Unassigned"), "circle-dashed", counts.unassigned, current),
        _item("all", _("All open"), "menu", counts.all_open, current),
    )
    return NavView(items, tuple(_team_item(team, counts, current) for team in _teams(actor)))


def _item(key: str, label: str, icon: str, count: int, current: str) -> NavItem:
    return NavItem(key, label, f"/inbox/{key}", icon, count, key == current)


def _teams(actor: User) -> list[Team]:
    teams = Team.objects.order_by("name", "pk")
    return list(teams if actor.role in SEES_ALL else teams.filter(pk__in=team_ids_of(actor)))


def _team_item(team: Team, counts: Counts, current: str) -> NavItem:
    key = f"team-{team.slug}"
    return NavItem(key, team.name, f"/inbox/team/{team.slug}", "users", counts.teams.get(team.pk, 0), current == key)
