"""LinkedIn's webhook door: the challenge it repeats every two hours, and the signature.

Source: Microsoft Learn, "Webhook validation", read 2026-11.
"""

from __future__ import annotations

import json
import re

from connectors.kit.base import Answer, RawRequest, Secrets
from connectors.kit.signatures import hmac_hex, require_hmac_hex

_CODE = re.compile(r"[A-Za-z0-9-]{1,64}")
_SCHEME = b"hmacsha256="  # stands before the body when it is signed, and not in the header


def challenge(raw: RawRequest, secrets: Secrets) -> Answer | None:
    """Prove that the client secret is ours, by signing the code of a GET. Gives: None for anything but a GET.

    Only codes that look like LinkedIn's are signed: one that begins with the scheme would be a body's signature.
    """
    if raw.method != "GET":
        return None
    codes = raw.query.get("challengeCode", [])
    if len(codes) != 1 or not _CODE.fullmatch(codes[0]) or not secrets.app_secret:
        return Answer(403)
    proof = {"challengeCode": codes[0], "challengeResponse": hmac_hex(secrets.app_secret, codes[0].encode())}
    return Answer(200, json.dumps(proof).encode(), "application/json")


def verify(raw: RawRequest, secrets: Secrets) -> None:
    """Check the signature over the bytes as received. Raises BadSignature."""
    require_hmac_hex(secrets.app_secret, _SCHEME + raw.body, raw.headers.get("x-li-signature", ""))
