"""Who has a private conversation, changed from here: taken from another program of the company, or given back to it."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from connectors.jobs import ACT
from connectors.kit import registry
from connectors.kit.manifest import HANDING
from connectors.kit.manifest import Action as PlatformAction
from connectors.models import ActionState, NetworkAction
from core.audit.record import record
from core.errors import Conflict, Invalid, NotFound
from core.events import emit
from core.jobs import enqueue
from core.users.models import User
from tickets.access import Action, demand
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.models import Message, Thread, Ticket, TicketEvent


def hand_conversation(*, actor: User, ticket_id: int, thread_id: int, action: str, now: datetime) -> NetworkAction:
    """Ask the network for a conversation that another program has ("take_over"), or give it back ("hand_back").

    Gives: the row that a worker will do, as it does moderation; the one under way when the same is asked twice.
    Raises: NotFound, Forbidden, Invalid (the platform has no such action), Conflict (it is so already).
    Leaves: TicketsChanged; job ACT. Once done the thread is ours, or the other program's; history says both.
    """
    try:
        with transaction.atomic():
            return _ask(actor, ticket_id, thread_id, action, now)
    except IntegrityError:
        under_way = NetworkAction.objects.filter(state__in=[ActionState.QUEUED, ActionState.RUNNING])
        return under_way.get(message__thread_id=thread_id, action=action)


def _ask(actor: User, ticket_id: int, thread_id: int, action: str, now: datetime) -> NetworkAction:
    ticket = demand(actor, Action.REPLY, ticket_id)
    link = ticket.ticket_threads.filter(thread_id=thread_id).select_related("thread__channel").first()
    if link is None:
        raise NotFound(_("This case has no such thread."))
    _check(link.thread, action)
    row = NetworkAction.objects.create(
        message=_first(link.thread), actor=actor, action=action, at=now, not_before_at=now
    )
    record(
        actor=actor, action=f"conversation.{action}", object_type="thread", object_id=thread_id, now=now,
        ticket_id=ticket.pk,
    )  # fmt: skip
    _tell(ticket, actor, action, now)
    enqueue(ACT)
    return row


def _check(thread: Thread, action: str) -> None:
    manifest = registry.get(thread.channel.platform).manifest
    if action not in HANDING:
        raise Invalid(_("Choose what to do with this conversation."), field="action")
    wanted = PlatformAction(action)
    if wanted not in manifest.actions:
        raise Invalid(_(manifest.gaps[wanted]), field="action", code="unsupported")
    if thread.is_opening or thread.standby != (wanted is PlatformAction.TAKE_OVER):
        raise Conflict(_("It is so already."), code="done_already")


def _first(thread: Thread) -> Message:
    """What the row hangs on: always the same message, so that the same wish twice is one wish."""
    message = Message.objects.filter(thread=thread).order_by("pk").first()
    if message is None:
        raise Conflict(_("Nothing was said in this conversation yet."), code="empty")
    return message


def _tell(ticket: Ticket, actor: User, action: str, now: datetime) -> None:
    TicketEvent.objects.create(ticket=ticket, kind=f"{action}_asked", actor=actor, at=now)
    emit(TicketsChanged([TicketChange(ticket.pk, "state", TicketPlace(ticket.team_id, ticket.assignee_id))]))
