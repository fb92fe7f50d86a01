"""Giving a case to a colleague or a team."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Conflict, Invalid
from core.events import emit
from core.transactions import in_transaction
from core.users.models import User
from tickets.access import SEES_ALL, SEES_TEAMS, Action, Actor, demand
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.models import NoticeKind, Team, Ticket, TicketEvent
from tickets.notices import notify


def _place(ticket: Ticket) -> TicketPlace:
    return TicketPlace(ticket.team_id, ticket.assignee_id)


def _store(
    ticket: Ticket, *, actor: Actor, now: datetime, before: TicketPlace, kind: str, data: dict[str, str]
) -> None:
    ticket.version += 1
    ticket.save(update_fields=["team", "assignee", "version"])
    TicketEvent.objects.create(ticket=ticket, kind=kind, actor_id=actor.pk, at=now, data=data)
    record(
        actor=actor,
        action=f"ticket.{kind}",
        object_type="ticket",
        object_id=ticket.pk,
        now=now,
        team_id=ticket.team_id,
        assignee_id=ticket.assignee_id,
    )
    emit(TicketsChanged([TicketChange(ticket.pk, "assigned", _place(ticket), before)]))


@in_transaction
def assign_ticket(*, actor: Actor, ticket_id: int, assignee_id: int | None, now: datetime) -> Ticket:
    """Give a case to a colleague, or to nobody (None). The same colleague again changes nothing.

    Raises: NotFound, Forbidden, Invalid (no such active colleague, or one who answers no customers).
    Leaves: TicketsChanged, NoticesChanged.
    """
    ticket = demand(actor, Action.ASSIGN, ticket_id)
    if ticket.assignee_id == assignee_id:
        return ticket
    person = answering_colleague(assignee_id) if assignee_id is not None else None
    before = _place(ticket)
    ticket.assignee = person
    kind = "assigned" if person else "unassigned"
    _store(ticket, actor=actor, now=now, before=before, kind=kind, data={"to": person.name} if person else {})
    notify([assignee_id], ticket_id=ticket.pk, kind=NoticeKind.ASSIGNED, actor=actor, now=now)
    return ticket


def answering_colleague(user_id: int) -> User:
    """An active colleague who can have cases. Raises: Invalid."""
    person = User.objects.filter(pk=user_id, is_active=True).first()
    if person is None or person.role not in (SEES_ALL | SEES_TEAMS) - {"auditor"}:
        raise Invalid(_("Choose a colleague who answers customers."), field="assignee")
    return person


@in_transaction
def take_ticket(*, actor: User, ticket_id: int, now: datetime) -> Ticket:
    """Take an unassigned case. Of many who try at once exactly one wins.

    Raises: NotFound, Forbidden, Conflict (a colleague has it; the sentence says who).
    Leaves: TicketsChanged.
    """
    ticket = demand(actor, Action.ASSIGN, ticket_id)
    if ticket.assignee_id not in (None, actor.pk):
        owner = User.objects.get(pk=ticket.assignee_id)
        raise Conflict(_("%(name)s has taken this case.") % {"name": owner.name}, code="taken")
    return assign_ticket(actor=actor, ticket_id=ticket_id, assignee_id=actor.pk, now=now)


@in_transaction
def move_ticket(*, actor: Actor, ticket_id: int, team_id: int, now: datetime) -> Ticket:
    """Give a case to another team; its assignee lets go unless a member there. Those who lose sight of it are told.

    Raises: NotFound, Forbidden, Invalid (no such team).
    Leaves: TicketsChanged.
    """
    ticket = demand(actor, Action.ASSIGN, ticket_id)
    if ticket.team_id == team_id:
        return ticket
    team = Team.objects.filter(pk=team_id).first()
    if team is None:
        raise Invalid(_("Choose one of the teams."), field="team")
    before = _place(ticket)
    ticket.team = team
    if ticket.assignee_id and not team.members.filter(pk=ticket.assignee_id).exists():
        ticket.assignee = None
    _store(ticket, actor=actor, now=now, before=before, kind="moved", data={"to": team.name})
    return ticket


@in_transaction
def put_back_place(
    *, actor: Actor, ticket_id: int, team_id: int | None, assignee_id: int | None, now: datetime
) -> Ticket:
    """Give a case back to the team and the colleague that had it, also where that was none. For undoing.

    Raises: NotFound, Forbidden, Invalid (the colleague or the team is gone).
    Leaves: TicketsChanged.
    """
    ticket = demand(actor, Action.ASSIGN, ticket_id)
    team = Team.objects.filter(pk=team_id).first() if team_id is not None else None
    if team is None and team_id is not None:
        raise Invalid(_("Choose one of the teams."), field="team")
    before = _place(ticket)
    ticket.team = team
    ticket.assignee = answering_colleague(assignee_id) if assignee_id is not None else None
    data = {"to": team.name} if team else {}
    _store(ticket, actor=actor, now=now, before=before, kind="moved", data=data)
    return ticket
