"""Replies of ours that matter to whoever writes now: a colleague's that was not seen, one's own that can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from core.users.models import User
from tickets.access import visible_to
from tickets.models import FollowUp, Message, Origin, Part, PartState, Ticket, Visibility


@dataclass(frozen=True, slots=True)
class Undoable:
    """A reply of one's own that has not left yet."""

    number: int
    message_id: int
    customer_name: str
    undo_until: datetime
    then: str = ""  # what follows it once it is sent


def unseen_replies(*, actor: User, ticket_id: int, after: int) -> QuerySet[Message]:
    """What others on our side have said in this case since the message `after`, oldest first.

    A reply written in the platform's own app counts as well. Its id may be older than what was said on the platform
    later, but it is newer than everything the writer's page held.
    """
    said = Message.objects.filter(ticket_id=ticket_id, direction="out", pk__gt=after)
    return said.exclude(author=actor).exclude(origin=Origin.BOT).order_by("pk")


def get_undoable(*, actor: User, now: datetime) -> Undoable | None:
    """The newest reply the actor can still take back. One query."""
    part = (
        Part.objects.filter(state=PartState.QUEUED, attempts=0, not_before_at__gt=now, message__author=actor)
        .filter(message__ticket__in=visible_to(actor))
        .select_related("message__ticket", "message__follow_up")
        .order_by("-pk")
        .first()
    )
    if part is None or part.message.ticket is None:
        return None
    ticket = part.message.ticket
    follow_up: FollowUp | None = getattr(part.message, "follow_up", None)
    then = follow_up.kind if follow_up else ""
    return Undoable(ticket.number, part.message_id, ticket.customer_name, part.not_before_at, then)


def heard_last(*, ticket: Ticket) -> str:
    """Where the customer spoke last, "" when they have not. One query."""
    heard = Message.objects.filter(ticket=ticket, direction="in", customer_id=ticket.customer_id)
    return heard.order_by("-at", "-pk").values_list("visibility", flat=True).first() or ""


def answered_publicly(*, actor: User, ticket: Ticket) -> bool:
    """Whether this colleague has answered this case in public before. One query."""
    return Message.objects.filter(ticket=ticket, author=actor, visibility=Visibility.PUBLIC).exists()
