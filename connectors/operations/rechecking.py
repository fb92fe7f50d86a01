"""Deletions that a platform does not tell of: at most once in a while it is asked which messages still stand.

The terms of some platforms want stored copies to follow. Messages of the last days are asked after in batches; what is
gone there loses its text here, through the same intake as any deletion.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from connectors.kit import errors, registry
from connectors.kit.manifest import Recheck
from connectors.models import Account, Health, Lane
from connectors.operations.holding import follow_error
from connectors.queries.accounts import open_account
from core.clock import now as clock_now
from core.secrets import SealBroken
from tickets.intake.apply import apply_prepared
from tickets.intake.prepare import find_channels, prepare
from tickets.models import Message, MessageState, Visibility
from tickets.models.ticket import OPEN_STATUSES

AGAIN = timedelta(hours=1)  # after a failure


def recheck_due_accounts(*, now: datetime) -> int:
    """Take a turn at every channel whose time has come. Gives: messages asked after."""
    asked = 0
    while (account := _claim(now)) is not None:
        asked += _recheck(account, now)
    return asked


def _claim(now: datetime) -> Account | None:
    """One due account, its next time set at once, so that a worker that dies delays it and no more."""
    facts = {key: registry.get(key).manifest.recheck for key in registry.keys()}  # noqa: SIM118  a function, not a dict
    asked_of = [key for key, recheck in facts.items() if recheck is not None]
    due = Account.objects.filter(channel__platform__in=asked_of).filter(paused_at__isnull=True)
    due = due.exclude(health=Health.RECONNECT)
    due = due.filter(Q(next_recheck_at__isnull=True) | Q(next_recheck_at__lte=now))
    due = due.filter(Q(held_until__isnull=True) | Q(held_until__lte=now))
    with transaction.atomic():
        due = due.select_related("channel").select_for_update(skip_locked=True, of=("self",))
        account = due.order_by("pk").first()
        if account is None:
            return None
        Account.objects.filter(pk=account.pk).update(next_recheck_at=now + AGAIN)
    return Account.objects.select_related("channel", "endpoint").get(pk=account.pk)


def _recheck(account: Account, now: datetime) -> int:
    """Ask after all that is recent, batch by batch. What was not reached is asked after soon, else in a day."""
    connector = registry.get(account.channel.platform)
    facts, ask = connector.manifest.recheck, connector.recheck
    assert facts is not None  # noqa: S101  claimed for it
    assert ask is not None  # noqa: S101  the connector has both or none
    asked = 0
    try:
        opened = open_account(account)
        for batch in _batches(account, facts, now):
            news = ask(opened, batch)
            prepared = prepare(news, find_channels(news))
            with transaction.atomic():
                Lane.objects.select_for_update().get(pk=account.lane_id)
                apply_prepared(prepared, now=clock_now())
            asked += len(batch)
    except SealBroken:
        return asked
    except errors.ConnectorError as error:
        follow_error(account, error, now=clock_now())
        return asked
    Account.objects.filter(pk=account.pk).update(next_recheck_at=now + facts.every)
    return asked


def _batches(account: Account, facts: Recheck, now: datetime) -> Iterator[list[str]]:
    """External ids of public messages that stand, newest first: recent ones, and by the facts those in open cases."""
    asked_after = Q(at__gte=now - facts.within)
    if facts.open_always:
        asked_after |= Q(ticket__status__in=OPEN_STATUSES)
    recent = Message.objects.filter(
        asked_after,
        channel_id=account.channel_id,
        visibility=Visibility.PUBLIC,
        external_id__isnull=False,
    ).exclude(state=MessageState.DELETED)
    if facts.open_only:
        recent = recent.filter(kind="comment", ticket__status__in=OPEN_STATUSES)
    last: int | None = None
    while True:
        page = recent if last is None else recent.filter(pk__lt=last)
        rows = list(page.order_by("-pk").values_list("pk", "external_id")[: facts.batch])
        if not rows:
            return
        last = rows[-1][0]
        yield [external_id for _pk, external_id in rows if external_id]
