"""Opening what a channel needs to call its platform."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q

from connectors.kit import base, registry
from connectors.models import Account, Health
from core import secrets


def base_url(platform: str) -> str | None:
    """Where the platform is simulated, in a demo or test; None for the real one."""
    if not settings.DEMO:
        return None
    given: str | None = settings.PLATFORM_URLS.get(platform)
    told = _sandbox()
    return given or _text(_dict(told.get("addresses")).get(platform)) or _text(told.get("url"))


def control_url(platform: str) -> str | None:
    """Where a simulated platform is steered from, always over HTTP; None when nothing is simulated."""
    url = base_url(platform)
    return url if url is None or _is_http(url) else _text(_sandbox().get("url"))


def _sandbox() -> dict[str, Any]:
    """The sandbox writes its addresses when it listens; it may come and go while we run."""
    if not settings.SANDBOX_FILE:
        return {}
    try:
        return _dict(json.loads(Path(settings.SANDBOX_FILE).read_text()))
    except (OSError, ValueError):
        return {}


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _is_http(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")


def open_account(account: Account) -> base.Account:
    """Decrypt credentials and prepare a guarded session. Takes: an account with channel and endpoint loaded.

    Raises: core.secrets.SealBroken when its keys are lost.
    """
    credentials = json.loads(secrets.unseal(account.credentials, context=account.context))
    app_secret = ""
    if account.endpoint is not None:
        app_secret = secrets.unseal(
            account.endpoint.app_secret, context=account.endpoint.context("app_secret")
        ).decode()
    channel = account.channel
    return _opened(channel.platform, channel.external_id, credentials, app_secret, channel.name)


def open_entered(platform: str, values: Mapping[str, str]) -> base.Account:
    """The same for what somebody enters, before there is a channel."""
    return _opened(platform, values.get("external_id", ""), values, values.get("app_secret", ""), "")


def _opened(
    platform: str, external_id: str, credentials: Mapping[str, str], app_secret: str, name: str
) -> base.Account:
    from connectors.kit.http import session_for  # requests: no page needs it, until a platform is spoken to

    url = base_url(platform)
    return base.Account(
        external_id=external_id,
        credentials=credentials,
        app_secret=app_secret,
        base_url=url,
        # A platform that is simulated over something else than http has no simulated http address.
        session=session_for(registry.get(platform).manifest.hosts, url if url and _is_http(url) else None),
        name=name,
    )


@dataclass(frozen=True, slots=True)
class Troubled:
    """Names of channels for the banner: those that need a new sign-in, those that are quieter than they ever are."""

    broken: tuple[str, ...]
    quiet: tuple[str, ...]


def get_troubled_channels() -> Troubled:
    """What everybody, or admins, should know above a list. One query."""
    rows = Account.objects.filter(Q(health=Health.RECONNECT) | Q(quiet_since__isnull=False, paused_at__isnull=True))
    told = list(rows.order_by("channel__name", "pk").values_list("channel__name", "health"))
    broken = tuple(name for name, health in told if health == Health.RECONNECT)
    return Troubled(broken, tuple(name for name, health in told if health != Health.RECONNECT))
