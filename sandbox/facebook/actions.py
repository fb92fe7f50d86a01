"""What the page does through the Graph API: reply, edit, hide, delete, like, private reply, post, subscribe."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from sandbox.facebook import errors, nodes, writes
from sandbox.facebook.call import Desk, truth
from sandbox.facebook.pages import subscribe
from sandbox.facebook.site import INSTAGRAM
from sandbox.instagram import objects
from sandbox.talks import graph as talk_graph
from sandbox.talks.talks import FIELDS as TALK_FIELDS
from sandbox.talks.talks import Talks

_COMMENT_LONGEST = 8000
_POST_LONGEST = 63206
_KNOWN_FIELDS = TALK_FIELDS | {"feed", "mention", "ratings", "name", "picture", "comments", "mentions", "live_comments"}
_DONE = {"success": True}
nodes.add_kinds(objects.FIELDS, objects.EDGES)


def find(desk: Desk, object_id: str) -> tuple[str, sqlite3.Row]:
    """The page's object with this id and its kind; raises GraphError 100(33) when it is not there or not ours."""
    if object_id == desk.page.id:
        page = desk.site.store.row("SELECT * FROM fb_pages WHERE id = ?", object_id)
        if page is not None:
            return "IGUser" if desk.page.platform == INSTAGRAM else "Page", page
    kinds = ("IGMedia", "IGComment", "IGPerson") if desk.page.platform == INSTAGRAM else ("PagePost", "Comment", "User")
    found = (
        writes.get_post(desk.site, object_id),
        writes.get_comment(desk.site, object_id),
        _reached_person(desk, object_id),
    )
    for kind, row in zip(kinds, found, strict=True):
        if row is not None and row["page_id"] == desk.page.id:
            return kind, row
    raise errors.gone(object_id)


def _reached_person(desk: Desk, person_id: str) -> sqlite3.Row | None:
    """A person's profile opens only once there is a private conversation."""
    sql = (
        "SELECT * FROM fb_people WHERE page_id = ?1 AND id = ?2"
        " AND EXISTS (SELECT 1 FROM talk_messages WHERE page_id = ?1 AND person_id = ?2)"
    )
    return desk.site.store.row(sql, desk.page.id, person_id)


def reply(desk: Desk, object_id: str) -> dict[str, Any]:
    """POST /{post-or-comment}/comments."""
    kind, target = find(desk, object_id)
    if kind not in ("PagePost", "Comment"):
        raise errors.gone(object_id)
    message, media = desk.params.get("message", "").strip(), desk.params.get("attachment_url", "")
    if not message and not media:
        raise errors.bad_parameter("Param message must be a non-empty UTF-8 encoded string")
    _check_length(message, _COMMENT_LONGEST)
    made = writes.create_comment(
        desk.site, desk.page, parent_id=target["id"], author_id=desk.page.id, message=message, media=media
    )
    return {"id": made}


def publish(desk: Desk, object_id: str) -> dict[str, Any]:
    """POST /{page}/feed: a post of our own. The same text twice in a row is refused."""
    _only_page(desk, object_id)
    message, link = desk.params.get("message", "").strip(), desk.params.get("link", "")
    if not message and not link:
        raise errors.bad_parameter("Param message must be a non-empty UTF-8 encoded string")
    _check_length(message, _POST_LONGEST)
    sql = "SELECT message FROM fb_posts WHERE page_id = ? AND kind = 'page' AND removed = 0 ORDER BY seq DESC LIMIT 1"
    last = desk.site.store.row(sql, desk.page.id)
    if last is not None and message and last["message"] == message:
        raise errors.duplicate_post()
    item = "share" if link else "status"
    author = desk.page.id
    return {"id": writes.create_post(desk.site, desk.page, author_id=author, message=message, item=item, media=link)}


def change(desk: Desk, object_id: str) -> dict[str, Any]:
    """POST /{object}: a new `message` for our own, `is_hidden` for another's comment."""
    if desk.page.platform == INSTAGRAM:
        return objects.change(desk, object_id)
    kind, target = find(desk, object_id)
    own = target["author_id"] == desk.page.id if kind in ("PagePost", "Comment") else False
    if "is_hidden" in desk.params:
        if kind != "Comment" or own:
            raise errors.bad_parameter("This comment cannot be hidden")
        hidden = truth(desk.params["is_hidden"])
        writes.set_hidden(desk.site, desk.page, target, hidden=hidden, actor_id=desk.page.id)
        return dict(_DONE)
    message = desk.params.get("message", "").strip()
    if not message:
        raise errors.bad_parameter("Param message must be a non-empty UTF-8 encoded string")
    if not own:
        raise errors.permission("pages_manage_engagement")
    if kind == "Comment":
        _check_length(message, _COMMENT_LONGEST)
        writes.edit_comment(desk.site, desk.page, target, message, actor_id=desk.page.id)
    else:
        writes.edit_post(desk.site, desk.page, target, message)
    return dict(_DONE)


def delete(desk: Desk, object_id: str) -> dict[str, Any]:
    """DELETE /{post-or-comment}."""
    kind, target = find(desk, object_id)
    if kind in ("Comment", "IGComment"):
        writes.remove_comment(desk.site, desk.page, target, actor_id=desk.page.id)
    elif kind == "PagePost" and target["kind"] != "tagged":
        writes.remove_post(desk.site, desk.page, target, actor_id=desk.page.id)
    else:
        raise errors.permission("pages_manage_engagement")
    return dict(_DONE)


def like(desk: Desk, object_id: str) -> dict[str, Any]:
    """POST /{object}/likes, as the page."""
    return _react(desk, object_id, "add")


def unlike(desk: Desk, object_id: str) -> dict[str, Any]:
    """DELETE /{object}/likes, as the page."""
    return _react(desk, object_id, "remove")


def _react(desk: Desk, object_id: str, verb: str) -> dict[str, Any]:
    kind, target = find(desk, object_id)
    if kind not in ("PagePost", "Comment"):
        raise errors.gone(object_id)
    writes.react(desk.site, desk.page, target=target, actor_id=desk.page.id, verb=verb)
    return dict(_DONE)


def send_message(desk: Desk, object_id: str) -> dict[str, Any]:
    """POST /{account}/messages."""
    _only_page(desk, object_id)
    return talk_graph.send(desk, _talks(desk))


def list_conversations(desk: Desk, object_id: str) -> dict[str, Any]:
    """GET /{account}/conversations."""
    _only_page(desk, object_id)
    return talk_graph.conversations(desk, _talks(desk))


def take_thread(desk: Desk, object_id: str) -> dict[str, Any]:
    """POST /{account}/take_thread_control: the conversation is the caller's from now on."""
    _only_page(desk, object_id)
    return talk_graph.hand_over(desk, _talks(desk), standby=False)


def release_thread(desk: Desk, object_id: str) -> dict[str, Any]:
    """POST /{account}/release_thread_control: the conversation goes back to the default program."""
    _only_page(desk, object_id)
    return talk_graph.hand_over(desk, _talks(desk), standby=True)


def _talks(desk: Desk) -> Talks:
    return Talks(desk.site, INSTAGRAM if desk.page.platform == INSTAGRAM else "messenger")


def instagram_only(act: Callable[[Desk, str], dict[str, Any]]) -> Callable[[Desk, str], dict[str, Any]]:
    """An edge that pages do not have."""

    def acting(desk: Desk, object_id: str) -> dict[str, Any]:
        if desk.page.platform != INSTAGRAM:
            raise errors.gone(object_id)
        return act(desk, object_id)

    return acting


def list_subscriptions(desk: Desk, object_id: str) -> dict[str, Any]:
    """GET /{page}/subscribed_apps."""
    _only_page(desk, object_id)
    if not desk.page.subscribed:
        return {"data": []}
    app = {"id": desk.page.app_id, "name": "Samsvar", "category": "Business"}
    return {"data": [app | {"subscribed_fields": sorted(desk.page.subscribed)}]}


def add_subscription(desk: Desk, object_id: str) -> dict[str, Any]:
    """POST /{page}/subscribed_apps."""
    _only_page(desk, object_id)
    wanted = frozenset(part.strip() for part in desk.params.get("subscribed_fields", "").split(",")) - {""}
    if not wanted or wanted - _KNOWN_FIELDS:
        raise errors.bad_parameter("Param subscribed_fields must be a non-empty list of known fields")
    subscribe(desk.site, desk.page.id, wanted)
    return dict(_DONE)


def drop_subscription(desk: Desk, object_id: str) -> dict[str, Any]:
    """DELETE /{page}/subscribed_apps."""
    _only_page(desk, object_id)
    subscribe(desk.site, desk.page.id, frozenset())
    return dict(_DONE)


def read_node(desk: Desk, object_id: str) -> dict[str, Any]:
    """GET /{object}."""
    kind, node = find(desk, object_id)
    return nodes.show(desk, kind, node, nodes.wanted_fields(desk.params))


def read_edge(desk: Desk, object_id: str, name: str) -> dict[str, Any]:
    """GET /{object}/{edge}."""
    kind, node = find(desk, object_id)
    return nodes.show_edge(desk, kind, node, name, nodes.wanted_fields(desk.params))


# (method, edge) → what to do and which permission it needs; edge "" is the object itself
ACTIONS: dict[tuple[str, str], tuple[Callable[[Desk, str], dict[str, Any]], str]] = {
    ("GET", "subscribed_apps"): (list_subscriptions, "pages_manage_metadata"),
    ("POST", "subscribed_apps"): (add_subscription, "pages_manage_metadata"),
    ("DELETE", "subscribed_apps"): (drop_subscription, "pages_manage_metadata"),
    ("POST", "comments"): (reply, "pages_manage_engagement"),
    ("POST", "likes"): (like, "pages_manage_engagement"),
    ("DELETE", "likes"): (unlike, "pages_manage_engagement"),
    ("POST", "feed"): (publish, "pages_manage_posts"),
    ("POST", "messages"): (send_message, "pages_messaging"),
    ("POST", "take_thread_control"): (take_thread, "pages_messaging"),
    ("POST", "release_thread_control"): (release_thread, "pages_messaging"),
    ("GET", "conversations"): (list_conversations, "pages_messaging"),
    ("POST", "replies"): (instagram_only(objects.reply), "instagram_manage_comments"),
    ("POST", "mentions"): (instagram_only(objects.answer_mention), "instagram_manage_comments"),
    ("POST", ""): (change, "pages_manage_engagement"),
    ("DELETE", ""): (delete, "pages_manage_engagement"),
    ("GET", ""): (read_node, "pages_read_engagement"),
}
PERMISSIONS = tuple(sorted({need for _, need in ACTIONS.values()} | {"pages_read_user_content", "pages_show_list"}))


def _only_page(desk: Desk, object_id: str) -> None:
    if object_id != desk.page.id:
        raise errors.gone(object_id)


def _check_length(text: str, longest: int) -> None:
    if len(text) > longest:
        raise errors.bad_parameter(f"Param message is too long: at most {longest} characters")
