"""Signing in at X: OAuth 2 with PKCE.

Source: docs.x.com, "OAuth 2.0 Authorization Code Flow with PKCE", read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping

import requests

from connectors.kit.base import Account
from connectors.kit.errors import ConnectorError
from connectors.kit.http import failure
from connectors.kit.json_api import need_credential
from connectors.kit.sign_in import Errand, Owned, SignIn, address, challenge_of

from .calls import ADDRESS, Api, data_of
from .manifest import MANIFEST, MESSAGE_SCOPES, NOBODY, OAUTH2, READ_SCOPES
from .settings import setting
from .tokens import fresh_credentials

DOOR = "https://x.com"


def leave(account: Account, errand: Errand) -> str:
    """Where X asks the person. What is asked for follows what was chosen: no messages, no permission for them."""
    return address(
        f"{account.base_url or DOOR}/i/oauth2/authorize",
        response_type="code",
        client_id=need_credential(account, "client_id"),
        redirect_uri=errand.redirect,
        scope=" ".join(_wanted(account)),
        state=errand.state,
        code_challenge=challenge_of(errand.verifier),
        code_challenge_method="S256",
    )


def exchange(account: Account, errand: Errand, code: str) -> Mapping[str, str]:
    """Tokens for a code, with what was entered. Raises: NeedsReconnect when X refuses, RetryLater otherwise."""
    client, secret = need_credential(account, "client_id"), setting(account, "client_secret")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": errand.redirect,
        "code_verifier": errand.verifier,
    }
    url = f"{(account.base_url or ADDRESS).rstrip('/')}/2/oauth2/token"
    try:
        response = account.session.post(
            url, data=form | ({} if secret else {"client_id": client}), auth=(client, secret) if secret else None
        )
    except requests.RequestException as error:
        failed: ConnectorError = failure(error, repeatable=True)
    else:
        return {**fresh_credentials(account, response), "sign_in": OAUTH2}
    raise failed  # outside of the handler: what hangs on as context would hold code and secret


def owned(account: Account) -> list[Owned]:
    """The one account that signed in."""
    me = data_of(Api(account, repeatable=True, needs=READ_SCOPES).get_me(user_auth=False))
    handle = me.text("username")
    return [Owned(me.need_id("id"), me.text("name") or handle, {"handle": handle})]


def _wanted(account: Account) -> list[str]:
    writing = setting(account, "answers") != NOBODY
    messages = setting(account, "messages") == "yes"
    left_out = {scope for scope in MANIFEST.required_scopes if not writing and scope.endswith(".write")}
    left_out |= set() if messages else set(MESSAGE_SCOPES)
    return [scope for scope in MANIFEST.required_scopes if scope not in left_out]


sign_in = SignIn(
    leave, exchange, owned, needs=("client_id",), gives=("access_token", "refresh_token", "handle", "external_id")
)
