"""How Facebook's webhook bodies look and are signed, and the handshake before the first of them."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Sequence
from typing import Any

import httpx

from sandbox.facebook import faults
from sandbox.facebook.pages import Page, list_pages
from sandbox.facebook.site import INSTAGRAM, PLATFORM, Site
from sandbox.sender import Envelope, Receiver


def encode(body: object) -> bytes:
    r"""JSON as Meta sends it: ASCII with \u escapes, every slash as \/. Who re-serialises it breaks the signature."""
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def sign(secret: str, body: bytes) -> dict[str, str]:
    """Both signature headers over the raw body; the SHA-1 one is Meta's legacy."""
    return {
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest(),
        "X-Hub-Signature": "sha1=" + hmac.new(secret.encode(), body, "sha1").hexdigest(),
    }


class FacebookCarrier:
    """Brings the outbox's Facebook events to the apps that registered."""

    most = 100  # Meta allows 1000, fewer keep a receiver's answer quick

    def __init__(self, site: Site) -> None:
        self._site, self.platform = site, site.platform

    def receivers(self) -> dict[Receiver, list[str]]:
        """Pages by callback address and app secret: one body may hold several pages of one app."""
        found: dict[Receiver, list[str]] = {}
        for page in list_pages(self._site):
            if page.callback_url:
                found.setdefault(Receiver(page.callback_url, page.app_secret), []).append(page.id)
        return found

    def wrap(self, receiver: Receiver, rows: Sequence[sqlite3.Row]) -> Envelope:
        """One signed body, one entry per run of events of the same page."""
        entries: list[dict[str, Any]] = []
        flat = {page.id for page in list_pages(self._site) if page.login == INSTAGRAM}
        for row in rows:
            payload = json.loads(row["payload"])
            array, value = payload.get("array", "changes"), payload["value"]
            told = {"value": value, "field": payload["field"]} if array == "changes" else value
            fresh = {"id": row["account_id"], "time": payload["time"]}
            if array == "changes" and row["account_id"] in flat:
                entries.append(fresh | told)  # with a login of its own the change stands in the entry itself
                continue
            if not entries or entries[-1]["id"] != row["account_id"] or "field" in entries[-1]:
                entries.append(fresh)
            entries[-1].setdefault(array, []).append(told)
        body = encode({"object": "page" if self.platform == PLATFORM else self.platform, "entry": entries})
        headers = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}
        headers |= self._signature(receiver, rows[0]["account_id"], body)
        copies = 1 + int(faults.take(self._site, rows[0]["account_id"], "duplicate_webhooks") or 0)
        return Envelope(body, headers, copies)

    def _signature(self, receiver: Receiver, page_id: str, body: bytes) -> dict[str, str]:
        fault = faults.take(self._site, page_id, "wrong_signature")
        if fault is None:
            return sign(receiver.secret, body)
        if fault == "missing":
            return {}
        if fault == "old":
            row = self._site.store.row("SELECT old_app_secret FROM fb_pages WHERE id = ?", page_id)
            return sign((row and row["old_app_secret"]) or f"before {receiver.secret}", body)
        return sign(hashlib.sha256(receiver.secret.encode()).hexdigest(), body)


async def shake_hands(http: httpx.AsyncClient, page: Page, callback_url: str) -> bool:
    """Ask the callback address to prove itself: GET with a challenge that must come back as the whole body."""
    challenge = str(secrets.randbelow(9 * 10**9) + 10**9)
    asked = {"hub.mode": "subscribe", "hub.verify_token": page.verify_token, "hub.challenge": challenge}
    try:
        answer = await http.get(httpx.URL(callback_url).copy_merge_params(asked))
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
    return answer.status_code == 200 and answer.text == challenge
