"""What the Graph API tells of a page, post, comment or person: the fields by name, and the edges below them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.clock import graph_time
from sandbox.facebook.call import Desk, truth
from sandbox.facebook.errors import GraphError, bad_parameter, recommendations_closed
from sandbox.facebook.fields import Field, parse_fields
from sandbox.facebook.paging import paging_block, read_rows, read_window

Node = sqlite3.Row
FieldReader = Callable[[Desk, Node], Any]

_DEFAULTS = {
    "Page": "name,id",
    "PagePost": "created_time,message,id",
    "Comment": "created_time,from,message,id",
    "User": "name,id",
    "IGUser": "id",
    "IGPerson": "name,id",
    "IGMedia": "id",
    "IGComment": "id,text,timestamp",
}


def show(desk: Desk, kind: str, node: Node, wanted: list[Field] | None = None) -> dict[str, Any]:
    """The wanted fields of a node; empty ones are left out, `id` is always there. Raises GraphError 100 for unknown."""
    shown: dict[str, Any] = {}
    for field in wanted if wanted is not None else parse_fields(_DEFAULTS[kind]):
        value = _read(desk, kind, node, field)
        if value is not None:
            shown[field.name] = value
    shown.setdefault("id", node["id"])
    return shown


def show_edge(desk: Desk, kind: str, node: Node, name: str, wanted: list[Field] | None = None) -> dict[str, Any]:
    """One edge of a node as `{"data": …, "paging": …}`."""
    if name == "ratings":
        raise recommendations_closed()
    edge = EDGES[kind].get(name)
    if edge is None:
        raise _no_field(name, kind)
    return edge(desk, node, wanted)


def wanted_fields(params: Mapping[str, str]) -> list[Field] | None:
    """The caller's `fields`, None for the default set."""
    return parse_fields(params["fields"]) if params.get("fields") else None


def _no_field(name: str, kind: str) -> GraphError:
    return bad_parameter(f"Tried accessing nonexisting field ({name}) on node type ({kind})")


def _read(desk: Desk, kind: str, node: Node, field: Field) -> Any:
    reader = FIELDS[kind].get(field.name)
    if reader is None:
        return show_edge(desk.with_params(field.modifiers), kind, node, field.name, field.below)
    value = reader(desk, node)
    if field.below is not None and isinstance(value, dict):
        return {part.name: value[part.name] for part in field.below if part.name in value} or None
    return value


def _text(column: str) -> FieldReader:
    return lambda _desk, node: node[column] or None


def _instant(column: str) -> FieldReader:
    return lambda _desk, node: graph_time(node[column])


def _flag(column: str) -> FieldReader:
    return lambda _desk, node: bool(node[column])


def _always(value: object) -> FieldReader:
    return lambda _desk, _node: value


def _status_type(_desk: Desk, node: Node) -> str:
    return "added_photos" if node["item"] == "photo" else "mobile_status_update"


def _object(_desk: Desk, node: Node) -> dict[str, str]:
    return {"id": node["post_id"]}


def _username(_desk: Desk, node: Node) -> str:
    return "".join(node["name"].split()).lower()


def _link(desk: Desk, node: Node) -> str:
    return f"{desk.site.base_url}/facebook/{node['id']}"


def _picture(desk: Desk, _node: Node) -> dict[str, Any]:
    return {"data": {"url": f"{desk.site.base_url}/_sandbox/page.svg", "is_silhouette": True}}


def _author(_desk: Desk, node: Node) -> dict[str, str] | None:
    return None if node["author_id"] is None else {"id": node["author_id"], "name": node["author_name"] or ""}


def _permalink(desk: Desk, node: Node) -> str:
    return desk.site.permalink(node["page_id"], node["id"])


def _likes(desk: Desk, node: Node) -> int:
    return desk.site.store.number("SELECT COUNT(*) FROM fb_reactions WHERE object_id = ?", node["id"])


def _own_like(desk: Desk, node: Node) -> bool:
    sql = "SELECT COUNT(*) FROM fb_reactions WHERE object_id = ? AND person_id = ?"
    return desk.site.store.number(sql, node["id"], desk.page.id) > 0


def _is_foreign(desk: Desk, node: Node) -> bool:
    return bool(node["author_id"] != desk.page.id)


def _can_reply_privately(desk: Desk, node: Node) -> bool:
    answered = desk.site.store.row("SELECT 1 FROM fb_private_replies WHERE object_id = ?", node["id"])
    return node["author_id"] is not None and _is_foreign(desk, node) and answered is None


def _reply_count(desk: Desk, node: Node) -> int:
    return desk.site.store.number("SELECT COUNT(*) FROM fb_comments WHERE root_id = ? AND removed = 0", node["id"])


def _parent(desk: Desk, node: Node) -> dict[str, Any] | None:
    above = desk.site.store.row("SELECT * FROM fb_comment_view WHERE id = ?", node["root_id"])
    return show(desk, "Comment", above) if above else None


def _attachment(_desk: Desk, node: Node) -> dict[str, Any] | None:
    if not node["media"]:
        return None
    image = {"image": {"src": node["media"], "width": 720, "height": 540}}
    return {"type": "photo", "media": image, "target": {"id": node["id"], "url": node["media"]}, "url": node["media"]}


def _attachments(desk: Desk, node: Node) -> dict[str, Any] | None:
    found = _attachment(desk, node)
    return {"data": [found]} if found else None


_SHARED: dict[str, FieldReader] = {
    "id": _text("id"),
    "message": _text("message"),
    "from": _author,
    "created_time": _instant("created_at"),
    "permalink_url": _permalink,
    "is_hidden": _flag("hidden"),
    "message_tags": _always(None),
}

FIELDS: dict[str, dict[str, FieldReader]] = {
    "PagePost": _SHARED
    | {
        "updated_time": _instant("updated_at"),
        "story": _always(None),
        "status_type": _status_type,
        "is_published": _always(True),
        "full_picture": _text("media"),
        "attachments": _attachments,
        "shares": _always(None),
        "parent_id": _always(None),
    },
    "Comment": _SHARED
    | {
        "parent": _parent,
        "object": _object,
        "attachment": _attachment,
        "can_comment": _always(True),
        "can_hide": _is_foreign,
        "can_like": _always(True),
        "can_remove": _always(True),
        "can_reply_privately": _can_reply_privately,
        "comment_count": _reply_count,
        "like_count": _likes,
        "user_likes": _own_like,
        "is_private": _always(False),
    },
    "Page": {
        "id": _text("id"),
        "name": _text("name"),
        "username": _username,
        "link": _link,
        "picture": _picture,
        "fan_count": _always(4711),
        "is_webhooks_subscribed": _flag("subscribed"),
    },
    "User": {
        "id": _text("id"),
        "name": _text("name"),
        "first_name": lambda _desk, node: node["name"].partition(" ")[0],
        "last_name": lambda _desk, node: node["name"].partition(" ")[2] or None,
        "profile_pic": lambda desk, _node: f"{desk.site.base_url}/_sandbox/page.svg",
    },
}


def add_kinds(
    fields: Mapping[str, dict[str, FieldReader]],
    edges: Mapping[str, dict[str, Callable[[Desk, Node, list[Field] | None], dict[str, Any]]]],
) -> None:
    """Let a sister platform bring along what its objects tell."""
    FIELDS.update(fields)
    EDGES.update(edges)


def _posts_edge(name: str, kinds: str) -> Callable[[Desk, Node, list[Field] | None], dict[str, Any]]:
    def edge(desk: Desk, node: Node, wanted: list[Field] | None) -> dict[str, Any]:
        select = "SELECT * FROM fb_post_view WHERE page_id = ? AND instr(?, kind) > 0"
        return rows_edge(desk, "PagePost", select, (node["id"], kinds), f"{node['id']}/{name}", wanted)

    return edge


def _comments_edge(desk: Desk, node: Node, wanted: list[Field] | None) -> dict[str, Any]:
    if desk.params.get("filter") not in (None, "toplevel", "stream"):
        raise bad_parameter("filter must be one of toplevel, stream")
    if "root_id" in node.keys():  # noqa: SIM118 -- a Row has keys but no `in`
        select = "SELECT * FROM fb_comment_view WHERE root_id = ?"
    elif desk.params.get("filter") == "stream":
        select = "SELECT * FROM fb_comment_view WHERE post_id = ?"
    else:
        select = "SELECT * FROM fb_comment_view WHERE post_id = ? AND root_id IS NULL"
    shown = rows_edge(desk, "Comment", select, (node["id"],), f"{node['id']}/comments", wanted)
    if truth(desk.params.get("summary", "false")):
        total = desk.site.store.number(select.replace("*", "COUNT(*)", 1) + " AND NOT gone", node["id"])
        order = desk.params.get("order", "chronological")
        shown["summary"] = {"order": order, "total_count": total, "can_comment": True}
    return shown


def _likes_edge(desk: Desk, node: Node, _wanted: list[Field] | None) -> dict[str, Any]:
    sql = (
        "SELECT r.person_id AS id, COALESCE(w.name, '') AS name, r.type FROM fb_reactions r"
        " LEFT JOIN fb_people w ON w.id = r.person_id AND w.page_id = ?"
        " WHERE r.object_id = ? ORDER BY r.at, r.person_id"
    )
    rows = desk.site.store.rows(sql, desk.page.id, node["id"])
    shown: dict[str, Any] = {"data": [dict(row) for row in rows[:100]]}
    if truth(desk.params.get("summary", "false")):
        shown["summary"] = {"total_count": len(rows)}
    return shown


def rows_edge(
    desk: Desk, kind: str, select: str, values: tuple[str, ...], place: str, wanted: list[Field] | None
) -> dict[str, Any]:
    """Removed rows are left out after the cut, so a page may be shorter than its limit while `next` is there."""
    window = read_window(desk.params, newest_first=kind in ("PagePost", "IGMedia", "IGComment"))
    rows, more = read_rows(desk.site.store, select, values, window)
    standing = [row for row in rows if not (row["gone"] if kind in ("Comment", "IGComment") else row["removed"])]
    shown: dict[str, Any] = {"data": [show(desk, kind, row, wanted) for row in standing]}
    paging = paging_block(
        rows, more=more, window=window, address=f"{desk.address}/{place}", params=desk.params, token=desk.token
    )
    return shown | ({"paging": paging} if paging else {})


_BELOW = {"comments": _comments_edge, "likes": _likes_edge, "reactions": _likes_edge}

EDGES: dict[str, dict[str, Callable[[Desk, Node, list[Field] | None], dict[str, Any]]]] = {
    "Page": {
        "feed": _posts_edge("feed", "page,visitor"),
        "posts": _posts_edge("posts", "page"),
        "published_posts": _posts_edge("published_posts", "page"),
        "visitor_posts": _posts_edge("visitor_posts", "visitor"),
        "tagged": _posts_edge("tagged", "tagged"),
    },
    "PagePost": dict(_BELOW),
    "Comment": dict(_BELOW),
    "User": {},
}
