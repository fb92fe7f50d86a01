"""What stands on a page, for the control API and for the page that people look at."""

from __future__ import annotations

from typing import Any

from sandbox.clock import graph_time
from sandbox.facebook.pages import Page
from sandbox.facebook.site import Site

Facts = dict[str, Any]


def page_facts(page: Page) -> Facts:
    """A page without its secrets."""
    return {
        "id": page.id,
        "name": page.name,
        "app_id": page.app_id,
        "callback_url": page.callback_url,
        "verified": bool(page.callback_url),
        "subscribed_fields": sorted(page.subscribed),
    }


def page_contents(site: Site, page: Page) -> Facts:
    """All that stands: posts and comments oldest first, likes and private replies."""
    return {
        **page_facts(page),
        "posts": [_post(row) for row in _rows(site, "fb_post_view WHERE page_id = ? AND removed = 0", page)],
        "comments": [_comment(row) for row in _rows(site, "fb_comment_view WHERE page_id = ? AND NOT gone", page)],
        "likes": likes(site, page),
        "private_replies": private_replies(site, page),
    }


def likes(site: Site, page: Page) -> list[Facts]:
    """Reactions: object, person, type."""
    sql = (
        "SELECT object_id, person_id, type FROM fb_reactions WHERE object_id IN"
        " (SELECT id FROM fb_posts WHERE page_id = ?1 UNION ALL SELECT id FROM fb_comments WHERE page_id = ?1)"
    )
    return [dict(row) for row in site.store.rows(sql, page.id)]


def private_replies(site: Site, page: Page) -> list[Facts]:
    """Private messages that the page sent, with what they answer."""
    sql = "SELECT * FROM fb_private_replies WHERE page_id = ? ORDER BY at"
    return [
        {
            "message_id": row["id"],
            "object_id": row["object_id"],
            "recipient_id": row["recipient_id"],
            "text": row["text"],
            "created_time": graph_time(row["at"]),
        }
        for row in site.store.rows(sql, page.id)
    ]


def _rows(site: Site, source: str, page: Page) -> list[Any]:
    return list(site.store.rows(f"SELECT * FROM {source} ORDER BY seq", page.id))  # noqa: S608 -- constants


def _post(row: Any) -> Facts:
    return {
        "id": row["id"],
        "kind": row["kind"],
        "item": row["item"],
        "from": _from(row),
        "message": row["message"],
        "created_time": graph_time(row["created_at"]),
    }


def _comment(row: Any) -> Facts:
    return {
        "id": row["id"],
        "post_id": row["post_id"],
        "parent_id": row["root_id"] or row["post_id"],
        "from": _from(row),
        "message": row["message"],
        "is_hidden": bool(row["hidden"]),
        "created_time": graph_time(row["created_at"]),
    }


def _from(row: Any) -> Facts | None:
    return None if row["author_id"] is None else {"id": row["author_id"], "name": row["author_name"] or ""}
