"""What stands beside every list: views, teams and their exact counts."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.users.models import User
from inbox.queries.surroundings import Surroundings
from tickets.access import SEES_ALL, SEES_TEAMS
from tickets.models import Team
from tickets.queries.counts import Counts, Late
from tickets.queries.saved_views import View, has_clock
from tickets.queries.view_counts import view_numbers


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line of the navigation. `late`: somebody behind it waits longer than promised; `clock`: time alone changes
    its count, which a page therefore asks for again each minute.
    """

    key: str
    label: str
    url: str
    icon: str
    count: int | None  # None where there is nothing to count
    current: bool
    late: bool = False
    clock: bool = False


@dataclass(frozen=True, slots=True)
class NavView:
    """The navigation of one person."""

    items: tuple[NavItem, ...]
    teams: tuple[NavItem, ...]
    unseen: int = 0  # cases of which the bell has something new
    views: tuple[NavItem, ...] = ()  # their own
    shared: tuple[NavItem, ...] = ()


def get_navigation(*, actor: User, around: Surroundings, counts: Counts, current: str, drafts: int) -> NavView:
    """The lists this person has. No query.

    Takes: drafts, in how many cases they have begun to write.
    """
    if actor.role not in SEES_ALL | SEES_TEAMS:
        return NavView((), ())
    late = counts.late
    items = (
        _item("mine", _("Mine"), "inbox", counts.mine, current, late.mine),
        _item("unassigned", _("Unassigned"), "circle-dashed", counts.unassigned, current, late.unassigned),
        _item("mentions", _("Mentions of me"), "at-sign", counts.unseen.mentions, current, late=False),
        _item("snoozed", _("Snoozed"), "alarm-clock", counts.snoozed, current, late.snoozed),
        _item("drafts", _("Drafts"), "pencil", drafts, current, late=False),
        _item("all", _("All open"), "menu", counts.all_open, current, late.all_open),
        _item("spam", _("Spam"), "octagon-alert", None, current, late=False),
        NavItem("posts", _("Posts"), "/posts", "megaphone", None, current == "posts"),
    )
    teams = tuple(_team_item(team, counts, current, late) for team in around.teams)
    numbers = view_numbers(actor=actor, views=around.views, cells=counts.more)
    views = [(view.mine, _view_item(view, *numbers[view.id], current)) for view in around.views]
    own, shared = (tuple(item for mine, item in views if mine is wanted) for wanted in (True, False))
    return NavView(items, teams, counts.unseen.cases, own, shared)


def _item(key: str, label: str, icon: str, count: int | None, current: str, late: bool) -> NavItem:
    return NavItem(key, label, f"/inbox/{key}", icon, count, key == current, late)


def _team_item(team: Team, counts: Counts, current: str, late: Late) -> NavItem:
    key, count = f"team-{team.slug}", counts.teams.get(team.pk, 0)
    return NavItem(key, team.name, f"/inbox/team/{team.slug}", "users", count, current == key, team.pk in late.teams)


def _view_item(view: View, count: int, late: bool, current: str) -> NavItem:
    key = f"view-{view.slug}"
    return NavItem(key, view.name, f"/view/{view.slug}", _view_icon(view), count, current == key, late,
                   has_clock(view.filter))  # fmt: skip


# By what narrows a view first.
_ICONS = {
    "sla": "flag", "late": "flag", "waiting": "clock", "older": "clock", "newer": "clock", "public": "globe",
    "tag": "tag", "lang": "languages", "assignee": "user", "team": "users", "priority": "flag", "channel": "radio",
    "draft": "pencil", "unread": "mail", "failed": "triangle-alert",
}  # fmt: skip


def _view_icon(view: View) -> str:
    words = [word for token in view.filter.tokens if not token.negated for word in (token.key, *token.values)]
    return next((_ICONS[word] for word in words if word in _ICONS), "list-filter")
