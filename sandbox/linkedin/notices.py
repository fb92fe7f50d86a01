"""Notifications: how each change looks, the list that may be pulled for 60 days, and the way into the outbox.

Source: the platform sheet (Microsoft Learn, "Organization Social Action Notifications", and a recorded body), Nov 2026.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from sandbox.linkedin.site import PLATFORM, Page, Site

Notice = dict[str, Any]


def tell_of_comment(site: Site, page: Page, comment: sqlite3.Row, action: str, run_id: int | None) -> None:
    """A comment came, changed or went; of one that went only its name is told."""
    post = site.post(comment["activity"])
    notice = _about(page, post)
    notice["generatedActivity"] = comment["urn"].replace("(urn:li:", "(")  # the inner name is cut short here
    if action != "COMMENT_DELETE":
        described = {
            "entity": comment["urn"],
            "object": comment["activity"],
            "owner": comment["author"],
            "text": comment["text"],
        }
        if comment["root"]:
            described["parentComment"] = f"urn:li:comment:({comment['activity']},{comment['root']})"
        notice["decoratedGeneratedActivity"] = {"comment": described}
    _queue(site, page, action, notice, run_id)


def tell_of_share(site: Site, page: Page, post: sqlite3.Row, run_id: int | None) -> None:
    """Somebody passed a post of the page on, or named the page in one of theirs."""
    own = site.store.row(
        "SELECT * FROM li_posts WHERE page_id = ? AND kind = 'page' ORDER BY seq DESC LIMIT 1", page.id
    )
    notice = _about(page, own if post["kind"] == "share" else None)
    notice["generatedActivity"] = post["activity"]
    described = {"entity": post["share"], "owner": post["author"], "text": post["text"], "mediaCategory": "NONE"}
    notice["decoratedGeneratedActivity"] = {"share": described}
    _queue(site, page, "SHARE" if post["kind"] == "share" else "SHARE_MENTION", notice, run_id)


def tell_of_like(site: Site, page: Page, post: sqlite3.Row, actor: str, run_id: int | None) -> None:
    """Somebody likes a post."""
    notice = _about(page, post)
    notice["generatedActivity"] = f"urn:li:like:({actor},{post['activity'].removeprefix('urn:li:')})"
    _queue(site, page, "LIKE", notice, run_id)


def queue_unknown(site: Site, page: Page) -> Notice:
    """An action that nobody knows yet."""
    notice = _about(page, None) | {"generatedActivity": "urn:li:hologram:9"}
    _queue(site, page, "HOLOGRAM", notice, None)
    return notice


def _about(page: Page, post: sqlite3.Row | None) -> Notice:
    notice: Notice = {"organizationalEntity": page.urn, "subscriber": "urn:li:person:admin0"}
    if post is not None:
        notice["sourcePost"] = post["activity"]
        notice["decoratedSourcePost"] = {
            "entity": post["share"],
            "owner": post["author"],
            "text": post["text"],
            "mediaCategory": "NONE",
        }
    return notice


def _queue(site: Site, page: Page, action: str, notice: Notice, run_id: int | None) -> None:
    """Keep the notification for the pull finder, and put it on its way unless a switch loses it."""
    now = site.clock.now()
    notice |= {"action": action, "lastModifiedAt": int(now * 1000), "notificationId": site.store.count_up("li_notices")}
    sql = "INSERT INTO li_notices (page_id, action, at, payload) VALUES (?, ?, ?, ?)"
    site.store.run(sql, page.id, action, notice["lastModifiedAt"], json.dumps(notice))
    if not page.callback_url:
        return
    hold = _hold_seconds(site, page)
    if hold is None:
        site.store.count_up("events_lost")
        return
    site.outbox.add(platform=PLATFORM, account_id=page.id, payload=notice, now=now, due_at=now + hold, run_id=run_id)
    site.wake()


def _hold_seconds(site: Site, page: Page) -> float | None:
    """How long the switches hold an event back; None when they lose it."""
    panel = site.panel(page.id)
    share = panel.take("drop_webhooks")
    if share is not None and site.rng.random() < share:
        return None
    spread = panel.take("reorder_webhooks")
    return float(panel.take("delay_webhooks") or 0) + (site.rng.random() * float(spread) if spread is not None else 0.0)
