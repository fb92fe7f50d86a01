"""The company's channels as admins see them: how they fare and what they take. No secret comes near this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from connectors.kit import registry
from connectors.kit.manifest import Limits, RateLimit
from connectors.models import Account
from core.errors import Forbidden, NotFound
from core.users.models import Role, User

MAY_SEE = frozenset({Role.ADMIN, Role.LEAD})


@dataclass(frozen=True, slots=True)
class ChannelView:
    """One channel. `missing`: the scopes a new sign-in must grant."""

    id: int
    platform: str
    name: str
    health: str
    missing: tuple[str, ...]
    last_in_at: datetime | None
    last_out_at: datetime | None
    limits: Limits
    rate_limits: tuple[RateLimit, ...]


def get_channels(*, actor: User) -> tuple[ChannelView, ...]:
    """Every channel, by name. One query. Raises: Forbidden for those who do not set up channels."""
    _demand(actor)
    accounts = Account.objects.select_related("channel").defer("credentials").order_by("channel__name", "channel_id")
    return tuple(_view(account) for account in accounts)


def get_channel(*, actor: User, channel_id: int) -> ChannelView:
    """One channel. One query. Raises: Forbidden, NotFound."""
    _demand(actor)
    account = Account.objects.select_related("channel").defer("credentials").filter(channel_id=channel_id).first()
    if account is None:
        raise NotFound(_("There is no such channel."))
    return _view(account)


def _demand(actor: User) -> None:
    if not actor.is_active or actor.role not in MAY_SEE:
        raise Forbidden(_("Your role does not allow this."))


def _view(account: Account) -> ChannelView:
    manifest = registry.get(account.channel.platform).manifest
    return ChannelView(
        id=account.channel_id,
        platform=account.channel.platform,
        name=account.channel.name,
        health=account.health,
        missing=tuple(account.missing),
        last_in_at=account.last_in_at,
        last_out_at=account.last_out_at,
        limits=manifest.limits,
        rate_limits=manifest.rate_limits,
    )
