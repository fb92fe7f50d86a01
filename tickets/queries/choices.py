"""What a case can be given: a colleague, a team, words."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone

from core.users.models import User
from tickets.models import Tag, Team

ANSWERING_ROLES = ("agent", "lead", "marketer", "admin")
TAGS_OFFERED = 60


@dataclass(frozen=True, slots=True)
class Choices:
    """Each by name; people and teams with their ids."""

    people: tuple[tuple[int, str], ...]
    teams: tuple[tuple[int, str], ...]
    tags: tuple[str, ...]


def get_choices(*, actor: User) -> Choices:
    """Active colleagues who can answer and are not away today, all teams, and the first tags. One query."""
    del actor  # whoever may assign may assign to any colleague and team
    today = timezone.localdate()
    people = User.objects.filter(is_active=True, role__in=ANSWERING_ROLES)
    people = people.exclude(absent_from__lte=today, absent_until__gte=today)
    tags = Tag.objects.order_by(Lower("name"), "pk")[:TAGS_OFFERED]
    rows = people.values_list(Value("person"), "pk", "name").union(
        Team.objects.values_list(Value("team"), "pk", "name"), tags.values_list(Value("tag"), "pk", "name"), all=True
    )
    kinds: dict[str, list[tuple[int, str]]] = {"person": [], "team": [], "tag": []}
    for kind, key, name in rows:
        kinds[kind].append((key, name))
    people_by_name, teams, tagged = (sorted(found, key=lambda pair: pair[1].casefold()) for found in kinds.values())
    return Choices(tuple(people_by_name), tuple(teams), tuple(name for _key, name in tagged))
