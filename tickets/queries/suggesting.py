"""What a filter's name may be, while it is typed: tags, people, teams and channels whose name holds the letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat, Lower

from core.users.models import User
from tickets.models import Channel, Tag, Team
from tickets.queries.choices import ANSWERING_ROLES

MOST = 8
_NO_WORD = Value("")


def suggest_names(*, actor: User, key: str, typed: str) -> list[tuple[str, str]]:
    """Values for a token and what they are called, those that begin with the letters first. One query.

    Takes: key, of those that name rows. Gives: at most 8; a name that two share is given by number, so that it is plain
    which is meant.
    """
    del actor  # whoever has a list may name any tag, colleague, team and channel; what they see follows from the cases
    rows = list(_NAMED[key](typed)[: MOST * 4])
    names = [name for _pk, name, _word in rows]
    named = [(word or (name if names.count(name) == 1 else f"#{pk}"), name) for pk, name, word in rows]
    named.sort(key=lambda pair: not pair[1].casefold().startswith(typed.casefold()))
    return list(dict.fromkeys(named))[:MOST]


def _tags(typed: str) -> QuerySet[Any, Any]:
    tags = Tag.objects.filter(name__icontains=typed).order_by(Lower("name"), "pk")
    return tags.annotate(word=_NO_WORD).values_list("pk", "name", "word")


def _people(typed: str) -> QuerySet[Any, Any]:
    people = User.objects.filter(is_active=True, role__in=ANSWERING_ROLES, name__icontains=typed)
    return people.order_by("name", "pk").annotate(word=_NO_WORD).values_list("pk", "name", "word")


def _teams(typed: str) -> QuerySet[Any, Any]:
    return Team.objects.filter(name__icontains=typed).order_by("name", "pk").values_list("pk", "name", "slug")


def _channels(typed: str) -> QuerySet[Any, Any]:
    """By number: a mailbox is called by its address, which is for no address bar."""
    channels = Channel.objects.filter(name__icontains=typed).order_by("name", "pk")
    return channels.annotate(word=Concat(Value("#"), Cast("pk", CharField()))).values_list("pk", "name", "word")


_NAMED: Mapping[str, Callable[[str], QuerySet[Any, Any]]] = {
    "tag": _tags,
    "assignee": _people,
    "team": _teams,
    "channel": _channels,
}
