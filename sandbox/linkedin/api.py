"""The versioned API over HTTP: its headers and encoding are asked for strictly, then the switches, then the act."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import secrets
from dataclasses import replace
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.connections import drop_connection
from sandbox.linkedin import actions, errors
from sandbox.linkedin.delivery import shake_hands
from sandbox.linkedin.door import SignInDoor
from sandbox.linkedin.restli import Call, read_query
from sandbox.linkedin.site import Page, Site

OLDEST_VERSION, NEWEST_VERSION = 202511, 202611
_HANG_SECONDS = 120


class Api:
    """The endpoints below /rest/, and the one that renews tokens."""

    def __init__(self, site: Site, http: httpx.AsyncClient) -> None:
        self._site, self._http = site, http

    def routes(self) -> list[Route]:
        """Everything that a client of LinkedIn calls."""
        return [
            Route("/rest/{path:path}", self.endpoint, methods=["GET", "POST", "PUT", "DELETE"]),
            *SignInDoor(self._site).routes(),
        ]

    async def endpoint(self, request: Request) -> Response:
        """Answer one call."""
        try:
            page = self._let_in(request)
            call = await _read(request)
            found = actions.ACTIONS.get((call.method, call.steps[0], len(call.steps)))
            if found is None:
                raise errors.gone()
            early = self._faults(page, found[1])
            if early is not None:
                return early
            if call.method != "GET" and await self._lose(request, page, "timeout_before_effect"):
                return Response(status_code=499)
            if call.method == "PUT":
                address = str(call.body.get("webhook", ""))
                call = replace(call, passed=await shake_hands(self._http, page, address))
            with self._site.store.transaction():
                told = found[0](self._site, page, call)
            if call.method != "GET" and await self._lose(request, page, "timeout_after_effect"):
                return Response(status_code=499)
        except errors.ApiError as error:
            return JSONResponse(error.body(), status_code=error.status, headers={"x-li-uuid": secrets.token_hex(8)})
        if told.body is None:
            return Response(status_code=told.status, headers=told.headers)
        return JSONResponse(told.body, status_code=told.status, headers=told.headers)

    def _let_in(self, request: Request) -> Page:
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        page = self._site.page_of_token(token) if token else None
        if page is None:
            raise errors.dead_token(65600)
        version = request.headers.get("linkedin-version", "")
        if not re.fullmatch(r"20[0-9]{4}", version):
            raise errors.bad_version(400, "VERSION_MISSING")
        if not OLDEST_VERSION <= int(version) <= NEWEST_VERSION or self._site.panel(page.id).take("version_sunset"):
            raise errors.bad_version(426, "NONEXISTENT_VERSION")
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            raise errors.bad_request("Header X-Restli-Protocol-Version must be 2.0.0")
        return page

    def _faults(self, page: Page, scope: str) -> Response | None:
        panel = self._site.panel(page.id)
        if (dead := panel.take("token_dead")) is not None:
            raise errors.dead_token(dead)
        if (status := panel.take("html_500")) is not None:
            return HTMLResponse("<!DOCTYPE html><title>Error</title><h1>Something went wrong</h1>", status_code=status)
        if (status := panel.take("transient")) is not None:
            raise errors.ApiError(status, "SERVICE_UNAVAILABLE", "Try again later")
        if (service := panel.take("rate_limit")) is not None:
            raise errors.limited(service)
        if panel.load().get("missing_scope", {}).get("value") in ("*", scope):
            panel.take("missing_scope")
            raise errors.denied(scope)
        return None

    async def _lose(self, request: Request, page: Page, switch: str) -> bool:
        """Whether the switch took the answer away: the connection drops, or nothing comes until the client is tired."""
        how = self._site.panel(page.id).take(switch)
        if how is None:
            return False
        if how == "hang":
            with contextlib.suppress(asyncio.CancelledError):  # the sandbox stops: no answer then either
                await _wait_until_tired(request)
        drop_connection(request)
        return True


async def _wait_until_tired(request: Request) -> None:
    for _ in range(_HANG_SECONDS * 10):
        if await request.is_disconnected():
            return
        await asyncio.sleep(0.1)


async def _read(request: Request) -> Call:
    """The call with path and query as they came over the wire: how they are encoded is part of what they say."""
    raw_path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    steps = tuple(raw_path.removeprefix("/rest/").split("/"))
    body = await request.body()
    try:
        loaded: Any = json.loads(body) if body else {}
    except ValueError:
        loaded = None
    if not isinstance(loaded, dict):
        raise errors.bad_request("The body must be a JSON object")
    return Call(request.method, steps, read_query(request.scope["query_string"].decode("latin-1")), loaded)
