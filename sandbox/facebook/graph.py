"""The Graph API over HTTP: let in or refuse, apply the switches, act, answer with Meta's headers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import deque
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.connections import drop_connection
from sandbox.facebook import actions, apps, errors, faults
from sandbox.facebook.call import Call, Desk, proof_is_right, read_call
from sandbox.facebook.pages import Page, pages_of_token
from sandbox.facebook.site import INSTAGRAM, Site
from sandbox.talks.graph import recipient_of

NEWEST_VERSION, OLDEST_VERSION = 26, 21
_OWN_HOST = "graph.instagram.com"  # for accounts with a login of their own; here a folder of the one host
_HOUR_SECONDS = 3600
_CALLS_PER_HOUR = 20_000  # what 100 % in the usage headers stands for
_HANG_SECONDS = 120.0
_HTML = (
    "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Sorry, something went wrong.</h1></body></html>"
)


class GraphApi:
    """The endpoint. One instance per site; it counts calls for the usage headers."""

    def __init__(self, site: Site, *sisters: Site) -> None:
        self._site = site
        self._sites = {each.platform: each for each in (site, *sisters)}
        self._calls: dict[str, deque[float]] = {}

    def routes(self) -> list[Route]:
        """Everything below a version prefix."""
        methods = ["GET", "POST", "DELETE"]
        return [
            Route("/v{version}/{path:path}", self.endpoint, methods=methods),
            Route(f"/{_OWN_HOST}/v{{version}}/{{path:path}}", self.endpoint, methods=methods),
            Route(f"/{_OWN_HOST}/refresh_access_token", self.refresh, methods=["GET"]),
        ]

    async def endpoint(self, request: Request) -> Response:
        """Answer one call."""
        page: Page | None = None
        headers = {"facebook-api-version": _served_version(request.path_params["version"])}
        try:
            call = await read_call(request)
            told = apps.answer(self._site, [*self._sites.values()], call)
            if told is not None:
                return _json(200, told, headers)
            page = self._let_in(request, call)
            early = self._faults_before(call, page)
            if early is not None:
                return early
            if call.method != "GET" and await self._lose(request, page, "timeout_before_effect"):
                return Response(status_code=499)
            result = self._act(request, call, page)
            if call.method != "GET" and await self._lose(request, page, "timeout_after_effect"):
                return Response(status_code=499)
            return _json(200, result, headers | self._usage(page))
        except errors.GraphError as error:
            limited = error.code in faults.RATE_CODES
            return _json(error.status, error.envelope(), headers | (self._usage(page, limited=limited) if page else {}))

    async def refresh(self, request: Request) -> Response:
        """A token with an end gets sixty days more."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if not any(page.login == INSTAGRAM for page in pages_of_token(self._site, token)):
            return _json(400, errors.token_unknown().envelope(), {})
        return _json(200, {"access_token": token, "token_type": "bearer", "expires_in": 60 * 86400}, {})

    def _let_in(self, request: Request, call: Call) -> Page:
        """The account that is meant: a page's token also speaks for the Instagram accounts behind it."""
        if not call.token:
            raise errors.token_missing()
        own_host = request.url.path.startswith(f"/{_OWN_HOST}/")
        reached = [p for p in pages_of_token(self._site, call.token) if (p.login == INSTAGRAM) == own_host]
        if not reached:
            raise errors.token_unknown()
        page = next((p for p in reached if p.id == self._account_of(call, reached)), reached[0])
        if call.proof and not proof_is_right(call.token, page.app_secret, call.proof):
            raise errors.bad_proof()
        self._count(page)
        return page

    def _account_of(self, call: Call, reached: list[Page]) -> str:
        """Whose object the call is about, "" where nothing says so."""
        if call.params.get("platform") == INSTAGRAM:
            return next((page.id for page in reached if page.platform == INSTAGRAM), "")
        recipient = recipient_of(call.params)
        named = [call.path[0] if call.path else "", *(str(value) for value in recipient.values())]
        for number in named:
            if number in {page.id for page in reached}:
                return number
            for table, column in (("fb_posts", "id"), ("fb_comments", "id"), ("fb_people", "id")):
                sql = f"SELECT page_id FROM {table} WHERE {column} = ?"  # noqa: S608 -- names are constants
                row = self._site.store.row(sql, number)
                if row is not None:
                    return str(row["page_id"])
        return ""

    def _faults_before(self, call: Call, page: Page) -> Response | None:
        subcode = faults.take(self._site, page.id, "token_dead")
        if subcode is not None:
            raise errors.token_dead(subcode)
        status = faults.take(self._site, page.id, "html_500")
        if status is not None:
            return HTMLResponse(_HTML, status_code=status)
        code = faults.take(self._site, page.id, "transient")
        if code is not None:
            raise errors.transient(code)
        code = faults.take(self._site, page.id, "rate_limit")
        if code is not None:
            raise errors.rate_limited(code)
        need = _permission(call)
        scope = faults.load(self._site, page.id).get("missing_scope", {}).get("value")
        if scope in ("*", need):
            faults.take(self._site, page.id, "missing_scope")
            raise errors.permission(need)
        return None

    def _act(self, request: Request, call: Call, page: Page) -> dict[str, Any]:
        if not 1 <= len(call.path) <= 2:
            raise errors.GraphError(2500, "Unknown path components: /" + "/".join(call.path))
        address = f"{request.url.scheme}://{request.url.netloc}/v{call.version}"
        site = self._sites[page.platform]
        desk = Desk(site, page, call.params, address, call.token)
        object_id = page.id if call.path[0] == "me" else call.path[0]
        edge = call.path[1] if len(call.path) == 2 else ""
        action = actions.ACTIONS.get((call.method, edge))
        if action is not None:
            with self._site.store.transaction():
                return action[0](desk, object_id)
        if call.method == "GET":
            return actions.read_edge(desk, object_id, edge)
        raise errors.GraphError(3, "(#3) Application does not have the capability to make this API call.")

    async def _lose(self, request: Request, page: Page, switch: str) -> bool:
        """Whether the switch took the answer away: the connection drops, or nothing comes until the client is tired."""
        how = faults.take(self._site, page.id, switch)
        if how is None:
            return False
        if how == "drop":
            drop_connection(request)
            return True
        with contextlib.suppress(asyncio.CancelledError):  # the sandbox stops: no answer then either
            await _wait_until_tired(request)
        drop_connection(request)
        return True

    def _count(self, page: Page) -> None:
        calls, now = self._calls.setdefault(page.id, deque()), self._site.clock.now()
        calls.append(now)
        while calls and calls[0] < now - _HOUR_SECONDS:
            calls.popleft()

    def _usage(self, page: Page, *, limited: bool = False) -> dict[str, str]:
        percent = 100 if limited else min(100, len(self._calls.get(page.id, ())) * 100 // _CALLS_PER_HOUR)
        app = {"call_count": percent, "total_time": percent // 2, "total_cputime": percent // 3}
        business = {"type": "pages", **app, "estimated_time_to_regain_access": 12 if limited else 0}
        return {"X-App-Usage": json.dumps(app), "X-Business-Use-Case-Usage": json.dumps({page.id: [business]})}


async def _wait_until_tired(request: Request) -> None:
    for _ in range(int(_HANG_SECONDS / 0.1)):
        if await request.is_disconnected():
            return
        await asyncio.sleep(0.1)


def _permission(call: Call) -> str:
    edge = call.path[1] if len(call.path) == 2 else ""
    action = actions.ACTIONS.get((call.method, edge))
    return action[1] if action else "pages_read_user_content"


def _served_version(asked: str) -> str:
    """A dead version is silently answered by the oldest living one."""
    major = int(asked.split(".")[0]) if re.fullmatch(r"\d+\.\d+", asked) else NEWEST_VERSION
    return f"v{min(max(major, OLDEST_VERSION), NEWEST_VERSION)}.0"


def _json(status: int, body: dict[str, Any], headers: dict[str, str]) -> Response:
    raw = json.dumps(body, ensure_ascii=True).replace("/", "\\/")
    return Response(raw, status_code=status, media_type="application/json; charset=UTF-8", headers=headers)
