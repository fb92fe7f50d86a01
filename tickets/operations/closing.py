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
from tickets.models import NoticeKind, Status, Ticket, TicketEvent
from tickets.notices import notify


def _store(ticket: Ticket, *, actor: Actor, now: datetime, kind: str) -> Ticket:
    ticket.snoozed_until = ticket.snoozed_by = None
    ticket.save(update_fields=["status", "closed_at", "snoozed_until", "snoozed_by"])
    ticket.ticket_threads.update(is_open=ticket.status != Status.DONE)
    refresh_lines([ticket.pk])
    TicketEvent.objects.create(ticket=ticket, kind=kind, actor_id=actor.pk, at=now)
    record(actor=actor, action=f"ticket.{kind}", object_type="ticket", object_id=ticket.pk, now=now)
    emit(TicketsChanged([TicketChange(ticket.pk, "status", TicketPlace(ticket.team_id, ticket.assignee_id))]))
    ticket.refresh_from_db()
    return ticket


@in_transaction
def resolve_ticket(*, actor: Actor, ticket_id: int, now: datetime) -> Ticket:
    """Close a case. A closed one stays as it is. Who follows it hears of it.

    Raises: NotFound, Forbidden, Conflict (it is spam).
    Leaves: TicketsChanged, NoticesChanged.
    """
    ticket = demand(actor, Action.RESOLVE, ticket_id)
    if ticket.status == Status.DONE:
        return ticket
    if ticket.status == Status.SPAM:
        raise Conflict(_("This case is marked as spam. Say first that it is not."), code="spam")
    ticket.status, ticket.closed_at = Status.DONE, now
    followers = ticket.followers.values_list("user_id", flat=True)
    notify(followers, ticket_id=ticket.pk, kind=NoticeKind.RESOLVED, actor=actor, now=now)
    return _store(ticket, actor=actor, now=now, kind="resolved")


def reopen_ticket(*, actor: Actor, ticket_id: int, now: datetime, kind: str = "reopened") -> Ticket:
    """Open a closed case again. An open one stays as it is. Takes: kind, how its history says it.

    Raises: NotFound, Forbidden, Conflict (the customer already has a newer open case in the same thread).
    Leaves: TicketsChanged.
    """
    try:
        with transaction.atomic():
            ticket = demand(actor, Action.RESOLVE, ticket_id)
            if ticket.status != Status.DONE:
                return ticket
            ticket.status, ticket.closed_at = Status.OPEN, None
            return _store(ticket, actor=actor, now=now, kind=kind)
    except IntegrityError:
        # The partial unique index holds the rule; asking first would leave a gap between asking and writing.
        raise Conflict(_("This customer has a newer open case in the same thread."), code="newer_case") from None
