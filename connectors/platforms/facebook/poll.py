"""The safety net under the webhooks: read the page's posts, posts that tag it, and comments of recent posts.

A pass has three stages, and one call makes one page. The cursor holds all that the next call needs, so that a pass
goes on where it stopped, be it a moment or a day later:

    feed ──▶ tagged ──▶ comments of each recent post ──▶ pass over, `more` false

Posts are read from the newest one seen minus an hour, comments from the start of the pass before minus an hour;
what comes twice is for the caller to recognise by its id.
Source: Graph API edges feed, tagged and comments, v26.0, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from connectors.kit import wire
from connectors.kit.base import Account, Cursor, Page
from connectors.kit.errors import Rejected, RejectReason, Unreadable
from connectors.kit.http import path_segment
from connectors.kit.meta_graph import Graph, after_cursor
from tickets.intake.items import AnyItem

from .ids import is_post_of
from .manifest import READ_SCOPES
from .objects import COMMENT_FIELDS, POST_FIELDS, Seen, comment_item, post_items

CURSOR_VERSION = 1
OVERLAP = timedelta(hours=1)
RECENT = timedelta(days=14)
MOST_POSTS = 100  # whose comments are read; keeps the cursor small and a pass short
POSTS_A_PAGE = 25
COMMENTS_A_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Where a pass stands. Times are Unix seconds; `posts` are recent ones with their time, `queue` those to read."""

    version: int = CURSOR_VERSION
    stage: Literal["feed", "tagged", "comments"] = "feed"
    after: str = ""
    posts_since: int
    comments_since: int
    started: int
    newest: int
    posts: dict[str, int] = field(default_factory=dict)
    queue: tuple[str, ...] = ()


def poll(account: Account, cursor: Cursor | None) -> Page:
    """Read one page.

    Takes: cursor, as the page before gave it, also after a trip through JSON; None starts from scratch.
    Gives: items, the next cursor, and whether the pass goes on.
    Raises: RetryLater, RateLimited, NeedsReconnect, Unreadable (the answer as a whole); then nothing has moved.
    """
    asked_at = account.clock()
    standing = _standing(cursor, asked_at)
    graph = Graph(account, repeatable=True, needs=READ_SCOPES)
    try:
        answer = _ask(graph, account, standing)
        after = after_cursor(answer)
    except Rejected as error:
        return _without(standing, error, graph)
    if standing.stage == "comments":
        items, unreadable = _comments(account.external_id, answer, standing.queue[0], asked_at)
        following = replace(standing, after=after, queue=standing.queue if after else standing.queue[1:])
    else:
        items, unreadable = _posts(account.external_id, answer, standing.stage, asked_at)
        following = replace(_noting(standing, account.external_id, items), after=after)
    return _page(_advanced(following), items, unreadable, graph)


def _standing(cursor: Cursor | None, asked_at: datetime) -> Pass:
    """The pass that `cursor` describes, a first one without, and after a pass that ended the next one."""
    now = int(asked_at.timestamp())
    if cursor is None or cursor.get("version") != CURSOR_VERSION:
        start = now - int(RECENT.total_seconds())
        return Pass(posts_since=start, comments_since=start, started=now, newest=start)
    standing = Pass(**{**cursor, "queue": tuple(cursor["queue"])})
    return standing if standing.started else replace(standing, started=now)


def _ask(graph: Graph, account: Account, standing: Pass) -> wire.Node:
    paging: dict[str, Any] = {"after": standing.after} if standing.after else {}
    if standing.stage == "comments":
        return graph.read(
            f"{path_segment(standing.queue[0])}/comments",
            fields=COMMENT_FIELDS,
            filter="stream",
            order="chronological",
            since=standing.comments_since,
            limit=COMMENTS_A_PAGE,
            **paging,
        )
    page = path_segment(account.external_id)
    return graph.read(
        f"{page}/{standing.stage}", fields=POST_FIELDS, since=standing.posts_since, limit=POSTS_A_PAGE, **paging
    )


def _posts(
    page: str, answer: wire.Node, stage: Literal["feed", "tagged"], asked_at: datetime
) -> tuple[list[AnyItem], list[str]]:
    items: list[AnyItem] = []
    unreadable: list[str] = []
    for node in answer.need_children("data"):
        with _noted(unreadable):
            if stage == "feed":
                items += post_items(Seen(page, node, asked_at), "post")
            elif not is_post_of(page, node.need_id("id")):  # a tag on our own page is in the feed already
                items += post_items(Seen(page, node, asked_at), "mention")
    return items, unreadable


def _comments(page: str, answer: wire.Node, post: str, asked_at: datetime) -> tuple[list[AnyItem], list[str]]:
    items: list[AnyItem] = []
    unreadable: list[str] = []
    for node in answer.need_children("data"):
        with _noted(unreadable):
            items.append(comment_item(Seen(page, node, asked_at), post))
    return items, unreadable


@contextmanager
def _noted(unreadable: list[str]) -> Iterator[None]:
    """One odd element must not stop the poll for ever: leave it out and say where it was."""
    try:
        yield
    except Unreadable as error:
        unreadable.append(error.path)


def _noting(standing: Pass, page: str, items: list[AnyItem]) -> Pass:
    """Remember the recent posts on our page, and when the newest of them was written."""
    seen = {item.external_id: int(item.at.timestamp()) for item in items if is_post_of(page, item.external_id)}
    noted = replace(standing, posts={**standing.posts, **seen}, newest=max([standing.newest, *seen.values()]))
    return replace(noted, posts=_recent(noted))


def _advanced(standing: Pass) -> Pass:
    """The next stage when this one has no further page; `started` 0 marks the end of the pass."""
    if standing.after:
        return standing
    if standing.stage == "feed":
        return replace(standing, stage="tagged")
    if standing.stage == "tagged":
        standing = replace(standing, stage="comments", queue=tuple(standing.posts))
    return standing if standing.queue else _ended(standing)


def _recent(standing: Pass) -> dict[str, int]:
    oldest = standing.started - int(RECENT.total_seconds())
    newest_first = sorted(standing.posts.items(), key=lambda post: (-post[1], post[0]))
    return {post: at for post, at in newest_first[:MOST_POSTS] if at >= oldest}


def _ended(standing: Pass) -> Pass:
    overlap = int(OVERLAP.total_seconds())
    return Pass(
        posts_since=standing.newest - overlap,
        comments_since=standing.started - overlap,
        started=0,
        newest=standing.newest,
        posts=standing.posts,
    )


def _without(standing: Pass, error: Rejected, graph: Graph) -> Page:
    """A place in the paging that is gone begins its stage anew next time; a post that is gone is passed over."""
    gone = error.reason is RejectReason.TARGET_GONE
    if standing.after and not gone:
        return replace(_page(replace(standing, after=""), [], [], graph), more=False)
    if standing.stage != "comments":
        raise error
    post, queue = standing.queue[0], standing.queue[1:]
    posts = {each: at for each, at in standing.posts.items() if each != post or not gone}
    following = _advanced(replace(standing, after="", posts=posts, queue=queue))
    return _page(following, [], [] if gone else ["comments"], graph)


def _page(standing: Pass, items: list[AnyItem], unreadable: list[str], graph: Graph) -> Page:
    cursor = {**asdict(standing), "queue": list(standing.queue)}
    return Page(tuple(items), cursor, standing.started > 0, tuple(unreadable), graph.pause_seconds)
