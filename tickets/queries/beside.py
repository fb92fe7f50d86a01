"""What stands beside a case: the customer's other cases, those it was linked with, and what can be taken back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Case, F, OuterRef, Q, QuerySet, When
from django.db.models.functions import JSONObject
from django.utils.dateparse import parse_datetime

from tickets.access import Actor, visible_to
from tickets.models import Status, Ticket, TicketLink, Undoable, UndoRecord
from tickets.queries.case_views import Related, UndoView

RELATED_LIMIT, LINKED_LIMIT, UNDOS_SHOWN = 5, 50, 10


def undoable_here(ticket: OuterRef) -> QuerySet[Any]:
    """For a subquery: the newest acts on a case that were not taken back, as `undo_view` reads them."""
    here = Q(ticket=ticket) | Q(other=ticket, act=Undoable.MERGE)
    kept = UndoRecord.objects.filter(here, used_at__isnull=True).order_by("-until", "-pk")
    number = Case(When(ticket=ticket, then=F("other__number")), default=F("ticket__number"))
    return kept.values(json=JSONObject(uid="uid", act="act", number=number, until="until"))[:UNDOS_SHOWN]


def undo_view(undo: dict[str, Any]) -> UndoView:
    """One of them."""
    until = parse_datetime(undo["until"])
    assert until is not None  # noqa: S101  the database wrote it
    return UndoView(UUID(undo["uid"]), undo["act"], undo["number"] or 0, until)


def linked_here(ticket: OuterRef) -> QuerySet[Any]:
    """For a subquery: the ids of the cases that were linked with a case."""
    here = TicketLink.objects.filter(Q(low=ticket) | Q(high=ticket)).order_by("-at", "-pk")
    return here.values(pk_=Case(When(low=ticket, then=F("high_id")), default=F("low_id")))[:LINKED_LIMIT]


def cases_beside(
    *, actor: Actor, ticket: Ticket, linked: Collection[int]
) -> tuple[tuple[Related, ...], tuple[Related, ...]]:
    """The linked cases that the actor sees, and the customer's last other ones. One query."""
    others = visible_to(actor).exclude(pk=ticket.pk).exclude(status=Status.MERGED)
    others = others.filter(Q(customer_id=ticket.customer_id) | Q(pk__in=linked))
    first = [Case(When(pk__in=linked, then=0), default=1)] if linked else []
    shown = others.order_by(*first, "-last_message_at", "-id")[: len(linked) + RELATED_LIMIT]
    rows = [(t.pk, Related(t.number, t.preview, t.status, t.platform, t.visibility, t.last_message_at)) for t in shown]
    return (
        tuple(one for pk, one in rows if pk in linked),
        tuple(one for pk, one in rows if pk not in linked)[:RELATED_LIMIT],
    )
