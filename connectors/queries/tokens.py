"""Sign-ins that end soon and that only a person can renew."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.kit import registry
from connectors.models import Account
from core import secrets
from core.secrets import SealBroken

WARN_DAYS = (14, 7, 1)  # before the end


@dataclass(frozen=True, slots=True)
class TokenWarning:
    """One channel whose token ends. `days_left`: whole days, 0 or less on its last day and after it.

    `within` is the latest of the warnings that are due, one of WARN_DAYS.
    """

    channel_id: int
    platform: str
    name: str
    ends_at: datetime
    days_left: int
    within: int


def token_warnings(now: datetime) -> tuple[TokenWarning, ...]:
    """The channels of platforms whose tokens end, from two weeks before the end on, the soonest first. One query.

    Where the platform lets us renew the token ourselves, the end is that of the renewing. A channel whose keys are lost
    is passed over; others tell of it.
    """
    mortal = [key for key in registry.keys() if registry.get(key).manifest.token_days]  # noqa: SIM118  a function
    accounts = Account.objects.filter(channel__platform__in=mortal).select_related("channel")
    found = (_warning(account, now) for account in accounts.order_by("channel_id"))
    return tuple(sorted(filter(None, found), key=lambda one: (one.ends_at, one.channel_id)))


def _warning(account: Account, now: datetime) -> TokenWarning | None:
    ends_at = _end(account)
    if ends_at is None or ends_at - now > timedelta(days=WARN_DAYS[0]):
        return None
    left = ends_at - now
    return TokenWarning(
        channel_id=account.channel_id,
        platform=account.channel.platform,
        name=account.channel.name,
        ends_at=ends_at,
        days_left=left.days,
        within=min(days for days in WARN_DAYS if left <= timedelta(days=days)),
    )


def _end(account: Account) -> datetime | None:
    try:
        kept = json.loads(secrets.unseal(account.credentials, context=account.context))
    except SealBroken:
        return None
    said = str(kept.get("refresh_expires_at" if kept.get("refresh_token") else "expires_at", ""))
    if not (said.isascii() and said.isdigit() and len(said) < 12):
        return None
    return datetime.fromtimestamp(int(said), UTC)
