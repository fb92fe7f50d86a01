"""Keeping the sandbox told of the demo's pages: it may start later than we do, or again with nothing remembered."""

from __future__ import annotations

import json
import logging

from django.conf import settings

from connectors.kit import registry
from connectors.kit.manifest import Arrival
from connectors.models import Account
from connectors.queries.accounts import control_url
from core import secrets

log = logging.getLogger(__name__)

_told: set[tuple[str, int]] = set()  # (sandbox address, account id) this process has registered


def tell_sandbox() -> int:
    """Register every channel that gets webhooks of a platform the sandbox plays, once per sandbox address.

    Gives: how many were new.

    A sandbox that is down or does not play a platform is passed over; the next look comes in seconds.
    """
    if not settings.DEMO:
        return 0
    accounts = Account.objects.select_related("channel", "endpoint").filter(endpoint__isnull=False)
    return sum(_tell(account) for account in accounts if _has_webhooks(account))


def _has_webhooks(account: Account) -> bool:
    return Arrival.WEBHOOK in registry.get(account.channel.platform).manifest.arrives_by


def _tell(account: Account) -> bool:
    url = control_url(account.channel.platform)
    if url is None or (url, account.pk) in _told:
        return False
    import httpx  # only a demo needs it, and no page

    try:
        answer = httpx.put(f"{url}/_sandbox/{account.channel.platform}/pages/{account.channel.external_id}",
                           json=_registration(account), timeout=5)  # fmt: skip
        answer.raise_for_status()
    except httpx.HTTPError as error:
        log.info("sandbox not told of channel %d: %s", account.channel_id, type(error).__name__)
        return False
    if not answer.json().get("verified"):
        return False  # our own door is not open yet; the handshake is tried again
    _told.add((url, account.pk))
    return True


def _registration(account: Account) -> dict[str, str]:
    """What the platform would know of the page and its app; goes to a process of our own on loopback only."""
    endpoint = account.endpoint
    assert endpoint is not None  # noqa: S101  filtered by tell_sandbox
    known = {s.name for s in registry.get(account.channel.platform).manifest.required_settings}
    kept = json.loads(secrets.unseal(account.credentials, context=account.context))
    for name in ("app_secret", "verify_token"):
        kept[name] = secrets.unseal(getattr(endpoint, name), context=endpoint.context(name)).decode()
    host = "127.0.0.1" if settings.HOST in ("", "0.0.0.0", "::") else settings.HOST  # noqa: S104  not binding
    told = {name: value for name, value in kept.items() if name in known}
    return told | {
        "name": account.channel.name,
        "callback_url": f"http://{host}:{settings.PORT}{endpoint.webhook_path}",
    }
