"""The control API of the simulated X: register accounts, write as a customer, set switches, see what stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.bodies import BadBody, Missing, choice_of, read_body, text_of
from sandbox.switches import UnknownSwitch
from sandbox.town.stock import STOCKS
from sandbox.x import shapes, writes
from sandbox.x.accounts import Row, delete_account, get_account, list_accounts, panel, person_id, register
from sandbox.x.delivery import check
from sandbox.x.hooks import connect
from sandbox.x.site import XSite
from sandbox.x.stream import close_streams

_BASE = "/_sandbox/x/pages"
_ONE = _BASE + "/{account}"
_OPTIONAL = ("refresh_token", "client_id", "client_secret", "app_token")
Body = dict[str, Any]
Act = Callable[[Row, Body, Request], Any]


class XControl:
    """The endpoints; each acts as a person in front of X would, never as our software."""

    def __init__(self, site: XSite, http: httpx.AsyncClient) -> None:
        self._site, self._http = site, http

    def routes(self) -> list[Route]:
        """Everything below /_sandbox/x/."""
        acts: dict[tuple[str, str], Act] = {
            ("POST", "/posts"): self.post,
            ("POST", "/posts/{post}/edit"): self.edit,
            ("DELETE", "/posts/{post}"): self.delete,
            ("POST", "/posts/{post}/like"): self.like,
            ("POST", "/messages"): self.message,
            ("POST", "/streams/close"): self.close,
            ("POST", "/unknown"): self.unknown,
            ("PUT", "/faults"): self.set_faults,
            ("GET", "/faults"): lambda account, _body, _request: panel(self._site, account["id"]).show(),
            ("GET", ""): self.see,
        }
        return [
            Route(_BASE, self.accounts, methods=["GET"]),
            Route(_ONE, self.put, methods=["PUT"]),
            Route(_ONE, self.remove, methods=["DELETE"]),
            *(Route(_ONE + path, self._acting(act), methods=[method]) for (method, path), act in acts.items()),
        ]

    async def accounts(self, _request: Request) -> Response:
        """GET: all accounts."""
        listed = [{"id": row["id"], "name": row["name"], "handle": row["handle"]} for row in list_accounts(self._site)]
        return JSONResponse({"pages": listed})

    async def put(self, request: Request) -> Response:
        """PUT: register or update an account; only an address that passes the check comes into force.

        With an address the account is subscribed to everything, as by hand in X's console; without one nothing is.
        """
        account_id, body = request.path_params["account"], await read_body(request)
        if not account_id.isdigit():
            raise BadBody("an account id is digits")
        given = {name: text_of(body, name) for name in ("name", "access_token", "app_secret")}
        given |= {name: text_of(body, name, "") for name in _OPTIONAL}
        given["handle"] = text_of(body, "handle").removeprefix("@")
        given["webhook"] = choice_of(body, "webhook", "activity", ("activity", "account"))
        callback_url = text_of(body, "callback_url", "")
        if callback_url and urlsplit(callback_url).scheme not in ("http", "https"):
            raise BadBody("callback_url must be an http address")
        known = get_account(self._site, account_id) is not None
        with self._site.store.transaction():
            register(self._site, account_id, given)
            if not known and body.get("seed_posts", True):
                _seed(self._site, account_id)
        account = self._account(account_id)
        verified = bool(callback_url) and await check(self._http, account, callback_url)
        if callback_url:
            with self._site.store.transaction():
                connect(self._site, account, callback_url, valid=verified)
        return JSONResponse({"verified": verified}, status_code=200 if known else 201)

    async def remove(self, request: Request) -> Response:
        """DELETE: the account and what it wrote."""
        if not delete_account(self._site, request.path_params["account"]):
            raise Missing("no such account")
        return Response(status_code=204)

    def see(self, account: Row, _body: Body, _request: Request) -> Body:
        """GET: every post that stands, and the account's messages."""
        posts = self._site.store.rows("SELECT * FROM x_posts WHERE gone = 0 ORDER BY number")
        sql = "SELECT * FROM x_messages WHERE ? IN (sender_id, recipient_id) ORDER BY number"
        written = self._site.store.rows(sql, account["id"])
        told = [shapes.post_shape(self._site, row) | {"hidden": bool(row["hidden"])} for row in posts]
        streams = len([line for line in self._site.streams if line.app_token == account["app_token"]])
        return {"posts": told, "messages": [shapes.message_shape(row) for row in written], "streams": streams}

    def post(self, account: Row, body: Body, _request: Request) -> Body:
        """POST: a post by a person, or by the account itself ({"as_page": true}); reply_to, quoted."""
        author = account["id"] if body.get("as_page") else self._author(body)
        reply_to, quoted = text_of(body, "reply_to", ""), text_of(body, "quoted", "")
        made = writes.create_post(
            self._site, author_id=author, text=text_of(body, "message"), reply_to=reply_to, quoted=quoted
        )
        return {"id": shapes.post_id(made), "person_id": author}

    def edit(self, _account: Row, body: Body, request: Request) -> Body:
        """POST: the author edits a post."""
        made = writes.edit_post(self._site, self._post(request), text_of(body, "message"))
        return {"id": shapes.post_id(made), "versions": shapes.versions(made)}

    def delete(self, _account: Row, _body: Body, request: Request) -> Body:
        """DELETE: the author deletes a post."""
        row = self._post(request)
        writes.delete_post(self._site, row)
        return {"id": shapes.post_id(row)}

    def like(self, _account: Row, body: Body, request: Request) -> Body:
        """POST: somebody likes a post."""
        row = self._post(request)
        writes.like(self._site, row, self._author(body))
        return {"id": shapes.post_id(row)}

    def message(self, account: Row, body: Body, _request: Request) -> Body:
        """POST: somebody writes to the account in private."""
        person = self._author(body)
        made = writes.send_message(self._site, sender=person, recipient=account["id"], text=text_of(body, "message"))
        return {"id": str(made["number"]), "conversation": made["conversation"], "person_id": person}

    def close(self, account: Row, _body: Body, _request: Request) -> Body:
        """POST: end the app's open streams, as X does when it must."""
        return {"closed": close_streams(self._site, account["app_token"])}

    def unknown(self, account: Row, _body: Body, _request: Request) -> Body:
        """POST: an event of a kind that nobody knows yet."""
        payload = {"hologram_id": "9"}
        writes.queue(
            self._site,
            account["id"],
            writes.activity_of(account["id"], "hologram.shimmer", payload),
            {"hologram_events": [payload]},
            None,
        )
        return payload

    def set_faults(self, account: Row, body: Body, _request: Request) -> Body:
        """PUT: set or clear the named switches."""
        switches = panel(self._site, account["id"])
        try:
            switches.change(body)
        except UnknownSwitch as error:
            raise BadBody(str(error)) from error
        return switches.show()

    def _acting(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await read_body(request)
            with self._site.store.transaction():
                done = act(self._account(request.path_params["account"]), body, request)
            return JSONResponse(done)

        return endpoint

    def _account(self, account_id: str) -> Row:
        row = get_account(self._site, account_id)
        if row is None:
            raise Missing("no such account")
        return row

    def _post(self, request: Request) -> Row:
        row = shapes.get_post(self._site, request.path_params["post"])
        if row is None:
            raise Missing("no such post")
        return row

    def _author(self, body: Body) -> str:
        return person_id(self._site, text_of(body, "person", "Kari Solvang Myhre"))


def _seed(site: XSite, account_id: str) -> None:
    """A few posts of the account's past, one of each language."""
    for stock in STOCKS.values():
        for text in stock.page_posts[:1]:
            writes.create_post(site, author_id=account_id, text=text[:270])
