"""Two-step sending without doubles.

    queued → claimed        one worker has it, nothing has left         (a crash here: queued again)
    claimed → sending       committed before the call                   (a crash from here on: unknown)
    sending → sent | failed | unknown | queued with a later time

`sending` is never repeated blindly. First in, first out per thread: the next part waits until the one before is
settled. A part that waits for another leaves only once that one is sent, and fails with it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, OperationalError
from django.db.models import Q, QuerySet

from connectors.jobs import SEND
from connectors.kit import errors, registry
from connectors.kit.base import Receipt
from connectors.models import Account
from connectors.operations.draining import ACCOUNT_WORKS, GIVE_UP_AFTER, STUCK_AFTER, claim_row, drain, next_try_at
from connectors.operations.holding import hold_account, refresh_account, rest_account
from connectors.queries.accounts import open_account
from connectors.queries.outgoing import get_outgoing
from core import secrets
from core.actors import SYSTEM
from core.audit.record import record
from core.clock import now as clock_now
from core.events import emit
from core.tally import count_after_commit
from core.transactions import in_transaction
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.intake.messages import set_state
from tickets.lines import refresh_lines, turn_over
from tickets.models import Channel, Message, Origin, Part, PartState, Ticket, Tombstone
from tickets.operations.following_up import do_follow_ups, has_follow_ups, reopen_unsent
from tickets.operations.linking_people import carry_on_in_private

log = logging.getLogger(__name__)

TRIES = 3  # of a receipt that met another worker

WAITED_FAILED = "waited_failed"  # the reason of a part whose waited one was never sent

_CLAIM = f"""
UPDATE tickets_part SET state = 'claimed', claimed_at = %(now)s, attempts = attempts + 1
WHERE id = (
    SELECT part.id FROM tickets_part part
    JOIN tickets_message message ON message.id = part.message_id
    JOIN connectors_account account ON account.channel_id = message.channel_id
    WHERE part.state = 'queued' AND part.not_before_at <= %(now)s
      AND {ACCOUNT_WORKS}
      AND (part.waits_for_id IS NULL
           OR EXISTS (SELECT 1 FROM tickets_part waited WHERE waited.id = part.waits_for_id AND waited.state = 'sent'))
      AND NOT EXISTS (
          SELECT 1 FROM tickets_part earlier
          WHERE earlier.thread_id = part.thread_id AND earlier.id < part.id
            AND earlier.state IN ('queued', 'claimed', 'sending', 'unknown'))
    ORDER BY part.not_before_at, part.id LIMIT 1 FOR UPDATE OF part SKIP LOCKED)
AND state = 'queued'
RETURNING id
"""  # noqa: S608 -- a constant of ours


def send_waiting() -> int:
    """Send parts that are due until none is left that this worker may take. Gives: how many were tried."""
    tried = drain(SEND, send_next)
    do_follow_ups(now=clock_now())
    return tried


def send_next() -> bool:
    """Claim one due part and send it. Gives: False when there was none."""
    part_id = claim_row(_CLAIM, now=clock_now())
    if part_id is None:
        return False
    part = Part.objects.select_related("message", "message__channel__brand", "message__thread").get(pk=part_id)
    account = Account.objects.select_related("channel", "endpoint").get(channel_id=part.message.channel_id)
    _send(part, account)
    return True


def _send(part: Part, account: Account) -> None:
    """From claimed to its end. Up to `_begin` nothing has left, so any fault there queues the part again."""
    connector = registry.get(account.channel.platform)
    try:
        opened, outgoing = open_account(account), get_outgoing(part)
        fixed = connector.fixed_id(opened, outgoing) if connector.fixed_id else ""
    except secrets.SealBroken:
        return _fail(part, "keys_lost", "")
    except Exception as error:  # our bug; it must not stop the parts behind this one
        log.error("part %d not begun: %s", part.pk, type(error).__name__)
        return _requeue(part, None, "our_fault", "")
    if not _begin(part, fixed):
        return None
    try:
        receipt = connector.send(opened, outgoing)
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


@in_transaction
def _begin(part: Part, external_id: str) -> bool:
    """Commit `sending`, and the id it will have where we choose it, before the call.

    Gives: False when the sweeper took the claim away meanwhile.
    """
    moved = Part.objects.filter(pk=part.pk, state=PartState.CLAIMED, attempts=part.attempts)
    if moved.update(state=PartState.SENDING) != 1:
        return False
    if external_id:
        Message.objects.filter(pk=part.message_id).update(external_id=external_id)
    return True


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
            rest_account(account, error, now=clock_now())
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
    account = Account.objects.filter(channel_id=message.channel_id)
    account.update(last_out_at=now)
    if receipt.pause_seconds:
        account.update(held_until=now + timedelta(seconds=receipt.pause_seconds))
    if part.file_uid is None:
        _carry_on(message, receipt.recipient, now)
        _adopt(message, receipt.external_id)
    else:  # an attachment in a piece of its own has an id of its own on the network
        _echoes_of(message, receipt.external_id).delete()
        part.external_id = receipt.external_id
    _settle(part, PartState.SENT, "", "")


def _adopt(message: Message, external_id: str) -> None:
    """Give our row the network's id, and what the network has said of that id before we knew it."""
    echoes = _echoes_of(message, external_id)
    told = [(echo.state, echo.state_at or echo.version_at) for echo in echoes.select_for_update()]
    stones = Tombstone.objects.filter(channel_id=message.channel_id, external_id=external_id)
    told += stones.values_list("state", "version_at")
    echoes.delete()
    message.external_id = external_id
    for state, at in told:
        set_state(message, state, at)
    message.save()


def _echoes_of(message: Message, external_id: str) -> QuerySet[Message]:
    echoes = Message.objects.filter(channel_id=message.channel_id, external_id=external_id)
    return echoes.exclude(pk=message.pk).exclude(origin=Origin.OURS)


def _carry_on(message: Message, recipient: str, now: datetime) -> None:
    """A private answer to something public goes on in the conversation that it opened, where that is ours to see."""
    platform = registry.get(message.channel.platform).manifest.private_platform
    if not (recipient and platform and message.thread.is_opening):
        return
    channel = Channel.objects.filter(platform=platform, external_id=message.channel.external_id).first()
    if channel is not None:
        carry_on_in_private(message=message, channel=channel, external_key=recipient, now=now)


def _locked(part_id: int) -> Part:
    parts = Part.objects.select_related("message", "message__thread", "message__channel", "message__ticket__customer")
    return parts.select_for_update(of=("self", "message")).get(pk=part_id)


def _unsettled(part: Part) -> Part | None:
    """The part, locked, while this attempt is still ours to conclude: an echo or a sweeper may have settled it."""
    locked = _locked(part.pk)
    under_way = locked.state in (PartState.CLAIMED, PartState.SENDING)
    return locked if under_way and locked.attempts == part.attempts else None


def _settle(part: Part, state: str, reason: str, code: str) -> None:
    """Write how it ended, bring the case's line up to date, and tell."""
    part.state, part.reason, part.platform_code = state, reason, code
    part.save(update_fields=["state", "reason", "platform_code", "not_before_at", "external_id"])
    count_after_commit("sends", {state: 1})
    if state == PartState.FAILED:
        _fail_dependants(Q(waits_for=part))
    ticket_id = part.message.ticket_id
    if ticket_id is None:
        return
    ticket = Ticket.objects.select_for_update().get(pk=ticket_id)
    refresh_lines([ticket.pk])
    if state in (PartState.FAILED, PartState.SENT):
        turn_over([ticket.pk])
    if state == PartState.FAILED:
        reopen_unsent(ticket_ids=[ticket.pk], now=clock_now())
    emit(TicketsChanged([TicketChange(ticket.pk, "delivery", TicketPlace(ticket.team_id, ticket.assignee_id))]))


def _fail_dependants(which: Q) -> None:
    """What waits for a part that will not be sent is not sent either: it speaks of what nobody got."""
    waiting = Part.objects.filter(which, state=PartState.QUEUED).select_related("message")
    for dependant in waiting.select_for_update(of=("self", "message")).order_by("pk"):
        record(
            actor=SYSTEM,
            action="reply.failed",
            object_type="message",
            object_id=dependant.message_id,
            now=clock_now(),
            reason=WAITED_FAILED,
        )
        _settle(dependant, PartState.FAILED, WAITED_FAILED, "")


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
    locked.not_before_at = next_try_at(attempts=locked.attempts, after_seconds=after_seconds, now=now)
    return _settle(locked, PartState.QUEUED, reason, code)


@in_transaction
def recover_stuck(*, now: datetime) -> int:
    """What a dead worker left: claimed ones are queued again, sending ones become unknown. Gives: how many.

    Also what waits for a part that somebody else, such as a report of the network, has called failed.
    """
    _fail_dependants(Q(waits_for__state=PartState.FAILED))
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
    """Whether any part waits to be sent, or what follows one to be done; what the sweeper asks each second."""
    due = Part.objects.filter(state=PartState.QUEUED, not_before_at__lte=now)
    return due.filter(Q(waits_for__isnull=True) | Q(waits_for__state=PartState.SENT)).exists() or has_follow_ups()
