"""Resolving what an import of older messages has opened: nobody waits for an answer to them any more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core.audit.record import record_many
from core.events import emit
from core.transactions import in_transaction
from tickets.access import Actor
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.lines import refresh_lines
from tickets.models import Status, Ticket, TicketEvent, TicketThread


@in_transaction
def close_imported(
    *, actor: Actor, ticket_ids: Iterable[int], after_id: int, said_before: datetime, now: datetime
) -> int:
    """Close those cases that are newer than `after_id` and in which nothing was said since `said_before`.

    Set-based: an import opens thousands. Gives: how many were closed.
    Leaves: TicketsChanged.
    """
    open_ones = Ticket.objects.filter(pk__in=set(ticket_ids), pk__gt=after_id).exclude(status=Status.DONE)
    silent = open_ones.exclude(messages__at__gte=said_before)
    tickets = list(silent.select_for_update(of=("self",)).order_by("pk"))
    ids = [ticket.pk for ticket in tickets]
    Ticket.objects.filter(pk__in=ids).update(status=Status.DONE, closed_at=now)
    TicketThread.objects.filter(ticket_id__in=ids).update(is_open=False)
    refresh_lines(ids)
    TicketEvent.objects.bulk_create(
        TicketEvent(ticket_id=pk, kind="resolved", actor_id=actor.pk, at=now, data={"because": "import"}) for pk in ids
    )
    record_many(actor=actor, action="ticket.resolved", object_type="ticket", object_ids=ids, now=now)
    if tickets:
        places = [TicketChange(one.pk, "status", TicketPlace(one.team_id, one.assignee_id)) for one in tickets]
        emit(TicketsChanged(places))
    return len(ids)
