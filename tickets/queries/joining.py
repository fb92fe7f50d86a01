"""What a colleague sees before two cases are joined: which others there are, and what would go along."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import gettext as _

from core.errors import NotFound
from core.users.models import User
from tickets.access import visible_to
from tickets.models import Message, Note, Status, Ticket, TicketThread
from tickets.queries.queue import QueueRow, holds_personal_value, queue_rows, row_of, with_line

OFFERED = 8
WEIGHED: dict[str, type[Message | Note | TicketThread]] = {"messages": Message, "notes": Note, "threads": TicketThread}


@dataclass(frozen=True, slots=True)
class JoinSide:
    """One of two cases, and how much stands in it."""

    row: QueueRow
    messages: int
    notes: int
    threads: int


def get_join_side(*, actor: User, number: int) -> JoinSide:
    """One case with its weight. One query. Raises: NotFound, also for a case that is part of another."""
    counted = visible_to(actor).filter(number=number).exclude(status=Status.MERGED)
    counted = counted.annotate(weight=JSONObject(**{name: _count(model) for name, model in WEIGHED.items()}))
    ticket = with_line(counted).select_related("team", "assignee").first()
    if ticket is None:
        raise NotFound(_("There is no such case, or you do not have access to it."))
    return JoinSide(row_of(ticket), **getattr(ticket, "weight", {}))  # an annotation, which the model does not know


def _count(model: type[Message | Note | TicketThread]) -> Coalesce:
    here = model.objects.filter(ticket=OuterRef("pk")).order_by().values("ticket")
    return Coalesce(Subquery(here.annotate(n=Count("pk")).values("n")), Value(0))


def list_joinable(*, actor: User, number: int, text: str = "") -> list[QueueRow]:
    """Cases to join with this one, the last heard first: the customer's own, or those whose number or customer's name
    holds `text`. Two queries.
    """
    here = visible_to(actor).filter(number=number).values_list("pk", "customer_id").first()
    if here is None or holds_personal_value(text):
        return []
    others = visible_to(actor).exclude(pk=here[0]).exclude(status=Status.MERGED)
    others = others.filter(_named(text) if text.strip() else Q(customer_id=here[1]))
    return queue_rows(_newest(others)[:OFFERED])


def _named(text: str) -> Q:
    digits = "".join(character for character in text if character.isdigit())
    if digits and not text.strip(" #\u202f\u00a00123456789"):
        return Q(number=int(digits[:18]))
    found = Q()
    for word in text.split()[:8]:
        found &= Q(customer_name__icontains=word)
    return found


def _newest(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    return tickets.order_by("-last_message_at", "-pk")
