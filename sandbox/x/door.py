"""X's door for people and its token endpoint: OAuth 2 with PKCE, codes for once, refresh tokens that rotate."""

from __future__ import annotations

import base64
import hashlib
import html
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.x.accounts import Row, get_account, list_accounts, panel, rotate
from sandbox.x.site import XSite

_ASKED = ("client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method", "response_type")


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for."""

    account: str
    client: str
    redirect: str
    challenge: str
    scopes: tuple[str, ...]


class SignInDoor:
    """Where people allow an app, and where apps get their tokens."""

    def __init__(self, site: XSite) -> None:
        self._site = site
        self._codes: dict[str, Code] = {}

    def routes(self) -> list[Route]:
        """The page, what its button does, and the token endpoint."""
        return [
            Route("/i/oauth2/authorize", self.ask, methods=["GET"]),
            Route("/i/oauth2/authorize/{account}", self.allow, methods=["GET"]),
            Route("/2/oauth2/token", self.token, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """GET: which of the accounts on this device, and may the app?"""
        asked = {name: request.query_params.get(name, "") for name in _ASKED}
        if not all(asked.values()) or asked["code_challenge_method"] != "S256" or asked["response_type"] != "code":
            return HTMLResponse("<h1>Something went wrong</h1><p>You were not able to give access to the App.</p>", 400)
        known = [one for one in list_accounts(self._site) if one["client_id"] == asked["client_id"]]
        ways = "".join(
            f'<p><a href="/i/oauth2/authorize/{one["id"]}?{html.escape(urlencode(asked))}">Authorize app as '
            f"@{html.escape(one['handle'])}</a></p>"
            for one in known
        )
        said = {"error": "access_denied", "state": asked["state"]}
        refuse = html.escape(f"{asked['redirect_uri']}?{urlencode(said)}")
        listed = "".join(f"<li>{html.escape(scope)}</li>" for scope in asked["scope"].split())
        return HTMLResponse(
            "<!doctype html><html lang=en><title>Simulated X</title><h1>An app wants to access your X account</h1>"
            f'<ul>{listed}</ul>{ways}<p><a href="{refuse}">Cancel</a></p>'
        )

    async def allow(self, request: Request) -> Response:
        """GET: the person allowed it; back with a code."""
        asked = request.query_params
        account = get_account(self._site, request.path_params["account"])
        if account is None or account["client_id"] != asked.get("client_id"):
            return HTMLResponse("<h1>Something went wrong</h1>", 400)
        code = secrets.token_urlsafe(24)
        self._codes[code] = Code(
            account["id"], asked["client_id"], asked["redirect_uri"], asked["code_challenge"],
            tuple(asked["scope"].split()),
        )  # fmt: skip
        back = f"{asked['redirect_uri']}?{urlencode({'state': asked['state'], 'code': code})}"
        return RedirectResponse(back, status_code=302)

    async def token(self, request: Request) -> Response:
        """POST: tokens for a code or for a refresh token; either is used up by that."""
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        client, secret = _basic(request) or (form.get("client_id", ""), "")
        if form.get("grant_type") == "authorization_code":
            return self._for_code(form, client, secret)
        given = form.get("refresh_token", "")
        for account in list_accounts(self._site):
            known = given and account["refresh_token"] == given and account["client_id"] == client
            refused = known and panel(self._site, account["id"]).take("refresh_dead")
            if known and account["client_secret"] == secret and not refused:
                return self._tokens(account)
        return _refused()

    def _for_code(self, form: dict[str, str], client: str, secret: str) -> Response:
        code = self._codes.pop(form.get("code", ""), None)
        account = get_account(self._site, code.account) if code else None
        if code is None or account is None or account["client_secret"] != secret:
            return _refused()
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        told = (client, form.get("redirect_uri"), proof.decode().rstrip("="))
        right = told == (code.client, code.redirect, code.challenge)
        return self._tokens(account, code.scopes) if right else _refused()

    def _tokens(self, account: Row, scopes: tuple[str, ...] = ()) -> Response:
        with self._site.store.transaction():
            return JSONResponse(rotate(self._site, account["id"], scopes))


def _refused() -> Response:
    said = {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
    return JSONResponse(said, status_code=400)


def _basic(request: Request) -> tuple[str, str] | None:
    said = request.headers.get("authorization", "")
    if not said.startswith("Basic "):
        return None
    try:
        client, _, secret = base64.b64decode(said.removeprefix("Basic ")).decode().partition(":")
    except ValueError:
        return None
    return client, secret
