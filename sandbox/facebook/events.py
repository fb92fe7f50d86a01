"""Webhook events: how each change looks, and their way into the outbox.

Source: the platform sheet (Meta's "Webhooks for Pages" and recorded bodies), Nov 2026.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sandbox.clock import graph_time
from sandbox.facebook import faults
from sandbox.facebook.pages import Page, name_of
from sandbox.facebook.site import INSTAGRAM, Site
from sandbox.instagram.events import translated

Value = dict[str, Any]


def queue(
    site: Site, page: Page, field: str, value: Value, run_id: int | None = None, *, array: str = "changes"
) -> None:
    """Put one change on its way, unless the page is not subscribed or a switch loses it.

    Takes: array, where in the entry it stands: private messages have `messaging` and `standby`.
    """
    if page.platform == INSTAGRAM and array == "changes":
        told = translated(field, value)
        if told is None:
            return
        field, value = told
    if field not in page.subscribed or not page.callback_url:
        return
    hold = _hold_seconds(site, page) if faults.load(site, page.id) else 0.0
    if hold is None:
        site.store.count_up("events_lost")
        return
    now = site.clock.now()
    payload = {"field": field, "value": value, "time": int(now), "array": array}
    site.outbox.add(
        platform=page.platform, account_id=page.id, payload=payload, now=now, due_at=now + hold, run_id=run_id
    )
    site.wake()


def _hold_seconds(site: Site, page: Page) -> float | None:
    """How long the switches hold an event back; None when they lose it."""
    share = faults.take(site, page.id, "drop_webhooks")
    if share is not None and site.rng.random() < share:
        return None
    hold = float(faults.take(site, page.id, "delay_webhooks") or 0)
    spread = faults.take(site, page.id, "reorder_webhooks")
    return hold + (site.rng.random() * float(spread) if spread is not None else 0.0)


def who(site: Site, page: Page, author_id: str | None) -> Value:
    """The `from` key, absent when the author is hidden from us."""
    return {} if author_id is None else {"from": {"id": author_id, "name": name_of(site, page, author_id)}}


def comment_value(site: Site, page: Page, comment: sqlite3.Row, verb: str, actor_id: str | None) -> Value:
    """A change of a comment. A removal carries neither message nor created_time."""
    value: Value = {
        **who(site, page, actor_id),
        "item": "comment",
        "verb": verb,
        "post_id": comment["post_id"],
        "comment_id": comment["id"],
        "parent_id": comment["root_id"] or comment["post_id"],
    }
    if verb == "remove":
        return value
    value["created_time"] = int(comment["updated_at"] if verb == "edited" else comment["created_at"])
    value["message"] = comment["message"]
    if comment["media"]:
        value["photo"] = comment["media"]
    post = site.store.row("SELECT * FROM fb_posts WHERE id = ?", comment["post_id"])
    if post is not None:
        value["post"] = {
            "id": post["id"],
            "permalink_url": site.permalink(page.id, post["id"]),
            "status_type": "mobile_status_update",
            "is_published": True,
            "updated_time": graph_time(post["updated_at"]),
        }
    return value


def post_value(site: Site, page: Page, post: sqlite3.Row, verb: str, actor_id: str | None) -> Value:
    """A change of a post: status, photo, video or share; the media id's key follows the item."""
    value: Value = {**who(site, page, actor_id), "item": post["item"], "verb": verb, "post_id": post["id"]}
    if verb == "remove":
        return value
    value |= {"created_time": int(post["created_at"]), "message": post["message"], "published": 1}
    number = post["id"].rsplit("_", 1)[-1]
    if post["item"] in ("photo", "video", "share"):
        value[f"{post['item']}_id"] = number
    if post["media"]:
        value["link"] = post["media"]
    return value


def reaction_value(
    site: Site, page: Page, *, post_id: str, comment: sqlite3.Row | None, actor_id: str, kind: str, verb: str, item: str
) -> Value:
    """A reaction (or a plain `like`) on a post, or on a comment when one is given."""
    value: Value = {**who(site, page, actor_id), "item": item, "verb": verb, "post_id": post_id}
    value |= {"parent_id": post_id, "created_time": int(site.clock.now())}
    if item == "reaction":
        value["reaction_type"] = kind
    if comment is not None:
        value |= {"comment_id": comment["id"], "parent_id": comment["root_id"] or post_id}
    return value


def mention_value(post: sqlite3.Row, comment: sqlite3.Row | None) -> Value:
    """A mention of the page elsewhere. It names no author: whoever wants to know must read the object."""
    said = comment if comment is not None else post
    value: Value = {
        "item": "post" if comment is None else "comment",
        "verb": "add",
        "post_id": post["id"],
        "message": said["message"],
        "created_time": int(said["created_at"]),
    }
    return value if comment is None else value | {"comment_id": comment["id"]}
