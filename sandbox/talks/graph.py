"""Private conversations through the Graph API: send under Meta's rules, list what was said."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from sandbox.clock import graph_time
from sandbox.facebook import errors, writes
from sandbox.facebook.call import Desk, nested
from sandbox.instagram.events import handle
from sandbox.talks.talks import Talks

_DAY_SECONDS, _HUMAN_SECONDS, _PRIVATE_SECONDS = 24 * 3600, 7 * 24 * 3600, 7 * 24 * 3600
_SHOWN_MESSAGES = 20
BLOCKED = "Blokkert Person"  # whoever is called so cannot be written to


def send(desk: Desk, talks: Talks) -> dict[str, Any]:
    """POST /{account}/messages: in a conversation, or to the author of a comment or post."""
    recipient, message = nested(desk.params, "recipient"), nested(desk.params, "message")
    text, kind = str(message.get("text", "")).strip(), str((message.get("attachment") or {}).get("type", ""))
    if not text and not kind:
        raise errors.bad_parameter("Param message[text] must be a non-empty UTF-8 encoded string")
    _check_length(talks, text)
    target = str(recipient.get("comment_id") or recipient.get("post_id") or "")
    if target:
        return _reply_privately(desk, talks, target, text)
    person = _person(desk, str(recipient.get("id", "")))
    _check_window(desk, talks, person["id"])
    media = f"{desk.site.base_url}/_sandbox/page.svg" if kind else ""
    mid = talks.say(desk.page, person["id"], text, ours=True, media=media, kind=kind, app=desk.page.app_id)
    return {"recipient_id": person["id"], "message_id": mid}


def _check_length(talks: Talks, text: str) -> None:
    """Messenger counts characters, Instagram bytes."""
    length, most = (len(text), 2000) if talks.platform == "messenger" else (len(text.encode()), 1000)
    if length > most:
        raise errors.bad_parameter(f"Length of param message[text] must be less than or equal to {most}")


def _reply_privately(desk: Desk, talks: Talks, target_id: str, text: str) -> dict[str, Any]:
    """Once for each comment, and within seven days."""
    target = writes.get_post(desk.site, target_id) or writes.get_comment(desk.site, target_id)
    if target is None or target["page_id"] != desk.page.id:
        raise errors.gone(target_id)
    if target["author_id"] in (None, desk.page.id):
        raise errors.cannot_reply_privately()
    if desk.site.store.row("SELECT 1 FROM fb_private_replies WHERE object_id = ?", target["id"]):
        raise errors.already_replied()
    if desk.site.clock.now() - target["created_at"] > _PRIVATE_SECONDS:
        raise errors.window_closed()
    mid = talks.say(desk.page, target["author_id"], text, ours=True, app=desk.page.app_id)
    writes.private_reply(desk.site, desk.page, target=target, text=text, message_id=mid)
    return {"recipient_id": target["author_id"], "message_id": mid}


def _person(desk: Desk, person_id: str) -> sqlite3.Row:
    found = desk.site.store.row("SELECT * FROM fb_people WHERE page_id = ? AND id = ?", desk.page.id, person_id)
    if found is None:
        raise errors.GraphError(100, "(#100) No matching user found", subcode=2018001)
    if found["name"] == BLOCKED:
        raise errors.GraphError(551, "(#551) This person isn't available right now.", subcode=1545041)
    return found


def _check_window(desk: Desk, talks: Talks, person_id: str) -> None:
    """A day to answer in, a week for a person of flesh and blood; the other tags are dead since April 2026."""
    tag = desk.params.get("tag", "")
    if tag not in ("", "HUMAN_AGENT"):
        raise errors.bad_parameter("Param tag is no longer supported")
    sql = "SELECT MAX(at) AS at FROM talk_messages WHERE platform = ? AND page_id = ? AND person_id = ? AND NOT ours"
    heard = desk.site.store.row(sql, talks.platform, desk.page.id, person_id)
    at = heard["at"] if heard else None
    longest = _HUMAN_SECONDS if tag else _DAY_SECONDS
    if at is None or desk.site.clock.now() - at > longest:
        raise errors.window_closed()


def hand_over(desk: Desk, talks: Talks, *, standby: bool) -> dict[str, Any]:
    """POST /{account}/take_thread_control and release_thread_control: {"recipient": {"id": …}} names whose talk."""
    person = _person(desk, str(nested(desk.params, "recipient").get("id", "")))
    talks.set_standby(desk.page, person["id"], standby=standby)
    return {"success": True}


def conversations(desk: Desk, talks: Talks) -> dict[str, Any]:
    """GET /{account}/conversations: the latest first, each with its newest messages."""
    sql = (
        "SELECT person_id, MAX(seq) AS last, MAX(at) AS at FROM talk_messages WHERE platform = ? AND page_id = ?"
        " GROUP BY person_id ORDER BY last DESC LIMIT ? OFFSET ?"
    )
    limit, after = min(int(desk.params.get("limit", "25")), 100), int(desk.params.get("after") or 0)
    rows = desk.site.store.rows(sql, talks.platform, desk.page.id, limit + 1, after)
    shown: dict[str, Any] = {"data": [_conversation(desk, talks, row) for row in rows[:limit]]}
    if len(rows) > limit:
        following = str(after + limit)
        shown["paging"] = {
            "cursors": {"before": str(after), "after": following},
            "next": f"{desk.address}/{desk.page.id}/conversations?access_token={desk.token}&after={following}",
        }
    return shown


def _conversation(desk: Desk, talks: Talks, row: sqlite3.Row) -> dict[str, Any]:
    sql = (
        "SELECT * FROM talk_messages WHERE platform = ? AND page_id = ? AND person_id = ? AND removed = 0"
        " ORDER BY seq DESC LIMIT ?"
    )
    said = desk.site.store.rows(sql, talks.platform, desk.page.id, row["person_id"], _SHOWN_MESSAGES)
    person, ours = _party(desk, talks, row["person_id"]), _named(talks, desk.page.id, desk.page.name)
    return {
        "id": f"t_{row['person_id']}",
        "updated_time": graph_time(row["at"]),
        "participants": {"data": [ours, person]},
        "messages": {"data": [_message(each, ours if each["ours"] else person) for each in said]},
    }


def _message(row: sqlite3.Row, sender: dict[str, str]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": row["mid"],
        "created_time": graph_time(row["at"]),
        "from": sender,
        "message": row["text"],
    }
    if row["kind"]:
        mime = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mpeg"}.get(row["kind"], "application/pdf")
        shown["attachments"] = {"data": [{"id": str(row["seq"]), "mime_type": mime, "file_url": row["media"]}]}
    return shown


def _party(desk: Desk, talks: Talks, person_id: str) -> dict[str, str]:
    found = desk.site.store.row("SELECT name FROM fb_people WHERE page_id = ? AND id = ?", desk.page.id, person_id)
    return _named(talks, person_id, found["name"] if found else "")


def _named(talks: Talks, number: str, name: str) -> dict[str, str]:
    word = "name" if talks.platform == "messenger" else "username"
    return {"id": number, word: name if word == "name" else handle(name)}


def recipient_of(params: Any) -> dict[str, Any]:
    """Whom a send names, {} where it cannot be read; to find out for which account it is."""
    try:
        value = json.loads(params.get("recipient", "{}"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
