"""Colleagues and teams as admins see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from core.errors import NotFound
from core.paging import PAGE_SIZE, Page, cut_page, decode_cursor
from core.users.models import Passkey, Role, Totp, User
from core.users.rights import demand_admin
from tickets.models import Membership, Team


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One colleague. `invited`: they have not come in yet; `away`: on the day of asking."""

    id: int
    name: str
    email: str
    role: str
    role_label: str
    teams: tuple[str, ...]
    team_ids: tuple[int, ...]
    spoken: tuple[str, ...]
    absent_from: date | None
    absent_until: date | None
    away: bool
    active: bool
    invited: bool
    second_factor: bool
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One team and its active members, by name."""

    id: int
    name: str
    slug: str
    members: tuple[tuple[int, str], ...]


def list_people(*, actor: User, text: str, cursor: str, day: date, size: int = PAGE_SIZE) -> Page[PersonRow]:
    """Colleagues, newest first; `text` is part of a name or address. Two queries.

    Raises: Forbidden, Invalid (cursor).
    """
    demand_admin(actor)
    people = _people()
    if text:
        people = people.filter(Q(name__icontains=text) | Q(email__icontains=text))
    if cursor:
        people = people.filter(pk__lt=decode_cursor(cursor, [int])[0])
    return cut_page(_rows(list(people.order_by("-pk")[: size + 1]), day), size, lambda row: [row.id])


def get_person(*, actor: User, user_id: int, day: date) -> PersonRow:
    """One colleague. Two queries. Raises: Forbidden, NotFound."""
    demand_admin(actor)
    rows = _rows(list(_people().filter(pk=user_id)), day)
    if not rows:
        raise NotFound(_("There is no such colleague."))
    return rows[0]


def list_teams(*, actor: User) -> tuple[TeamRow, ...]:
    """Every team, by name. Two queries. Raises: Forbidden."""
    demand_admin(actor)
    members: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for member in Membership.objects.filter(user__is_active=True).select_related("user"):
        members[member.team_id].append((member.user_id, member.user.name))
    return tuple(
        TeamRow(team.pk, team.name, team.slug, tuple(sorted(members[team.pk], key=lambda one: one[1].casefold())))
        for team in Team.objects.order_by("name", "pk")
    )


def _people() -> QuerySet[User]:
    app = Totp.objects.filter(user=OuterRef("pk"), confirmed_at__isnull=False)
    key = Passkey.objects.filter(user=OuterRef("pk"))
    return User.objects.annotate(seen=Max("device_sessions__last_seen_at"), has_app=Exists(app), has_key=Exists(key))


def _rows(people: Sequence[User], day: date) -> list[PersonRow]:
    teams: dict[int, list[Team]] = defaultdict(list)
    found = Membership.objects.filter(user__in=[person.pk for person in people]).select_related("team")
    for member in found.order_by("team__name", "team_id"):
        teams[member.user_id].append(member.team)
    return [_row(person, teams[person.pk], day) for person in people]


def _row(person: User, teams: Sequence[Team], day: date) -> PersonRow:
    seen: datetime | None = person.seen  # type: ignore[attr-defined]  # annotated above
    return PersonRow(
        id=person.pk,
        name=person.name,
        email=person.email,
        role=person.role,
        role_label=str(Role(person.role).label),
        teams=tuple(team.name for team in teams),
        team_ids=tuple(team.pk for team in teams),
        spoken=tuple(person.spoken_languages),
        absent_from=person.absent_from,
        absent_until=person.absent_until,
        away=person.is_absent(day),
        active=person.is_active,
        invited=not person.has_usable_password() and person.last_login is None,
        second_factor=person.has_app or person.has_key,  # type: ignore[attr-defined]  # annotated above
        last_seen_at=seen or person.last_login,
    )
