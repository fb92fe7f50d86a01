"""Codes of authenticator apps: six digits that change every thirty seconds. Pure arithmetic.

Source: RFC 6238 (May 2011) over RFC 4226, SHA-1, as every app expects.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

import qrcode

STEP_SECONDS, DIGITS = 30, 6
SECRET_BYTES = 20
DRIFT = 1  # steps a clock may be off, either way


def new_secret() -> bytes:
    """Gives: 160 random bits, as RFC 4226 recommends."""
    return secrets.token_bytes(SECRET_BYTES)


def spelled(secret: bytes) -> str:
    """The secret as people type it: base32."""
    return base64.b32encode(secret).decode()


def step_of(now: datetime) -> int:
    """The number of the time step that `now` falls into."""
    return int(now.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, step: int) -> str:
    """The code of one time step."""
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    place = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def matching_step(secret: bytes, code: str, *, now: datetime, after: int) -> int | None:
    """The step that `code` belongs to, if it is near and newer than `after`, so that none opens twice. Else None."""
    current = step_of(now)
    steps = [step for step in range(current - DRIFT, current + DRIFT + 1) if step > after]
    return next((step for step in steps if hmac.compare_digest(code_at(secret, step), code)), None)


def app_address(secret: bytes, *, email: str, issuer: str) -> str:
    """What an authenticator app reads from the picture.

    Source: Key Uri Format of Google Authenticator, which the other apps follow (checked November 2026).
    """
    words = urlencode({"secret": spelled(secret), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(f'{issuer}:{email}')}?{words}"


def qr_path(text: str) -> tuple[str, int]:
    """A QR code as one SVG path of unit squares, and how many squares it is wide with its quiet zone."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    matrix = code.get_matrix()
    squares = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark)
    return "".join(squares), len(matrix)
