"""Every change on the simulated site: one function, one transaction, one webhook event.

The Graph API, the control API and the town all write through here, so all look the same to a receiver.
"""

from __future__ import annotations

import sqlite3

from sandbox.facebook import events
from sandbox.facebook.pages import Page
from sandbox.facebook.site import Site


def get_post(site: Site, post_id: str) -> sqlite3.Row | None:
    """A post that still stands, with its author's name."""
    return site.store.row("SELECT * FROM fb_post_view WHERE id = ? AND removed = 0", post_id)


def get_comment(site: Site, comment_id: str) -> sqlite3.Row | None:
    """A comment that still stands (its root and post too), with its author's name."""
    return site.store.row("SELECT * FROM fb_comment_view WHERE id = ? AND NOT gone", comment_id)


def create_post(
    site: Site,
    page: Page,
    *,
    author_id: str | None,
    message: str,
    item: str = "status",
    media: str = "",
    run_id: int | None = None,
) -> str:
    """A post on the page's wall, by the page or a visitor. Gives its id."""
    with site.store.transaction():
        kind = "page" if author_id == page.id else "visitor"
        post = _insert_post(site, page, kind, author_id, message, item, media, site.clock.now())
        events.queue(site, page, "feed", events.post_value(site, page, post, "add", author_id), run_id)
    return str(post["id"])


def seed_post(site: Site, page: Page, *, message: str, at: float) -> str:
    """A post of the page's own past: it stands there, and no event tells of it. Gives its id."""
    with site.store.transaction():
        return str(_insert_post(site, page, "page", page.id, message, "status", "", at)["id"])


def create_mention(
    site: Site, page: Page, *, author_id: str, message: str, comment: str | None = None, run_id: int | None = None
) -> tuple[str, str | None]:
    """A post elsewhere that tags the page, or a comment below one. Gives (post id, comment id or None)."""
    with site.store.transaction():
        post = _insert_post(site, page, "tagged", author_id, message, "status", "", site.clock.now())
        below = None if comment is None else _insert_comment(site, page, post["id"], None, author_id, comment, "")
        events.queue(site, page, "mention", events.mention_value(post, below), run_id)
    return str(post["id"]), None if below is None else str(below["id"])


def create_comment(
    site: Site,
    page: Page,
    *,
    parent_id: str,
    author_id: str | None,
    message: str,
    media: str = "",
    run_id: int | None = None,
) -> str | None:
    """A comment below a post or a comment; a reply to a reply lands below the root. Gives its id, None when gone."""
    with site.store.transaction():
        post = get_post(site, parent_id)
        above = None if post is not None else get_comment(site, parent_id)
        if post is None and above is None:
            return None
        post_id = post["id"] if post is not None else above["post_id"] if above is not None else ""
        root_id = None if above is None else above["root_id"] or above["id"]
        made = _insert_comment(site, page, post_id, root_id, author_id, message, media)
        events.queue(site, page, "feed", events.comment_value(site, page, made, "add", author_id), run_id)
    return str(made["id"])


def edit_comment(
    site: Site, page: Page, comment: sqlite3.Row, message: str, *, actor_id: str | None, run_id: int | None = None
) -> None:
    """New text for a comment."""
    with site.store.transaction():
        sql = "UPDATE fb_comments SET message = ?, updated_at = ? WHERE id = ?"
        site.store.run(sql, message, site.clock.now(), comment["id"])
        _tell_comment(site, page, comment["id"], "edited", actor_id, run_id)


def remove_comment(
    site: Site, page: Page, comment: sqlite3.Row, *, actor_id: str | None, run_id: int | None = None
) -> None:
    """A comment goes away for good, and the replies below it with it."""
    with site.store.transaction():
        site.store.run("UPDATE fb_comments SET removed = 1 WHERE id = ?", comment["id"])
        _tell_comment(site, page, comment["id"], "remove", actor_id, run_id)


def set_hidden(site: Site, page: Page, comment: sqlite3.Row, *, hidden: bool, actor_id: str) -> None:
    """Hide or show a comment; nothing is told when nothing changes."""
    if bool(comment["hidden"]) == hidden:
        return
    with site.store.transaction():
        site.store.run("UPDATE fb_comments SET hidden = ? WHERE id = ?", int(hidden), comment["id"])
        _tell_comment(site, page, comment["id"], "hide" if hidden else "unhide", actor_id, None)


def edit_post(site: Site, page: Page, post: sqlite3.Row, message: str, *, verb: str = "edited") -> None:
    """New text for a post. Both verbs, `edit` and `edited`, occur on the real platform."""
    with site.store.transaction():
        sql = "UPDATE fb_posts SET message = ?, updated_at = ? WHERE id = ?"
        site.store.run(sql, message, site.clock.now(), post["id"])
        changed = site.store.row("SELECT * FROM fb_posts WHERE id = ?", post["id"]) or post
        events.queue(site, page, "feed", events.post_value(site, page, changed, verb, post["author_id"]))


def remove_post(site: Site, page: Page, post: sqlite3.Row, *, actor_id: str | None) -> None:
    """A post goes away; its comments go silently with it, as on the real platform."""
    with site.store.transaction():
        site.store.run("UPDATE fb_posts SET removed = 1 WHERE id = ?", post["id"])
        events.queue(site, page, "feed", events.post_value(site, page, post, "remove", actor_id))


def react(
    site: Site,
    page: Page,
    *,
    target: sqlite3.Row,
    actor_id: str,
    kind: str = "like",
    verb: str = "add",
    item: str = "reaction",
    run_id: int | None = None,
) -> None:
    """Someone reacts to a post or comment (`target`), or takes it back with verb `remove`."""
    is_comment = "post_id" in target.keys()  # noqa: SIM118 -- a Row has keys but no `in`
    with site.store.transaction():
        if verb == "add":
            sql = "INSERT OR REPLACE INTO fb_reactions VALUES (?, ?, ?, ?)"
            site.store.run(sql, target["id"], actor_id, kind, site.clock.now())
        else:
            sql = "DELETE FROM fb_reactions WHERE object_id = ? AND person_id = ?"
            site.store.run(sql, target["id"], actor_id)
        value = events.reaction_value(
            site,
            page,
            post_id=target["post_id"] if is_comment else target["id"],
            comment=target if is_comment else None,
            actor_id=actor_id,
            kind=kind,
            verb=verb,
            item=item,
        )
        events.queue(site, page, "feed", value, run_id)


def private_reply(site: Site, page: Page, *, target: sqlite3.Row, text: str, message_id: str) -> None:
    """Note that a post or comment got its one private answer; the caller has checked the rules and sent it."""
    site.store.run(
        "INSERT INTO fb_private_replies VALUES (?, ?, ?, ?, ?, ?)",
        message_id,
        page.id,
        target["id"],
        target["author_id"],
        text,
        site.clock.now(),
    )


def _insert_post(
    site: Site, page: Page, kind: str, author_id: str | None, message: str, item: str, media: str, at: float
) -> sqlite3.Row:
    owner = (author_id or page.id) if kind == "tagged" else page.id
    seq, post_id = site.next_post_id(owner)
    found = site.store.row(
        "INSERT INTO fb_posts (seq, id, page_id, author_id, kind, item, message, media, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
        seq,
        post_id,
        page.id,
        author_id,
        kind,
        item,
        message,
        media,
        at,
        at,
    )
    assert found is not None  # noqa: S101 -- RETURNING gives the row just inserted
    return found


def _insert_comment(
    site: Site, page: Page, post_id: str, root_id: str | None, author_id: str | None, message: str, media: str
) -> sqlite3.Row:
    seq, comment_id = site.next_comment_id(post_id)
    now = site.clock.now()
    found = site.store.row(
        "INSERT INTO fb_comments"
        " (seq, id, page_id, post_id, root_id, author_id, message, media, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
        seq,
        comment_id,
        page.id,
        post_id,
        root_id,
        author_id,
        message,
        media,
        now,
        now,
    )
    assert found is not None  # noqa: S101 -- RETURNING gives the row just inserted
    return found


def _tell_comment(site: Site, page: Page, comment_id: str, verb: str, actor_id: str | None, run_id: int | None) -> None:
    row = site.store.row("SELECT * FROM fb_comments WHERE id = ?", comment_id)
    if row is not None:
        events.queue(site, page, "feed", events.comment_value(site, page, row, verb, actor_id), run_id)
