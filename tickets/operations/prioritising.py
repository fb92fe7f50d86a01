"""Saying how pressing a case is."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Invalid
from core.events import emit
from core.transactions import in_transaction
from tickets.access import Action, Actor, demand
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.models import Priority, Ticket, TicketEvent


@in_transaction
def set_priority(*, actor: Actor, ticket_id: int, priority: int, now: datetime) -> Ticket:
    """Give a case this priority. The same again changes nothing.

    Raises: NotFound, Forbidden, Invalid (no such priority).
    Leaves: TicketsChanged.
    """
    ticket = demand(actor, Action.ASSIGN, ticket_id)
    if priority not in Priority.values:
        raise Invalid(_("Choose one of the priorities."), field="priority")
    if ticket.priority == priority:
        return ticket
    ticket.priority = priority
    ticket.version += 1
    ticket.save(update_fields=["priority", "version"])
    TicketEvent.objects.create(
        ticket=ticket, kind="prioritised", actor_id=actor.pk, at=now, data={"priority": priority}
    )
    record(
        actor=actor,
        action="ticket.prioritised",
        object_type="ticket",
        object_id=ticket.pk,
        now=now,
        priority=priority,
    )
    emit(TicketsChanged([TicketChange(ticket.pk, "priority", TicketPlace(ticket.team_id, ticket.assignee_id))]))
    return ticket
