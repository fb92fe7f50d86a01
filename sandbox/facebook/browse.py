"""The page that people look at: a simulated page's posts and threads, as plain HTML."""

from __future__ import annotations

from html import escape
from typing import Any

from sandbox.clock import graph_time
from sandbox.facebook import view
from sandbox.facebook.pages import Page, list_pages
from sandbox.facebook.site import Site

_POSTS_SHOWN, _COMMENTS_SHOWN = 25, 60
_KINDS = {"page": "the page's post", "visitor": "visitor's post", "tagged": "elsewhere, naming the page"}


def list_of_pages(site: Site) -> str:
    """The links to all simulated pages."""
    pages = list_pages(site)
    if not pages:
        return "<p>No page is registered yet.</p>"
    links = (
        f'<li><a href="/facebook/{escape(page.id)}">{escape(page.name)}</a> '
        f"<small>Facebook page, {_count(site, page)} comments</small></li>"
        for page in pages
    )
    return f'<ul class="pages">{"".join(links)}</ul>'


def page_html(site: Site, page: Page) -> str:
    """The newest posts of a page, each with its thread."""
    sql = "SELECT * FROM fb_post_view WHERE page_id = ? AND removed = 0 ORDER BY {} DESC LIMIT ?"
    newest = "MAX(seq, COALESCE((SELECT MAX(seq) FROM fb_comments c WHERE c.post_id = fb_post_view.id), 0))"
    posts = site.store.rows(sql.format(newest), page.id, _POSTS_SHOWN)
    private = {reply["object_id"]: reply["text"] for reply in view.private_replies(site, page)}
    return f"<h1>{escape(page.name)}</h1>" + "".join(_post(site, page, row, private) for row in posts)


def _post(site: Site, page: Page, post: Any, private: dict[str, str]) -> str:
    sql = (
        "SELECT * FROM (SELECT * FROM fb_comment_view WHERE post_id = ? AND NOT gone ORDER BY seq DESC LIMIT ?)"
        " ORDER BY COALESCE((SELECT r.seq FROM fb_comments r WHERE r.id = root_id), seq), seq"
    )
    comments = site.store.rows(sql, post["id"], _COMMENTS_SHOWN)
    thread = "".join(_said(site, page, row, private) for row in comments)
    below = f'<ol class="thread" aria-label="Comments">{thread}</ol>' if thread else ""
    return (
        f'<article id="i{escape(post["id"])}"><header>{_by(page, post)} <small>{_KINDS[post["kind"]]}</small></header>'
        f'<p class="text">{escape(post["message"])}</p>{_likes(site, post["id"])}'
        f"{_private(post, private)}{below}</article>"
    )


def _said(site: Site, page: Page, row: Any, private: dict[str, str]) -> str:
    classes = ["reply" if row["root_id"] else "root"]
    classes += ["own"] if row["author_id"] == page.id else []
    classes += ["hidden-comment"] if row["hidden"] else []
    mark = ' <span class="mark">hidden from others</span>' if row["hidden"] else ""
    return (
        f'<li id="i{escape(row["id"])}" class="{" ".join(classes)}">{_by(page, row)}{mark}'
        f'<p class="text">{escape(row["message"])}</p>{_likes(site, row["id"])}{_private(row, private)}</li>'
    )


def _by(page: Page, row: Any) -> str:
    name = "Somebody" if row["author_id"] is None else row["author_name"] or ""
    badge = ' <span class="mark">page</span>' if row["author_id"] == page.id else ""
    stamp = graph_time(row["created_at"])
    return f'<b>{escape(name)}</b>{badge} <time datetime="{stamp}">{stamp[:16].replace("T", " ")}</time>'


def _likes(site: Site, object_id: str) -> str:
    count = site.store.number("SELECT COUNT(*) FROM fb_reactions WHERE object_id = ?", object_id)
    return f'<small class="likes">{count} reaction{"" if count == 1 else "s"}</small>' if count else ""


def _private(row: Any, private: dict[str, str]) -> str:
    text = private.get(row["id"])
    return f'<p class="private"><b>Private answer</b> {escape(text)}</p>' if text else ""


def _count(site: Site, page: Page) -> int:
    return site.store.number("SELECT COUNT(*) FROM fb_comments WHERE page_id = ? AND removed = 0", page.id)
