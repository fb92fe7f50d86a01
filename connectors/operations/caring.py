"""Letting a channel rest, waking it, and taking it away."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from connectors.jobs import ACT, SEND
from connectors.models import Account, ArrivalHour, Import, NetworkAction, PendingSignIn
from connectors.operations.channels import demand_admin
from core.audit.record import Actor, record
from core.errors import NotFound
from core.events import emit
from core.jobs import enqueue
from core.transactions import in_transaction
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.lines import refresh_lines
from tickets.models import Part, PartState, Ticket

REMOVED = "channel_removed"  # why a reply that waited was not sent


@in_transaction
def pause_channel(*, actor: Actor, channel_id: int, now: datetime) -> Account:
    """Fetch nothing and send nothing for now. Webhooks are still kept and read, so nothing is lost.

    Raises: Forbidden, NotFound.
    """
    account = _locked(actor, channel_id)
    if account.paused_at is None:
        account.paused_at = now
        account.save(update_fields=["paused_at"])
        record(actor=actor, action="channel.paused", object_type="channel", object_id=channel_id, now=now)
    return account


@in_transaction
def resume_channel(*, actor: Actor, channel_id: int, now: datetime) -> Account:
    """Go on: what came meanwhile is fetched, what waits is sent.

    Raises: Forbidden, NotFound. Leaves: jobs SEND, ACT.
    """
    account = _locked(actor, channel_id)
    if account.paused_at is not None:
        account.paused_at, account.next_poll_at = None, now
        account.save(update_fields=["paused_at", "next_poll_at"])
        record(actor=actor, action="channel.resumed", object_type="channel", object_id=channel_id, now=now)
        enqueue(SEND)
        enqueue(ACT)
    return account


@in_transaction
def remove_channel(*, actor: Actor, channel_id: int, now: datetime) -> None:
    """Forget how to reach an account. Its cases and messages stay; replies that waited become failed.

    Raises: Forbidden, NotFound.
    Leaves: TicketsChanged.
    """
    account = _locked(actor, channel_id)
    stopped = _stop_replies(channel_id)
    endpoint = account.endpoint
    NetworkAction.objects.filter(message__channel_id=channel_id, state="queued").update(state="failed", reason=REMOVED)
    for model in (ArrivalHour, Import, PendingSignIn):
        model.objects.filter(channel_id=channel_id).delete()
    account.delete()
    if endpoint is not None and not endpoint.accounts.exists():
        endpoint.delete()
    record(actor=actor, action="channel.removed", object_type="channel", object_id=channel_id, now=now, stopped=stopped)


def _locked(actor: Actor, channel_id: int) -> Account:
    demand_admin(actor=actor)
    accounts = Account.objects.select_for_update(of=("self",)).select_related("endpoint", "channel")
    account = accounts.filter(channel_id=channel_id).first()
    if account is None:
        raise NotFound(_("There is no such channel."))
    return account


def waiting_replies(channel_id: int) -> QuerySet[Part]:
    """What has not left yet."""
    return Part.objects.filter(message__channel_id=channel_id, state__in=[PartState.QUEUED, PartState.CLAIMED])


def _stop_replies(channel_id: int) -> int:
    parts = waiting_replies(channel_id)
    touched = set(parts.values_list("message__ticket_id", flat=True)) - {None}
    stopped = parts.update(state=PartState.FAILED, reason=REMOVED)
    tickets = list(Ticket.objects.select_for_update().filter(pk__in=touched).order_by("pk"))
    refresh_lines([ticket.pk for ticket in tickets])
    if tickets:
        emit(TicketsChanged([
            TicketChange(one.pk, "delivery", TicketPlace(one.team_id, one.assignee_id)) for one in tickets
        ]))  # fmt: skip
    return stopped
