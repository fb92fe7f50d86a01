"""Opening what a channel needs to call its platform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings

from connectors.kit import base, registry
from connectors.kit.http import session_for
from connectors.models import Account, Health
from core import secrets


def base_url(platform: str) -> str | None:
    """Where the platform is simulated, in a demo or test; None for the real one."""
    if not settings.DEMO:
        return None
    given: str | None = settings.PLATFORM_URLS.get(platform)
    return given or _sandbox_url()


def _sandbox_url() -> str | None:
    """The sandbox writes its address when it listens; it may come and go while we run."""
    if not settings.SANDBOX_FILE:
        return None
    try:
        url: Any = json.loads(Path(settings.SANDBOX_FILE).read_text()).get("url")
    except (OSError, ValueError, AttributeError):
        return None
    return url if isinstance(url, str) else None


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
    platform = account.channel.platform
    url = base_url(platform)
    return base.Account(
        external_id=account.channel.external_id,
        credentials=credentials,
        app_secret=app_secret,
        base_url=url,
        session=session_for(registry.get(platform).manifest.hosts, url),
    )


def get_broken_channels() -> list[str]:
    """Names of the channels that need a new sign-in, for the banner. One query."""
    broken = Account.objects.filter(health=Health.RECONNECT).order_by("channel__name", "pk")
    return list(broken.values_list("channel__name", flat=True))
