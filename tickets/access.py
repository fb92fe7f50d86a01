"""Who may see and do what: pure functions of (actor, action, object), and the one filter every read goes through.

Who sees a case follows from role and team:

- lead, admin, auditor: every case.
- agent, marketer: cases of their teams, cases assigned to them, and cases no team has been given.
- privacy officer: none; their pages speak of counts and logs.

What may be done follows from role alone, once the case is visible.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.actors import System
from core.errors import Conflict, Forbidden, NotFound
from core.users.models import Role, User

if TYPE_CHECKING:
    from tickets.models import Team, Ticket

Actor = User | System

SEES_ALL = frozenset({Role.LEAD, Role.ADMIN, Role.AUDITOR})
SEES_TEAMS = frozenset({Role.AGENT, Role.MARKETER})


class Action(StrEnum):
    """What can be done to a case."""

    READ = "read"  # open it
    REPLY = "reply"  # write to the customer
    NOTE = "note"  # write to colleagues
    ASSIGN = "assign"  # give it to a colleague or team
    RESOLVE = "resolve"  # close or reopen it
    TAG = "tag"  # put words on it
    MODERATE = "moderate"  # hide, show, delete or like on the network
    REVEAL = "reveal"  # see what a mask hides, for a reason; only those whose work is with the customer


_WORK = frozenset(Action)
_MAY: dict[str, frozenset[Action]] = {
    Role.AGENT: _WORK,
    Role.LEAD: _WORK,
    Role.MARKETER: _WORK,
    Role.ADMIN: _WORK - {Action.REVEAL},
    Role.AUDITOR: frozenset({Action.READ}),
    Role.PRIVACY_OFFICER: frozenset(),
}


def teams_of(actor: User) -> list[Team]:
    """The teams a colleague is in, by name; one query, remembered on the object for the request."""
    cached: list[Team] | None = getattr(actor, "_teams", None)
    if cached is None:
        memberships = actor.memberships.select_related("team").order_by("team__name", "team_id")
        cached = [membership.team for membership in memberships]
        actor._teams = cached  # type: ignore[attr-defined]  # a per-request memo on the instance
    return cached


def read_teams(people: Collection[User]) -> None:
    """Have the teams of all these colleagues read in one query, for those who ask of each."""
    from tickets.models import Membership

    teams: dict[int, list[Team]] = {person.pk: [] for person in people}
    memberships = Membership.objects.filter(user_id__in=teams).select_related("team").order_by("team__name", "team_id")
    for membership in memberships:
        teams[membership.user_id].append(membership.team)
    for person in people:
        person._teams = teams[person.pk]  # type: ignore[attr-defined]  # the memo of `teams_of`


def team_ids_of(actor: User) -> list[int]:
    """The ids of those teams."""
    return sorted(team.pk for team in teams_of(actor))


def sight(actor: Actor) -> Q | None:
    """The condition on tickets that `actor` may see; None means every ticket."""
    if isinstance(actor, System) or (actor.is_active and actor.role in SEES_ALL):
        return None
    if actor.is_active and actor.role in SEES_TEAMS:
        return Q(team_id__in=team_ids_of(actor)) | Q(assignee_id=actor.pk) | Q(team_id__isnull=True)
    return Q(pk__in=[])


def visible_to(actor: Actor) -> QuerySet[Ticket]:
    """The tickets `actor` may see. Lists, counts, search, sockets, export and API all start here."""
    from tickets.models import Ticket

    condition = sight(actor)
    return Ticket.objects.all() if condition is None else Ticket.objects.filter(condition)


def may(actor: Actor, action: Action) -> bool:
    """Whether the role allows `action` on cases the actor sees."""
    if isinstance(actor, System):
        return True
    return actor.is_active and action in _MAY.get(actor.role, frozenset())


def demand(actor: Actor, action: Action, ticket_id: int, *, lock: bool = True) -> Ticket:
    """The ticket, locked for change, if `actor` sees it and may do `action`.

    Raises: NotFound when it does not exist or is out of sight (both alike), Forbidden when the role may not, Conflict
    ("merged") for anything but reading a case that has become part of another.
    """
    tickets = visible_to(actor)
    if lock:
        tickets = tickets.select_for_update(of=("self",))
    ticket = tickets.filter(pk=ticket_id).first()
    if ticket is None:
        raise NotFound(_("There is no such case, or you do not have access to it."))
    if not may(actor, action):
        raise Forbidden(_("Your role does not allow this."))
    if action is not Action.READ:
        _refuse_merged(ticket)
    return ticket


def _refuse_merged(ticket: Ticket) -> None:
    """Nothing is done in a case that has become part of another; there it may go on."""
    from tickets.models import Status

    if ticket.status != Status.MERGED:
        return
    if ticket.merged_into is None:  # that one is gone
        raise Conflict(_("This case was merged into another one."), code="merged")
    raise Conflict(_("This case was merged into %(number)d.") % {"number": ticket.merged_into.number}, code="merged")


def scopes_of(actor: User) -> frozenset[str]:
    """The live scopes whose hints `actor` receives; the mirror of `sight`."""
    if not actor.is_active:
        return frozenset()
    if actor.role in SEES_ALL:
        return frozenset({"all"})
    if actor.role in SEES_TEAMS:
        return frozenset({"open", f"user:{actor.pk}", *(f"team:{pk}" for pk in team_ids_of(actor))})
    return frozenset()


def scopes_for(team_id: int | None, assignee_id: int | None) -> frozenset[str]:
    """The live scopes in which a ticket at this place is seen."""
    team = "open" if team_id is None else f"team:{team_id}"
    person = frozenset() if assignee_id is None else frozenset({f"user:{assignee_id}"})
    return frozenset({"all", team}) | person
