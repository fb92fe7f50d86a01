"""Accounts and people: who is registered, who may call, who writes."""

from __future__ import annotations

import hashlib
import re
import secrets
import sqlite3
import unicodedata
from collections.abc import Sequence
from typing import Any

from sandbox.switches import Panel
from sandbox.x.site import PLATFORM, XSite

Row = sqlite3.Row

# name → (what `true` stands for, what it does)
SWITCHES: dict[str, tuple[Any, str]] = {
    "token_dead": (1, "every call of the account answers 401, until its token is renewed"),
    "refresh_dead": (1, "the refresh token is refused"),
    "credits": (1, "every call answers 402 CreditsDepleted"),
    "not_enrolled": (1, "every call answers 403 client-not-enrolled"),
    "rate_limit": (421, "calls answer 429, with a reset in so many seconds"),
    "html_500": (502, "calls answer an HTML page with this status"),
    "timeout_before_effect": ("drop", "a write is not done and gets no answer; value: drop or hang"),
    "timeout_after_effect": ("drop", "a write is done but gets no answer; value: drop or hang"),
    "new_names": (1, "answers and events use the names of 2026: post… in place of tweet…"),
    "drop_webhooks": (1.0, "this share of events is never sent"),
    "duplicate_webhooks": (1, "each body is sent this many more times"),
    "missing_scope": ("dm.read", "this scope is never granted, and what needs it answers 403"),
    "webhook": ("gone", "the app's webhook; value: gone, elsewhere or invalid (ours, but the check fails)"),
    "delay_webhooks": (5.0, "events are held for so many seconds"),
    "wrong_signature": ("wrong", "bodies are signed wrongly; value: wrong, old or missing"),
    "stream_silence": (1, "open streams send no sign of life"),
}
_CHOICES: dict[str, tuple[Any, ...]] = {
    "timeout_before_effect": ("drop", "hang"),
    "timeout_after_effect": ("drop", "hang"),
    "wrong_signature": ("wrong", "old", "missing"),
    "webhook": ("gone", "elsewhere", "invalid"),
}
_KEPT = ("name", "handle", "access_token", "refresh_token", "client_id", "client_secret", "app_token", "app_secret",
         "webhook")  # fmt: skip


SCOPES = (
    *("tweet.read", "tweet.write", "tweet.moderate.write", "users.read"),
    *("dm.read", "dm.write", "offline.access"),
)


def get_account(site: XSite, account_id: str) -> Row | None:
    """The account with this id."""
    return site.store.row("SELECT * FROM x_accounts WHERE id = ?", account_id)


def list_accounts(site: XSite) -> list[Row]:
    """All accounts, oldest first."""
    return site.store.rows("SELECT * FROM x_accounts ORDER BY created_at, id")


def account_of_token(site: XSite, token: str) -> Row | None:
    """The account whose own token this is."""
    return site.store.row("SELECT * FROM x_accounts WHERE access_token = ? AND ? <> ''", token, token)


def account_of_app(site: XSite, token: str) -> Row | None:
    """An account of the app whose bearer token this is."""
    return site.store.row("SELECT * FROM x_accounts WHERE app_token = ? AND ? <> '' ORDER BY id", token, token)


def register(site: XSite, account_id: str, given: dict[str, str]) -> None:
    """Create or update an account. A changed app secret keeps the one before it, for the "old signature" switch."""
    before = get_account(site, account_id)
    if before is None:
        columns = ", ".join(_KEPT)
        marks = ", ".join("?" * len(_KEPT))
        site.store.run(
            f"INSERT INTO x_accounts (id, created_at, {columns}) VALUES (?, ?, {marks})",  # noqa: S608 -- constants
            account_id,
            site.clock.now(),
            *(given[name] for name in _KEPT),
        )
    else:
        if before["app_secret"] != given["app_secret"]:
            site.store.run("UPDATE x_accounts SET old_app_secret = app_secret WHERE id = ?", account_id)
            sql = "UPDATE x_webhooks SET app_secret = ? WHERE app_secret = ?"
            site.store.run(sql, given["app_secret"], before["app_secret"])
        columns = ", ".join(f"{name} = ?" for name in _KEPT)
        values = [given[name] for name in _KEPT]
        site.store.run(f"UPDATE x_accounts SET {columns} WHERE id = ?", *values, account_id)  # noqa: S608 -- constants
    site.calls = {key: times for key, times in site.calls.items() if key[0] != account_id}


def rotate(site: XSite, account_id: str, asked: Sequence[str] = ()) -> dict[str, Any]:
    """New tokens; the old ones are worth nothing from now on. Takes: asked, the scopes wanted, by default all."""
    access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    site.store.run(
        "UPDATE x_accounts SET access_token = ?, refresh_token = ? WHERE id = ?", access, refresh, account_id
    )
    panel(site, account_id).change({"token_dead": None})
    lost = panel(site, account_id).load().get("missing_scope", {}).get("value")
    scope = " ".join(name for name in (asked or SCOPES) if name != lost)
    return {
        "token_type": "bearer",
        "expires_in": 7200,
        "access_token": access,
        "refresh_token": refresh,
        "scope": scope,
    }


def delete_account(site: XSite, account_id: str) -> bool:
    """Remove an account, what it wrote and its messages; with the last one goes all. False when it was not there."""
    with site.store.transaction():
        site.store.run("DELETE FROM x_posts WHERE author_id = ?", account_id)
        site.store.run("DELETE FROM x_messages WHERE ? IN (sender_id, recipient_id)", account_id)
        site.store.run("DELETE FROM x_subscriptions WHERE account_id = ?", account_id)
        site.store.run("DELETE FROM x_webhooks WHERE id NOT IN (SELECT webhook_id FROM x_subscriptions)")
        site.outbox.forget_account(PLATFORM, account_id)
        gone = site.store.run("DELETE FROM x_accounts WHERE id = ?", account_id) > 0
        if not list_accounts(site):
            for table in ("x_posts", "x_messages", "x_likes", "x_rules"):
                site.store.run(f"DELETE FROM {table}")  # noqa: S608 -- names are constants
        return gone


def person_id(site: XSite, name: str) -> str:
    """The id of the person with this name, made on first sight."""
    number = str(1_450_000_000_000_000_000 + int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big"))
    site.store.run("INSERT OR IGNORE INTO x_people VALUES (?, ?, ?)", number, name, _handle(name))
    return number


def user_of(site: XSite, number: str) -> tuple[str, str]:
    """Name and handle of a person or an account; empty ones for nobody."""
    row = get_account(site, number) or site.store.row("SELECT * FROM x_people WHERE id = ?", number)
    return (row["name"], row["handle"]) if row else ("", "")


def panel(site: XSite, account_id: str) -> Panel:
    """The account's switches."""

    def read() -> str:
        found = get_account(site, account_id)
        return str(found["faults"]) if found else "{}"

    def write(kept: str) -> None:
        site.store.run("UPDATE x_accounts SET faults = ? WHERE id = ?", kept, account_id)

    return Panel(SWITCHES, read, write, _CHOICES)


def _handle(name: str) -> str:
    plain = name.lower().replace("ø", "o").replace("æ", "ae")
    letters = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:15] or "somebody"
