"""The simulated site as a whole: its tables, and what every part of it needs at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sandbox.clock import Clock
from sandbox.outbox import Outbox
from sandbox.store import Store

PLATFORM, INSTAGRAM = "facebook", "instagram"

# Ids are decimal strings above 2^53 on purpose: whoever reads them as JSON numbers in a browser loses digits.
_POST_BASE = 122_000_000_000_000_000
_COMMENT_BASE = 887_000_000_000_000_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS fb_pages (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, app_id TEXT NOT NULL,
    access_token TEXT NOT NULL, app_secret TEXT NOT NULL, old_app_secret TEXT NOT NULL DEFAULT '',
    verify_token TEXT NOT NULL, callback_url TEXT NOT NULL DEFAULT '', subscribed TEXT NOT NULL DEFAULT '',
    faults TEXT NOT NULL DEFAULT '{}', created_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS fb_pages_token ON fb_pages (access_token);
CREATE TABLE IF NOT EXISTS fb_people (
    page_id TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (page_id, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fb_posts (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, page_id TEXT NOT NULL, author_id TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('page', 'visitor', 'tagged')), item TEXT NOT NULL,
    message TEXT NOT NULL, media TEXT NOT NULL DEFAULT '', created_at REAL NOT NULL, updated_at REAL NOT NULL,
    hidden INTEGER NOT NULL DEFAULT 0, removed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS fb_posts_page ON fb_posts (page_id, kind, seq);
CREATE INDEX IF NOT EXISTS fb_posts_wall ON fb_posts (page_id, seq);
CREATE TABLE IF NOT EXISTS fb_comments (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, page_id TEXT NOT NULL, post_id TEXT NOT NULL, root_id TEXT,
    author_id TEXT, message TEXT NOT NULL, media TEXT NOT NULL DEFAULT '', created_at REAL NOT NULL,
    updated_at REAL NOT NULL, hidden INTEGER NOT NULL DEFAULT 0, removed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS fb_comments_post ON fb_comments (post_id, seq);
CREATE INDEX IF NOT EXISTS fb_comments_root ON fb_comments (root_id, seq);
CREATE INDEX IF NOT EXISTS fb_comments_page ON fb_comments (page_id, seq);
CREATE INDEX IF NOT EXISTS fb_comments_author ON fb_comments (page_id, author_id, seq);
CREATE TABLE IF NOT EXISTS fb_reactions (
    object_id TEXT NOT NULL, person_id TEXT NOT NULL, type TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (object_id, person_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fb_private_replies (
    id TEXT PRIMARY KEY, page_id TEXT NOT NULL, object_id TEXT NOT NULL UNIQUE, recipient_id TEXT NOT NULL,
    text TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS talk_messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, mid TEXT NOT NULL UNIQUE, platform TEXT NOT NULL, page_id TEXT NOT NULL,
    person_id TEXT NOT NULL, ours INTEGER NOT NULL, text TEXT NOT NULL, media TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL DEFAULT '', at REAL NOT NULL, removed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS talk_by_person ON talk_messages (platform, page_id, person_id, seq);
CREATE TABLE IF NOT EXISTS talk_standby (
    platform TEXT NOT NULL, page_id TEXT NOT NULL, person_id TEXT NOT NULL, PRIMARY KEY (platform, page_id, person_id));
CREATE VIEW IF NOT EXISTS fb_post_view AS
    SELECT p.*, CASE WHEN p.author_id = g.id THEN g.name ELSE w.name END AS author_name
    FROM fb_posts p JOIN fb_pages g ON g.id = p.page_id
    LEFT JOIN fb_people w ON w.page_id = p.page_id AND w.id = p.author_id;
CREATE VIEW IF NOT EXISTS fb_comment_view AS
    SELECT c.*, CASE WHEN c.author_id = g.id THEN g.name ELSE w.name END AS author_name,
        p.author_id AS post_author_id,
        (c.removed OR p.removed OR COALESCE(r.removed, 0)) AS gone
    FROM fb_comments c JOIN fb_posts p ON p.id = c.post_id JOIN fb_pages g ON g.id = c.page_id
    LEFT JOIN fb_comments r ON r.id = c.root_id
    LEFT JOIN fb_people w ON w.page_id = c.page_id AND w.id = c.author_id;
"""


@dataclass(slots=True)
class Site:
    """Store, outbox, clock and lot of the simulated Facebook. `base_url` is where people can look at it."""

    store: Store
    outbox: Outbox
    clock: Clock
    rng: Random
    base_url: str = ""
    platform: str = PLATFORM  # whose accounts these are; Instagram's live by the same tables
    wake: Callable[[], None] = lambda: None  # called when an event went into the outbox

    def __post_init__(self) -> None:
        self.store.define(_SCHEMA)
        columns = {row["name"] for row in self.store.rows("PRAGMA table_info(fb_pages)")}
        for name, default in (("platform", PLATFORM), ("login", PLATFORM)):
            if name not in columns:  # a home from before there were sister platforms
                self.store.define(f"ALTER TABLE fb_pages ADD COLUMN {name} TEXT NOT NULL DEFAULT '{default}'")

    def next_post_id(self, owner_id: str) -> tuple[int, str]:
        """A new (seq, id) for a post on the wall of `owner_id`."""
        seq = self.store.count_up("fb_objects")
        return seq, f"{owner_id}_{_POST_BASE + seq}" if self.platform == PLATFORM else str(_POST_BASE + seq)

    def next_comment_id(self, post_id: str) -> tuple[int, str]:
        """A new (seq, id) for a comment under `post_id`."""
        seq = self.store.count_up("fb_objects")
        post = f"{post_id.rsplit('_', 1)[-1]}_" if self.platform == PLATFORM else ""
        return seq, f"{post}{_COMMENT_BASE + seq}"

    def permalink(self, page_id: str, object_id: str) -> str:
        """Where a person can see the object: the sandbox's own page, so that the link really opens."""
        return f"{self.base_url}/{self.platform}/{page_id}#i{object_id}"
