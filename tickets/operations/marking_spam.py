"""Saying that a case is spam, and that it is not. Spam is out of every list but its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Conflict
from core.events import emit
from tickets.access import Action, Actor, demand
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.lines import refresh_lines, turn_over
from tickets.models import Status, Ticket, TicketEvent

CHANGED = ("status", "closed_at", "snoozed_until", "snoozed_by")


def mark_spam(*, actor: Actor, ticket_id: int, now: datetime) -> Ticket:
    """Take a case out of the work: it waits for no answer, and what the same person writes there later stays with it.

    Raises: NotFound, Forbidden, Conflict (the customer already has a newer open case in the same thread).
    Leaves: TicketsChanged.
    """
    try:
        with transaction.atomic():
            ticket = demand(actor, Action.RESOLVE, ticket_id)
            if ticket.status == Status.SPAM:
                return ticket
            data: dict[str, Any] = {"from": ticket.status}
            if ticket.snoozed_until:
                data |= {"until": ticket.snoozed_until.isoformat(), "by": ticket.snoozed_by_id}
            ticket.status = Status.SPAM
            ticket.closed_at = ticket.snoozed_until = ticket.snoozed_by = None
            return _store(ticket, actor=actor, now=now, kind="spam", data=data)
    except IntegrityError:
        # The partial unique index holds the rule; asking first would leave a gap between asking and writing.
        raise Conflict(_("This customer has a newer open case in the same thread."), code="newer_case") from None


@transaction.atomic
def unmark_spam(*, actor: Actor, ticket_id: int, now: datetime) -> Ticket:
    """Bring a case back that was no spam: as it was before, or to its turn where the customer has gone on meanwhile.

    Raises: NotFound, Forbidden.
    Leaves: TicketsChanged.
    """
    ticket = demand(actor, Action.RESOLVE, ticket_id)
    if ticket.status != Status.SPAM:
        return ticket
    marked = ticket.events.filter(kind="spam").order_by("-pk").first()
    went_on = marked is None or ticket.messages.filter(direction="in", received_at__gt=marked.at).exists()
    _give_back(ticket, {} if went_on or marked is None else marked.data, now)
    ticket = _store(ticket, actor=actor, now=now, kind="unspam", data={})
    turn_over([ticket.pk])
    ticket.refresh_from_db()
    return ticket


def _give_back(ticket: Ticket, data: dict[str, Any], now: datetime) -> None:
    """Put on the case what it was. A snooze whose time has passed meanwhile is over."""
    until = datetime.fromisoformat(data["until"]) if "until" in data else None
    ticket.status = Status.OPEN
    if data.get("from") == Status.DONE:
        ticket.status, ticket.closed_at = Status.DONE, now
    elif until is not None and until > now:
        ticket.status, ticket.snoozed_until, ticket.snoozed_by_id = Status.SNOOZED, until, data["by"]


def _store(ticket: Ticket, *, actor: Actor, now: datetime, kind: str, data: dict[str, Any]) -> Ticket:
    ticket.save(update_fields=CHANGED)
    ticket.ticket_threads.update(is_open=ticket.status != Status.DONE)
    refresh_lines([ticket.pk])
    TicketEvent.objects.create(ticket=ticket, kind=kind, actor_id=actor.pk, at=now, data=data)
    record(actor=actor, action=f"ticket.{kind}", object_type="ticket", object_id=ticket.pk, now=now)
    emit(TicketsChanged([TicketChange(ticket.pk, "status", TicketPlace(ticket.team_id, ticket.assignee_id))]))
    ticket.refresh_from_db()
    return ticket
