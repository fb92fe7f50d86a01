"""Random names: tokens people carry, keys in addresses, handles for rows not yet stored."""

from __future__ import annotations

import hashlib
import secrets
import uuid


def new_token(prefix: str = "") -> str:
    """Gives: an unguessable URL-safe token with 256 bits of randomness, after an optional readable prefix."""
    return f"{prefix}{secrets.token_urlsafe(32)}"


def new_key() -> str:
    """Gives: a 22-character URL-safe key (128 bits) for a public address."""
    return secrets.token_urlsafe(16)


def new_uid() -> uuid.UUID:
    """Gives: a random UUID, made before its row is stored."""
    return uuid.uuid4()


def token_digest(token: str) -> str:
    """Gives: SHA-256 in hex. Enough for tokens of 256 random bits; passwords go through argon2 instead."""
    return hashlib.sha256(token.encode()).hexdigest()
