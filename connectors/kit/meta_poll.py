"""The safety net under Meta's webhooks: listings, then the comments of recent posts, then conversations.

A pass has stages, and one call makes one page. The cursor holds all that the next call needs, so that a pass goes on
where it stopped, be it a moment or a day later:

    <listing> ──▶ … ──▶ comments of each recent post ──▶ conversations ──▶ pass over, `more` false

Posts are read from the newest one seen minus an hour, comments and conversations from the start of the pass before
minus an hour; what comes twice is for the caller to recognise by its id. A platform takes part with the stages it has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tickets.intake.items import AnyItem

from . import wire
from .base import Account, Cursor, Page
from .errors import Rejected, RejectReason
from .meta_graph import Graph, after_cursor

CURSOR_VERSION = 1
OVERLAP = timedelta(hours=1)
RECENT = timedelta(days=14)
MOST_POSTS = 100  # whose comments are read; keeps the cursor small and a pass short
COMMENTS, TALKS = "comments", "conversations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Where a pass stands. Times are Unix seconds; `posts` are recent ones with their time, `queue` those to read."""

    version: int = CURSOR_VERSION
    stage: str
    after: str = ""
    posts_since: int
    comments_since: int
    started: int
    newest: int
    posts: dict[str, int] = field(default_factory=dict)
    queue: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What one answer held. `posts` are those whose comments are to be read; `enough` ends the stage early."""

    items: list[AnyItem]
    unreadable: list[str]
    posts: dict[str, int] = field(default_factory=dict)
    enough: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a platform is polled: its stages in order, what to ask at each, and how to read the answer."""

    stages: tuple[str, ...]
    graph: Callable[[Account], Graph]
    ask: Callable[[Graph, Account, Pass], wire.Node]
    read: Callable[[Account, Pass, wire.Node, datetime], Found]

    def poll(self, account: Account, cursor: Cursor | None) -> Page:
        """Read one page.

        Takes: cursor, as the page before gave it, also after a trip through JSON; None starts from scratch.
        Gives: items, the next cursor, and whether the pass goes on.
        Raises: RetryLater, RateLimited, NeedsReconnect, Unreadable (the answer as a whole); then nothing has moved.
        """
        asked_at = account.clock()
        standing = self._standing(cursor, asked_at)
        graph = self.graph(account)
        try:
            answer = self.ask(graph, account, standing)
            after = after_cursor(answer)
        except Rejected as error:
            return self._without(standing, error, graph)
        found = self.read(account, standing, answer, asked_at)
        following = replace(_noting(standing, found.posts), after="" if found.enough else after)
        if standing.stage == COMMENTS and not following.after:
            following = replace(following, queue=standing.queue[1:])
        return _page(self._advanced(following), found.items, found.unreadable, graph)

    def _standing(self, cursor: Cursor | None, asked_at: datetime) -> Pass:
        """The pass that `cursor` describes, a first one without, and after a pass that ended the next one."""
        now = int(asked_at.timestamp())
        if cursor is None or cursor.get("version") != CURSOR_VERSION:
            start = now - int(RECENT.total_seconds())
            return Pass(stage=self.stages[0], posts_since=start, comments_since=start, started=now, newest=start)
        standing = Pass(**{**cursor, "queue": tuple(cursor["queue"])})
        return standing if standing.started else replace(standing, started=now)

    def _advanced(self, standing: Pass) -> Pass:
        """The next stage when this one has no further page; `started` 0 marks the end of the pass."""
        if standing.after or (standing.stage == COMMENTS and standing.queue):
            return standing
        place = self.stages.index(standing.stage) + 1
        if place == len(self.stages):
            return self._ended(standing)
        standing = replace(standing, stage=self.stages[place])
        if standing.stage != COMMENTS:
            return standing
        return self._advanced(replace(standing, queue=tuple(standing.posts)))

    def _ended(self, standing: Pass) -> Pass:
        overlap = int(OVERLAP.total_seconds())
        return Pass(
            stage=self.stages[0],
            posts_since=standing.newest - overlap,
            comments_since=standing.started - overlap,
            started=0,
            newest=standing.newest,
            posts=standing.posts,
        )

    def _without(self, standing: Pass, error: Rejected, graph: Graph) -> Page:
        """A place in the paging that is gone begins its stage anew next time; a post that is gone is passed over."""
        gone = error.reason is RejectReason.TARGET_GONE
        if standing.after and not gone:
            return replace(_page(replace(standing, after=""), [], [], graph), more=False)
        if standing.stage != COMMENTS:
            raise error
        post, queue = standing.queue[0], standing.queue[1:]
        posts = {each: at for each, at in standing.posts.items() if each != post or not gone}
        following = self._advanced(replace(standing, after="", posts=posts, queue=queue))
        return _page(following, [], [] if gone else [COMMENTS], graph)


def _noting(standing: Pass, seen: dict[str, int]) -> Pass:
    """Remember the recent posts on our page, and when the newest of them was written."""
    noted = replace(standing, posts={**standing.posts, **seen}, newest=max([standing.newest, *seen.values()]))
    return replace(noted, posts=_recent(noted))


def _recent(standing: Pass) -> dict[str, int]:
    oldest = standing.started - int(RECENT.total_seconds())
    newest_first = sorted(standing.posts.items(), key=lambda post: (-post[1], post[0]))
    return {post: at for post, at in newest_first[:MOST_POSTS] if at >= oldest}


def _page(standing: Pass, items: list[AnyItem], unreadable: list[str], graph: Graph) -> Page:
    cursor: dict[str, Any] = {**asdict(standing), "queue": list(standing.queue)}
    return Page(tuple(items), cursor, standing.started > 0, tuple(unreadable), graph.pause_seconds)
