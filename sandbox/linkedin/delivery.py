"""How LinkedIn's webhook bodies look and are signed, and the challenge before the first of them."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import uuid
from collections.abc import Sequence

import httpx

from sandbox.linkedin.site import PLATFORM, Page, Site
from sandbox.sender import Envelope, Receiver

_CHALLENGE_SECONDS = 3.0


def sign(secret: str, body: bytes) -> str:
    """The signature: over the body with its scheme before it, which the header does not repeat."""
    return hmac.new(secret.encode(), b"hmacsha256=" + body, hashlib.sha256).hexdigest()


class LinkedInCarrier:
    """Brings the outbox's notifications to the apps that registered."""

    platform = PLATFORM
    most = 10

    def __init__(self, site: Site) -> None:
        self._site = site

    def receivers(self) -> dict[Receiver, list[str]]:
        """Pages by callback address and client secret: one body may speak of several pages of one app."""
        found: dict[Receiver, list[str]] = {}
        for page in self._site.pages():
            if page.callback_url:
                found.setdefault(Receiver(page.callback_url, page.app_secret), []).append(page.id)
        return found

    def wrap(self, receiver: Receiver, rows: Sequence[sqlite3.Row]) -> Envelope:
        """One signed body."""
        notifications = [json.loads(row["payload"]) for row in rows]
        told = {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": notifications}
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        page_id = rows[0]["account_id"]
        headers = {"Content-Type": "application/json"} | self._signature(receiver, page_id, body)
        return Envelope(body, headers, 1 + int(self._site.panel(page_id).take("duplicate_webhooks") or 0))

    def _signature(self, receiver: Receiver, page_id: str, body: bytes) -> dict[str, str]:
        fault = self._site.panel(page_id).take("wrong_signature")
        if fault == "missing":
            return {}
        page = self._site.page(page_id)
        old = (page and page.old_app_secret) or f"before {receiver.secret}"
        secrets = {None: receiver.secret, "old": old, "wrong": f"not {receiver.secret}"}
        return {"X-LI-Signature": sign(secrets[fault], body)}


async def shake_hands(http: httpx.AsyncClient, page: Page, callback_url: str) -> bool:
    """Ask the callback address to prove that it has the client secret, within three seconds."""
    code = str(uuid.uuid4())
    asked = httpx.URL(callback_url).copy_merge_params({"challengeCode": code})
    try:
        answer = await http.get(asked, timeout=_CHALLENGE_SECONDS)
        told = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return False
    right = hmac.new(page.app_secret.encode(), code.encode(), hashlib.sha256).hexdigest()
    return answer.status_code == 200 and told == {"challengeCode": code, "challengeResponse": right}
