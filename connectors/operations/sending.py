"""Two-step sending without doubles.

    queued → claimed        one worker has it, nothing has left         (a crash here: queued again)
    claimed → sending       committed before the call                   (a crash from here on: unknown)
    sending → sent | failed | unknown | queued with a later time

`sending` is never repeated blindly. First in, first out per thread: the next part waits until the one before is
settled.
"""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta

from django.db import IntegrityError, OperationalError, connection

from connectors.jobs import SEND
from connectors.kit import errors, registry
from connectors.kit.base import OutgoingPart, Receipt
from connectors.models import Account
from connectors.operations.holding import hold_account, pause_account, refresh_account
from connectors.queries.accounts import open_account
from core import secrets
from core.actors import SYSTEM
from core.audit.record import record
from core.clock import now as clock_now
from core.events import emit
from core.jobs import clear_pending
from core.tally import count_after_commit
from core.transactions import in_transaction
from tickets import sealing
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.intake.messages import set_state
from tickets.lines import refresh_lines, turn_over
from tickets.models import Message, Origin, Part, PartState, Ticket, Tombstone

log = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(hours=24)  # of "not done, try later"
STUCK_AFTER = timedelta(minutes=3)  # well above the kit's time limits for one call
LONGEST_WAIT = 600  # seconds between tries
TRIES = 3  # of a receipt that met another worker

_CLAIM = """
UPDATE tickets_part SET state = 'claimed', claimed_at = %(now)s, attempts = attempts + 1
WHERE id = (
    SELECT part.id FROM tickets_part part
    JOIN tickets_message message ON message.id = part.message_id
    JOIN connectors_account account ON account.channel_id = message.channel_id
    WHERE part.state = 'queued' AND part.not_before_at <= %(now)s
      AND account.health <> 'reconnect' AND (account.held_until IS NULL OR account.held_until <= %(now)s)
      AND NOT EXISTS (
          SELECT 1 FROM tickets_part earlier
          WHERE earlier.thread_id = part.thread_id AND earlier.id < part.id
            AND earlier.state IN ('queued', 'claimed', 'sending', 'unknown'))
    ORDER BY part.not_before_at, part.id LIMIT 1 FOR UPDATE OF part SKIP LOCKED)
AND state = 'queued'
RETURNING id
"""


def send_waiting() -> int:
    """Send parts that are due until none is left that this worker may take. Gives: how many were tried."""
    tried = 0
    while send_next():
        tried += 1
    clear_pending(SEND)
    while send_next():
        tried += 1
    return tried


def send_next() -> bool:
    """Claim one due part and send it. Gives: False when there was none."""
    part_id = _claim(clock_now())
    if part_id is None:
        return False
    part = Part.objects.select_related("message", "message__channel").get(pk=part_id)
    account = Account.objects.select_related("channel", "endpoint").get(channel_id=part.message.channel_id)
    _send(part, account)
    return True


def _claim(now: datetime) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now})
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _send(part: Part, account: Account) -> None:
    """From claimed to its end. Up to `_begin` nothing has left, so any fault there queues the part again."""
    try:
        opened, outgoing = open_account(account), _outgoing(part)
    except secrets.SealBroken:
        return _fail(part, "keys_lost", "")
    except Exception as error:  # our bug; it must not stop the parts behind this one
        log.error("part %d not begun: %s", part.pk, type(error).__name__)
        return _requeue(part, None, "our_fault", "")
    if not _begin(part):
        return None
    try:
        receipt = registry.get(account.channel.platform).send(opened, outgoing)
    except errors.ConnectorError as error:
        return _conclude(part, account, error)
    except Exception as error:  # our bug, and the call may have left
        log.error("sending part %d raised %s", part.pk, type(error).__name__)
        return _mark_unknown(part, "our_fault")
    return _keep_receipt(part, receipt)


def _keep_receipt(part: Part, receipt: Receipt) -> None:
    """What was sent must be known as sent, so it is tried again when intake was at the same rows."""
    for attempt in range(TRIES):
        try:
            return store_receipt(part_id=part.pk, receipt=receipt, now=clock_now())
        except (IntegrityError, OperationalError):
            if attempt == TRIES - 1:
                raise
    return None


def _outgoing(part: Part) -> OutgoingPart:
    message = part.message
    return OutgoingPart(
        kind="text",
        text=sealing.original_text(message),
        target_external_id=part.target_external_id,
        thread_root=message.thread.external_root,
        visibility=message.visibility,  # type: ignore[arg-type]  # a Visibility value
        client_key=str(message.client_key or message.uid),
    )


def _begin(part: Part) -> bool:
    """Commit `sending` before the call; False when the sweeper took the claim away meanwhile."""
    moved = Part.objects.filter(pk=part.pk, state=PartState.CLAIMED, attempts=part.attempts)
    return moved.update(state=PartState.SENDING) == 1


def _conclude(part: Part, account: Account, error: errors.ConnectorError) -> None:
    """One consequence per class; see the table in `connectors/kit/errors.py`."""
    match error:
        case errors.OutcomeUnknown():
            _mark_unknown(part, "no_answer", error.code)
        case errors.Rejected():
            _fail(part, error.reason, error.code)
        case errors.NeedsReconnect():
            hold_account(account, error, now=clock_now())
            _requeue(part, 0, "needs_reconnect", error.code)
        case errors.TokenExpired():
            refresh_account(account, now=clock_now())
            _requeue(part, None, "try_later", error.code)
        case errors.RateLimited():
            pause_account(account, error.after_seconds, error.code, now=clock_now())
            _requeue(part, error.after_seconds, "rate_limited", error.code)
        case errors.RetryLater():
            _requeue(part, error.after_seconds, "try_later", error.code)
        case errors.Unsupported():
            _fail(part, "unsupported", error.code)
        case _:
            _mark_unknown(part, "our_fault", error.code)


@in_transaction
def store_receipt(*, part_id: int, receipt: Receipt, now: datetime) -> None:
    """The platform took it. An echo that came first made a row of its own; ours adopts its id and the other goes.

    Leaves: TicketsChanged.
    """
    part = _locked(part_id)
    message = part.message
    _adopt(message, receipt.external_id)
    Account.objects.filter(channel_id=message.channel_id).update(last_out_at=now)
    if receipt.pause_seconds:
        Account.objects.filter(channel_id=message.channel_id).update(
            held_until=now + timedelta(seconds=receipt.pause_seconds)
        )
    _settle(part, PartState.SENT, "", "")


def _adopt(message: Message, external_id: str) -> None:
    """Give our row the network's id, and what the network has said of that id before we knew it."""
    echoes = Message.objects.filter(channel_id=message.channel_id, external_id=external_id)
    echoes = echoes.exclude(pk=message.pk).exclude(origin=Origin.OURS)
    told = [(echo.state, echo.state_at or echo.version_at) for echo in echoes.select_for_update()]
    stones = Tombstone.objects.filter(channel_id=message.channel_id, external_id=external_id)
    told += stones.values_list("state", "version_at")
    echoes.delete()
    message.external_id = external_id
    for state, at in told:
        set_state(message, state, at)
    message.save()


def _locked(part_id: int) -> Part:
    return Part.objects.select_related("message").select_for_update(of=("self", "message")).get(pk=part_id)


def _unsettled(part: Part) -> Part | None:
    """The part, locked, while this attempt is still ours to conclude: an echo or a sweeper may have settled it."""
    locked = _locked(part.pk)
    under_way = locked.state in (PartState.CLAIMED, PartState.SENDING)
    return locked if under_way and locked.attempts == part.attempts else None


def _settle(part: Part, state: str, reason: str, code: str) -> None:
    """Write how it ended, bring the case's line up to date, and tell."""
    part.state, part.reason, part.platform_code = state, reason, code
    part.save(update_fields=["state", "reason", "platform_code", "not_before_at"])
    count_after_commit("sends", {state: 1})
    ticket_id = part.message.ticket_id
    if ticket_id is None:
        return
    ticket = Ticket.objects.select_for_update().get(pk=ticket_id)
    refresh_lines([ticket.pk])
    if state in (PartState.FAILED, PartState.SENT):
        turn_over([ticket.pk])
    emit(TicketsChanged([TicketChange(ticket.pk, "delivery", TicketPlace(ticket.team_id, ticket.assignee_id))]))


@in_transaction
def _fail(part: Part, reason: str, code: str) -> None:
    locked = _unsettled(part)
    if locked is None:
        return
    now = clock_now()
    record(
        actor=SYSTEM, action="reply.failed", object_type="message", object_id=part.message_id, now=now, reason=reason
    )
    _settle(locked, PartState.FAILED, str(reason), code)


@in_transaction
def _mark_unknown(part: Part, reason: str, code: str = "") -> None:
    if locked := _unsettled(part):
        _settle(locked, PartState.UNKNOWN, reason, code)


@in_transaction
def _requeue(part: Part, after_seconds: int | None, reason: str, code: str) -> None:
    """Certainly not done: again later, with jitter, until it is a day old."""
    locked = _unsettled(part)
    if locked is None:
        return None
    now = clock_now()
    if now - locked.message.at > GIVE_UP_AFTER and reason != "needs_reconnect":
        return _settle(locked, PartState.FAILED, "gave_up", code)
    wait = after_seconds if after_seconds is not None else min(2**locked.attempts, LONGEST_WAIT)
    locked.not_before_at = now + timedelta(seconds=wait * random.uniform(1.0, 1.25))
    return _settle(locked, PartState.QUEUED, reason, code)


@in_transaction
def recover_stuck(*, now: datetime) -> int:
    """What a dead worker left: claimed ones are queued again, sending ones become unknown. Gives: how many."""
    stuck = Part.objects.filter(
        state__in=[PartState.CLAIMED, PartState.SENDING], claimed_at__lt=now - STUCK_AFTER
    ).select_related("message").select_for_update(of=("self", "message"), skip_locked=True)  # fmt: skip
    count = 0
    for part in stuck:
        if part.state == PartState.CLAIMED:
            _settle(part, PartState.QUEUED, part.reason, part.platform_code)
        else:
            _settle(part, PartState.UNKNOWN, "no_answer", "")
        count += 1
    return count


def has_due(now: datetime) -> bool:
    """Whether any part waits to be sent; what the sweeper asks each second."""
    return Part.objects.filter(state=PartState.QUEUED, not_before_at__lte=now).exists()
