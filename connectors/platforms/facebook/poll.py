"""What is read of a page: its posts, posts that tag it, and the comments of recent posts.

Source: Graph API edges feed, tagged and comments, v26.0, read 2026-11.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.kit import wire
from connectors.kit.base import Account
from connectors.kit.http import path_segment
from connectors.kit.meta_graph import Graph
from connectors.kit.meta_poll import COMMENTS, Found, Pass, Plan
from connectors.kit.meta_talks import noted
from tickets.intake.items import AnyItem

from .ids import is_post_of
from .manifest import READ_SCOPES
from .objects import COMMENT_FIELDS, POST_FIELDS, Seen, comment_item, post_items

FEED, TAGGED = "feed", "tagged"
POSTS_A_PAGE = 25
COMMENTS_A_PAGE = 50


def _graph(account: Account) -> Graph:
    return Graph(account, repeatable=True, needs=READ_SCOPES)


def _ask(graph: Graph, account: Account, standing: Pass) -> wire.Node:
    paging: dict[str, Any] = {"after": standing.after} if standing.after else {}
    if standing.stage == COMMENTS:
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


def _read(account: Account, standing: Pass, answer: wire.Node, asked_at: datetime) -> Found:
    page, items, unreadable = account.external_id, list[AnyItem](), list[str]()
    for node in answer.need_children("data"):
        with noted(unreadable):
            items += _items(Seen(page, node, asked_at), standing)
    if standing.stage == COMMENTS:
        return Found(items, unreadable)
    posts = {item.external_id: int(item.at.timestamp()) for item in items if is_post_of(page, item.external_id)}
    return Found(items, unreadable, posts)


def _items(seen: Seen, standing: Pass) -> list[AnyItem]:
    if standing.stage == COMMENTS:
        return [comment_item(seen, standing.queue[0])]
    if standing.stage == FEED:
        return post_items(seen, "post")
    # A tag on our own page is in the feed already.
    return [] if is_post_of(seen.page, seen.value.need_id("id")) else post_items(seen, "mention")


poll = Plan(stages=(FEED, TAGGED, COMMENTS), graph=_graph, ask=_ask, read=_read).poll
