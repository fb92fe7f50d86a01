"""LinkedIn's door for people, its token endpoint, and what it says of a token."""

from __future__ import annotations

import html
import secrets
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.linkedin.site import Page, Site

_LIFE_SECONDS, _RENEWABLE_SECONDS = 5_184_000, 365 * 86400
_ASKED = ("client_id", "redirect_uri", "scope", "state", "response_type")
SCOPES = ("rw_organization_admin", "r_organization_social", "r_organization_social_feed", "w_organization_social_feed")


class SignInDoor:
    """Where people allow an app, and where apps get and look at their tokens."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._codes: dict[str, tuple[str, str]] = {}  # code → (page, redirect address)
        self._granted: dict[str, tuple[str, ...]] = {}  # token → scopes

    def routes(self) -> list[Route]:
        """Everything below /oauth/v2/."""
        return [
            Route("/oauth/v2/authorization", self.ask, methods=["GET"]),
            Route("/oauth/v2/authorization/{page_id}", self.allow, methods=["GET"]),
            Route("/oauth/v2/accessToken", self.token, methods=["POST"]),
            Route("/oauth/v2/introspectToken", self.introspect, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """GET: which of the person's pages, and may the app?"""
        asked = {name: request.query_params.get(name, "") for name in _ASKED}
        if not all(asked.values()) or asked["response_type"] != "code":
            return HTMLResponse("<h1>Bummer, something went wrong.</h1>", 400)
        ways = "".join(
            f'<p><a href="/oauth/v2/authorization/{page.id}?{html.escape(urlencode(asked))}">Allow for '
            f"{html.escape(page.name)}, {page.id}</a></p>"
            for page in self._site.pages()
        )
        said = {"error": "user_cancelled_authorize", "state": asked["state"]}
        refuse = html.escape(f"{asked['redirect_uri']}?{urlencode(said)}")
        listed = "".join(f"<li>{html.escape(scope)}</li>" for scope in asked["scope"].split())
        return HTMLResponse(
            "<!doctype html><html lang=en><title>Simulated LinkedIn</title><h1>An app would like to</h1>"
            f'<ul>{listed}</ul>{ways}<p><a href="{refuse}">Cancel</a></p>'
        )

    async def allow(self, request: Request) -> Response:
        """GET: the person allowed it; back with a code."""
        page = self._site.page(request.path_params["page_id"])
        if page is None:
            return HTMLResponse("<h1>Bummer, something went wrong.</h1>", 400)
        asked, code = request.query_params, secrets.token_urlsafe(24)
        self._codes[code] = (page.id, asked["redirect_uri"])
        self._granted[page.id] = tuple(asked["scope"].split())
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", status_code=302)

    async def token(self, request: Request) -> Response:
        """POST: a token for a code, or a new one for a refresh token, which stays as it is."""
        form = await _form(request)
        by_code = form.get("grant_type") == "authorization_code"
        page = self._page_of_code(form) if by_code else self._page_of_refresh(form)
        if page is None:
            return JSONResponse({"error": "invalid_grant", "error_description": "It was revoked."}, status_code=400)
        token = secrets.token_urlsafe(24)
        self._site.store.run("UPDATE li_pages SET access_token = ? WHERE id = ?", token, page.id)
        told = {"access_token": token, "expires_in": _LIFE_SECONDS, "scope": ",".join(self._scopes(page))}
        if page.refresh_token:
            told |= {"refresh_token": page.refresh_token, "refresh_token_expires_in": _RENEWABLE_SECONDS}
        return JSONResponse(told)

    async def introspect(self, request: Request) -> Response:
        """POST: what a token may do and when it ends, for the app that knows its secret."""
        form = await _form(request)
        page = self._site.page_of_token(form.get("token", ""))
        if form.get("client_secret") not in {one.app_secret for one in self._site.pages()} or not form.get("client_id"):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        on = self._site.panel(page.id).load() if page else {}
        if page is None or "token_dead" in on:
            return JSONResponse({"active": False, "status": "revoked"})
        left = on.get("token_ends", {}).get("value", _LIFE_SECONDS)
        ends = int(self._site.clock.now() + left)
        return JSONResponse({"active": True, "status": "active", "scope": ",".join(self._scopes(page)),
                             "expires_at": ends, "auth_type": "3L"})  # fmt: skip

    def _page_of_code(self, form: dict[str, str]) -> Page | None:
        page_id, redirect = self._codes.pop(form.get("code", ""), ("", ""))
        page = self._site.page(page_id)
        right = page and (form.get("client_secret"), form.get("redirect_uri")) == (page.app_secret, redirect)
        return page if right and form.get("client_id") else None

    def _page_of_refresh(self, form: dict[str, str]) -> Page | None:
        given = (form.get("client_secret"), form.get("refresh_token"))
        right = form.get("grant_type") == "refresh_token" and all(given)
        return next((one for one in self._site.pages() if right and given == (one.app_secret, one.refresh_token)), None)

    def _scopes(self, page: Page) -> list[str]:
        lost = self._site.panel(page.id).load().get("missing_scope", {}).get("value")
        return [scope for scope in self._granted.get(page.id, SCOPES) if lost not in ("*", scope)]


async def _form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
