"""The control API of the simulated LinkedIn: register pages, write as somebody, set switches, see what stands."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.bodies import BadBody, Missing, choice_of, read_body, text_of
from sandbox.clock import graph_time
from sandbox.linkedin import notices, writes
from sandbox.linkedin.delivery import shake_hands
from sandbox.linkedin.site import PLATFORM, Page, Site
from sandbox.switches import UnknownSwitch
from sandbox.town.stock import STOCKS

_BASE = "/_sandbox/linkedin/pages"
_ONE = _BASE + "/{page_id}"
_DAY_SECONDS = 86400
_TABLES = ("li_reactions", "li_comments", "li_posts", "li_notices")

Body = dict[str, Any]


class LinkedInControl:
    """The endpoints; each acts as a person in front of LinkedIn would, never as our software."""

    def __init__(self, site: Site, http: httpx.AsyncClient) -> None:
        self._site, self._http = site, http

    def routes(self) -> list[Route]:
        """Everything below /_sandbox/linkedin/."""
        acts: dict[str, Callable[[Page, Body, Request], Body]] = {
            "/posts": self.post,
            "/comments": self.comment,
            "/comments/{urn}/edit": self.edit,
            "/reactions": self.reaction,
            "/mentions": self.mention,
            "/unknown": self.unknown,
        }
        return [
            Route(_BASE, self.pages, methods=["GET"]),
            Route(_ONE, self.put_page, methods=["PUT"]),
            Route(_ONE, self._acting(self.contents), methods=["GET"]),
            Route(_ONE, self.remove_page, methods=["DELETE"]),
            Route(_ONE + "/faults", self._acting(self.see_faults), methods=["GET"]),
            Route(_ONE + "/faults", self._acting(self.set_faults), methods=["PUT"]),
            *(Route(_ONE + path, self._acting(act), methods=["POST"]) for path, act in acts.items()),
            Route(_ONE + "/comments/{urn}", self._acting(self.delete), methods=["DELETE"]),
        ]

    async def pages(self, _request: Request) -> Response:
        """GET: all pages."""
        return JSONResponse({"pages": [_facts(page) for page in self._site.pages()]})

    async def put_page(self, request: Request) -> Response:
        """PUT: register or update a page; an address may be named, and counts once it has proved itself."""
        page_id, body = request.path_params["page_id"], await read_body(request)
        if not page_id.isdigit():
            raise BadBody("a page id is digits")
        callback_url = text_of(body, "callback_url", "")
        if callback_url and urlsplit(callback_url).scheme not in ("http", "https"):
            raise BadBody("callback_url must be an http address")
        known = self._site.page(page_id) is not None
        with self._site.store.transaction():
            self._register(page_id, body)
            if not known and body.get("seed_posts", True):
                self._seed(page_id)
        page = self._page(page_id)
        verified = bool(callback_url) and await shake_hands(self._http, page, callback_url)
        if verified:
            self._site.store.run("UPDATE li_pages SET callback_url = ? WHERE id = ?", callback_url, page_id)
        return JSONResponse({"verified": verified}, status_code=200 if known else 201)

    async def remove_page(self, request: Request) -> Response:
        """DELETE: the page and all on it."""
        page = self._page(request.path_params["page_id"])
        with self._site.store.transaction():
            for table in _TABLES:
                self._site.store.run(f"DELETE FROM {table} WHERE page_id = ?", page.id)  # noqa: S608 -- constants
            self._site.store.run("DELETE FROM li_pages WHERE id = ?", page.id)
            self._site.outbox.forget_account(PLATFORM, page.id)
        return Response(status_code=204)

    def contents(self, page: Page, _body: Body, _request: Request) -> Body:
        """GET: everything that stands on the page."""
        rows = self._site.store.rows
        posts = rows("SELECT * FROM li_posts WHERE page_id = ? AND removed = 0 ORDER BY seq", page.id)
        comments = rows("SELECT * FROM li_standing WHERE page_id = ? ORDER BY seq", page.id)
        likes = rows("SELECT entity, actor FROM li_reactions WHERE page_id = ?", page.id)
        return {
            **_facts(page),
            "posts": [{name: row[name] for name in ("share", "activity", "kind", "author", "text")} for row in posts],
            "comments": [_comment(page, row) for row in comments],
            "likes": [dict(row) for row in likes],
        }

    def see_faults(self, page: Page, _body: Body, _request: Request) -> Body:
        """GET: every switch, null when off."""
        return self._site.panel(page.id).show()

    def set_faults(self, page: Page, body: Body, _request: Request) -> Body:
        """PUT: set or clear the named switches."""
        try:
            self._site.panel(page.id).change(body)
        except UnknownSwitch as error:
            raise BadBody(str(error)) from error
        return self._site.panel(page.id).show()

    def post(self, page: Page, body: Body, _request: Request) -> Body:
        """POST: the page's own post ({"as_page": true}), else somebody passes one of the page's on."""
        ours = bool(body.get("as_page"))
        author, kind = page.urn if ours else self._author(body), "page" if ours else "share"
        text = text_of(body, "message", None if ours else "")
        return {"id": writes.create_post(self._site, page, author=author, text=text, kind=kind)}

    def mention(self, page: Page, body: Body, _request: Request) -> Body:
        """POST: a post elsewhere that names the page."""
        text = text_of(body, "message")
        made = writes.create_post(self._site, page, author=self._author(body), text=text, kind="mention")
        return {"id": made}

    def comment(self, page: Page, body: Body, _request: Request) -> Body:
        """POST: a comment under post_id, or a reply below parent_id; with neither, under the newest post."""
        author = page.urn if body.get("as_page") else self._author(body)
        below = text_of(body, "parent_id", "") or text_of(body, "post_id", "") or self._newest_post(page)
        made = writes.create_comment(self._site, page, below=below, author=author, text=text_of(body, "message"))
        if made is None:
            raise Missing("no such post or comment")
        return {"id": made["urn"], "post_id": made["share"], "person_id": author}

    def edit(self, page: Page, body: Body, request: Request) -> Body:
        """POST: the author edits a comment."""
        row = self._row(page, request)
        writes.edit_comment(self._site, page, row, text_of(body, "message"))
        return {"id": row["urn"]}

    def delete(self, page: Page, _body: Body, request: Request) -> Body:
        """DELETE: the author takes a comment back."""
        row = self._row(page, request)
        writes.remove_comment(self._site, page, row)
        return {"id": row["urn"]}

    def reaction(self, page: Page, body: Body, _request: Request) -> Body:
        """POST: a like of object_id (default: the newest post), or with {"verb": "remove"} its end."""
        entity, actor = text_of(body, "object_id", "") or self._newest_post(page), self._author(body)
        if choice_of(body, "verb", "add", ("add", "remove")) == "add":
            writes.react(self._site, page, entity=entity, actor=actor)
        else:
            writes.unreact(self._site, entity=entity, actor=actor)
        return {"id": entity}

    def unknown(self, page: Page, _body: Body, _request: Request) -> Body:
        """POST: a notification of a kind nobody has seen yet."""
        return {"value": notices.queue_unknown(self._site, page)}

    def _register(self, page_id: str, body: Body) -> None:
        """A changed client secret keeps the one before it, for the "old signature" switch."""
        self._site.store.run(
            "INSERT INTO li_pages (id, name, access_token, refresh_token, app_secret, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
            " access_token = excluded.access_token, refresh_token = excluded.refresh_token,"
            " old_app_secret = CASE WHEN app_secret = excluded.app_secret THEN old_app_secret ELSE app_secret END,"
            " app_secret = excluded.app_secret",
            page_id,
            text_of(body, "name"),
            text_of(body, "access_token"),
            text_of(body, "refresh_token", ""),
            text_of(body, "app_secret"),
            self._site.clock.now(),
        )

    def _seed(self, page_id: str) -> None:
        """A few posts of the page's past, in turn by language, the newest an hour ago."""
        page = self._page(page_id)
        posts = (stock.page_posts for stock in STOCKS.values() if stock.page_posts)
        texts = [text for turn in zip(*posts, strict=True) for text in turn]
        newest = self._site.clock.now() - 3600
        for place, text in enumerate(texts):
            at = newest - (len(texts) - 1 - place) * _DAY_SECONDS
            writes.create_post(self._site, page, author=page.urn, text=text, kind="page", at=at)

    def _acting(self, act: Callable[[Page, Body, Request], Body]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await read_body(request)
            with self._site.store.transaction():
                done = act(self._page(request.path_params["page_id"]), body, request)
            return JSONResponse(done)

        return endpoint

    def _page(self, page_id: str) -> Page:
        page = self._site.page(page_id)
        if page is None:
            raise Missing("no such page")
        return page

    def _author(self, body: Body) -> str:
        return self._site.person(text_of(body, "person", "Kari Solvang Myhre"))

    def _newest_post(self, page: Page) -> str:
        sql = "SELECT share FROM li_posts WHERE page_id = ? AND kind = 'page' AND removed = 0 ORDER BY seq DESC LIMIT 1"
        row = self._site.store.row(sql, page.id)
        if row is None:
            raise Missing("the page has no post yet")
        return str(row["share"])

    def _row(self, page: Page, request: Request) -> sqlite3.Row:
        row = self._site.comment(request.path_params["urn"])
        if row is None or row["page_id"] != page.id:
            raise Missing("no such comment")
        return row


def _facts(page: Page) -> Body:
    """A page without its secrets."""
    return {
        "id": page.id,
        "name": page.name,
        "callback_url": page.callback_url,
        "verified": bool(page.callback_url),
    }


def _comment(page: Page, row: sqlite3.Row) -> Body:
    return {
        "id": row["urn"],
        "post_id": row["share"],
        "parent_id": f"urn:li:comment:({row['activity']},{row['root']})" if row["root"] else row["share"],
        "from": {"id": page.id if row["author"] == page.urn else row["author"], "name": row["author_name"]},
        "message": row["text"],
        "created_time": graph_time(row["created_at"]),
    }
