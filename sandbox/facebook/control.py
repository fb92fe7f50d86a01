"""The control API of the simulated Facebook: register pages, write as a customer, set switches, see what stands."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.bodies import BadBody, Missing, choice_of, read_body, text_of
from sandbox.facebook import events, faults, view, writes
from sandbox.facebook.delivery import shake_hands
from sandbox.facebook.pages import (
    DEFAULT_FIELDS,
    Page,
    Registration,
    connect,
    delete_page,
    get_page,
    list_pages,
    person_id,
    register,
)
from sandbox.facebook.site import PLATFORM, Site
from sandbox.switches import UnknownSwitch
from sandbox.town.stock import STOCKS

_ITEMS = ("status", "post", "photo", "video", "share", "link")
_REACTIONS = ("like", "love", "care", "haha", "wow", "sad", "angry")
_DAY_SECONDS = 86400

Body = dict[str, Any]


class FacebookControl:
    """The endpoints; each acts as a person in front of Facebook would, never as our software."""

    def __init__(self, site: Site, http: httpx.AsyncClient) -> None:
        self._site, self._http, self._fields = site, http, DEFAULT_FIELDS[site.platform]

    def sister(self, platform: str, fields: frozenset[str]) -> list[Route]:
        """The same pages under a sister's name, with more fields: Messenger has no accounts of its own."""
        other = FacebookControl(self._site, self._http)
        other._fields = fields
        one = f"/_sandbox/{platform}/pages/{{page_id}}"
        return [
            Route(one, other.put_page, methods=["PUT"]),
            Route(one, other.see_page, methods=["GET"]),
            Route(one + "/faults", other.see_faults, methods=["GET"]),
            Route(one + "/faults", other._acting(other.set_faults), methods=["PUT"]),
        ]

    def routes(self) -> list[Route]:
        """Everything below /_sandbox/facebook/."""
        base = f"/_sandbox/{self._site.platform}/pages"
        one = base + "/{page_id}"
        acts: dict[str, Callable[[Page, Body, Request], Any]] = {
            "/posts": self.post,
            "/posts/{object_id}/edit": self.edit_post,
            "/comments": self.comment,
            "/comments/{object_id}/edit": self.edit_comment,
            "/comments/{object_id}/hide": self.hide,
            "/comments/{object_id}/unhide": self.unhide,
            "/reactions": self.reaction,
            "/mentions": self.mention,
            "/unknown": self.unknown,
        }
        return [
            Route(base, self.pages, methods=["GET"]),
            Route(one, self.put_page, methods=["PUT"]),
            Route(one, self.see_page, methods=["GET"]),
            Route(one, self.remove_page, methods=["DELETE"]),
            Route(one + "/faults", self.see_faults, methods=["GET"]),
            Route(one + "/faults", self._acting(self.set_faults), methods=["PUT"]),
            *(Route(one + path, self._acting(act), methods=["POST"]) for path, act in acts.items()),
            Route(one + "/posts/{object_id}", self._acting(self.delete_post), methods=["DELETE"]),
            Route(one + "/comments/{object_id}", self._acting(self.delete_comment), methods=["DELETE"]),
        ]

    async def pages(self, _request: Request) -> Response:
        """GET: all pages."""
        return JSONResponse({"pages": [view.page_facts(page) for page in list_pages(self._site)]})

    async def put_page(self, request: Request) -> Response:
        """PUT: register or update a page and shake hands with the callback address.

        Only an address that answered the handshake comes into force; until then an earlier one stays.
        """
        page_id, body = request.path_params["page_id"], await read_body(request)
        if not page_id.isdigit():
            raise BadBody("a page id is digits")
        given = Registration(
            name=text_of(body, "name"),
            access_token=text_of(body, "access_token"),
            app_secret=text_of(body, "app_secret"),
            verify_token=text_of(body, "verify_token"),
            app_id=text_of(body, "app_id", "1200000000000001"),
            login=text_of(body, "login", PLATFORM),
        )
        callback_url = text_of(body, "callback_url")
        if urlsplit(callback_url).scheme not in ("http", "https"):
            raise BadBody("callback_url must be an http address")
        known = get_page(self._site, page_id) is not None
        with self._site.store.transaction():
            register(self._site, page_id, given)
            if not known and body.get("seed_posts", True):
                _seed(self._site, self._page(page_id))
        verified = await shake_hands(self._http, self._page(page_id), callback_url)
        if verified:
            connect(self._site, page_id, callback_url, self._fields)
        return JSONResponse({"verified": verified}, status_code=200 if known else 201)

    async def see_page(self, request: Request) -> Response:
        """GET: everything that stands on the page."""
        return JSONResponse(view.page_contents(self._site, self._page(request.path_params["page_id"])))

    async def remove_page(self, request: Request) -> Response:
        """DELETE: the page and all on it."""
        if not delete_page(self._site, request.path_params["page_id"]):
            raise Missing("no such page")
        return Response(status_code=204)

    async def see_faults(self, request: Request) -> Response:
        """GET: every switch, null when off."""
        return JSONResponse(faults.show(self._site, self._page(request.path_params["page_id"]).id))

    def set_faults(self, page: Page, body: Body, _request: Request) -> Body:
        """PUT: set or clear the named switches."""
        try:
            faults.change(self._site, page.id, body)
        except UnknownSwitch as error:
            raise BadBody(str(error)) from error
        return faults.show(self._site, page.id)

    def post(self, page: Page, body: Body, _request: Request) -> Body:
        """POST: a visitor's post, or one by the page itself ({"as_page": true})."""
        author = page.id if body.get("as_page") else self._author(page, body)
        item, media = choice_of(body, "item", "status", _ITEMS), text_of(body, "media", "")
        message = text_of(body, "message")
        made = writes.create_post(self._site, page, author_id=author, message=message, item=item, media=media)
        return {"id": made, "post_id": made, "person_id": author}

    def comment(self, page: Page, body: Body, _request: Request) -> Body:
        """POST: a comment under post_id, or a reply below parent_id; with neither, under the newest post."""
        author = page.id if body.get("as_page") else self._author(page, body)
        parent = text_of(body, "parent_id", "") or text_of(body, "post_id", "") or self._newest_post(page)
        message, media = text_of(body, "message"), text_of(body, "media", "")
        made = writes.create_comment(self._site, page, parent_id=parent, author_id=author, message=message, media=media)
        row = writes.get_comment(self._site, made) if made else None
        if row is None:
            raise Missing("no such post or comment")
        parent_id = row["root_id"] or row["post_id"]
        return {"id": made, "comment_id": made, "post_id": row["post_id"], "parent_id": parent_id, "person_id": author}

    def edit_comment(self, page: Page, body: Body, request: Request) -> Body:
        """POST: the author edits a comment."""
        row = self._comment(page, request)
        writes.edit_comment(self._site, page, row, text_of(body, "message"), actor_id=row["author_id"])
        return {"id": row["id"]}

    def delete_comment(self, page: Page, _body: Body, request: Request) -> Body:
        """DELETE: the author takes a comment back."""
        row = self._comment(page, request)
        writes.remove_comment(self._site, page, row, actor_id=row["author_id"])
        return {"id": row["id"]}

    def hide(self, page: Page, _body: Body, request: Request) -> Body:
        """POST: somebody of the page hides a comment in Facebook itself."""
        row = self._comment(page, request)
        writes.set_hidden(self._site, page, row, hidden=True, actor_id=page.id)
        return {"id": row["id"]}

    def unhide(self, page: Page, _body: Body, request: Request) -> Body:
        """POST: and shows it again."""
        row = self._comment(page, request)
        writes.set_hidden(self._site, page, row, hidden=False, actor_id=page.id)
        return {"id": row["id"]}

    def edit_post(self, page: Page, body: Body, request: Request) -> Body:
        """POST: the author edits a post; `verb` chooses between the two that occur."""
        row = self._post_row(page, request)
        verb = choice_of(body, "verb", "edited", ("edit", "edited"))
        writes.edit_post(self._site, page, row, text_of(body, "message"), verb=verb)
        return {"id": row["id"]}

    def delete_post(self, page: Page, _body: Body, request: Request) -> Body:
        """DELETE: the author takes a post back; its comments go silently."""
        row = self._post_row(page, request)
        writes.remove_post(self._site, page, row, actor_id=row["author_id"])
        return {"id": row["id"]}

    def reaction(self, page: Page, body: Body, _request: Request) -> Body:
        """POST: a reaction to object_id (default: the newest post), or a plain `like` with {"item": "like"}."""
        target_id = text_of(body, "object_id", "") or self._newest_post(page)
        target = writes.get_post(self._site, target_id) or writes.get_comment(self._site, target_id)
        if target is None or target["page_id"] != page.id:
            raise Missing("no such post or comment")
        writes.react(
            self._site,
            page,
            target=target,
            actor_id=self._author(page, body) or page.id,
            kind=choice_of(body, "type", "like", _REACTIONS),
            verb=choice_of(body, "verb", "add", ("add", "remove")),
            item=choice_of(body, "item", "reaction", ("reaction", "like")),
        )
        return {"id": target_id}

    def mention(self, page: Page, body: Body, _request: Request) -> Body:
        """POST: a post elsewhere that tags the page, or with {"item": "comment"} a comment below such a post."""
        message = text_of(body, "message")
        below = message if choice_of(body, "item", "post", ("post", "comment")) == "comment" else None
        author = self._author(page, body) or person_id(self._site, page.id, "Nordlys Lokalavis")
        post_id, comment_id = writes.create_mention(self._site, page, author_id=author, message=message, comment=below)
        return {"post_id": post_id, "comment_id": comment_id, "person_id": author}

    def unknown(self, page: Page, body: Body, _request: Request) -> Body:
        """POST: an event of a kind nobody has seen yet; `field` and `value` may be given."""
        value = body.get("value", {"item": "hologram", "verb": "shimmer", "hologram_id": "9", "created_time": 1})
        if not isinstance(value, dict):
            raise BadBody("value must be an object")
        with self._site.store.transaction():
            field = text_of(body, "field", "feed")
            events.queue(self._site, replace(page, subscribed=frozenset({field})), field, value)
        return {"value": value}

    def _acting(self, act: Callable[[Page, Body, Request], Any]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await read_body(request)
            with self._site.store.transaction():
                done = act(self._page(request.path_params["page_id"]), body, request)
            return JSONResponse(done)

        return endpoint

    def _page(self, page_id: str) -> Page:
        page = get_page(self._site, page_id)
        if page is None:
            raise Missing("no such page")
        return page

    def _author(self, page: Page, body: Body) -> str | None:
        """The person who writes: by name; null means an author whom the platform hides from us."""
        name = body.get("person", "Kari Solvang Myhre")
        if name is not None and (not isinstance(name, str) or not name):
            raise BadBody("person must be a name or null")
        return None if name is None else person_id(self._site, page.id, name)

    def _newest_post(self, page: Page) -> str:
        sql = "SELECT id FROM fb_posts WHERE page_id = ? AND kind = 'page' AND removed = 0 ORDER BY seq DESC LIMIT 1"
        row = self._site.store.row(sql, page.id)
        if row is None:
            raise Missing("the page has no post yet")
        return str(row["id"])

    def _comment(self, page: Page, request: Request) -> sqlite3.Row:
        row = writes.get_comment(self._site, request.path_params["object_id"])
        if row is None or row["page_id"] != page.id:
            raise Missing("no such comment")
        return row

    def _post_row(self, page: Page, request: Request) -> sqlite3.Row:
        row = writes.get_post(self._site, request.path_params["object_id"])
        if row is None or row["page_id"] != page.id:
            raise Missing("no such post")
        return row


def _seed(site: Site, page: Page) -> None:
    """A few posts of the page's past, in turn by language, the newest an hour ago."""
    texts = [
        text for turn in zip(*(s.page_posts for s in STOCKS.values() if s.page_posts), strict=True) for text in turn
    ]
    newest = site.clock.now() - 3600
    for place, text in enumerate(texts):
        writes.seed_post(site, page, message=text, at=newest - (len(texts) - 1 - place) * _DAY_SECONDS)
