"""The company's channels as the shell lists them. No secret comes near this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from connectors.kit import registry
from connectors.models import Account


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One channel: where it stands, how it fares, when something last came in and went out (ISO 8601, UTC).

    `reason` is the health's code in words; `allowance` what the network counts against what is paid for, or nothing.
    """

    id: int
    platform: str
    external_id: str
    name: str
    team: str
    webhook_path: str
    health: str
    health_code: str
    reason: str
    allowance: dict[str, Any]
    missing: tuple[str, ...]
    held_until: str
    last_in_at: str
    last_out_at: str


def code_text(platform: str, code: str) -> str:
    """What the platform's code beside a channel's health means, in words; "" where there are none."""
    text = registry.get(platform).manifest.code_texts.get(code, "")
    return _(text) if text else ""


def list_channel_lines() -> list[ChannelLine]:
    """Every channel, by id. One query."""
    accounts = Account.objects.select_related("channel", "channel__team", "endpoint")
    accounts = accounts.defer("credentials", "endpoint__app_secret", "endpoint__verify_token")
    return [_line(account) for account in accounts.order_by("channel_id")]


def _line(account: Account) -> ChannelLine:
    channel = account.channel
    moments = (account.held_until, account.last_in_at, account.last_out_at)
    held_until, last_in_at, last_out_at = (at.isoformat() if at else "" for at in moments)
    return ChannelLine(
        id=channel.pk,
        platform=channel.platform,
        external_id=channel.external_id,
        name=channel.name,
        team=channel.team.slug if channel.team else "",
        webhook_path=account.endpoint.webhook_path if account.endpoint else "",
        health=account.health,
        health_code=account.health_code,
        reason=code_text(channel.platform, account.health_code),
        allowance=account.allowance,
        missing=tuple(account.missing),
        held_until=held_until,
        last_in_at=last_in_at,
        last_out_at=last_out_at,
    )
