"""Names of people who came without one: where a network tells them when asked, it is asked, a few at a time.

When somebody may be asked about again stands in their row, and is set before the call: a worker that dies asks the
network no more often for it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from connectors.kit import errors, registry
from connectors.kit.base import Account as OpenAccount
from connectors.kit.base import ProfileItem
from connectors.models import Account, Health
from connectors.operations.holding import follow_error
from connectors.queries.accounts import open_account
from core.secrets import SealBroken
from tickets.models import Identity
from tickets.operations.naming_people import learn_name

log = logging.getLogger(__name__)

AT_ONCE = 5  # people of one channel in one turn
AFTER_FAULT = timedelta(hours=1)
NOT_TOLD = timedelta(days=90)  # before somebody whose name the network keeps to itself is asked about again


def ask_names(*, now: datetime) -> int:
    """Take a turn at every channel whose network tells names. Gives: how many people were asked about."""
    asking = [key for key in registry.keys() if registry.get(key).manifest.asks_names]  # noqa: SIM118  a function
    accounts = Account.objects.filter(channel__platform__in=asking).exclude(health=Health.RECONNECT)
    accounts = accounts.filter(Q(held_until__isnull=True) | Q(held_until__lte=now))
    return sum(_ask(account, now) for account in accounts.select_related("channel", "endpoint").order_by("pk"))


def _claim(account: Account, now: datetime) -> list[Identity]:
    """The latest people of this channel who have no name and may be asked about; nobody else asks about them now."""
    channel = account.channel
    nameless = Identity.objects.filter(
        platform=channel.platform, scope__in=["", channel.external_id], handle="", sealed__isnull=True
    )
    nameless = nameless.filter(customer__name="").exclude(external_key__startswith="unknown:")
    due = nameless.filter(Q(ask_again_at__isnull=True) | Q(ask_again_at__lte=now))
    with transaction.atomic():
        found = due.select_for_update(skip_locked=True, of=("self",))
        people = list(found.order_by(F("ask_again_at").asc(nulls_first=True), "-pk")[:AT_ONCE])
        Identity.objects.filter(pk__in=[person.pk for person in people]).update(ask_again_at=now + AFTER_FAULT)
    return people


def _ask(account: Account, now: datetime) -> int:
    """Until all are asked about or the network wants to rest. Gives: how many it answered for."""
    people = _claim(account, now)
    if not people:
        return 0
    try:
        opened = open_account(account)
    except SealBroken:
        return 0
    for asked, person in enumerate(people):
        try:
            told = _profile(account, opened, person)
        except errors.ConnectorError as error:
            follow_error(account, error, now=now)
            return asked
        learn_name(
            identity_id=person.pk,
            name=told.name if told else "",
            handle=told.handle if told else "",
            profile_url=told.profile_url if told else "",
            again_at=now + NOT_TOLD,
        )
    return len(people)


def _profile(account: Account, opened: OpenAccount, person: Identity) -> ProfileItem | None:
    """What the network tells; None where it will not, which is no fault. Raises: what concerns the whole channel."""
    try:
        return registry.get(account.channel.platform).profile(opened, person.external_key)
    except (errors.Rejected, errors.Unsupported, errors.Unreadable):
        return None
