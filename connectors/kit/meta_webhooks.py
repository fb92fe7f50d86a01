"""The webhook door that Facebook, Messenger, Instagram and WhatsApp share: handshake and signature.

Source: Meta, "Webhooks: Get Started", read 2026-11.
"""

from __future__ import annotations

import base64
import re

from . import wire
from .base import Answer, RawRequest, Secrets
from .errors import BadSignature, Unreadable
from .signatures import require_hmac_hex, same

_CHALLENGE = re.compile(r"[A-Za-z0-9_.-]{1,256}")


def challenge(raw: RawRequest, secrets: Secrets) -> Answer | None:
    """Answer the handshake, a GET: the challenge as it is when the verify token is ours, else 403.

    Gives: None for anything but a GET. Only plain characters are echoed, so that no page can be made of it.
    """
    if raw.method != "GET":
        return None
    said = _one(raw, "hub.challenge")
    ours = _one(raw, "hub.mode") == "subscribe" and same(secrets.verify_token, _one(raw, "hub.verify_token"))
    if ours and _CHALLENGE.fullmatch(said):
        return Answer(200, said.encode())
    return Answer(403)


def verify(raw: RawRequest, secrets: Secrets) -> None:
    """Check the SHA-256 signature over the bytes as received. Raises BadSignature.

    Meta escapes non-ASCII letters and slashes, so the check holds for the raw body only, never for JSON written anew.
    """
    scheme, _, digest = raw.headers.get("x-hub-signature-256", "").partition("=")
    if scheme != "sha256":
        raise BadSignature
    require_hmac_hex(secrets.app_secret, raw.body, digest)


def signed_person(signed_request: str, secrets: Secrets) -> str:
    """The app-scoped id of whom a request to erase data, or the news that somebody removed our app, is about.

    Takes: `<signature>.<payload>`, both base64url without padding, the signature over the payload as it is written.
    Raises: BadSignature, also for a payload that is none.
    Source: Meta, "Data Deletion Request Callback", read 2026-11.
    """
    signature, _, payload = signed_request.partition(".")
    require_hmac_hex(secrets.app_secret, payload.encode("utf-8", "replace"), _decoded(signature).hex())
    try:
        told = wire.read(_decoded(payload))
        if told.text("algorithm").upper() == "HMAC-SHA256" and told.id("user_id"):
            return told.id("user_id")
    except Unreadable:
        pass
    raise BadSignature


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""


def _one(raw: RawRequest, name: str) -> str:
    values = raw.query.get(name, [])
    return values[0] if len(values) == 1 else ""
