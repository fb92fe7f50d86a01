"""Resolving a case, and opening it again."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Conflict
from core.events import emit
from core.transactions import in_transaction
from tickets.access import Action, Actor, demand
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.lines import refresh_lines
from tickets.models import Status, Ticket, TicketEvent


def _store(ticket: Ticket, *, actor: Actor, now: datetime, kind: str) -> Ticket:
    ticket.save(update_fields=["status", "closed_at"])
    ticket.ticket_threads.update(is_open=ticket.status != Status.DONE)
    refresh_lines([ticket.pk])
    TicketEvent.objects.create(ticket=ticket, kind=kind, actor_id=actor.pk, at=now)
    record(actor=actor, action=f"ticket.{kind}", object_type="ticket", object_id=ticket.pk, now=now)
    emit(TicketsChanged([TicketChange(ticket.pk, "status", TicketPlace(ticket.team_id, ticket.assignee_id))]))
    ticket.refresh_from_db()
    return ticket


@in_transaction
def resolve_ticket(*, actor: Actor, ticket_id: int, now: datetime) -> Ticket:
    """Close a case. A closed one stays as it is.

    Raises: NotFound, Forbidden.
    Leaves: TicketsChanged.
    """
    ticket = demand(actor, Action.RESOLVE, ticket_id)
    if ticket.status == Status.DONE:
        return ticket
    ticket.status, ticket.closed_at = Status.DONE, now
    return _store(ticket, actor=actor, now=now, kind="resolved")


def reopen_ticket(*, actor: Actor, ticket_id: int, now: datetime) -> Ticket:
    """Open a closed case again. An open one stays as it is.

    Raises: NotFound, Forbidden, Conflict (the customer already has a newer open case in the same thread).
    Leaves: TicketsChanged.
    """
    try:
        with transaction.atomic():
            ticket = demand(actor, Action.RESOLVE, ticket_id)
            if ticket.status != Status.DONE:
                return ticket
            ticket.status, ticket.closed_at = Status.OPEN, None
            return _store(ticket, actor=actor, now=now, kind="reopened")
    except IntegrityError:
        # The partial unique index holds the rule; asking first would leave a gap between asking and writing.
        raise Conflict(_("This customer has a newer open case in the same thread."), code="newer_case") from None
