"""The filtered stream: one open answer per app, a sign of life now and then, posts as lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox.x import problems
from sandbox.x.accounts import Row, account_of_app, panel
from sandbox.x.site import Line, XSite

ALIVE_SECONDS = 2.0  # X promises twenty; who waits longer than that gives up on us


class XStream:
    """The endpoint. A second connection of the same app is refused, as on the smaller plans."""

    def __init__(self, site: XSite) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route("/2/tweets/search/stream", self.open, methods=["GET"])]

    async def open(self, request: Request) -> Response:
        """GET: an answer that does not end."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        account = account_of_app(self._site, token)
        try:
            if account is None:
                raise problems.unauthorized()
            if not self._site.store.number("SELECT COUNT(*) FROM x_rules WHERE app_token = ?", token):
                raise problems.Problem(409, "RulesNotFound", "You must define rules first.", "rule-missing")
            if any(line.app_token == token for line in self._site.streams):
                raise problems.too_many_streams()
        except problems.Problem as problem:
            return JSONResponse(problem.body, status_code=problem.status)
        return StreamingResponse(self._lines(account, Line(token)), media_type="application/json")

    async def _lines(self, account: Row, line: Line) -> AsyncIterator[bytes]:
        self._site.streams.append(line)
        try:
            yield b"\r\n"
            while True:
                try:
                    told = await asyncio.wait_for(line.lines.get(), ALIVE_SECONDS)
                except TimeoutError:
                    told = b"" if panel(self._site, account["id"]).take("stream_silence") is not None else b"\r\n"
                if told is None:
                    yield json.dumps({"errors": [{"title": "operational-disconnect", "disconnect_type":
                                      "UpstreamOperationalDisconnect"}]}).encode() + b"\r\n"  # fmt: skip
                    return
                if told:
                    yield told
        finally:
            self._site.streams.remove(line)


def close_streams(site: XSite, app_token: str = "") -> int:
    """End the open streams, of one app or of all. Gives: how many."""
    ended = [line for line in site.streams if app_token in ("", line.app_token)]
    for line in ended:
        line.lines.put_nowait(None)
    return len(ended)
