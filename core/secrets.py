"""Encryption at rest: a master key ring, data keys under it, and keyed hashes for exact search.

Two kinds of records, told apart by their first byte:

    0x01 | length of key id | key id | nonce (12) | AES-256-GCM ciphertext      under a master key
    0x02 | data key id (8)           | nonce (12) | AES-256-GCM ciphertext      under a data key

`context` (model, row and field in words) is authenticated with the ciphertext, so that a record copied into
another row does not open. A record that does not open raises `SealBroken`; it is never returned as if it were text.

The ring comes from SAMSVAR_KEYS: lines of `id:base64 of 32 bytes`, the first one seals, all of them open.
"""

from __future__ import annotations

import base64
import hmac
import os
import struct
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

MASTER, DATA = 1, 2
NONCE_BYTES = 12
KEY_BYTES = 32
Sealed = bytes | memoryview  # the driver gives a memoryview where the model says bytes


class SealBroken(Exception):
    """A sealed record does not open: wrong or lost key, or altered bytes."""


@cache
def _ring() -> dict[str, AESGCM]:
    return read_key_ring(settings.KEY_RING)


def read_key_ring(text: str) -> dict[str, AESGCM]:
    """Read `id:base64` lines. Raises: ImproperlyConfigured naming the line number, never the key."""
    ring: dict[str, AESGCM] = {}
    for number, line in enumerate(filter(None, (part.strip() for part in text.replace(",", "\n").splitlines())), 1):
        key_id, _, encoded = line.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not key_id or len(key_id.encode()) > 32 or len(key) != KEY_BYTES:
            raise ImproperlyConfigured(f"SAMSVAR_KEYS line {number} must be id:base64 of {KEY_BYTES} bytes")
        if key_id in ring:
            raise ImproperlyConfigured(f"SAMSVAR_KEYS line {number} repeats a key id")
        ring[key_id] = AESGCM(key)
    if not ring:
        raise ImproperlyConfigured("SAMSVAR_KEYS holds no key. Set it, or SAMSVAR_KEYS_FILE, to id:base64 lines.")
    return ring


def forget_keys() -> None:
    """Drop what is cached, for tests and for key rotation."""
    _ring.cache_clear()


def ring_ids() -> tuple[str, ...]:
    """The ids of the master keys at hand; the first one seals."""
    return tuple(_ring())


def master_prefix(key_id: str) -> bytes:
    """How every record begins that is sealed under this master key."""
    name = key_id.encode()
    return struct.pack("BB", MASTER, len(name)) + name


def seal(plain: bytes, *, context: str) -> bytes:
    """Encrypt under the first master key. Gives: a 0x01 record."""
    key_id, cipher = next(iter(_ring().items()))
    nonce = os.urandom(NONCE_BYTES)
    return master_prefix(key_id) + nonce + cipher.encrypt(nonce, plain, context.encode())


def unseal(record: Sealed, *, context: str) -> bytes:
    """Open a 0x01 record. Raises: SealBroken."""
    record = bytes(record)
    if len(record) < 2 or record[0] != MASTER:
        raise SealBroken("not a master-key record")
    split = 2 + record[1]
    cipher = _ring().get(record[2:split].decode("utf-8", "replace"))
    if cipher is None:
        raise SealBroken("sealed under a key that is not in SAMSVAR_KEYS")
    return _decrypt(cipher, record[split:], context)


def seal_under(key_id: int, key: bytes, plain: bytes, *, context: str) -> bytes:
    """Encrypt under an opened data key. Gives: a 0x02 record that names the key."""
    nonce = os.urandom(NONCE_BYTES)
    return struct.pack(">BQ", DATA, key_id) + nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def data_key_id(record: Sealed) -> int:
    """The data key a 0x02 record needs. Raises: SealBroken."""
    record = bytes(record)
    if len(record) < 9 or record[0] != DATA:
        raise SealBroken("not a data-key record")
    return int.from_bytes(record[1:9], "big")


def unseal_under(key: bytes, record: Sealed, *, context: str) -> bytes:
    """Open a 0x02 record with its data key. Raises: SealBroken."""
    data_key_id(record)
    return _decrypt(AESGCM(key), bytes(record)[9:], context)


def _decrypt(cipher: AESGCM, rest: bytes, context: str) -> bytes:
    try:
        return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError):
        raise SealBroken("does not open in this place") from None


def keyed_hash(value: str | bytes, *, purpose: str) -> bytes:
    """A 32-byte HMAC for equality tests on personal values; useless without SAMSVAR_HASH_KEY.

    `purpose` separates uses.
    """
    data = value.encode() if isinstance(value, str) else value
    return hmac.digest(settings.HASH_KEY, purpose.encode() + b"\0" + data, "sha256")
