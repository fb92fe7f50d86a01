"""Fields and edges of Instagram's accounts, media and comments, over the tables that Facebook's pages use too."""

from __future__ import annotations

import sqlite3
from typing import Any

from sandbox.clock import graph_time
from sandbox.facebook import errors, nodes, writes
from sandbox.facebook.call import Desk, truth
from sandbox.facebook.fields import Field
from sandbox.instagram.events import handle

Facts = dict[str, Any]

_COMMENT_LONGEST = 2200


def _username(_desk: Desk, node: sqlite3.Row) -> str:
    return handle(node["author_name"] or "")


def _from(_desk: Desk, node: sqlite3.Row) -> Facts | None:
    return (
        None if node["author_id"] is None else {"id": node["author_id"], "username": handle(node["author_name"] or "")}
    )


def _media(_desk: Desk, node: sqlite3.Row) -> Facts:
    return {"id": node["post_id"]}


def _comment_edge(name: str, where: str) -> Any:
    def edge(desk: Desk, node: sqlite3.Row, wanted: list[Field] | None) -> Facts:
        select = f"SELECT * FROM fb_comment_view WHERE {where}"  # noqa: S608 -- constants
        return nodes.rows_edge(desk, "IGComment", select, (node["id"],), f"{node['id']}/{name}", wanted)

    return edge


def _media_edge(desk: Desk, node: sqlite3.Row, wanted: list[Field] | None) -> Facts:
    select = "SELECT * FROM fb_post_view WHERE page_id = ? AND kind = 'page'"
    return nodes.rows_edge(desk, "IGMedia", select, (node["id"],), f"{node['id']}/media", wanted)


def _mentioned(desk: Desk, _node: sqlite3.Row, wanted: list[Field] | None) -> Facts:
    """`mentioned_media.media_id(…)` and `mentioned_comment.comment_id(…)`: only what names the account can be read."""
    media, comment = desk.params.get("media_id", ""), desk.params.get("comment_id", "")
    row = writes.get_comment(desk.site, comment) if comment else writes.get_post(desk.site, media)
    if row is None or row["page_id"] != desk.page.id:
        raise errors.gone(comment or media)
    return nodes.show(desk, "IGComment" if comment else "IGMedia", row, wanted)


FIELDS: dict[str, dict[str, nodes.FieldReader]] = {
    "IGUser": {
        "id": lambda _desk, node: node["id"],
        "name": lambda _desk, node: node["name"],
        "username": lambda _desk, node: handle(node["name"]),
        "profile_picture_url": lambda desk, _node: f"{desk.site.base_url}/_sandbox/page.svg",
    },
    "IGPerson": {
        "id": lambda _desk, node: node["id"],
        "profile_pic": lambda desk, _node: f"{desk.site.base_url}/_sandbox/page.svg",
        "name": lambda _desk, node: node["name"],
        "username": lambda _desk, node: handle(node["name"]),
    },
    "IGMedia": {
        "id": lambda _desk, node: node["id"],
        "caption": lambda _desk, node: node["message"] or None,
        "media_type": lambda _desk, _node: "IMAGE",
        "permalink": lambda desk, node: desk.site.permalink(node["page_id"], node["id"]),
        "timestamp": lambda _desk, node: graph_time(node["created_at"]),
        "username": _username,
    },
    "IGComment": {
        "id": lambda _desk, node: node["id"],
        "text": lambda _desk, node: node["message"],
        "timestamp": lambda _desk, node: graph_time(node["created_at"]),
        "username": _username,
        "from": _from,
        "hidden": lambda _desk, node: bool(node["hidden"]),
        "parent_id": lambda _desk, node: node["root_id"],
        "media": _media,
    },
}
EDGES: dict[str, dict[str, Any]] = {
    "IGUser": {"media": _media_edge, "mentioned_media": _mentioned, "mentioned_comment": _mentioned},
    "IGPerson": {},
    "IGMedia": {"comments": _comment_edge("comments", "post_id = ? AND root_id IS NULL")},
    "IGComment": {"replies": _comment_edge("replies", "root_id = ?")},
}


def reply(desk: Desk, object_id: str) -> Facts:
    """POST /{comment}/replies: one level deep, so below a reply it is refused."""
    target = writes.get_comment(desk.site, object_id)
    if target is None or target["page_id"] != desk.page.id:
        raise errors.gone(object_id)
    if target["root_id"]:
        raise errors.bad_parameter("Replies go to a comment, not to a reply")
    return _written(desk, object_id)


def answer_mention(desk: Desk, object_id: str) -> Facts:
    """POST /{account}/mentions: below the media or the comment that names the account."""
    if object_id != desk.page.id:
        raise errors.gone(object_id)
    return _written(desk, desk.params.get("comment_id") or desk.params.get("media_id", ""))


def _written(desk: Desk, below: str) -> Facts:
    text = desk.params.get("message", "").strip()
    if not text or len(text) > _COMMENT_LONGEST:
        raise errors.bad_parameter("Param message must be a text of at most 2200 characters")
    made = writes.create_comment(desk.site, desk.page, parent_id=below, author_id=desk.page.id, message=text)
    if made is None:
        raise errors.gone(below)
    return {"id": made}


def change(desk: Desk, object_id: str) -> Facts:
    """POST /{comment}: hide=true or false; nothing tells of it."""
    target = writes.get_comment(desk.site, object_id)
    if target is None or target["page_id"] != desk.page.id:
        raise errors.gone(object_id)
    hidden = truth(desk.params.get("hide", ""))
    writes.set_hidden(desk.site, desk.page, target, hidden=hidden, actor_id=desk.page.id)
    return {"success": True}
