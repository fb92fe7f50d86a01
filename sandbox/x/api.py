"""API v2 over HTTP: let in or refuse, apply the switches and the limits, act, answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.connections import drop_connection
from sandbox.x import problems
from sandbox.x.accounts import Row, account_of_app, account_of_token, panel
from sandbox.x.acts import ACTS, Call
from sandbox.x.delivery import check
from sandbox.x.door import SignInDoor
from sandbox.x.hooks import url_to_check
from sandbox.x.shapes import renamed
from sandbox.x.site import XSite

_QUARTER_SECONDS = 900
_HANG_SECONDS = 120.0
_SCOPE_OF = {"mentions": "tweet.read", "messages": "dm.read", "post": "tweet.write", "write": "dm.write",
             "hide": "tweet.moderate.write"}  # fmt: skip
_OAUTH1 = re.compile(r'oauth_token="([^"]+)"')


class XApi:
    """The endpoints below /2/, but for the stream."""

    def __init__(self, site: XSite, http: httpx.AsyncClient) -> None:
        self._site, self._http = site, http

    def routes(self) -> list[Route]:
        """Token endpoint first, then one route for each act."""
        acts = [Route(path, self._endpoint(method, path), methods=[method]) for method, path in ACTS]
        return [*SignInDoor(self._site).routes(), *acts]

    def _endpoint(self, method: str, path: str) -> Callable[[Request], Any]:
        act, kind, most = ACTS[method, path]

        async def endpoint(request: Request) -> Response:
            try:
                account, as_app = self._let_in(request)
                self._switches(account)
                lost = panel(self._site, account["id"]).load().get("missing_scope", {}).get("value", "")
                if lost and lost == _SCOPE_OF.get(kind):
                    raise problems.forbidden("Forbidden")
                headers = self._count(account, kind, most)
                if method != "GET" and await self._lose(request, account, "timeout_before_effect"):
                    return Response(status_code=499)
                call = Call(
                    self._site, account, dict(request.path_params), dict(request.query_params), await _body(request),
                    as_app,
                )  # fmt: skip
                if path.startswith("/2/webhooks") and method in ("POST", "PUT"):
                    call = replace(call, passed=await self._passes(call, path))
                with self._site.store.transaction():
                    status, answer = act(call)
                if method != "GET" and await self._lose(request, account, "timeout_after_effect"):
                    return Response(status_code=499)
                if panel(self._site, account["id"]).take("new_names") is not None:
                    answer = renamed(answer)
                return JSONResponse(answer, status_code=status, headers=headers)
            except problems.Problem as problem:
                return JSONResponse(problem.body, status_code=problem.status, headers=problem.headers)
            except _Page as page:
                return HTMLResponse("<html><body>Over capacity</body></html>", status_code=page.status)

        return endpoint

    async def _passes(self, call: Call, path: str) -> bool:
        """Whether the address that an act is about answers the challenge rightly."""
        url = url_to_check(call, path)
        return bool(url) and await check(self._http, call.account, url)

    def _let_in(self, request: Request) -> tuple[Row, bool]:
        """By bearer token, or by the token named in an OAuth 1.0a header, whose signature covers another address.

        Gives: the account, and whether it was the app's own token.
        """
        said = request.headers.get("authorization", "")
        signed = _OAUTH1.search(said) if said.startswith("OAuth ") else None
        token = signed[1] if signed else said.removeprefix("Bearer ").strip()
        account = account_of_token(self._site, token) or account_of_app(self._site, token)
        if account is None:
            raise problems.unauthorized()
        if account["access_token"] == token and panel(self._site, account["id"]).take("token_dead") is not None:
            raise problems.unauthorized()
        return account, account["access_token"] != token

    def _switches(self, account: Row) -> None:
        switches = panel(self._site, account["id"])
        if (status := switches.take("html_500")) is not None:
            raise _Page(int(status))
        if switches.take("credits") is not None:
            raise problems.credits_depleted()
        if switches.take("not_enrolled") is not None:
            raise problems.not_enrolled()
        if (seconds := switches.take("rate_limit")) is not None:
            raise problems.too_many(float(seconds), self._site.clock.now())

    def _count(self, account: Row, kind: str, most: int) -> dict[str, str]:
        """So many calls of a kind in a quarter of an hour."""
        now = self._site.clock.now()
        times = [at for at in self._site.calls.get((account["id"], kind), []) if at > now - _QUARTER_SECONDS]
        if len(times) >= most:
            raise problems.too_many(times[0] + _QUARTER_SECONDS - now, now)
        self._site.calls[account["id"], kind] = [*times, now]
        reset = int((times or [now])[0] + _QUARTER_SECONDS)
        left = str(most - len(times) - 1)
        return {"x-rate-limit-limit": str(most), "x-rate-limit-remaining": left, "x-rate-limit-reset": str(reset)}

    async def _lose(self, request: Request, account: Row, switch: str) -> bool:
        """Whether the switch took the answer away: the connection drops, or nothing comes until the client is tired."""
        how = panel(self._site, account["id"]).take(switch)
        if how is None:
            return False
        if how == "hang":
            with contextlib.suppress(asyncio.CancelledError):  # the sandbox stops: no answer then either
                await _wait_until_tired(request)
        drop_connection(request)
        return True


class _Page(Exception):
    """An HTML page in place of an answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    try:
        body = json.loads(raw) if raw else {}
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise problems.invalid("The body is not a JSON object", "body")
    return body


async def _wait_until_tired(request: Request) -> None:
    for _ in range(int(_HANG_SECONDS / 0.1)):
        if await request.is_disconnected():
            return
        await asyncio.sleep(0.1)
