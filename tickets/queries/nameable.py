"""Who can be called with an @ in a case's notes, and whether they would see it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from core.users.models import User
from tickets.access import SEES_ALL, SEES_TEAMS
from tickets.calling import Nameable
from tickets.models import Membership, Team, Ticket


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the list under an @. `sees`: a team sees a case when one of its members does."""

    kind: str
    id: int
    name: str
    sees: bool


def list_nameable() -> list[Nameable]:
    """Every active colleague and every team. Two queries."""
    people = User.objects.filter(is_active=True).order_by("pk").values_list("pk", "name")
    teams = Team.objects.order_by("pk").values_list("pk", "name")
    return [Nameable("user", *row) for row in people] + [Nameable("team", *row) for row in teams]


def people_seeing(ticket: Ticket) -> QuerySet[User]:
    """The colleagues who see a case: `tickets.access.sight` asked from the other side."""
    place = Q(pk=ticket.assignee_id)
    place |= Q() if ticket.team_id is None else Q(memberships__team=ticket.team_id)
    everybody = Q(role__in=SEES_TEAMS) if ticket.team_id is None else Q(role__in=SEES_TEAMS) & place
    return User.objects.filter(Q(role__in=SEES_ALL) | everybody, is_active=True).distinct()


def members_of(team_ids: Collection[int]) -> dict[int, set[int]]:
    """Who is in these teams, by team. One query."""
    members: dict[int, set[int]] = {team_id: set() for team_id in team_ids}
    rows = Membership.objects.filter(team__in=team_ids).values_list("team_id", "user_id")
    for team_id, user_id in rows:
        members[team_id].add(user_id)
    return members


def list_choices(*, ticket: Ticket) -> list[Choice]:
    """Everybody who can be named in this case's notes, by name. Four queries."""
    known = list_nameable()
    seeing = set(people_seeing(ticket).values_list("pk", flat=True))
    members = members_of([one.id for one in known if one.kind == "team"])
    choices = [Choice(one.kind, one.id, one.name, _sees(one, seeing, members)) for one in known]
    return sorted(choices, key=lambda choice: (not choice.sees, choice.name.casefold(), choice.kind, choice.id))


def _sees(one: Nameable, seeing: set[int], members: dict[int, set[int]]) -> bool:
    return one.id in seeing if one.kind == "user" else bool(members[one.id] & seeing)
