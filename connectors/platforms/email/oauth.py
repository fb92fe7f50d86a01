"""Signing in to Google's and Microsoft's mail without a password: XOAUTH2, and new access tokens in time.

Source: developers.google.com/workspace/gmail/imap/xoauth2-protocol and learn.microsoft.com/exchange (authenticate an
IMAP, POP or SMTP application by OAuth), read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from connectors.kit.base import Account
from connectors.kit.errors import ConnectorError, NeedsReconnect, TokenExpired
from connectors.kit.token_endpoint import credential_number, ended_token, renewed

MARGIN_SECONDS = 120  # a token that ends during the call would fail in its middle
USUAL_LIFE_SECONDS = 3600
# What only a person can mend. Source: RFC 6749, section 5.2, and Microsoft's list of token errors.
_DEAD = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "invalid_scope", "interaction_required"})


@dataclass(frozen=True, slots=True)
class _Service:
    address: str
    scope: str


_SERVICES = {
    "google": _Service("https://oauth2.googleapis.com/token", ""),  # keeps the scopes the refresh token was made with
    "microsoft": _Service(
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
    ),
}


def uses_oauth(account: Account) -> bool:
    """Does this account sign in with tokens instead of a password?"""
    return bool(account.credentials.get("provider"))


def bearer(account: Account) -> str:
    """An access token with some life left. Raises TokenExpired when there is none: `refresh` makes one."""
    token, ends_at = account.credentials.get("access_token", ""), credential_number(account, "expires_at")
    if not token or ends_at - MARGIN_SECONDS <= account.clock().timestamp():
        raise TokenExpired
    return token


def xoauth2(user: str, token: str) -> str:
    """What is said in the XOAUTH2 exchange, before base64."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


def refused(account: Account, code: str) -> ConnectorError:
    """What a refused sign-in means: a token may have been withdrawn before its time, a password is wrong for good."""
    return ended_token(account, code, renewable=uses_oauth(account))


def refresh(account: Account) -> Mapping[str, str]:
    """New credentials: all that were there, with a new access token and what came with it.

    Raises: NeedsReconnect for a password, or when the service wants a person; RetryLater, RateLimited.
    """
    service = _SERVICES.get(account.credentials.get("provider", ""))
    if service is None:
        raise NeedsReconnect(code="password")
    for name in ("client_id", "refresh_token"):
        if not account.credentials.get(name):
            raise NeedsReconnect(code=f"settings/{name}")
    told = account.credentials
    form = {name: told.get(name, "") for name in ("client_id", "client_secret", "refresh_token")}
    form |= {"grant_type": "refresh_token", "scope": service.scope}
    url = service.address.format(tenant=quote(told.get("tenant") or "common", safe=""))
    return renewed(account, url, form, dead=_DEAD, usual_life=USUAL_LIFE_SECONDS)
