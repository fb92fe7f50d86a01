"""The control API of private conversations: write, unsend, edit, react, read, hand over, as people would."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.bodies import BadBody, Missing, choice_of, read_body, text_of
from sandbox.facebook.pages import Page, get_page, person_id
from sandbox.talks.talks import Talks

_KINDS = ("", "image", "video", "audio", "file", "sticker", "story_mention")

Body = dict[str, Any]


class TalkControl:
    """The endpoints below /_sandbox/<platform>/pages/<account>/."""

    def __init__(self, talks: Talks) -> None:
        self._talks = talks

    def routes(self) -> list[Route]:
        """What can be done in private."""
        base = f"/_sandbox/{self._talks.platform}/pages/{{page_id}}"
        acts: dict[str, Callable[[Page, Body, Request], Any]] = {
            "/messages": self.say,
            "/messages/{mid}/edit": self.edit,
            "/messages/{mid}/reactions": self.react,
            "/read": self.read,
            "/standby": self.standby,
        }
        return [
            Route(base + "/messages", self.see, methods=["GET"]),
            *(Route(base + path, self._acting(act), methods=["POST"]) for path, act in acts.items()),
            Route(base + "/messages/{mid}", self._acting(self.take_back), methods=["DELETE"]),
        ]

    async def see(self, request: Request) -> Response:
        """GET: all that was said, oldest first."""
        page = self._page(request.path_params["page_id"])
        sql = "SELECT * FROM talk_messages WHERE platform = ? AND page_id = ? ORDER BY seq"
        rows = self._talks.site.store.rows(sql, self._talks.platform, page.id)
        return JSONResponse({"messages": [dict(row) for row in rows]})

    def say(self, page: Page, body: Body, _request: Request) -> Body:
        """POST: a person writes; with {"as_page": true} a colleague answers in Meta's own inbox."""
        person = self._person(page, body)
        kind = choice_of(body, "kind", "", _KINDS)
        text, media = text_of(body, "message", ""), text_of(body, "media", "")
        if not text and not kind:
            raise BadBody("message must be a text")
        mid = self._talks.say(page, person, text, ours=bool(body.get("as_page")), kind=kind, media=media)
        return {"id": mid, "person_id": person}

    def edit(self, page: Page, body: Body, request: Request) -> Body:
        """POST: the person edits a message."""
        self._talks.edit(page, self._said(page, request), text_of(body, "message"))
        return {}

    def take_back(self, page: Page, _body: Body, request: Request) -> Body:
        """DELETE: the person unsends a message."""
        self._talks.take_back(page, self._said(page, request))
        return {}

    def react(self, page: Page, body: Body, request: Request) -> Body:
        """POST: the person reacts; an empty emoji takes it back."""
        self._talks.react(page, self._said(page, request), text_of(body, "emoji", "❤"))
        return {}

    def read(self, page: Page, body: Body, _request: Request) -> Body:
        """POST: the person has read everything."""
        self._talks.read(page, self._person(page, body))
        return {}

    def standby(self, page: Page, body: Body, _request: Request) -> Body:
        """POST: Meta's own inbox takes the conversation, or with {"standby": false} passes it back."""
        self._talks.hand_over(page, self._person(page, body), standby=body.get("standby", True) is True)
        return {}

    def _acting(self, act: Callable[[Page, Body, Request], Any]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await read_body(request)
            with self._talks.site.store.transaction():
                done = act(self._page(request.path_params["page_id"]), body, request)
            return JSONResponse(done)

        return endpoint

    def _page(self, page_id: str) -> Page:
        page = get_page(self._talks.site, page_id)
        if page is None:
            raise Missing("no such page")
        return page

    def _person(self, page: Page, body: Body) -> str:
        return person_id(self._talks.site, page.id, text_of(body, "person", "Kari Solvang Myhre"))

    def _said(self, page: Page, request: Request) -> sqlite3.Row:
        row = self._talks.said(request.path_params["mid"])
        if row is None or row["page_id"] != page.id:
            raise Missing("no such message")
        return row
