"""Pages and people: who is registered, who may call, who writes."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass

from sandbox.facebook.site import PLATFORM, Site

DEFAULT_FIELDS = {
    "facebook": frozenset({"feed", "mention"}),
    "instagram": frozenset(
        {
            *("feed", "comments", "mentions", "messages", "message_edits", "message_reactions", "messaging_seen"),
            *("messaging_handovers", "messaging_postbacks", "standby"),
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Page:
    """One simulated Facebook page, with the secrets of the app that serves it."""

    id: str
    name: str
    app_id: str
    access_token: str
    app_secret: str
    old_app_secret: str
    verify_token: str
    callback_url: str
    subscribed: frozenset[str]
    created_at: float
    platform: str = PLATFORM
    login: str = PLATFORM  # of an Instagram account: through its page, or "instagram" with a token of its own


@dataclass(frozen=True, slots=True)
class Registration:
    """What the control API gives for a page."""

    name: str
    access_token: str
    app_secret: str
    verify_token: str
    app_id: str = "1200000000000001"
    login: str = PLATFORM


def _page(row: sqlite3.Row) -> Page:
    return Page(
        id=row["id"],
        name=row["name"],
        app_id=row["app_id"],
        access_token=row["access_token"],
        app_secret=row["app_secret"],
        old_app_secret=row["old_app_secret"],
        verify_token=row["verify_token"],
        callback_url=row["callback_url"],
        subscribed=frozenset(row["subscribed"].split(",")) - {""},
        created_at=row["created_at"],
        platform=row["platform"],
        login=row["login"],
    )


def get_page(site: Site, page_id: str) -> Page | None:
    """The page with this id."""
    row = site.store.row("SELECT * FROM fb_pages WHERE id = ?", page_id)
    return _page(row) if row else None


def pages_of_token(site: Site, token: str) -> list[Page]:
    """The page whose access token this is, and the Instagram accounts that are reached through it."""
    rows = site.store.rows("SELECT * FROM fb_pages WHERE access_token = ? ORDER BY platform, created_at", token)
    return [_page(row) for row in rows]


def page_of_token(site: Site, token: str) -> Page | None:
    """The first of those."""
    return next(iter(pages_of_token(site, token)), None)


def list_pages(site: Site) -> list[Page]:
    """All pages of the site's platform, oldest first."""
    sql = "SELECT * FROM fb_pages WHERE platform = ? ORDER BY created_at, id"
    return [_page(row) for row in site.store.rows(sql, site.platform)]


def register(site: Site, page_id: str, given: Registration) -> None:
    """Create or update a page. A changed app secret keeps the one before it, for the "old signature" switch."""
    site.store.run(
        "INSERT INTO fb_pages (id, name, app_id, access_token, app_secret, verify_token, created_at, platform, login)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
        " app_id = excluded.app_id, login = excluded.login,"
        " access_token = excluded.access_token, verify_token = excluded.verify_token,"
        " old_app_secret = CASE WHEN app_secret = excluded.app_secret THEN old_app_secret ELSE app_secret END,"
        " app_secret = excluded.app_secret",
        page_id,
        given.name,
        given.app_id,
        given.access_token,
        given.app_secret,
        given.verify_token,
        site.clock.now(),
        site.platform,
        given.login,
    )


def connect(site: Site, page_id: str, callback_url: str, fields: frozenset[str] | None = None) -> None:
    """Keep a callback address that answered the handshake, and let the page send these fields beside those it sends.

    Takes: fields, the platform's usual ones unless given.
    """
    site.store.run("UPDATE fb_pages SET callback_url = ? WHERE id = ?", callback_url, page_id)
    page = get_page(site, page_id)
    subscribe(site, page_id, (fields or DEFAULT_FIELDS[site.platform]) | (page.subscribed if page else frozenset()))


def subscribe(site: Site, page_id: str, fields: frozenset[str]) -> None:
    """Set which webhook fields the page sends; none means silence."""
    site.store.run("UPDATE fb_pages SET subscribed = ? WHERE id = ?", ",".join(sorted(fields)), page_id)


def delete_page(site: Site, page_id: str) -> bool:
    """Remove a page with everything on it and everything waiting for it. False when it was not there."""
    with site.store.transaction():
        objects = "(SELECT id FROM fb_posts WHERE page_id = ?1 UNION SELECT id FROM fb_comments WHERE page_id = ?1)"
        site.store.run(f"DELETE FROM fb_reactions WHERE object_id IN {objects}", page_id)  # noqa: S608 -- constant
        for table in ("fb_private_replies", "fb_comments", "fb_posts", "fb_people", "talk_messages", "talk_standby"):
            site.store.run(f"DELETE FROM {table} WHERE page_id = ?", page_id)  # noqa: S608 -- names are constants
        site.outbox.forget_account(site.platform, page_id)
        return site.store.run("DELETE FROM fb_pages WHERE id = ?", page_id) > 0


def person_id(site: Site, page_id: str, name: str) -> str:
    """The page-scoped id of the person with this name; the same name on the same page is the same id."""
    digest = hashlib.sha256(f"{page_id}\0{name}".encode()).digest()
    scoped = str(71_000_000_000_000_000 + int.from_bytes(digest[:6], "big"))
    site.store.run("INSERT OR IGNORE INTO fb_people VALUES (?, ?, ?)", page_id, scoped, name)
    return scoped


def name_of(site: Site, page: Page, author_id: str) -> str:
    """The name behind a page-scoped id or the page's own id."""
    if author_id == page.id:
        return page.name
    row = site.store.row("SELECT name FROM fb_people WHERE page_id = ? AND id = ?", page.id, author_id)
    return str(row["name"]) if row else ""
