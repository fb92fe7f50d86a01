"""X's webhook door: the challenge-response check, and the signature.

Both are the same HMAC under the app's consumer secret, or under its client secret, so whoever knows the address may
have anything signed that we answer a challenge for. Therefore only what can be no webhook body is answered.
Source: docs.x.com, "V2 Webhooks API", read 2026-11.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress

from connectors.kit.base import Answer, RawRequest, Secrets
from connectors.kit.errors import BadSignature
from connectors.kit.signatures import hmac_base64, require_hmac_base64

_CHALLENGE = re.compile(r"[A-Za-z0-9_+/=-]{1,256}")  # no brace, so no JSON object
_SCHEME = "sha256="
_HEADERS = ("x-twitter-webhooks-signature-oauth2", "x-twitter-webhooks-signature")


def challenge(raw: RawRequest, secrets: Secrets) -> Answer | None:
    """Answer the check, a GET, by signing its token. Gives: None for anything but a GET, 403 for an odd token."""
    if raw.method != "GET":
        return None
    tokens = raw.query.get("crc_token", [])
    if len(tokens) != 1 or not _CHALLENGE.fullmatch(tokens[0]) or not secrets.app_secret:
        return Answer(403)
    proof = _SCHEME + hmac_base64(secrets.app_secret, tokens[0].encode())
    return Answer(200, json.dumps({"response_token": proof}).encode(), "application/json")


def verify(raw: RawRequest, secrets: Secrets) -> None:
    """Check the signature over the bytes as received. Raises BadSignature.

    There are two headers: by the consumer secret, and by the client secret of OAuth 2. An app that has both secrets may
    get both; one of them is made with the secret that we were given.
    """
    given = [raw.headers.get(name, "") for name in _HEADERS]
    for each in filter(None, given):
        with suppress(BadSignature):
            _require(each, raw.body, secrets.app_secret)
            return
    raise BadSignature


def _require(given: str, body: bytes, secret: str) -> None:
    if not given.startswith(_SCHEME):
        raise BadSignature
    require_hmac_base64(secret, body, given.removeprefix(_SCHEME))
