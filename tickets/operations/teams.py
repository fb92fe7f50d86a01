"""Teams, and who is in them. Each by an admin."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Invalid, NotFound
from core.events import emit
from core.transactions import in_transaction
from core.users.events import AccessChanged
from core.users.models import User
from core.users.rights import demand_admin
from tickets.access import Actor
from tickets.models import Membership, Team

NAME_LIMIT, SLUG_LIMIT = 80, 40
LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o", "ð": "d", "þ": "th", "ß": "ss"})


@in_transaction
def create_team(*, actor: Actor, name: str, now: datetime) -> Team:
    """Make a team with nobody in it yet. Raises: Forbidden, Invalid (no name, or another team has it)."""
    demand_admin(actor)
    name = _name(name)
    team = Team.objects.create(name=name, slug=_slug(name))
    record(actor=actor, action="team.created", object_type="team", object_id=team.pk, now=now)
    return team


@in_transaction
def rename_team(*, actor: Actor, team_id: int, name: str, now: datetime) -> Team:
    """Another name; the address of its list stays. Raises: Forbidden, NotFound, Invalid."""
    demand_admin(actor)
    team = Team.objects.select_for_update().filter(pk=team_id).first()
    if team is None:
        raise NotFound(_("There is no such team."))
    if team.name == " ".join(name.split()):
        return team
    team.name = _name(name)
    team.save(update_fields=["name"])
    record(actor=actor, action="team.renamed", object_type="team", object_id=team.pk, now=now)
    return team


@in_transaction
def set_teams_of(*, actor: Actor, user_id: int, team_ids: Collection[int], now: datetime) -> None:
    """Put a colleague into exactly these teams. Raises: Forbidden, NotFound, Invalid (no such team).

    Leaves: AccessChanged, since they see other cases now.
    """
    demand_admin(actor)
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound(_("There is no such colleague."))
    wanted = set(team_ids)
    if Team.objects.filter(pk__in=wanted).count() != len(wanted):
        raise Invalid(_("Choose one of the teams."), field="team")
    before = set(user.memberships.values_list("team_id", flat=True))
    if before == wanted:
        return
    user.memberships.exclude(team_id__in=wanted).delete()
    Membership.objects.bulk_create(Membership(user=user, team_id=pk) for pk in sorted(wanted - before))
    record(
        actor=actor,
        action="person.teams_changed",
        object_type="user",
        object_id=user.pk,
        now=now,
        joined=len(wanted - before),
        left=len(before - wanted),
    )
    emit(AccessChanged([user.pk]))


def _name(name: str) -> str:
    name = " ".join(name.split())[:NAME_LIMIT]
    if not name:
        raise Invalid(_("Write a name for the team."), field="name")
    if Team.objects.filter(name__iexact=name).exists():
        raise Invalid(_("Another team has this name."), field="name")
    return name


def _slug(name: str) -> str:
    """A word for addresses, from the name; numbered when another team has it."""
    word = slugify(name.lower().translate(LETTERS))[: SLUG_LIMIT - 8] or "team"
    taken = set(Team.objects.filter(slug__startswith=word).values_list("slug", flat=True))
    return next(slug for slug in (word, *(f"{word}-{number}" for number in range(2, 10_000))) if slug not in taken)
