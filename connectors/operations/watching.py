"""Before an account is polled: is its token about to end, and does the platform still send us its news?"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from connectors.kit import base, errors, registry
from connectors.models import Account, Health
from connectors.operations.holding import refresh_account
from connectors.queries.accounts import open_account
from core import secrets
from core.actors import SYSTEM
from core.audit.record import record

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(hours=1)
SETTING_MISSING = "webhook_unseen"  # whoever fills in no app token or number lives with the poll; nothing is wrong


def refresh_ahead(account: Account, *, now: datetime) -> None:
    """Renew credentials of platforms that want it in time. What the platform refuses is tried again while they hold.

    Leaves: fresh credentials, or everything as it was.
    """
    ahead = registry.get(account.channel.platform).manifest.refresh_ahead
    ends_at = _ends_at(account) if ahead is not None else None
    if ahead is not None and ends_at is not None and ends_at - now <= ahead:
        refresh_account(account, now=now, hold=ends_at <= now)


def _ends_at(account: Account) -> datetime | None:
    """None for credentials without an end, or with one that nobody can read."""
    told = json.loads(secrets.unseal(account.credentials, context=account.context)).get("expires_at", "")
    try:
        return datetime.fromtimestamp(int(told), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def watch_account(account: Account, *, now: datetime) -> bool:
    """Look at most once an hour whether the platform still sends its news, and let it begin again where it stopped.

    Gives: whether it had stopped.
    Raises: RateLimited, NeedsReconnect; their consequence is for the caller.
    Leaves: the channel's health "silent" while the platform refuses, and well again once it does not.
    """
    watch = _watcher(account)
    if watch is None or (account.watched_at is not None and now - account.watched_at < LOOK_EVERY):
        return False
    Account.objects.filter(pk=account.pk).update(watched_at=now)
    try:
        stopped = watch(open_account(account))
    except errors.Rejected as error:
        if error.code == SETTING_MISSING:
            return False
        _note_silence(account, error, now)
        return True
    except errors.RateLimited:
        raise
    except errors.RetryLater as error:
        log.info("channel %d: not looked at its subscription [%s]", account.channel_id, error.code)
        return False
    Account.objects.filter(pk=account.pk, health=Health.SILENT).update(health=Health.OK, health_code="", health_at=None)
    if not stopped:
        return False
    log.warning("channel %d: the platform had stopped sending; subscribed anew", account.channel_id)
    record(actor=SYSTEM, action="channel.resubscribed", object_type="channel", object_id=account.channel_id, now=now)
    return True


def _watcher(account: Account) -> Callable[[base.Account], bool] | None:
    """How to look, and to mend: by subscribing where an address of ours was told. Another program's is never taken."""
    connector, endpoint = registry.get(account.channel.platform), account.endpoint
    if connector.subscribe is None or endpoint is None or not endpoint.address:
        return connector.watch
    subscribe, address = connector.subscribe, endpoint.address
    return lambda opened: subscribe(opened, address, False)


def _note_silence(account: Account, error: errors.Rejected, now: datetime) -> None:
    """Polls still bring what was said, only later; the channel's line says so."""
    log.warning("channel %d: the platform does not send its news [%s]", account.channel_id, error.code)
    well = Account.objects.filter(pk=account.pk, health=Health.OK)
    if well.update(health=Health.SILENT, health_code=error.code, health_at=now):
        record(actor=SYSTEM, action="channel.silent", object_type="channel", object_id=account.channel_id, now=now)
