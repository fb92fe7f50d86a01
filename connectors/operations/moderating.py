"""Hiding, showing, deleting, liking, handing over on the network: asked for in a row, done by a worker, repeatable."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from connectors.jobs import ACT
from connectors.kit import errors, registry
from connectors.kit.manifest import HANDING, MODERATION
from connectors.kit.manifest import Action as PlatformAction
from connectors.models import Account, ActionState, NetworkAction
from connectors.operations.draining import ACCOUNT_WORKS, GIVE_UP_AFTER, STUCK_AFTER, claim_row, drain, next_try_at
from connectors.operations.holding import hold_account, refresh_account, rest_account
from connectors.queries.accounts import open_account
from core.actors import SYSTEM
from core.audit.record import record
from core.clock import now as clock_now
from core.errors import Conflict, Invalid, NotFound
from core.events import emit
from core.jobs import enqueue
from core.secrets import SealBroken
from core.transactions import in_transaction
from core.users.models import User
from tickets.access import Action, demand
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.intake.messages import save_changed, set_state
from tickets.lines import refresh_lines
from tickets.models import Message, MessageState, Thread, Ticket, TicketEvent

log = logging.getLogger(__name__)

RESULT: dict[str, MessageState] = {
    PlatformAction.HIDE: MessageState.HIDDEN,
    PlatformAction.UNHIDE: MessageState.VISIBLE,
    PlatformAction.DELETE: MessageState.DELETED,
}


def moderate_message(*, actor: User, ticket_id: int, message_id: int, action: str, now: datetime) -> NetworkAction:
    """Ask the network to hide, unhide, delete, like or unlike a message of the case.

    Gives: the row that a worker will do; the one under way when the same is asked twice.
    Raises: NotFound, Forbidden, Invalid (the platform has no such action), Conflict (gone, not sent, or ours to hide).
    Leaves: job ACT.
    """
    try:
        with transaction.atomic():
            return _store(actor, ticket_id, message_id, action, now)
    except IntegrityError:
        return NetworkAction.objects.get(
            message_id=message_id, action=action, state__in=[ActionState.QUEUED, ActionState.RUNNING]
        )


def _store(actor: User, ticket_id: int, message_id: int, action: str, now: datetime) -> NetworkAction:
    ticket = demand(actor, Action.MODERATE, ticket_id)
    message = Message.objects.filter(pk=message_id, thread__ticket_threads__ticket=ticket).first()
    if message is None:
        raise NotFound(_("There is no such message."))
    _check(ticket.platform, message, action)
    row = NetworkAction.objects.create(message=message, actor=actor, action=action, at=now, not_before_at=now)
    record(actor=actor, action=f"message.{action}", object_type="message", object_id=message.pk, now=now)
    enqueue(ACT)
    return row


def _check(platform: str, message: Message, action: str) -> None:
    manifest = registry.get(platform).manifest
    if action not in MODERATION:
        raise Invalid(_("Choose what to do with this message."), field="action")
    wanted = PlatformAction(action)
    if wanted not in manifest.actions:
        raise Invalid(_(manifest.gaps[wanted]), field="action", code="unsupported")
    if message.state == MessageState.DELETED or not message.external_id:
        raise Conflict(_("This message is not on the network."), code="gone")
    if wanted in manifest.own_only and message.direction == "in":
        raise Conflict(_("The network allows this for our own messages only."), code="not_own")
    if wanted in (PlatformAction.HIDE, PlatformAction.UNHIDE) and message.direction == "out":
        raise Conflict(_("Our own messages cannot be hidden; delete instead."), code="own")


_CLAIM = f"""
UPDATE connectors_networkaction SET state = 'running', claimed_at = %(now)s, attempts = attempts + 1
WHERE id = (
    SELECT action.id FROM connectors_networkaction action
    JOIN tickets_message message ON message.id = action.message_id
    JOIN connectors_account account ON account.channel_id = message.channel_id
    WHERE action.state = 'queued' AND action.not_before_at <= %(now)s
      AND {ACCOUNT_WORKS}
    ORDER BY action.not_before_at, action.id LIMIT 1 FOR UPDATE OF action SKIP LOCKED)
AND state = 'queued'
RETURNING id
"""  # noqa: S608 -- a constant of ours


def act_waiting() -> int:
    """Do every action that is due and that nobody else does. Gives: how many were tried."""
    return drain(ACT, _act_next)


def _act_next() -> bool:
    action_id = claim_row(_CLAIM, now=clock_now())
    if action_id is None:
        return False
    row = NetworkAction.objects.select_related("message__thread").get(pk=action_id)
    account = Account.objects.select_related("channel", "endpoint").get(channel_id=row.message.channel_id)
    _act(row, account)
    return True


def _act(row: NetworkAction, account: Account) -> None:
    try:
        opened = open_account(account)
        connector = registry.get(account.channel.platform)
        about = row.message.thread.external_root if row.action in HANDING else row.message.external_id
        connector.moderate(opened, PlatformAction(row.action), about or "")
    except SealBroken:
        return _fail(row, "keys_lost", "")
    except errors.ConnectorError as error:
        return _conclude(row, account, error)
    except Exception as error:  # our bug; repeating is harmless, so it is tried again
        log.error("action %d raised %s", row.pk, type(error).__name__)
        return _again(row, None, "our_fault", "")
    return _done(row)


def _conclude(row: NetworkAction, account: Account, error: errors.ConnectorError) -> None:
    """As in sending, but an unknown outcome is simply tried again: doing it twice changes nothing."""
    now = clock_now()
    match error:
        case errors.Rejected():
            _fail(row, error.reason, error.code)
        case errors.Unsupported():
            _fail(row, "unsupported", error.code)
        case errors.NeedsReconnect():
            hold_account(account, error, now=now)
            _again(row, 0, "needs_reconnect", error.code)
        case errors.TokenExpired():
            refresh_account(account, now=now)
            _again(row, None, "try_later", error.code)
        case errors.RateLimited():
            rest_account(account, error, now=now)
            _again(row, error.after_seconds, "rate_limited", error.code)
        case errors.RetryLater():
            _again(row, error.after_seconds, "try_later", error.code)
        case _:
            _again(row, None, "no_answer", error.code)


@in_transaction
def _done(row: NetworkAction) -> None:
    """The network did it; our copy follows at once, its own word comes later as an echo and changes nothing more."""
    now = clock_now()
    NetworkAction.objects.filter(pk=row.pk).update(state=ActionState.DONE, reason="", platform_code="")
    message = Message.objects.select_for_update().get(pk=row.message_id)
    if row.action in HANDING:
        standby = row.action == PlatformAction.HAND_BACK
        Thread.objects.filter(pk=message.thread_id).update(standby=standby, standby_at=now)
    if row.action in RESULT and set_state(message, RESULT[row.action], now):
        save_changed([message])
    _tell(message, row, f"{row.action}_done", now)


@in_transaction
def _fail(row: NetworkAction, reason: str, code: str) -> None:
    now = clock_now()
    NetworkAction.objects.filter(pk=row.pk).update(state=ActionState.FAILED, reason=str(reason), platform_code=code)
    record(actor=SYSTEM, action="message.action_failed", object_type="message", object_id=row.message_id, now=now)
    _tell(Message.objects.get(pk=row.message_id), row, f"{row.action}_failed", now, reason=str(reason))


def _tell(message: Message, row: NetworkAction, kind: str, now: datetime, **data: str) -> None:
    if message.ticket_id is None:
        return
    ticket = Ticket.objects.select_for_update().get(pk=message.ticket_id)
    TicketEvent.objects.create(ticket=ticket, kind=kind, actor_id=row.actor_id, at=now, data=data)
    refresh_lines([ticket.pk])
    emit(TicketsChanged([TicketChange(ticket.pk, "state", TicketPlace(ticket.team_id, ticket.assignee_id))]))


def _again(row: NetworkAction, after_seconds: int | None, reason: str, code: str) -> None:
    now = clock_now()
    if now - row.at > GIVE_UP_AFTER and reason != "needs_reconnect":
        return _fail(row, "gave_up", code)
    later = next_try_at(attempts=row.attempts, after_seconds=after_seconds, now=now)
    NetworkAction.objects.filter(pk=row.pk).update(
        state=ActionState.QUEUED, reason=reason, platform_code=code, not_before_at=later
    )
    return None


def recover_stuck_actions(*, now: datetime) -> int:
    """What a dead worker left is queued again. Gives: how many."""
    stuck = NetworkAction.objects.filter(state=ActionState.RUNNING, claimed_at__lt=now - STUCK_AFTER)
    return stuck.update(state=ActionState.QUEUED)


def has_due_actions(now: datetime) -> bool:
    """Whether any action waits; what the sweeper asks."""
    return NetworkAction.objects.filter(state=ActionState.QUEUED, not_before_at__lte=now).exists()
