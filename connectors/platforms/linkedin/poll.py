"""The safety net under the webhooks: LinkedIn's own list of notifications, then our recent posts and their comments.

A pass has three stages, and one call makes one page. The cursor holds all that the next call needs, so that a pass
goes on where it stopped, be it a moment or a day later:

    notices ──▶ posts ──▶ comments of each recent post, and replies to each comment ──▶ pass over, `more` false

Notifications tell of mentions, edits and deletions, which nothing else does; they are kept by LinkedIn for 60 days, and
are handed on as raw pieces, since `parse` reads them with their own times. Comments cannot be asked for since a time,
so those of few posts are read whole.
Source: Microsoft Learn, "Organization Social Action Notifications", "Posts API", "Comments API", read 2026-11.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from connectors.kit.base import Account, Cursor, Page, Raw
from connectors.kit.errors import Rejected, RejectReason, Unreadable
from tickets.intake.items import AnyItem

from .calls import open_api
from .manifest import COMMENT_SCOPES, NOTICE_SCOPES, POST_SCOPES
from .objects import answers_of, comment_item, post_item
from .restli import comments_of, encoded, listed, query, record
from .urns import organization_urn

CURSOR_VERSION = 1
OVERLAP = timedelta(hours=1)
RECENT = timedelta(days=14)
KEPT = timedelta(days=59)  # notifications older than 60 days are gone, and asking for them is an error
MOST_POSTS = 10  # whose comments are read: the smallest tier allows a few hundred calls a day
MOST_QUEUED = 100  # posts and comments waiting to be read; keeps the cursor small
MOST_PAGES = 5  # of one list: 500 comments, 50 posts
ACTIONS = ("COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE", "SHARE", "SHARE_MENTION")
NOTICES_A_PAGE, POSTS_A_PAGE, COMMENTS_A_PAGE = 50, 10, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Where a pass stands. Times are Unix milliseconds; `started` 0 marks its end.

    `posts` are recent ones with their time; `queue` what comments are read of next: a post, or a post and one of its
    comments with a space between.
    """

    version: int = CURSOR_VERSION
    stage: Literal["notices", "posts", "comments"] = "notices"
    start: int = 0
    since: int
    started: int
    posts: dict[str, int] = field(default_factory=dict)
    queue: tuple[str, ...] = ()


@dataclass(slots=True)
class Found:
    """What one answer held, and how many elements it had."""

    count: int = 0
    items: list[AnyItem] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    raw: tuple[Raw, ...] = ()
    below: list[str] = field(default_factory=list)  # comments that have replies


def poll(account: Account, cursor: Cursor | None) -> Page:
    """Read one page.

    Takes: cursor, as the page before gave it, also after a trip through JSON; None starts from scratch.
    Gives: items or a raw piece, the next cursor, and whether the pass goes on.
    Raises: RetryLater, RateLimited, NeedsReconnect, TokenExpired, Unreadable (the answer as a whole); then nothing has
    moved.
    """
    asked_at = account.clock()
    standing = _standing(cursor, asked_at)
    match standing.stage:
        case "notices":
            found, following = _notices(account, standing)
        case "posts":
            found, following = _posts(account, standing, asked_at)
        case _:
            found, following = _comments(account, standing, asked_at)
    told = {**asdict(following), "queue": list(following.queue)}
    return Page(tuple(found.items), told, following.started > 0, tuple(found.unreadable), raw=found.raw)


def _standing(cursor: Cursor | None, asked_at: datetime) -> Pass:
    """The pass that `cursor` describes, a first one without, and after a pass that ended the next one."""
    now = _milliseconds(asked_at)
    if cursor is None or cursor.get("version") != CURSOR_VERSION:
        return Pass(since=now - _span(RECENT), started=now)
    standing = Pass(**{**cursor, "queue": tuple(cursor["queue"])})
    return standing if standing.started else replace(standing, started=now)


def _notices(account: Account, standing: Pass) -> tuple[Found, Pass]:
    asked = query(
        q="criteria",
        actions=listed(ACTIONS),
        organizationalEntity=encoded(organization_urn(account.external_id)),
        timeRange=record(start=str(max(standing.since, standing.started - _span(KEPT))), end=str(standing.started)),
        start=standing.start,
        count=NOTICES_A_PAGE,
    )
    api = open_api(account, repeatable=True, needs=NOTICE_SCOPES)
    elements = api.call("GET", f"/rest/organizationalEntityNotifications{asked}").value.need_children("elements")
    body = json.dumps({"elements": [each.value for each in elements]}).encode()
    found = Found(len(elements), raw=(Raw(body),) if elements else ())
    if _goes_on(standing, found, NOTICES_A_PAGE):
        return found, replace(standing, start=standing.start + found.count)
    return found, replace(standing, stage="posts", start=0)


def _posts(account: Account, standing: Pass, asked_at: datetime) -> tuple[Found, Pass]:
    ours = encoded(organization_urn(account.external_id))
    asked = query(q="author", author=ours, sortBy="LAST_MODIFIED", start=standing.start, count=POSTS_A_PAGE)
    api = open_api(account, repeatable=True, needs=POST_SCOPES)
    elements = api.call("GET", f"/rest/posts{asked}").value.need_children("elements")
    found = Found(len(elements))
    for value in elements:
        with _noted(found):
            item = post_item(account.external_id, value, asked_at)
            found.items += [item] if item else []
    seen = {item.external_id: _milliseconds(item.at) for item in found.items}
    recent = {post: at for post, at in seen.items() if at >= standing.started - _span(RECENT)}
    noted = replace(standing, posts={**standing.posts, **recent})
    if recent and _goes_on(standing, found, POSTS_A_PAGE):  # the rest is older still
        return found, replace(noted, start=standing.start + found.count)
    newest_first = sorted(noted.posts, key=lambda post: (-noted.posts[post], post))
    return found, _next(replace(noted, stage="comments", start=0, queue=tuple(newest_first[:MOST_POSTS])))


def _comments(account: Account, standing: Pass, asked_at: datetime) -> tuple[Found, Pass]:
    post, _, above = standing.queue[0].partition(" ")
    asked = query(start=standing.start, count=COMMENTS_A_PAGE)
    api = open_api(account, repeatable=True, needs=COMMENT_SCOPES)
    try:
        elements = api.call("GET", f"{comments_of(above or post)}{asked}").value.need_children("elements")
    except Rejected as error:
        if error.reason is not RejectReason.TARGET_GONE:
            raise
        return Found(), _next(replace(standing, start=0, queue=standing.queue[1:]))
    found = Found(len(elements))
    for value in elements:
        with _noted(found):
            item = comment_item(account.external_id, value, post, asked_at)
            found.items.append(item)
            found.below += [f"{post} {item.external_id}"] if not above and answers_of(value) else []
    waiting = (*found.below, *standing.queue[1:])
    if _goes_on(standing, found, COMMENTS_A_PAGE):
        queue = (standing.queue[0], *waiting)[:MOST_QUEUED]
        return found, replace(standing, start=standing.start + found.count, queue=queue)
    return found, _next(replace(standing, start=0, queue=waiting[:MOST_QUEUED]))


def _goes_on(standing: Pass, found: Found, asked: int) -> bool:
    """A list ends with fewer elements than asked for."""
    return found.count >= asked and standing.start + found.count < asked * MOST_PAGES


@contextmanager
def _noted(found: Found) -> Iterator[None]:
    """One odd element must not stop the poll for ever: leave it out and say where it was."""
    try:
        yield
    except Unreadable as error:
        found.unreadable.append(error.path)


def _next(standing: Pass) -> Pass:
    """On to the next list; the pass ends when none is left, and the next one asks for notices since this one began."""
    if standing.queue:
        return standing
    return Pass(since=standing.started - _span(OVERLAP), started=0)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _span(time: timedelta) -> int:
    return int(time.total_seconds()) * 1000
