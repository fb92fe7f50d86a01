"""What a platform's answer does to the whole channel: held until somebody reconnects, or resting for a while."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Case, Value, When
from django.db.models.functions import Coalesce

from connectors.kit import errors, registry
from connectors.models import Account, Health
from connectors.queries.accounts import open_account
from core import secrets
from core.actors import SYSTEM
from core.audit.record import record

log = logging.getLogger(__name__)

REFRESH_LEASE = timedelta(seconds=60)
USUAL_PAUSE = 60  # seconds, where the platform names none


def hold_account(account: Account, error: errors.NeedsReconnect, *, now: datetime) -> None:
    """Nothing more is sent or polled until somebody reconnects; nothing is dropped."""
    log.warning("channel %d needs a new sign-in [%s]", account.channel_id, error.code)
    # Only the credentials that failed are held: new ones may have been given while the call was out.
    held = Account.objects.filter(pk=account.pk, credentials=bytes(account.credentials))
    held = held.exclude(health=Health.RECONNECT)
    if held.update(health=Health.RECONNECT, health_code=error.code, missing=list(error.missing), health_at=now):
        record(actor=SYSTEM, action="channel.held", object_type="channel", object_id=account.channel_id, now=now)


def pause_account(
    account: Account, seconds: int | None, code: str, *, now: datetime, health: Health = Health.LIMITED
) -> None:
    """Calling on while limited lengthens the block, so the whole account rests."""
    until = now + timedelta(seconds=seconds or USUAL_PAUSE)
    resting = Account.objects.filter(pk=account.pk).exclude(health=Health.RECONNECT)
    since = Case(When(health=health, then=Coalesce("health_at", Value(now))), default=Value(now))
    resting.update(health=health, health_code=code, held_until=until, health_at=since)


def rest_account(account: Account, error: errors.RateLimited, *, now: datetime) -> None:
    """Pause as long as the platform says, and say whether it is a matter of pace or of money."""
    health = Health.CREDITS if isinstance(error, errors.CreditsUsedUp) else Health.LIMITED
    pause_account(account, error.after_seconds, error.code, now=now, health=health)


def follow_error(account: Account, error: errors.ConnectorError, *, now: datetime) -> bool:
    """What a failed read means for the channel. Gives: False when nothing but a person can help."""
    match error:
        case errors.NeedsReconnect():
            hold_account(account, error, now=now)
            return False
        case errors.TokenExpired():
            refresh_account(account, now=now)
        case errors.RateLimited():
            rest_account(account, error, now=now)
        case _:
            log.info("channel %d not read: %s [%s]", account.channel_id, type(error).__name__, error.code)
    return True


def release_pauses(*, now: datetime) -> int:
    """Channels whose pause is over work again. Gives: how many."""
    over = Account.objects.filter(health__in=[Health.LIMITED, Health.CREDITS], held_until__lte=now)
    return over.update(health=Health.OK, health_code="", held_until=None, health_at=None)


def refresh_account(account: Account, *, now: datetime, hold: bool = True) -> None:
    """New credentials, by one worker at a time under a lease column; no transaction spans the call.

    Takes: account, as loaded before the call that failed; when its credentials are no longer those stored, somebody has
    renewed them meanwhile and nothing is done, since a refresh token may work once only; hold, False while the old ones
    still work.
    Leaves: fresh credentials, stored before anybody uses them, or with `hold` the channel held when the platform wants
    a person.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE connectors_account SET refreshing_until = %s WHERE id = %s AND credentials = %s"
            " AND (refreshing_until IS NULL OR refreshing_until < %s)",
            [now + REFRESH_LEASE, account.pk, bytes(account.credentials), now],
        )
        if cursor.rowcount == 0:
            return  # somebody else is at it, or was
    try:
        fresh = registry.get(account.channel.platform).refresh(open_account(account))
    except errors.NeedsReconnect as error:
        if hold:
            hold_account(account, error, now=now)
        return
    except errors.ConnectorError as error:
        log.info("channel %d not refreshed: %s", account.channel_id, type(error).__name__)
        return
    sealed = secrets.seal(json.dumps(dict(fresh)).encode(), context=account.context)
    Account.objects.filter(pk=account.pk).update(credentials=sealed, refreshing_until=None)
