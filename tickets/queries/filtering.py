"""From a filter's tokens to a condition on tickets: names are looked up, the rest follows from the token alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Lower
from django.db.models.lookups import LessThan, LessThanOrEqual

from core.users.models import User
from tickets.access import Actor, team_ids_of
from tickets.filter_words import ANY, CHOICES, DURATIONS, REFERENCES, SPECIALS
from tickets.filters import Token, minutes_of
from tickets.models import Channel, Draft, Message, Note, Priority, Tag, Team, TicketTag, Visibility, Visit
from tickets.models.ticket import NO_DEADLINE

Row = tuple[str, int, str, str]  # key, id, name, another name
Named = Mapping[str, str]  # "tag#12" → what it is called
NOTHING = Q(pk__in=[])
EVERYTHING = ~NOTHING  # an empty Q would be lost among alternatives


@dataclass(frozen=True, slots=True)
class Resolved:
    """Tokens that name rows by number ("#12"), or faults where there is no such row; and what those are called."""

    tokens: tuple[Token, ...]
    names: Named


def resolve_names(tokens: tuple[Token, ...], *, known: Named | None = None) -> Resolved:
    """Look up the tags, people, teams and channels that tokens name. One query; none when nothing is named.

    Takes: known, what numbered rows were once called, for those that are gone.
    """
    asked = {key: values for key in REFERENCES if (values := _asked(tokens, key))}
    if not asked:
        return Resolved(tokens, {})
    rows: list[Row] = []
    first, *rest = [_LOOKUPS[key](values) for key, values in asked.items()]
    rows += first.union(*rest, all=True) if rest else first
    names = {f"{key}#{pk}": name for key, pk, name, _also in rows}
    return Resolved(tuple(_resolved(token, rows) for token in tokens), {**(known or {}), **names})


def _asked(tokens: Iterable[Token], key: str) -> set[str]:
    found = {value for token in tokens if token.key == key and not token.fault for value in token.values}
    return found - set(SPECIALS[key])


def _numbers(values: Iterable[str]) -> list[int]:
    numbers = (value[1:] for value in values if value.startswith("#"))
    return [int(number) for number in numbers if number.isascii() and number.isdigit() and len(number) < 19]


def _rows(key: str, rows: Any, also: Any) -> Any:
    text = CharField()
    return rows.order_by().values_list(Value(key, text), "pk", Cast("name", text), Cast(also, text))


def _tags(values: set[str]) -> Any:
    same = [Lower(Value(value)) for value in sorted(values)]  # the database says what is the same word
    return _rows("tag", Tag.objects.alias(key=Lower("name")).filter(Q(key__in=same) | Q(pk__in=_numbers(values))),
                 Lower("name"))  # fmt: skip


def _people(values: set[str]) -> Any:
    begins = reduce(or_, (Q(name__istartswith=value) for value in sorted(values)))
    return _rows("assignee", User.objects.filter(begins | Q(pk__in=_numbers(values))), "name")


_LOOKUPS: Mapping[str, Callable[[set[str]], Any]] = {
    "tag": _tags,
    "assignee": _people,
    "team": lambda _values: _rows("team", Team.objects.all(), "slug"),
    "channel": lambda _values: _rows("channel", Channel.objects.all(), "platform"),
}


def _resolved(token: Token, rows: list[Row]) -> Token:
    if token.fault or token.key not in REFERENCES:
        return token
    here = [row for row in rows if row[0] == token.key]
    found = [_find(token.key, value, here) for value in token.values]
    if any(len(ids) > 1 for ids in found) and token.key == "assignee":
        return replace(token, fault="several")
    if not all(found):
        return replace(token, fault="unknown")
    return replace(token, values=tuple(dict.fromkeys(value for ids in found for value in ids)))


def _find(key: str, value: str, rows: list[Row]) -> list[str]:
    """The numbers a value stands for; platforms and the house's own words stand for themselves."""
    folded = value.casefold()
    if value in SPECIALS[key]:
        return [value]
    if key == "channel" and any(row[3] == folded for row in rows):
        return [folded]
    exact = [pk for _key, pk, name, also in rows if folded in (name.casefold(), also.casefold(), f"#{pk}")]
    begins = [pk for _key, pk, name, _also in rows if key == "assignee" and name.casefold().startswith(folded)]
    return [f"#{pk}" for pk in dict.fromkeys(exact or begins)]


def condition_of(*, actor: Actor, tokens: Iterable[Token], now: datetime) -> Q:
    """What all these tokens ask of a ticket, for this reader at this moment. Names must have been looked up."""
    return reduce(and_, (token_condition(actor=actor, token=token, now=now) for token in tokens), Q())


def token_condition(*, actor: Actor, token: Token, now: datetime) -> Q:
    """One token's condition. What makes no sense matches nothing; a name that is not there is on no case."""
    if token.fault and token.fault != "unknown":
        return NOTHING
    if token.fault:
        return EVERYTHING if token.negated else NOTHING
    condition = reduce(or_, (_value(token.key, value, actor, now) for value in token.values))
    return ~condition if token.negated else condition


def _value(key: str, value: str, actor: Actor, now: datetime) -> Q:
    if key in DURATIONS:
        return _AT[key](now, timedelta(minutes=minutes_of(value)))
    if key in REFERENCES:
        return _named(key, value, actor)
    if key in CHOICES and value in _STATES.get(key, {}):
        return _STATES[key][value](actor, now)
    return _PLAIN[key](value)


def _named(key: str, value: str, actor: Actor) -> Q:
    if value == "none":
        return Q(**{f"{key}_id__isnull": True})
    if value == "me":
        return Q(assignee_id=actor.pk) if actor.pk else NOTHING
    if value == "mine":
        return Q(team_id__in=team_ids_of(actor)) if isinstance(actor, User) else NOTHING
    if not value.startswith("#"):
        return Q(platform=value)
    number = int(value[1:])
    if key == "tag":
        return Q(Exists(TicketTag.objects.filter(ticket=OuterRef("pk"), tag_id=number)))
    return Q(**{f"{key}_id": number})


# Written as the queue's indexes and the planner's statistics are (migration 0011).
_DUE = Coalesce("due_at", Value(NO_DEADLINE))
_WAITS = Coalesce("waiting_since", Value(NO_DEADLINE))
_AT: Mapping[str, Callable[[datetime, timedelta], Q]] = {
    "sla": lambda now, length: Q(LessThanOrEqual(_DUE, Value(now + length))),
    "waiting": lambda now, length: Q(LessThanOrEqual(_WAITS, Value(now - length))),
    "older": lambda now, length: Q(last_message_at__lt=now - length),
    "newer": lambda now, length: Q(last_message_at__gte=now - length),
}


def _unread(actor: Actor, _now: datetime) -> Q:
    """As the row says it: the customer waits, and said something since this person last looked."""
    if actor.pk is None:
        return NOTHING
    seen = Visit.objects.filter(ticket=OuterRef(OuterRef("pk")), user_id=actor.pk).values("message_id")
    news = Message.objects.filter(ticket=OuterRef("pk"), direction="in", pk__gt=Coalesce(Subquery(seen), Value(0)))
    return Q(waiting_since__isnull=False) & Q(Exists(news))


def _drafted(actor: Actor, _now: datetime) -> Q:
    return Q(Exists(Draft.objects.filter(ticket=OuterRef("pk"), author_id=actor.pk, sealed__isnull=False)))


def _with_file(_actor: Actor, _now: datetime) -> Q:
    return Q(Exists(Message.objects.filter(ticket=OuterRef("pk")).exclude(attachments=[])))


_STATES: Mapping[str, Mapping[str, Callable[[Actor, datetime], Q]]] = {
    "is": {
        "unread": _unread,
        "late": lambda _actor, now: Q(LessThan(_DUE, Value(now))),
        "unanswered": lambda _actor, _now: Q(waiting_since__isnull=False),
        "failed": lambda _actor, _now: ~Q(trouble=""),
    },
    "has": {
        "draft": _drafted,
        "tag": lambda _actor, _now: Q(Exists(TicketTag.objects.filter(ticket=OuterRef("pk")))),
        "reply": lambda _actor, _now: Q(first_reply_at__isnull=False),
        "note": lambda _actor, _now: Q(Exists(Note.objects.filter(ticket=OuterRef("pk")))),
        "file": _with_file,
    },
}
_PLAIN: Mapping[str, Callable[[str], Q]] = {
    "public": lambda value: Q(visibility=Visibility.PUBLIC if value == "yes" else Visibility.PRIVATE),
    "status": lambda value: EVERYTHING if value == ANY else Q(status=value),
    "priority": lambda value: Q(priority=Priority[value.upper()]),
    "lang": lambda value: Q(language=value),
    "from": lambda value: Q(customer_name__icontains=value),
}
