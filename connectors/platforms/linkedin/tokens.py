"""LinkedIn's 60-day tokens: which one a call bears, when it counts as ended, and how the app renews it.

Only approved apps get a refresh token; it lives for a year from the sign-in, however often it is used.
Source: Microsoft Learn, "Refresh tokens with OAuth 2.0", read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping

import requests

from connectors.kit import wire
from connectors.kit.base import Account
from connectors.kit.errors import ConnectorError, NeedsReconnect, RetryLater, TokenExpired, Unreadable
from connectors.kit.http import failure
from connectors.kit.json_api import need_credential
from connectors.kit.token_endpoint import credential_number, ended_token, renewed

SIGN_IN = "https://www.linkedin.com"
MARGIN_SECONDS = 300  # a token that ends during the call would fail in its middle
USUAL_LIFE_SECONDS = 60 * 24 * 3600
_DEAD = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "invalid_request", "access_denied"})


def bearer(account: Account) -> str:
    """The access token. Raises NeedsReconnect without one, TokenExpired when it ends and can be renewed."""
    token = need_credential(account, "access_token")
    ends_at = credential_number(account, "expires_at")
    if _renewable(account) and ends_at and ends_at - MARGIN_SECONDS <= account.clock().timestamp():
        raise TokenExpired
    return token


def ended(account: Account, code: str) -> ConnectorError:
    """What an ended token means: renew it where that can help, else a person must sign in."""
    return ended_token(account, code, renewable=_renewable(account))


def refresh(account: Account) -> Mapping[str, str]:
    """New credentials: all that were there, with a new access token and what came with it.

    Raises: NeedsReconnect without a refresh token or when LinkedIn wants a person; RetryLater, RateLimited.
    """
    if not _renewable(account):
        raise NeedsReconnect(code="no_refresh")
    form = {"grant_type": "refresh_token", "refresh_token": account.credentials["refresh_token"]}
    return ask_token(account, form)


def ask_token(account: Account, form: Mapping[str, str]) -> Mapping[str, str]:
    """The account's credentials with the token that `form` asks for, in the app's name.

    Raises: NeedsReconnect when LinkedIn wants a person; RetryLater, RateLimited.
    """
    url = f"{account.base_url or SIGN_IN}/oauth/v2/accessToken"
    return renewed(account, url, _in_name(account, form), dead=_DEAD, usual_life=USUAL_LIFE_SECONDS)


def introspect(account: Account) -> wire.Node | None:
    """What LinkedIn says of the access token; None when it does not know the app by this id and secret.

    Raises: RetryLater, RateLimited.
    """
    form = _in_name(account, {"token": need_credential(account, "access_token")})
    response = _post(account, "introspectToken", form)
    try:
        answer = wire.read(response.content)
    except Unreadable:
        answer = None
    if answer is not None and response.status_code == 200 and answer.has("active"):
        return answer
    if response.status_code in (400, 401, 403):
        return None
    raise RetryLater(code=f"http/{response.status_code}")


def _in_name(account: Account, form: Mapping[str, str]) -> dict[str, str]:
    return {"client_id": account.credentials.get("client_id", ""), "client_secret": account.app_secret, **form}


def _post(account: Account, path: str, form: Mapping[str, str]) -> requests.Response:
    try:
        return account.session.post(f"{account.base_url or SIGN_IN}/oauth/v2/{path}", data=form)
    except requests.RequestException as error:
        failed = failure(error, repeatable=True)
    raise failed  # outside of the handler: what hangs on as context would hold the tokens


def _renewable(account: Account) -> bool:
    return all(account.credentials.get(name) for name in ("refresh_token", "client_id"))
