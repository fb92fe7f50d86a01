"""How X's webhook bodies are signed, and the challenge before the first of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Sequence

import httpx

from sandbox.sender import Envelope, Receiver
from sandbox.x.accounts import Row, get_account, list_accounts, panel
from sandbox.x.hooks import addresses_of
from sandbox.x.site import PLATFORM, XSite


def sign(secret: str, body: bytes) -> str:
    """`sha256=` and the base64 of the HMAC under the consumer secret."""
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, "sha256").digest()).decode()


class XCarrier:
    """Brings the outbox's events of X to the apps that registered: one event in a body."""

    platform = PLATFORM
    most = 1

    def __init__(self, site: XSite) -> None:
        self._site = site

    def receivers(self) -> dict[Receiver, list[str]]:
        """Accounts by address and secret."""
        found: dict[Receiver, list[str]] = {}
        for account in list_accounts(self._site):
            for url in addresses_of(self._site, account):
                found.setdefault(Receiver(url, account["app_secret"]), []).append(account["id"])
        return found

    def wrap(self, receiver: Receiver, rows: Sequence[sqlite3.Row]) -> Envelope:
        """The event, signed."""
        account, body = rows[0]["account_id"], rows[0]["payload"].encode()
        headers = {"Content-Type": "application/json"}
        signature = self._signature(receiver, account, body)
        headers |= {"x-twitter-webhooks-signature": signature} if signature else {}
        return Envelope(body, headers, 1 + int(panel(self._site, account).take("duplicate_webhooks") or 0))

    def _signature(self, receiver: Receiver, account: str, body: bytes) -> str:
        fault = panel(self._site, account).take("wrong_signature")
        if fault is None:
            return sign(receiver.secret, body)
        row = get_account(self._site, account)
        old = (row["old_app_secret"] if row else "") or f"before {receiver.secret}"
        wrong = hashlib.sha256(receiver.secret.encode()).hexdigest()
        return "" if fault == "missing" else sign(old if fault == "old" else wrong, body)


async def check(http: httpx.AsyncClient, account: Row, callback_url: str) -> bool:
    """The challenge-response check: the address must sign a token with the app's secret."""
    token = secrets.token_urlsafe(24)
    try:
        answer = await http.get(httpx.URL(callback_url).copy_merge_params({"crc_token": token}))
        told = answer.json().get("response_token")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError):
        return False
    return answer.status_code == 200 and told == sign(account["app_secret"], token.encode())
