"""Company sign-in: OpenID Connect, authorization code with PKCE.

Source: OpenID Connect Core 1.0, Discovery 1.0; RFC 7636; RFC 9700 (checked November 2026).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import Conflict

if TYPE_CHECKING:
    import jwt

# httpx and jwt are loaded by the first company sign-in: they would be a tenth of the start of every web process.

SECONDS = 10.0
KEPT_SECONDS = 600
LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]  # asymmetric ones: no secret of ours signs
MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the company says it is. `key`: issuer and subject; `email`: "" unless verified."""

    key: str
    email: str


@dataclass(frozen=True, slots=True)
class Question:
    """One sign-in under way; lies in the session until the answer."""

    state: str
    nonce: str
    verifier: str
    redirect: str


_known: dict[str, tuple[float, Any]] = {}


def is_on() -> bool:
    """Whether there is a company sign-in."""
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


def ask(*, redirect: str) -> tuple[str, Question]:
    """Gives: where to send the browser, and what to keep meanwhile. Raises: Conflict when the company is silent."""
    question = Question(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), redirect)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(question.verifier.encode()).digest()).decode().rstrip("=")
    words = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": redirect,
        "scope": "openid email",
        "state": question.state,
        "nonce": question.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    address = _configuration()["authorization_endpoint"]
    return f"{address}{'&' if '?' in address else '?'}{urlencode(words)}", question


def read_answer(*, code: str, state: str, question: Question) -> Identity:
    """Change the code for a token and check it. Raises: Conflict, alike for every reason."""
    if not code or not secrets.compare_digest(state.encode(), question.state.encode()):
        raise _refused()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": question.redirect,
        "code_verifier": question.verifier,
        "client_id": settings.OIDC_CLIENT_ID,
        "client_secret": settings.OIDC_CLIENT_SECRET,
    }
    token = _call("POST", _configuration()["token_endpoint"], data=form).get("id_token")
    return _identity(_claims(token), question)


def _claims(token: Any) -> dict[str, Any]:
    import jwt

    try:
        kind = jwt.get_unverified_header(token)
        return jwt.decode(
            token,
            _key(kind.get("kid")),
            algorithms=ALGORITHMS,
            audience=settings.OIDC_CLIENT_ID,
            issuer=settings.OIDC_ISSUER,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except jwt.PyJWTError:
        raise _refused() from None


def _identity(claims: dict[str, Any], question: Question) -> Identity:
    nonce, party = str(claims.get("nonce", "")), claims.get("azp", settings.OIDC_CLIENT_ID)
    if not secrets.compare_digest(nonce.encode(), question.nonce.encode()) or party != settings.OIDC_CLIENT_ID:
        raise _refused()
    email = str(claims.get("email", "")) if claims.get("email_verified") is True else ""
    key = hashlib.sha256(f"{claims['iss']}\0{claims['sub']}".encode()).hexdigest()
    return Identity(key, email.strip().lower())


def _key(kid: Any) -> jwt.PyJWK:
    """The company's key of this name; asked for anew once, since companies change their keys."""
    import jwt

    for fresh in (False, True):
        keys = jwt.PyJWKSet.from_dict(_fetch(_configuration()["jwks_uri"], fresh=fresh)).keys
        fitting = [key for key in keys if kid is None or key.key_id == kid]
        if len(fitting) == 1 or (fitting and kid is not None):
            return fitting[0]
    raise _refused()


def _configuration() -> dict[str, Any]:
    told = _fetch(f"{settings.OIDC_ISSUER}/.well-known/openid-configuration")
    places = [told.get(name, "") for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if str(told.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER or not all(map(_may_call, places)):
        raise _refused()
    return told


def _may_call(address: Any) -> bool:
    return isinstance(address, str) and urlsplit(address).scheme in ({"https", "http"} if settings.DEMO else {"https"})


def _fetch(address: str, *, fresh: bool = False) -> dict[str, Any]:
    at, told = _known.get(address, (0.0, None))
    if fresh or told is None or time.monotonic() - at > KEPT_SECONDS:
        told = _call("GET", address)
        _known[address] = (time.monotonic(), told)
    return dict(told)


def _call(method: str, address: str, **more: Any) -> dict[str, Any]:
    import httpx

    try:
        with httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False) as client:
            answer = client.request(method, address, headers={"Accept": "application/json"}, **more)
        told = answer.json() if answer.status_code == 200 and len(answer.content) <= MOST_BYTES else None
    except (httpx.HTTPError, ValueError):
        told = None
    if not isinstance(told, dict):
        raise _refused()
    return told


def _refused() -> Conflict:
    return Conflict(_("The company sign-in did not work. Try again, or sign in another way."))
