"""The simulated X as a whole: its tables, and what every part of it needs at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from sandbox.clock import Clock
from sandbox.outbox import Outbox
from sandbox.store import Store

PLATFORM = "x"
_EPOCH_MS = 1_288_834_974_657  # ids count milliseconds from here, above 2^53 for years now

_SCHEMA = """
CREATE TABLE IF NOT EXISTS x_accounts (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, handle TEXT NOT NULL, access_token TEXT NOT NULL,
    refresh_token TEXT NOT NULL DEFAULT '', client_id TEXT NOT NULL DEFAULT '', client_secret TEXT NOT NULL DEFAULT '',
    app_token TEXT NOT NULL DEFAULT '', app_secret TEXT NOT NULL, old_app_secret TEXT NOT NULL DEFAULT '',
    webhook TEXT NOT NULL DEFAULT 'activity',
    faults TEXT NOT NULL DEFAULT '{}', posts_read INTEGER NOT NULL DEFAULT 0, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS x_people (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, handle TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS x_posts (
    number INTEGER PRIMARY KEY, versions TEXT NOT NULL, author_id TEXT NOT NULL, text TEXT NOT NULL,
    reply_to TEXT NOT NULL DEFAULT '', quoted TEXT NOT NULL DEFAULT '', root TEXT NOT NULL, created_at REAL NOT NULL,
    hidden INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS x_posts_author ON x_posts (author_id, number);
CREATE INDEX IF NOT EXISTS x_posts_root ON x_posts (root, number);
CREATE TABLE IF NOT EXISTS x_likes (post_id TEXT NOT NULL, person_id TEXT NOT NULL, PRIMARY KEY (post_id, person_id));
CREATE TABLE IF NOT EXISTS x_messages (
    number INTEGER PRIMARY KEY, conversation TEXT NOT NULL, sender_id TEXT NOT NULL, recipient_id TEXT NOT NULL,
    text TEXT NOT NULL, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS x_webhooks (
    id INTEGER PRIMARY KEY, app_secret TEXT NOT NULL, url TEXT NOT NULL, valid INTEGER NOT NULL,
    created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS x_subscriptions (
    id INTEGER PRIMARY KEY, account_id TEXT NOT NULL, event TEXT NOT NULL, webhook_id INTEGER NOT NULL,
    tag TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS x_rules (id INTEGER PRIMARY KEY, app_token TEXT NOT NULL, value TEXT NOT NULL, tag TEXT);
"""


@dataclass(slots=True)
class Line:
    """One open stream: whose app, and the lines it still has to write; None ends it."""

    app_token: str
    lines: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)


@dataclass(slots=True)
class XSite:
    """Store, outbox, clock and lot of the simulated X. `base_url` is where people can look at it."""

    store: Store
    outbox: Outbox
    clock: Clock
    rng: Random
    base_url: str = ""
    wake: Callable[[], None] = lambda: None  # called when an event went into the outbox
    streams: list[Line] = field(default_factory=list)
    calls: dict[tuple[str, str], list[float]] = field(default_factory=dict)  # (account, kind) → times, for the limits

    def __post_init__(self) -> None:
        self.store.define(_SCHEMA)

    def next_number(self) -> int:
        """A new id: the time, and never the same or a smaller one again."""
        wanted = (int(self.clock.now() * 1000) - _EPOCH_MS) << 22
        last = self.store.number("SELECT MAX(n) FROM (SELECT MAX(number) n FROM x_posts UNION SELECT MAX(number) n "
                                 "FROM x_messages)")  # fmt: skip
        return max(wanted, last + 1)

    def next_hook(self) -> int:
        """A new id for a webhook or a subscription, above 2^53 like all of X's."""
        return 1_146_654_567_674_912_769 + self.store.count_up("x_hooks")


def x_time(unix_seconds: float) -> str:
    """API v2's form of an instant: `2026-11-20T09:15:31.000Z`."""
    return datetime.fromtimestamp(unix_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def old_time(unix_seconds: float) -> str:
    """API v1.1's form: `Fri Nov 20 09:15:31 +0000 2026`."""
    return datetime.fromtimestamp(unix_seconds, UTC).strftime("%a %b %d %H:%M:%S +0000 %Y")
