"""Every change on the simulated LinkedIn: one function, one transaction, one notification.

The API, the control API and the town all write through here, so all look the same to a receiver.
"""

from __future__ import annotations

import sqlite3

from sandbox.linkedin import notices
from sandbox.linkedin.site import Page, Site


def create_post(
    site: Site, page: Page, *, author: str, text: str, kind: str, run_id: int | None = None, at: float | None = None
) -> str:
    """A post: the page's own, or somebody's who shares one of the page's or mentions the page. Gives its share's URN.

    Takes: at, for a post of the past, of which nothing is told.
    """
    with site.store.transaction():
        seq, number = site.next_number()
        post = site.store.row(
            "INSERT INTO li_posts (seq, share, activity, page_id, author, kind, text, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
            seq,
            f"urn:li:share:{number}",
            f"urn:li:activity:{number + 1}",
            page.id,
            author,
            kind,
            text,
            site.clock.now() if at is None else at,
        )
        assert post is not None  # noqa: S101 -- RETURNING gives the row just inserted
        if kind != "page":
            notices.tell_of_share(site, page, post, run_id)
    return str(post["share"])


def create_comment(
    site: Site, page: Page, *, below: str, author: str, text: str, run_id: int | None = None
) -> sqlite3.Row | None:
    """A comment below a post or a comment; a reply to a reply lands below the root. None when the place is gone."""
    with site.store.transaction():
        post, above = site.post(below), site.comment(below)
        place = post if post is not None else above
        if place is None:
            return None
        seq, number = site.next_number()
        now = site.clock.now()
        site.store.run(
            "INSERT INTO li_comments (seq, number, page_id, activity, root, author, text, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            seq,
            str(number),
            page.id,
            place["activity"],
            None if above is None else above["root"] or above["number"],
            author,
            text,
            now,
            now,
        )
        made = site.comment(f"urn:li:comment:({place['activity']},{number})")
        assert made is not None  # noqa: S101 -- inserted above
        notices.tell_of_comment(site, page, made, "ADMIN_COMMENT" if author == page.urn else "COMMENT", run_id)
    return made


def edit_comment(site: Site, page: Page, comment: sqlite3.Row, text: str, run_id: int | None = None) -> None:
    """New text for a comment."""
    with site.store.transaction():
        sql = "UPDATE li_comments SET text = ?, updated_at = ? WHERE number = ?"
        site.store.run(sql, text, site.clock.now(), comment["number"])
        changed = site.comment(comment["urn"])
        if changed is not None:
            notices.tell_of_comment(site, page, changed, "COMMENT_EDIT", run_id)


def remove_comment(site: Site, page: Page, comment: sqlite3.Row, run_id: int | None = None) -> None:
    """A comment goes away for good, and the replies below it with it."""
    with site.store.transaction():
        site.store.run("UPDATE li_comments SET removed = 1 WHERE number = ?", comment["number"])
        notices.tell_of_comment(site, page, comment, "COMMENT_DELETE", run_id)


def react(site: Site, page: Page, *, entity: str, actor: str, run_id: int | None = None) -> bool:
    """Somebody likes a post or comment. False when they did before. Only likes of posts by others are told."""
    with site.store.transaction():
        sql = "INSERT OR IGNORE INTO li_reactions VALUES (?, ?, ?)"
        fresh = bool(site.store.run(sql, entity, actor, page.id))
        post = site.post(entity)
        if post is not None and actor != page.urn:
            notices.tell_of_like(site, page, post, actor, run_id)
    return fresh


def unreact(site: Site, *, entity: str, actor: str) -> bool:
    """A like is taken back; nobody is told. False when there was none."""
    return bool(site.store.run("DELETE FROM li_reactions WHERE entity = ? AND actor = ?", entity, actor))
