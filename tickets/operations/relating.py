"""Saying that two cases have to do with each other, and taking that back."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Invalid
from core.events import emit
from core.transactions import in_transaction
from core.users.models import User
from tickets.access import Action, demand
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.models import Ticket, TicketEvent, TicketLink, Undoable, UndoRecord
from tickets.operations.merging import UNDO_FOR


@in_transaction
def link_tickets(*, actor: User, ticket_id: int, other_id: int, now: datetime) -> UndoRecord | None:
    """Put each of two cases beside the other. None when they are linked already.

    Raises: NotFound, Forbidden, Invalid (the same case twice), Conflict ("merged").
    Leaves: TicketsChanged.
    """
    one, other = _both(actor, ticket_id, other_id)
    low, high = sorted((one.pk, other.pk))
    link, made = TicketLink.objects.get_or_create(low_id=low, high_id=high, defaults={"actor": actor, "at": now})
    if not made:
        return None
    _tell(actor, one, other, "linked", now)
    return UndoRecord.objects.create(
        act=Undoable.LINK, actor=actor, ticket=one, other=other, at=now, until=now + UNDO_FOR, data={"link": link.pk}
    )


@in_transaction
def unlink_tickets(*, actor: User, ticket_id: int, other_id: int, now: datetime) -> bool:
    """Take two cases apart again. Gives: whether they were linked.

    Raises: NotFound, Forbidden, Invalid (the same case twice), Conflict ("merged").
    Leaves: TicketsChanged.
    """
    one, other = _both(actor, ticket_id, other_id)
    low, high = sorted((one.pk, other.pk))
    gone, _each = TicketLink.objects.filter(low_id=low, high_id=high).delete()
    if gone:
        UndoRecord.objects.filter(
            act=Undoable.LINK, ticket__in=[one, other], other__in=[one, other], used_at__isnull=True
        ).update(used_at=now, used_by=actor)
        _tell(actor, one, other, "unlinked", now)
    return bool(gone)


def _both(actor: User, ticket_id: int, other_id: int) -> tuple[Ticket, Ticket]:
    if ticket_id == other_id:
        raise Invalid(_("Choose another case than this one."), field="with", code="same_case")
    found = {pk: demand(actor, Action.ASSIGN, pk) for pk in sorted((ticket_id, other_id))}
    return found[ticket_id], found[other_id]


def _tell(actor: User, one: Ticket, other: Ticket, kind: str, now: datetime) -> None:
    for ticket, beside in ((one, other), (other, one)):
        Ticket.objects.filter(pk=ticket.pk).update(version=ticket.version + 1)
        TicketEvent.objects.create(ticket=ticket, kind=kind, actor_id=actor.pk, at=now, data={"number": beside.number})
    record(actor=actor, action=f"ticket.{kind}", object_type="ticket", object_id=one.pk, now=now, other=other.pk)
    places = [TicketChange(t.pk, "linked", TicketPlace(t.team_id, t.assignee_id)) for t in (one, other)]
    emit(TicketsChanged(places))
