"""What can be done to many cases at once: one line per act in ACTS, each made of the operation for one case.

A further act is one more line: how its choice is read from a form, what it does, what of the case it changes (so that
an undo knows the case as the act left it), and how that is put back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from core.errors import Invalid
from core.users.models import User
from tickets.access import Action
from tickets.models import Priority, Status, Team, Ticket
from tickets.operations import assigning, closing, prioritising, snoozing, tagging

Values = dict[str, Any]  # ids, enums and tags: what is stored with a job


@dataclass(frozen=True, slots=True)
class BulkAct:
    """One act. `read` gives what is stored of a choice, or refuses it; `facts` what of a case the act changes."""

    label: Promise
    needs: Action
    read: Callable[[Mapping[str, Any]], Values]
    facts: Callable[[Ticket], Values]
    apply: Callable[[User, Ticket, Values, datetime], object]
    revert: Callable[[User, Ticket, Values, datetime], object]
    done: Promise  # ngettext, with %(n)d


def _whole(words: Mapping[str, Any], name: str) -> int:
    value = words.get(name)
    if isinstance(value, int):
        return value
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _read_assignee(words: Mapping[str, Any]) -> Values:
    """Empty for nobody."""
    chosen = _whole(words, "assignee")
    if chosen:
        assigning.answering_colleague(chosen)
    elif words.get("assignee") not in ("", None):
        raise Invalid(_("Choose a colleague who answers customers."), field="assignee")
    return {"assignee": chosen or None}


def _read_team(words: Mapping[str, Any]) -> Values:
    team = Team.objects.filter(pk=_whole(words, "team")).first()
    if team is None:
        raise Invalid(_("Choose one of the teams."), field="team")
    return {"team": team.pk}


def _read_priority(words: Mapping[str, Any]) -> Values:
    priority = _whole(words, "priority")
    if str(words.get("priority", "")) == "" or priority not in Priority.values:
        raise Invalid(_("Choose one of the priorities."), field="priority")
    return {"priority": priority}


def _read_tag(words: Mapping[str, Any]) -> Values:
    names = [name for name in str(words.get("tag", "")).split(",") if name.strip()]
    if not names:
        raise Invalid(_("Write or choose a tag."), field="tag")
    return {"tags": tagging.cleaned_names(names)}


def _read_until(words: Mapping[str, Any]) -> Values:
    try:
        until = datetime.fromisoformat(str(words.get("until", "")))
    except ValueError:
        until = None
    if until is None or until.tzinfo is None:
        raise Invalid(_("Choose one of the times."), field="until")
    return {"until": until.isoformat()}


def _tags(ticket: Ticket) -> list[str]:
    return sorted(ticket.tags.values_list("name", flat=True))


def _assign(actor: User, ticket: Ticket, values: Values, now: datetime) -> object:
    return assigning.assign_ticket(actor=actor, ticket_id=ticket.pk, assignee_id=values["assignee"], now=now)


def _move(actor: User, ticket: Ticket, values: Values, now: datetime) -> object:
    return assigning.move_ticket(actor=actor, ticket_id=ticket.pk, team_id=values["team"], now=now)


def _move_back(actor: User, ticket: Ticket, values: Values, now: datetime) -> object:
    return assigning.put_back_place(
        actor=actor, ticket_id=ticket.pk, team_id=values["team"], assignee_id=values["assignee"], now=now
    )


def _prioritise(actor: User, ticket: Ticket, values: Values, now: datetime) -> object:
    return prioritising.set_priority(actor=actor, ticket_id=ticket.pk, priority=values["priority"], now=now)


def _tag(actor: User, ticket: Ticket, values: Values, now: datetime) -> object:
    names = [*_tags(ticket), *values["tags"]]
    return tagging.set_tags(actor=actor, ticket_id=ticket.pk, names=names, now=now)


def _tag_back(actor: User, ticket: Ticket, values: Values, now: datetime) -> object:
    return tagging.set_tags(actor=actor, ticket_id=ticket.pk, names=values["tags"], now=now)


def _snooze(actor: User, ticket: Ticket, values: Values, now: datetime) -> object:
    until = datetime.fromisoformat(values["until"])
    return snoozing.snooze_ticket(actor=actor, ticket_id=ticket.pk, until=until, now=now)


def _unsnooze(actor: User, ticket: Ticket, values: Values, now: datetime) -> object:
    """Back to the time it was put aside until before, where it was."""
    if values["until"] is None:
        return snoozing.unsnooze_ticket(actor=actor, ticket_id=ticket.pk, now=now)
    return _snooze(actor, ticket, values, now)


def _asleep(ticket: Ticket) -> Values:
    return {"until": ticket.snoozed_until.isoformat() if ticket.snoozed_until else None}


def _resolve(actor: User, ticket: Ticket, _values: Values, now: datetime) -> object:
    return closing.resolve_ticket(actor=actor, ticket_id=ticket.pk, now=now)


def _reopen(actor: User, ticket: Ticket, _values: Values, now: datetime) -> object:
    return closing.reopen_ticket(actor=actor, ticket_id=ticket.pk, now=now)


def _life(ticket: Ticket) -> Values:
    """Whether it waits for us or for the customer follows from who spoke last; what a resolve changes is only this."""
    return {"closed_at": ticket.closed_at.isoformat() if ticket.status == Status.DONE and ticket.closed_at else None}


ACTS: dict[str, BulkAct] = {
    "assign": BulkAct(
        gettext_lazy("Assign"), Action.ASSIGN, _read_assignee, lambda t: {"assignee": t.assignee_id}, _assign, _assign,
        ngettext_lazy("%(n)d assigned", "%(n)d assigned", "n"),
    ),
    "tag": BulkAct(
        gettext_lazy("Tag"), Action.TAG, _read_tag, lambda t: {"tags": _tags(t)}, _tag, _tag_back,
        ngettext_lazy("%(n)d tagged", "%(n)d tagged", "n"),
    ),
    "priority": BulkAct(
        gettext_lazy("Priority"), Action.ASSIGN, _read_priority, lambda t: {"priority": t.priority},
        _prioritise, _prioritise, ngettext_lazy("%(n)d given a priority", "%(n)d given a priority", "n"),
    ),
    "move": BulkAct(
        gettext_lazy("Move"), Action.ASSIGN, _read_team, lambda t: {"team": t.team_id, "assignee": t.assignee_id},
        _move, _move_back, ngettext_lazy("%(n)d moved", "%(n)d moved", "n"),
    ),
    "snooze": BulkAct(
        gettext_lazy("Snooze"), Action.RESOLVE, _read_until, _asleep, _snooze, _unsnooze,
        ngettext_lazy("%(n)d snoozed", "%(n)d snoozed", "n"),
    ),
    "resolve": BulkAct(
        gettext_lazy("Resolve"), Action.RESOLVE, lambda _words: {}, _life, _resolve, _reopen,
        ngettext_lazy("%(n)d resolved", "%(n)d resolved", "n"),
    ),
}  # fmt: skip
