"""Locking whole cases, threads first: what arrives in a thread meanwhile waits, and then finds where it belongs."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from core.errors import Forbidden, NotFound
from tickets.access import Action, Actor, demand, may, visible_to
from tickets.models import Status, Thread, Ticket, TicketThread


def demand_cases(actor: Actor, ticket_ids: Collection[int]) -> dict[int, Ticket]:
    """These cases and their threads, locked, when the actor may work in all of them.

    A message that arrives holds its thread's row before it looks for its case, so that neither sees half of the other.
    Raises: NotFound, Forbidden, Conflict ("merged").
    """
    for pk in sorted(ticket_ids):
        demand(actor, Action.ASSIGN, pk, lock=False)
    lock_threads(ticket_ids)
    found = {pk: demand(actor, Action.ASSIGN, pk) for pk in sorted(ticket_ids)}
    lock_threads(ticket_ids)  # and those that were joined to a case just before it was locked
    return found


def lock_threads(ticket_ids: Collection[int]) -> None:
    """The threads of these cases, in order."""
    joined = TicketThread.objects.filter(ticket__in=ticket_ids).values("thread")
    list(Thread.objects.select_for_update().filter(pk__in=joined).order_by("pk").values_list("pk"))


def demand_merged(actor: Actor, ticket_id: int) -> Ticket:
    """A case that is part of another one, locked, if the actor might work in it. Raises: NotFound, Forbidden."""
    ticket = visible_to(actor).select_for_update(of=("self",)).filter(pk=ticket_id, status=Status.MERGED).first()
    if ticket is None:
        raise NotFound(_("There is no such case, or you do not have access to it."))
    if not may(actor, Action.ASSIGN):
        raise Forbidden(_("Your role does not allow this."))
    return ticket


def standing_id(ticket_id: int) -> int:
    """The case in which this one goes on: itself, or the one it was merged into. One query."""
    found = Ticket.objects.filter(pk=ticket_id).values_list("merged_into_id", flat=True).first()
    return found or ticket_id
