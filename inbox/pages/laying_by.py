"""Putting a case out of the way and having it back: snooze and spam; and following one without having it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.clock import now
from core.errors import Invalid
from core.users.models import User
from inbox.pages.acting import case_action
from inbox.pages.when import read_when
from tickets.access import visible_to
from tickets.operations import following, marking_spam, snoozing

MOST = 60  # characters of a time that somebody types


def _snooze(request: HttpRequest, actor: User, ticket_id: int) -> str:
    until = _until(request)
    before = visible_to(actor).filter(pk=ticket_id).values_list("snoozed_until", flat=True).first()
    ticket = snoozing.snooze_ticket(actor=actor, ticket_id=ticket_id, until=until, now=now())
    undo = {"undo": "snooze", "until": before.isoformat()} if before and before > now() else {"undo": "unsnooze"}
    return _did("snoozed", ticket.number, at=until.isoformat(), **undo)


def _until(request: HttpRequest) -> datetime:
    """The time that was pressed, typed or picked; wall clocks are those of where the person is. Raises: Invalid."""
    pressed, typed = request.POST.get("until", "")[:MOST], request.POST.get("when", "")[:MOST].strip()
    try:
        at = parse_datetime(pressed) if pressed else None
        at = at or (read_when(typed, now=now()) if typed else None)
        at = at or (None if typed else parse_datetime(request.POST.get("exact", "")[:MOST]))
    except ValueError:
        at = None
    if at is None:
        raise Invalid(_("Write a time such as “fri 9:00”, “in 2 hours” or “27.11. 14:00”."), field="when", code="when")
    return at if at.tzinfo else timezone.make_aware(at)


def _unsnooze(_request: HttpRequest, actor: User, ticket_id: int) -> str:
    ticket = snoozing.unsnooze_ticket(actor=actor, ticket_id=ticket_id, now=now())
    return _did("unsnoozed", ticket.number)


def _spam(_request: HttpRequest, actor: User, ticket_id: int) -> str:
    ticket = marking_spam.mark_spam(actor=actor, ticket_id=ticket_id, now=now())
    return _did("spam", ticket.number, undo="unspam")


def _unspam(_request: HttpRequest, actor: User, ticket_id: int) -> str:
    ticket = marking_spam.unmark_spam(actor=actor, ticket_id=ticket_id, now=now())
    return _did("unspam", ticket.number, undo="spam")


def _follow(_request: HttpRequest, actor: User, ticket_id: int) -> str:
    ticket = following.follow_ticket(actor=actor, ticket_id=ticket_id, now=now())
    return _did("followed", ticket.number, undo="unfollow")


def _unfollow(_request: HttpRequest, actor: User, ticket_id: int) -> str:
    ticket = following.unfollow_ticket(actor=actor, ticket_id=ticket_id, now=now())
    return _did("unfollowed", ticket.number, undo="follow")


def _did(what: str, number: int, **more: Any) -> str:
    """What the browser's toast says, and the post that undoes it: ids, enums and times only."""
    return json.dumps({"samsvar:did": {"did": what, "number": number} | more})


snooze, unsnooze = case_action(_snooze), case_action(_unsnooze)
spam, unspam = case_action(_spam), case_action(_unspam)
follow, unfollow = case_action(_follow), case_action(_unfollow)
