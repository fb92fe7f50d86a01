"""Following a case: hearing of it without having it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from core.audit.record import record
from core.events import emit
from core.transactions import in_transaction
from core.users.models import User
from tickets.access import Action, demand
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.models import Follower, Ticket


@in_transaction
def follow_ticket(*, actor: User, ticket_id: int, now: datetime) -> Ticket:
    """Hear from now on of what the customer answers in a case, and of its end. Who follows already goes on.

    Raises: NotFound, Forbidden.
    Leaves: TicketsChanged.
    """
    ticket = demand(actor, Action.READ, ticket_id)
    _row, made = Follower.objects.get_or_create(ticket=ticket, user=actor, defaults={"since": now})
    if made:
        _tell(ticket, actor, "followed", now)
    return ticket


@in_transaction
def unfollow_ticket(*, actor: User, ticket_id: int, now: datetime) -> Ticket:
    """Hear no more of it. Who does not follow stays as they are.

    Raises: NotFound, Forbidden.
    Leaves: TicketsChanged.
    """
    ticket = demand(actor, Action.READ, ticket_id)
    gone, _kinds = Follower.objects.filter(ticket=ticket, user=actor).delete()
    if gone:
        _tell(ticket, actor, "unfollowed", now)
    return ticket


def _tell(ticket: Ticket, actor: User, kind: str, now: datetime) -> None:
    """The list of followers is part of the case that others have open."""
    Ticket.objects.filter(pk=ticket.pk).update(version=F("version") + 1)
    record(actor=actor, action=f"ticket.{kind}", object_type="ticket", object_id=ticket.pk, now=now)
    emit(TicketsChanged([TicketChange(ticket.pk, "state", TicketPlace(ticket.team_id, ticket.assignee_id))]))
