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
from sandbox.facebook import actions, errors, faults
from sandbox.facebook.call import Call, Desk, proof_is_right, read_call
from sandbox.facebook.pages import Page, list_pages, page_of_token
from sandbox.facebook.site import Site

NEWEST_VERSION, OLDEST_VERSION = 26, 21
_HOUR_SECONDS = 3600
_CALLS_PER_HOUR = 20_000  # what 100 % in the usage headers stands for
_HANG_SECONDS = 120.0
_HTML = (
    "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Sorry, something went wrong.</h1></body></html>"
)


class GraphApi:
    """The endpoint. One instance per site; it counts calls for the usage headers."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._calls: dict[str, deque[float]] = {}

    def routes(self) -> list[Route]:
        """Everything below a version prefix."""
        methods = ["GET", "POST", "DELETE"]
        return [Route("/v{version}/{path:path}", self.endpoint, methods=methods)]

    async def endpoint(self, request: Request) -> Response:
        """Answer one call."""
        page: Page | None = None
        headers = {"facebook-api-version": _served_version(request.path_params["version"])}
        try:
            call = await read_call(request)
            page = self._let_in(call) if call.path[:1] != ("debug_token",) else None
            if page is None:
                return _json(200, self._debug_token(call), headers)
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

    def _let_in(self, call: Call) -> Page:
        if not call.token:
            raise errors.token_missing()
        page = page_of_token(self._site, call.token)
        if page is None:
            raise errors.token_unknown()
        if call.proof and not proof_is_right(call.token, page.app_secret, call.proof):
            raise errors.bad_proof()
        self._count(page)
        return page

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
        desk = Desk(self._site, page, call.params, address, call.token)
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

    def _debug_token(self, call: Call) -> dict[str, Any]:
        secret = call.token.partition("|")[2]
        if not call.token:
            raise errors.token_missing()
        if secret not in {page.app_secret for page in list_pages(self._site)} and not page_of_token(
            self._site, call.token
        ):
            raise errors.token_unknown()
        page = page_of_token(self._site, call.params.get("input_token", ""))
        if page is None:
            bad = {"code": 190, "message": "Invalid OAuth access token."}
            return {"data": {"error": bad, "is_valid": False, "scopes": []}}
        return {"data": _token_facts(self._site, page)}


async def _wait_until_tired(request: Request) -> None:
    for _ in range(int(_HANG_SECONDS / 0.1)):
        if await request.is_disconnected():
            return
        await asyncio.sleep(0.1)


def _token_facts(site: Site, page: Page) -> dict[str, Any]:
    on = faults.load(site, page.id)
    lost = on.get("missing_scope", {}).get("value")
    scopes = [name for name in actions.PERMISSIONS if lost not in ("*", name)]
    facts: dict[str, Any] = {
        "app_id": page.app_id,
        "type": "PAGE",
        "application": "Samsvar",
        "expires_at": 0,
        "data_access_expires_at": int(page.created_at) + 90 * 86400,
        "is_valid": "token_dead" not in on,
        "issued_at": int(page.created_at),
        "profile_id": page.id,
        "scopes": scopes,
        "granular_scopes": [{"scope": name, "target_ids": [page.id]} for name in scopes],
        "user_id": "7000000000000001",
    }
    if "token_dead" in on:
        dead = errors.token_dead(on["token_dead"]["value"])
        facts["error"] = {"code": dead.code, "message": dead.message, "subcode": dead.subcode}
    return facts


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
