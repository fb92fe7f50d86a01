"""What a platform's answer does to the whole channel: held until somebody reconnects, or resting for a while."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

from django.db import connection

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
    if held.update(health=Health.RECONNECT, health_code=error.code, missing=list(error.missing)):
        record(actor=SYSTEM, action="channel.held", object_type="channel", object_id=account.channel_id, now=now)


def pause_account(account: Account, seconds: int | None, code: str, *, now: datetime) -> None:
    """Calling on while limited lengthens the block, so the whole account rests."""
    until = now + timedelta(seconds=seconds or USUAL_PAUSE)
    resting = Account.objects.filter(pk=account.pk).exclude(health=Health.RECONNECT)
    resting.update(health=Health.LIMITED, health_code=code, held_until=until)


def release_pauses(*, now: datetime) -> int:
    """Channels whose pause is over work again. Gives: how many."""
    over = Account.objects.filter(health=Health.LIMITED, held_until__lte=now)
    return over.update(health=Health.OK, health_code="", held_until=None)


def refresh_account(account: Account, *, now: datetime) -> None:
    """New credentials, by one worker at a time under a lease column; no transaction spans the call.

    Leaves: fresh credentials, or the channel held when the platform wants a person.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE connectors_account SET refreshing_until = %s WHERE id = %s"
            " AND (refreshing_until IS NULL OR refreshing_until < %s)",
            [now + REFRESH_LEASE, account.pk, now],
        )
        if cursor.rowcount == 0:
            return  # somebody else is at it
    try:
        fresh = registry.get(account.channel.platform).refresh(open_account(account))
    except errors.NeedsReconnect as error:
        hold_account(account, error, now=now)
        return
    except errors.ConnectorError as error:
        log.info("channel %d not refreshed: %s", account.channel_id, type(error).__name__)
        return
    sealed = secrets.seal(json.dumps(dict(fresh)).encode(), context=account.context)
    Account.objects.filter(pk=account.pk).update(credentials=sealed, refreshing_until=None)
