"""What is read of an account: its media, the comments of recent media, and its conversations.

Source: Graph API edges media, comments and conversations, v26.0, read 2026-11.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.kit import wire
from connectors.kit.base import Account
from connectors.kit.http import path_segment
from connectors.kit.meta_graph import Graph
from connectors.kit.meta_poll import COMMENTS, TALKS, Found, Pass, Plan
from connectors.kit.meta_talks import Talks, noted
from tickets.intake.items import AnyItem

from .login import ME, reader
from .manifest import MANIFEST
from .objects import COMMENT_FIELDS, MEDIA_FIELDS, comment_items, post_item

MEDIA = "media"
MEDIA_A_PAGE = 25
COMMENTS_A_PAGE = 50
_TALKS = Talks(MANIFEST.key, "instagram")


def _ask(graph: Graph, account: Account, standing: Pass) -> wire.Node:
    if standing.stage == TALKS:
        return _TALKS.ask(graph, ME, standing.after)
    paging: dict[str, Any] = {"after": standing.after} if standing.after else {}
    if standing.stage == COMMENTS:
        path = path_segment(standing.queue[0])
        return graph.read(f"{path}/comments", fields=COMMENT_FIELDS, limit=COMMENTS_A_PAGE, **paging)
    path = path_segment(account.external_id)
    return graph.read(f"{path}/media", fields=MEDIA_FIELDS, since=standing.posts_since, limit=MEDIA_A_PAGE, **paging)


def _read(account: Account, standing: Pass, answer: wire.Node, asked_at: datetime) -> Found:
    ours, items, unreadable = account.external_id, list[AnyItem](), list[str]()
    if standing.stage == TALKS:
        said, more = _TALKS.read(ours, answer, standing.comments_since, asked_at, unreadable)
        return Found([*said], unreadable, enough=not more)
    for node in answer.need_children("data"):
        with noted(unreadable):
            if standing.stage == COMMENTS:
                items += comment_items(node, ours, standing.queue[0], asked_at)
            else:
                items.append(post_item(node, ours, asked_at))
    if standing.stage == COMMENTS:
        # Newest first; what was answered to an older comment meanwhile comes by webhook only.
        return Found(items, unreadable, enough=any(item.at.timestamp() < standing.comments_since for item in items))
    return Found(items, unreadable, {item.external_id: int(item.at.timestamp()) for item in items})


poll = Plan(stages=(MEDIA, COMMENTS, TALKS), graph=reader, ask=_ask, read=_read).poll
