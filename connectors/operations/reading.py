"""What a webhook only named is read from the platform: kept with the account, fetched at its next poll, soon."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from connectors.kit import errors, registry
from connectors.models import Account, Lane
from connectors.queries.accounts import open_account
from core.clock import now as clock_now
from tickets.intake.apply import apply_prepared
from tickets.intake.items import AnyItem
from tickets.intake.prepare import Prepared, find_channels, prepare

log = logging.getLogger(__name__)

MOST_NAMES = 500  # kept for one account; of a flood the newest


def keep_named(named: Sequence[Prepared], *, now: datetime) -> None:
    """Note what is to be read, and let the account be polled at once. Nothing where nothing was named."""
    if not named:
        return
    accounts = Account.objects.filter(channel_id__in={one.channel.pk for one in named})
    for account in accounts.select_for_update().order_by("pk"):
        names = [one.item.external_id for one in named if one.channel.pk == account.channel_id]
        account.to_read = list(dict.fromkeys([*account.to_read, *names]))[-MOST_NAMES:]
        account.next_poll_at = now
        account.save(update_fields=["to_read", "next_poll_at"])


def read_named(account: Account) -> int:
    """Read what was named, one by one; what is gone, or refused for good, is passed over. Gives: how many were settled.

    Raises: ConnectorError where reading has to wait; what is left is read next time.
    """
    read = registry.get(account.channel.platform).read
    settled = 0
    for external_id in list(account.to_read) if read else ():
        assert read is not None  # noqa: S101  asked above
        try:
            items = read(open_account(account), external_id)
        except (errors.Rejected, errors.Unreadable) as error:
            log.info("channel %d: something named was not read [%s]", account.channel_id, error.code)
            items = []
        _store(account, external_id, items)
        settled += 1
    return settled


def _store(account: Account, external_id: str, items: Sequence[AnyItem]) -> None:
    """The items and the end of the errand, in one transaction under the lane's lock."""
    prepared = prepare(items, find_channels(items))
    with transaction.atomic():
        Lane.objects.select_for_update().get(pk=account.lane_id)
        if prepared:
            apply_prepared(prepared, now=clock_now())
        row = Account.objects.select_for_update().get(pk=account.pk)
        row.to_read = [name for name in row.to_read if name != external_id]
        row.save(update_fields=["to_read"])
