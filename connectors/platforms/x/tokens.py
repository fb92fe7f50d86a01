"""A new access token for an old one. Both tokens are new after each renewal, so one worker at a time asks, and what it
gets is stored before it is used; that is the caller's part (`connectors/operations/holding.py`).

Source: docs.x.com, "OAuth 2.0 Authorization Code Flow with PKCE", read 2026-11; the refusals from older knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping

import requests

from connectors.kit import wire
from connectors.kit.base import Account
from connectors.kit.errors import ConnectorError, NeedsReconnect, RetryLater, Unreadable
from connectors.kit.http import failure
from connectors.kit.json_api import need_credential

from .calls import ADDRESS
from .refusals import limited
from .settings import may_refresh, setting

USUAL_LIFE_SECONDS = 2 * 3600
_EARLIER_SECONDS = 60  # a token is renewed before its end, since a call takes its time


def refresh(account: Account) -> Mapping[str, str]:
    """New credentials, all of them. Raises NeedsReconnect when a person must sign in again, RetryLater otherwise."""
    if not may_refresh(account):
        raise NeedsReconnect
    secret = setting(account, "client_secret")
    client = need_credential(account, "client_id")
    form = {"grant_type": "refresh_token", "refresh_token": need_credential(account, "refresh_token")}
    url = f"{(account.base_url or ADDRESS).rstrip('/')}/2/oauth2/token"
    try:
        # A public client names itself in the form, a confidential one proves itself in the header.
        response = account.session.post(
            url, data=form | ({} if secret else {"client_id": client}), auth=(client, secret) if secret else None
        )
    except requests.RequestException as error:
        failed: ConnectorError = failure(error, repeatable=True)
    else:
        return fresh_credentials(account, response)
    raise failed


def fresh_credentials(account: Account, response: requests.Response) -> Mapping[str, str]:
    """The account's credentials with what the token endpoint answered, or the consequence of its refusal."""
    now = account.clock().timestamp()
    if response.status_code == 429:
        raise limited(response.headers, "", now)
    try:
        answer = wire.read(response.content)
        token, error = answer.text("access_token"), answer.text("error")
        refresh_token, life = answer.text("refresh_token"), answer.number("expires_in")
        scope = answer.text("scope")
    except Unreadable:
        token = error = ""
    if response.status_code in (400, 401, 403) and error:
        raise NeedsReconnect(code=error)
    if not response.ok or not token:
        raise RetryLater(code=f"http/{response.status_code}")
    return {
        **account.credentials,
        "access_token": token,
        "refresh_token": refresh_token or account.credentials.get("refresh_token", ""),
        "scope": scope or account.credentials.get("scope", ""),  # what was granted, for the self-test
        "renewed_at": str(int(now)),
        "expires_at": str(int(now) + (life or USUAL_LIFE_SECONDS) - _EARLIER_SECONDS),
    }
