"""Proof that a request comes from the platform: HMAC over the raw bytes, compared in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac

from .errors import BadSignature


def hmac_hex(secret: str, message: bytes, algorithm: str = "sha256") -> str:
    """The HMAC of `message` as lower-case hexadecimal digits."""
    return hmac.new(secret.encode(), message, algorithm).hexdigest()


def hmac_base64(secret: str, message: bytes, algorithm: str = "sha256") -> str:
    """The HMAC of `message` in standard base64 with padding."""
    return base64.b64encode(hmac.new(secret.encode(), message, algorithm).digest()).decode()


def same(expected: str, given: str) -> bool:
    """Equal? In time that does not depend on where they differ; any text may be given, and nothing equals "".

    An unset secret must never let an empty header in, hence the rule on emptiness.
    """
    left = hashlib.sha256(expected.encode("utf-8", "surrogatepass")).digest()
    right = hashlib.sha256(given.encode("utf-8", "surrogatepass")).digest()
    return hmac.compare_digest(left, right) and expected != ""


def require_hmac_hex(secret: str, message: bytes, given: str, algorithm: str = "sha256") -> None:
    """Raises BadSignature unless `given` is the hexadecimal HMAC of `message` under a secret that is set."""
    if not secret or not same(hmac_hex(secret, message, algorithm), given):
        raise BadSignature


def require_hmac_base64(secret: str, message: bytes, given: str, algorithm: str = "sha256") -> None:
    """Raises BadSignature unless `given` is the base64 HMAC of `message` under a secret that is set."""
    if not secret or not same(hmac_base64(secret, message, algorithm), given):
        raise BadSignature
