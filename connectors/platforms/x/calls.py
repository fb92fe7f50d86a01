"""X's API through tweepy, with what it lacks: our guarded session, the address, clear ends, and silence.

tweepy has the host written into its code, opens a session without time limits and writes headers and texts into its
debug log, so `request`, where all its methods end, is ours. Its exceptions never arise.
Source: tweepy 4.17.0; docs.x.com, "Rate limits" and "Authentication", read 2026-11.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import tweepy
from requests.auth import AuthBase
from tweepy.auth import OAuth1UserHandler

from connectors.kit import wire
from connectors.kit.base import Account
from connectors.kit.errors import ConnectorError, NeedsReconnect, OutcomeUnknown, RetryLater, TokenExpired, Unreadable
from connectors.kit.http import failure
from connectors.kit.json_api import need_credential

from .refusals import Circumstances, limited, refusal
from .settings import just_renewed, may_refresh, signs_by_oauth1

ADDRESS = "https://api.x.com"

for _name in ("oauthlib", "requests_oauthlib"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # at DEBUG they tell tokens and signatures


class Guarded:
    """What replaces tweepy's `request`. Leaves: `answered_at` of the latest answer.

    Takes: repeatable, whether such a call may be done twice without harm; needs, the scopes it takes; as_app, whether
    it goes out as the app and not as our account.
    """

    session: requests.Session

    def __init__(
        self, account: Account, *, repeatable: bool, needs: tuple[str, ...] = (), as_app: bool = False
    ) -> None:
        super().__init__("", return_type=dict)  # type: ignore[call-arg]  # tweepy's client, next in line
        self.session = account.session
        self.answered_at: datetime | None = None
        self._account, self._repeatable, self._needs, self._as_app = account, repeatable, needs, as_app
        self._base = (account.base_url or ADDRESS).rstrip("/")
        self._auth = None if as_app else _signature(account)
        self._token = "" if self._auth else need_credential(account, "app_token" if as_app else "access_token")
        if not as_app:
            _require_fresh(account)

    def request(
        self,
        method: str,
        route: str,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        user_auth: bool = False,  # noqa: ARG002  tweepy passes it; who signs is the account's matter
    ) -> requests.Response:
        """One call; tweepy's own methods all end here. Raises ConnectorError."""
        try:
            response = self.session.request(
                method, f"{self._base}{route}", params=params, json=json, headers=self._headers(), auth=self._auth
            )
        except requests.RequestException as error:
            failed: ConnectorError = failure(error, repeatable=self._repeatable)
        else:
            self.answered_at = _moment(response.headers)
            refused = self.failed(response)
            if refused is None:
                return response
            failed = refused
        raise failed  # outside of the handler: what hangs on as context would hold addresses and headers

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def failed(self, response: requests.Response) -> ConnectorError | None:
        """None for a good answer: a JSON object with a status that says so."""
        label, now = f"http/{response.status_code}", (self.answered_at or self._account.clock()).timestamp()
        try:
            answer = wire.read(response.content)
        except Unreadable:
            return limited(response.headers, "", now) if response.status_code == 429 else self._unclear(label)
        if 200 <= response.status_code < 300:
            return None
        renewable = not self._as_app and may_refresh(self._account) and not just_renewed(self._account)
        circumstances = Circumstances(self._needs, renewable, now)
        return refusal(response.status_code, answer, response.headers, circumstances) or self._unclear(label)

    def _unclear(self, label: str) -> ConnectorError:
        return RetryLater(code=label) if self._repeatable else OutcomeUnknown(code=label)


class Api(Guarded, tweepy.Client):  # type: ignore[misc]
    """tweepy's client for one account, giving plain JSON objects."""


def data_of(answer: object) -> wire.Node:
    """The `data` of an answer about one thing, empty where there is none. Raises Unreadable."""
    assert isinstance(answer, dict)  # noqa: S101  `request` has read it as an object
    return wire.Node(answer).child("data") or wire.Node({}, "data")


def _signature(account: Account) -> AuthBase | None:
    """What signs each call of an OAuth 1.0a account; None for the others."""
    if not signs_by_oauth1(account):
        return None
    if not account.app_secret:
        raise NeedsReconnect
    names = ("consumer_key", "access_token", "token_secret")
    key, token, secret = (need_credential(account, name) for name in names)
    signature: AuthBase = OAuth1UserHandler(key, account.app_secret, token, secret).apply_auth()
    return signature


def _require_fresh(account: Account) -> None:
    """A token whose end has passed is not worth a call. Raises TokenExpired."""
    expires_at = account.credentials.get("expires_at", "")
    known = expires_at.isascii() and expires_at.isdigit() and may_refresh(account)
    if known and int(expires_at[:12]) <= account.clock().timestamp():
        raise TokenExpired(code="expired")


def _moment(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
