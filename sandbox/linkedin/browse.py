"""The page that people look at: a simulated company page's posts and threads, as plain HTML."""

from __future__ import annotations

import sqlite3
from html import escape

from sandbox.clock import graph_time
from sandbox.linkedin.site import Page, Site

_POSTS_SHOWN, _COMMENTS_SHOWN = 25, 60
_KINDS = {"page": "the page's post", "share": "shares the page's post", "mention": "names the page"}


def list_of_pages(site: Site) -> str:
    """The links to all simulated company pages; nothing when there is none."""
    count = "SELECT COUNT(*) FROM li_standing WHERE page_id = ?"
    links = (
        f'<li><a href="/linkedin/{escape(page.id)}">{escape(page.name)}</a> '
        f"<small>LinkedIn page, {site.store.number(count, page.id)} comments</small></li>"
        for page in site.pages()
    )
    listed = "".join(links)
    return f'<ul class="pages">{listed}</ul>' if listed else ""


def page_html(site: Site, page: Page) -> str:
    """The newest posts of a page, each with its thread."""
    sql = (
        "SELECT p.*, COALESCE(w.name, ?1) AS author_name,"
        " MAX(p.seq, COALESCE((SELECT MAX(c.seq) FROM li_comments c WHERE c.activity = p.activity), 0)) AS newest"
        " FROM li_posts p LEFT JOIN li_people w ON w.urn = p.author"
        " WHERE p.page_id = ?2 AND p.removed = 0 ORDER BY newest DESC LIMIT ?3"
    )
    posts = site.store.rows(sql, page.name, page.id, _POSTS_SHOWN)
    return f"<h1>{escape(page.name)}</h1>" + "".join(_post(site, page, row) for row in posts)


def _post(site: Site, page: Page, post: sqlite3.Row) -> str:
    sql = (
        "SELECT * FROM (SELECT * FROM li_standing WHERE activity = ? ORDER BY seq DESC LIMIT ?)"
        " ORDER BY CAST(COALESCE(root, number) AS INTEGER), seq"
    )
    thread = "".join(_said(page, row) for row in site.store.rows(sql, post["activity"], _COMMENTS_SHOWN))
    below = f'<ol class="thread" aria-label="Comments">{thread}</ol>' if thread else ""
    likes = site.store.number(
        "SELECT COUNT(*) FROM li_reactions WHERE entity IN (?, ?)", post["share"], post["activity"]
    )
    liked = f'<small class="likes">{likes} like{"" if likes == 1 else "s"}</small>' if likes else ""
    return (
        f"<article><header>{_by(page, post)} <small>{_KINDS[post['kind']]}</small></header>"
        f'<p class="text">{escape(post["text"])}</p>{liked}{below}</article>'
    )


def _said(page: Page, row: sqlite3.Row) -> str:
    classes = ["reply" if row["root"] else "root"] + (["own"] if row["author"] == page.urn else [])
    return f'<li class="{" ".join(classes)}">{_by(page, row)}<p class="text">{escape(row["text"])}</p></li>'


def _by(page: Page, row: sqlite3.Row) -> str:
    badge = ' <span class="mark">page</span>' if row["author"] == page.urn else ""
    stamp = graph_time(row["created_at"])
    name = escape(row["author_name"])
    return f'<b>{name}</b>{badge} <time datetime="{stamp}">{stamp[:16].replace("T", " ")}</time>'
