"""Putting a case aside until a time, and having it back. Snoozed is snoozed for everybody."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Conflict, Invalid
from core.events import emit
from core.transactions import in_transaction
from core.users.models import User
from tickets.access import Action, Actor, demand
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.models import Status, Ticket, TicketEvent
from tickets.notices import notify_woke
from tickets.waking import wake_tickets

LONGEST = timedelta(days=366)
BATCH = 200  # cases woken in one transaction


@in_transaction
def snooze_ticket(*, actor: User, ticket_id: int, until: datetime, now: datetime) -> Ticket:
    """Put a case aside until a time; it comes back then, or as soon as the customer writes. Snoozed already, it takes
    the new time.

    Takes: until, after now and within a year.
    Raises: NotFound, Forbidden, Invalid (until), Conflict (resolved, or spam).
    Leaves: TicketsChanged.
    """
    ticket = demand(actor, Action.RESOLVE, ticket_id)
    if not now < until <= now + LONGEST:
        raise Invalid(_("Choose a time from now to a year ahead."), field="until")
    if ticket.status in (Status.DONE, Status.SPAM):
        raise Conflict(_("Only a case that is under way can be snoozed."), code="closed")
    if ticket.snoozed_until == until:
        return ticket
    data = {"until": until.isoformat(), "from": _status_before(ticket)}
    ticket.status, ticket.snoozed_until, ticket.snoozed_by = Status.SNOOZED, until, actor
    return _store(ticket, actor=actor, now=now, kind="snoozed", data=data)


@in_transaction
def unsnooze_ticket(*, actor: Actor, ticket_id: int, now: datetime) -> Ticket:
    """Have a snoozed case back as it was before: the undo of `snooze_ticket`. One that is awake stays as it is.

    Raises: NotFound, Forbidden.
    Leaves: TicketsChanged.
    """
    ticket = demand(actor, Action.RESOLVE, ticket_id)
    if ticket.status != Status.SNOOZED:
        return ticket
    ticket.status = Status.OPEN if ticket.waiting_since else Status(_status_before(ticket))
    ticket.snoozed_until = ticket.snoozed_by = None
    return _store(ticket, actor=actor, now=now, kind="unsnoozed", data={})


def _status_before(ticket: Ticket) -> str:
    """What the case was before it was first put aside."""
    if ticket.status != Status.SNOOZED:
        return ticket.status
    told = ticket.events.filter(kind="snoozed").order_by("-pk").values_list("data", flat=True).first() or {}
    return Status.WAITING if told.get("from") == Status.WAITING else Status.OPEN


def _store(ticket: Ticket, *, actor: Actor, now: datetime, kind: str, data: dict[str, str]) -> Ticket:
    ticket.version += 1
    ticket.save(update_fields=["status", "snoozed_until", "snoozed_by", "version"])
    TicketEvent.objects.create(ticket=ticket, kind=kind, actor_id=actor.pk, at=now, data=data)
    record(actor=actor, action=f"ticket.{kind}", object_type="ticket", object_id=ticket.pk, now=now)
    emit(TicketsChanged([TicketChange(ticket.pk, "status", TicketPlace(ticket.team_id, ticket.assignee_id))]))
    return ticket


def wake_due_tickets(*, now: datetime) -> int:
    """Open every snoozed case whose time has come, each exactly once: it is open by the transaction that tells of it.
    A case that somebody is at this moment is left to the next call.

    Gives: how many.
    Leaves: TicketsChanged, NoticesChanged.
    """
    total = 0
    while woken := _wake_batch(now):
        total += woken
    return total


@in_transaction
def _wake_batch(now: datetime) -> int:
    due = (
        Ticket.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(status=Status.SNOOZED, snoozed_until__lte=now)
        .order_by("snoozed_until", "pk")[:BATCH]
    )
    tickets = {ticket.pk: ticket for ticket in due}
    notify_woke(tickets, now=now)
    woken = sorted(wake_tickets(tickets, because="time", now=now))
    if woken:
        places = (TicketPlace(tickets[pk].team_id, tickets[pk].assignee_id) for pk in woken)
        emit(TicketsChanged([TicketChange(pk, "status", place) for pk, place in zip(woken, places, strict=True)]))
    return len(woken)
