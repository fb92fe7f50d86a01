"""Who finds a saved reply when they write, and who may change it.

- Everyone who answers customers finds those for everyone, their own, those of their teams and of the case's team.
- Members of a team keep their team's; everybody keeps their own; leads and admins keep all.
"""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from core.actors import System
from core.errors import Forbidden
from core.users.models import Role, User
from tickets.access import Action, Actor, may, team_ids_of
from tickets.models import SavedReply, Scope, Ticket

KEEPS_ALL = frozenset({Role.LEAD, Role.ADMIN})


def keeps_all(actor: Actor) -> bool:
    """Whether every saved reply is theirs to change."""
    return isinstance(actor, System) or (actor.is_active and actor.role in KEEPS_ALL)


def demand_writer(actor: Actor) -> None:
    """Raises: Forbidden for those who do not answer customers."""
    if not may(actor, Action.REPLY):
        raise Forbidden(_("Saved replies are for those who answer customers."))


def usable_by(actor: User, ticket: Ticket) -> Q:
    """The condition on saved replies that the actor is offered in this case."""
    teams = {*team_ids_of(actor), ticket.team_id} - {None}
    everyone = Q(owner__isnull=True, team__isnull=True)
    return Q(archived_at__isnull=True) & (everyone | Q(owner=actor) | Q(team__in=teams))


def seen_by(actor: Actor) -> Q:
    """The condition on saved replies that the actor sees on the page that lists them."""
    if keeps_all(actor) or isinstance(actor, System):
        return Q()
    everyone = Q(owner__isnull=True, team__isnull=True)
    return everyone | Q(owner=actor) | Q(team__in=team_ids_of(actor))


def may_keep(actor: Actor, scope: str, *, owner_id: int | None, team_id: int | None) -> bool:
    """Whether the actor may write, change or delete a reply in this place."""
    if keeps_all(actor) or isinstance(actor, System):
        return True
    if scope == Scope.OWN:
        return owner_id == actor.pk
    return scope == Scope.TEAM and team_id in team_ids_of(actor)


def may_keep_reply(actor: Actor, reply: SavedReply) -> bool:
    """The same for one that exists."""
    return may_keep(actor, reply.scope, owner_id=reply.owner_id, team_id=reply.team_id)
