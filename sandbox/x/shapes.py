"""Posts, people and messages as X writes them: API v2, and the older shape that some webhooks carry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html import escape
from typing import Any

from sandbox.x.accounts import Row, user_of
from sandbox.x.site import XSite, old_time, x_time

Shape = dict[str, Any]
_NAMED = re.compile(r"@([A-Za-z0-9_]+)")
# Old name → the name of 2026.
_RENAMED = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "note_tweet": "note_post",
    "tweets": "posts",
}


def post_id(row: Row) -> str:
    """The id of the newest version."""
    return str(row["number"])


def versions(row: Row) -> list[str]:
    """The ids of all versions, the oldest first."""
    found: list[str] = json.loads(row["versions"])
    return found


def mentions(site: XSite, text: str) -> list[tuple[str, str]]:
    """(id, handle) of everybody named in `text`, as far as known."""
    handles = {handle.lower() for handle in _NAMED.findall(text)}
    sql = "SELECT id, handle FROM x_accounts UNION SELECT id, handle FROM x_people"
    return [(row["id"], row["handle"]) for row in site.store.rows(sql) if row["handle"].lower() in handles]


def get_post(site: XSite, number: str) -> Row | None:
    """The post of which this is the id of any version, unless it is gone."""
    if not number.isdigit():
        return None
    sql = "SELECT * FROM x_posts WHERE gone = 0 AND (number = ? OR versions LIKE ?)"
    return site.store.row(sql, int(number), f'%"{number}"%')


def author_of(site: XSite, number: str) -> str:
    """Who wrote this post, also one that is gone."""
    row = site.store.row("SELECT author_id FROM x_posts WHERE versions LIKE ?", f'%"{number}"%') if number else None
    return str(row["author_id"]) if row else ""


def post_shape(site: XSite, row: Row) -> Shape:
    """A post of API v2. Long ones stand whole in `note_tweet`, cut in `text`."""
    text = escape(row["text"], quote=False)
    named = [{"id": number, "username": handle, "start": 0, "end": 0} for number, handle in mentions(site, row["text"])]
    shape: Shape = {
        "id": post_id(row),
        "text": text if len(text) <= 280 else text[:276] + "…",
        "author_id": row["author_id"],
        "conversation_id": row["root"],
        "created_at": x_time(row["created_at"]),
        "edit_history_tweet_ids": versions(row),
        "entities": {"mentions": named} if named else {},
        "lang": "und",
    }
    if len(text) > 280:
        shape["note_tweet"] = {"text": text}
    referred = [{"type": kind, "id": row[name]} for kind, name in (("replied_to", "reply_to"), ("quoted", "quoted"))
                if row[name]]  # fmt: skip
    if referred:
        shape["referenced_tweets"] = referred
    if row["reply_to"]:
        shape["in_reply_to_user_id"] = author_of(site, row["reply_to"])
    return shape


def user_shape(site: XSite, number: str) -> Shape:
    """A person or an account."""
    name, handle = user_of(site, number)
    return {"id": number, "name": name, "username": handle, "protected": False, "verified": False}


def included(site: XSite, posts: Iterable[Row]) -> Shape:
    """Who wrote these posts, and the posts they refer to."""
    posts = list(posts)
    writers = dict.fromkeys(row["author_id"] for row in posts)
    quoted = [found for row in posts if (found := get_post(site, row["quoted"]))]
    told: Shape = {"users": [user_shape(site, number) for number in writers]}
    return told | ({"tweets": [post_shape(site, row) for row in quoted]} if quoted else {})


def message_shape(row: Row) -> Shape:
    """A direct message of API v2."""
    return {
        "id": str(row["number"]),
        "event_type": "MessageCreate",
        "text": escape(row["text"], quote=False),
        "sender_id": row["sender_id"],
        "dm_conversation_id": row["conversation"],
        "created_at": x_time(row["created_at"]),
    }


def old_message_shape(row: Row) -> Shape:
    """A direct message in the shape of API v1.1."""
    return {
        "type": "message_create",
        "id": str(row["number"]),
        "created_timestamp": str(int(row["created_at"] * 1000)),
        "message_create": {
            "target": {"recipient_id": row["recipient_id"]},
            "sender_id": row["sender_id"],
            "message_data": {"text": escape(row["text"], quote=False), "entities": {"urls": []}},
        },
    }


def old_user_shape(site: XSite, number: str) -> Shape:
    """A person in the shape of API v1.1."""
    name, handle = user_of(site, number)
    return {"id": int(number), "id_str": number, "name": name, "screen_name": handle}


def old_post_shape(site: XSite, row: Row) -> Shape:
    """A post in the shape of API v1.1, which names no conversation."""
    named = [{"id": int(number), "id_str": number, "screen_name": handle}
             for number, handle in mentions(site, row["text"])]  # fmt: skip
    shape: Shape = {
        "created_at": old_time(row["created_at"]),
        "id": row["number"],
        "id_str": post_id(row),
        "text": escape(row["text"], quote=False),
        "user": old_user_shape(site, row["author_id"]),
        "entities": {"user_mentions": named, "urls": []},
        "edit_history_tweet_ids": versions(row),
    }
    if row["reply_to"]:
        writer = author_of(site, row["reply_to"])
        shape |= {"in_reply_to_status_id_str": row["reply_to"], "in_reply_to_user_id_str": writer}
    if quoted := get_post(site, row["quoted"]):
        shape["quoted_status"] = {"id_str": row["quoted"], "user": old_user_shape(site, quoted["author_id"])}
    return shape


def renamed(value: Any) -> Any:
    """The same in the names of 2026."""
    if isinstance(value, dict):
        return {_RENAMED.get(name, name): renamed(each) for name, each in value.items()}
    return [renamed(each) for each in value] if isinstance(value, list) else value
