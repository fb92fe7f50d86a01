"""The simulated LinkedIn as a whole: its tables, its names for things, and what every part of it needs at hand."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sandbox.clock import Clock
from sandbox.outbox import Outbox
from sandbox.store import Store
from sandbox.switches import Panel

PLATFORM = "linkedin"

# Numbers above 2^53 on purpose: whoever reads them as JSON numbers in a browser loses digits.
_BASE = 7_400_000_000_000_000_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS li_pages (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, access_token TEXT NOT NULL, refresh_token TEXT NOT NULL DEFAULT '',
    app_secret TEXT NOT NULL, old_app_secret TEXT NOT NULL DEFAULT '', callback_url TEXT NOT NULL DEFAULT '',
    faults TEXT NOT NULL DEFAULT '{}', created_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS li_pages_token ON li_pages (access_token);
CREATE TABLE IF NOT EXISTS li_people (urn TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS li_posts (
    seq INTEGER PRIMARY KEY, share TEXT NOT NULL UNIQUE, activity TEXT NOT NULL UNIQUE, page_id TEXT NOT NULL,
    author TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('page', 'share', 'mention')), text TEXT NOT NULL,
    created_at REAL NOT NULL, removed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS li_posts_page ON li_posts (page_id, kind, seq);
CREATE TABLE IF NOT EXISTS li_comments (
    seq INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, page_id TEXT NOT NULL, activity TEXT NOT NULL, root TEXT,
    author TEXT NOT NULL, text TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS li_comments_post ON li_comments (activity, seq);
CREATE INDEX IF NOT EXISTS li_comments_page ON li_comments (page_id, seq);
CREATE TABLE IF NOT EXISTS li_reactions (
    entity TEXT NOT NULL, actor TEXT NOT NULL, page_id TEXT NOT NULL, PRIMARY KEY (entity, actor)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS li_notices (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, page_id TEXT NOT NULL, action TEXT NOT NULL, at INTEGER NOT NULL,
    payload TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS li_notices_page ON li_notices (page_id, at);
CREATE VIEW IF NOT EXISTS li_standing AS
    SELECT c.*, 'urn:li:comment:(' || c.activity || ',' || c.number || ')' AS urn,
        COALESCE(g.name, w.name, '') AS author_name, p.share, p.author AS post_author
    FROM li_comments c JOIN li_posts p ON p.activity = c.activity AND p.removed = 0
    LEFT JOIN li_comments r ON r.number = c.root
    LEFT JOIN li_people w ON w.urn = c.author
    LEFT JOIN li_pages g ON 'urn:li:organization:' || g.id = c.author
    WHERE c.removed = 0 AND COALESCE(r.removed, 0) = 0;
"""

# name → (what `true` stands for, what it does)
SWITCHES: dict[str, tuple[object, str]] = {
    "token_dead": (65601, "every call answers 401 with this service code (65600, 65601, 65602)"),
    "missing_scope": ("*", "calls answer 403; value: one scope's name, or * for all"),
    "rate_limit": (101, "calls answer 429 with this service code (101 is the day's limit)"),
    "version_sunset": (True, "calls answer that this version of the API is no more"),
    "transient": (503, "calls answer this status (500 or 503) in LinkedIn's own form"),
    "html_500": (500, "calls answer an HTML page with this status"),
    "timeout_before_effect": ("drop", "a write is not done and gets no answer; value: drop or hang"),
    "timeout_after_effect": ("drop", "a write is done but gets no answer; value: drop or hang"),
    "drop_webhooks": (1.0, "this share of events is never sent; the pull finder still tells of them"),
    "duplicate_webhooks": (1, "each body is sent this many more times"),
    "reorder_webhooks": (2.0, "events are held for a random part of so many seconds"),
    "wrong_signature": ("wrong", "bodies are signed wrongly; value: wrong, old or missing"),
    "not_managed": (True, "whoever signed in has no role on the page"),
    "token_ends": (86400, "the token is told to end in so many seconds"),
    "webhook": ("gone", "the page's subscription; value: gone or elsewhere"),
    "webhook_ends": (86400, "the page's subscription is told to end in so many seconds, until it is made again"),
    "no_webhooks": (True, "the app is not approved for webhooks"),
    "delay_webhooks": (5.0, "events are held for so many seconds"),
}
_CHOICES: dict[str, tuple[object, ...]] = {
    "token_dead": (65600, 65601, 65602),
    "transient": (500, 503),
    "timeout_before_effect": ("drop", "hang"),
    "timeout_after_effect": ("drop", "hang"),
    "wrong_signature": ("wrong", "old", "missing"),
    "webhook": ("gone", "elsewhere"),
}
_COMMENT = re.compile(r"urn:li:comment:\((urn:li:activity:[0-9]+),([0-9]+)\)")


@dataclass(frozen=True, slots=True)
class Page:
    """One simulated company page, with the secrets of the app that serves it."""

    id: str
    name: str
    access_token: str
    refresh_token: str
    app_secret: str
    old_app_secret: str
    callback_url: str

    @property
    def urn(self) -> str:
        """Its name in the API."""
        return f"urn:li:organization:{self.id}"


@dataclass(slots=True)
class Site:
    """Store, outbox, clock and lot of the simulated LinkedIn."""

    store: Store
    outbox: Outbox
    clock: Clock
    rng: Random
    wake: Callable[[], None] = lambda: None  # called when an event went into the outbox

    def __post_init__(self) -> None:
        self.store.define(_SCHEMA)

    def next_number(self) -> tuple[int, int]:
        """A new (seq, number) for a post or comment; the number after it is free, too."""
        seq = self.store.count_up("li_objects")
        return seq, _BASE + 10 * seq

    def pages(self) -> list[Page]:
        """All pages, oldest first."""
        return [_page(row) for row in self.store.rows("SELECT * FROM li_pages ORDER BY created_at, id")]

    def page(self, page_id: str) -> Page | None:
        """The page with this number."""
        row = self.store.row("SELECT * FROM li_pages WHERE id = ?", page_id)
        return _page(row) if row else None

    def page_of_token(self, token: str) -> Page | None:
        """The page whose access token this is."""
        row = self.store.row("SELECT * FROM li_pages WHERE access_token = ?", token)
        return _page(row) if row else None

    def person(self, name: str) -> str:
        """The URN of the person with this name."""
        digest = hashlib.sha256(f"person\0{name}".encode()).digest()
        urn = f"urn:li:person:{urlsafe_b64encode(digest[:9]).decode()}"
        self.store.run("INSERT OR IGNORE INTO li_people VALUES (?, ?)", urn, name)
        return urn

    def post(self, urn: str) -> sqlite3.Row | None:
        """A post that stands, by either of its names."""
        return self.store.row("SELECT * FROM li_posts WHERE (share = ?1 OR activity = ?1) AND removed = 0", urn)

    def comment(self, urn: str) -> sqlite3.Row | None:
        """A comment that stands (its root and post too), with its author's name."""
        found = _COMMENT.fullmatch(urn)
        return self.store.row("SELECT * FROM li_standing WHERE number = ?", found[2]) if found else None

    def panel(self, page_id: str) -> Panel:
        """The page's switches."""

        def read() -> str:
            found = self.store.row("SELECT faults FROM li_pages WHERE id = ?", page_id)
            return str(found["faults"]) if found else "{}"

        def write(kept: str) -> None:
            self.store.run("UPDATE li_pages SET faults = ? WHERE id = ?", kept, page_id)

        return Panel(SWITCHES, read, write, _CHOICES)


def _page(row: sqlite3.Row) -> Page:
    names = ("id", "name", "access_token", "refresh_token", "app_secret", "old_app_secret", "callback_url")
    return Page(**{name: row[name] for name in names})
