"""The reconcile pass: push for speed, poll for truth. What a webhook lost is found here, through the same intake.

No transaction spans a call: a page is fetched first, then items and cursor are stored together under the lane's lock,
if nobody else has moved the cursor meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Q

from connectors.kit import errors, registry
from connectors.kit.base import Page
from connectors.kit.manifest import Arrival
from connectors.models import Account, Health, Lane
from connectors.operations.fetching import keep_pieces
from connectors.operations.holding import follow_error, pause_account
from connectors.operations.reading import read_named
from connectors.operations.watching import refresh_ahead, watch_account
from connectors.queries.accounts import open_account
from core.clock import now as clock_now
from core.secrets import SealBroken
from tickets.intake.apply import Applied, apply_prepared
from tickets.intake.prepare import find_channels, prepare

log = logging.getLogger(__name__)

SOON = timedelta(seconds=10)  # to go on with a pass that is not over
PAGES = 20  # per turn; a long pass gives the worker back in between
TRIES = 3  # of one page that met another worker


def poll_due_accounts(*, now: datetime) -> int:
    """Take a turn at every channel whose time has come. Gives: pages stored."""
    stored = 0
    while (account := _claim(now)) is not None:
        stored += poll_account(account)
    return stored


def _claim(now: datetime) -> Account | None:
    """One due account, its next time set at once, so that a worker that dies delays it by one turn and no more."""
    polled = [key for key in registry.keys() if _is_polled(key)]  # noqa: SIM118  a function, not a dict
    due = Account.objects.filter(channel__platform__in=polled).filter(paused_at__isnull=True)
    due = due.exclude(health=Health.RECONNECT)
    due = due.filter(Q(next_poll_at__isnull=True) | Q(next_poll_at__lte=now))
    due = due.filter(Q(held_until__isnull=True) | Q(held_until__lte=now))
    with transaction.atomic():
        due = due.select_related("channel").select_for_update(skip_locked=True, of=("self",))
        account = due.order_by("pk").first()
        if account is None:
            return None
        every = registry.get(account.channel.platform).manifest.poll_seconds
        Account.objects.filter(pk=account.pk).update(next_poll_at=now + timedelta(seconds=every))
    return Account.objects.select_related("channel", "endpoint").get(pk=account.pk)


def _is_polled(key: str) -> bool:
    return Arrival.POLL in registry.get(key).manifest.arrives_by


def poll_account(account: Account) -> int:
    """Read pages until the pass is over or the turn is. Gives: how many were stored.

    Errors have the consequences they have in sending; nothing has moved when one comes.
    """
    if not _prepare(account):
        return 0
    cursor: dict[str, Any] = account.cursor
    for stored in range(PAGES):
        try:
            page = registry.get(account.channel.platform).poll(open_account(account), cursor or None)
        except SealBroken:
            return stored
        except errors.ConnectorError as error:
            follow_error(account, error, now=clock_now())
            return stored
        if not store_page(account=account, page=page, before=cursor, now=clock_now()):
            return stored
        cursor = page.cursor
        if page.pause_seconds:
            pause_account(account, page.pause_seconds, "", now=clock_now())
            return stored + 1
        if not page.more:
            if page.next_pass_seconds:
                later = clock_now() + timedelta(seconds=page.next_pass_seconds)
                Account.objects.filter(pk=account.pk).update(next_poll_at=later)
            return stored + 1
    Account.objects.filter(pk=account.pk).update(next_poll_at=clock_now() + SOON)
    return PAGES


def _prepare(account: Account) -> bool:
    """What comes before the pages. Gives: False when an error has told that there will be none."""
    try:
        now = clock_now()
        refresh_ahead(account, now=now)
        account.refresh_from_db(fields=["credentials"])
        watch_account(account, now=now)
        read_named(account)
    except SealBroken:
        return False
    except errors.ConnectorError as error:
        follow_error(account, error, now=clock_now())
        return False
    return True


def store_page(*, account: Account, page: Page, before: Mapping[str, Any], now: datetime) -> bool:
    """Items, raw pieces and cursor in one transaction.

    Gives: False when another worker has moved the cursor; then nothing is stored.
    Raises: OperationalError when the database fails repeatedly.
    Leaves: job INGEST where there are raw pieces.
    """
    prepared = prepare(page.items, find_channels(page.items))
    if page.unreadable:
        log.warning("channel %d: %d polled elements were not as described", account.channel_id, len(page.unreadable))
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                Lane.objects.select_for_update().get(pk=account.lane_id)
                moved = Account.objects.filter(pk=account.pk, cursor=dict(before)).update(cursor=page.cursor)
                if moved:
                    _note_arrival(account, apply_prepared(prepared, now=now), now)
                    keep_pieces(account=account, pieces=page.raw, now=now)
                    _keep_allowance(account, page, now)
                return bool(moved)
        except (IntegrityError, OperationalError):
            if attempt == TRIES - 1:
                raise
    return False


def _note_arrival(account: Account, applied: Applied, now: datetime) -> None:
    """A poll that brought something is a sign of life like a webhook."""
    if applied.new_messages:
        Account.objects.filter(pk=account.pk).update(last_in_at=now)


def _keep_allowance(account: Account, page: Page, now: datetime) -> None:
    """What is shown beside the channel's health."""
    if page.allowance is not None:
        told = {**asdict(page.allowance), "at": now.isoformat()}
        Account.objects.filter(pk=account.pk).update(allowance=told)
