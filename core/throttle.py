"""Counting tries in Valkey. Keys are hashes; a broker that is down lets people through rather than locking them out."""

from __future__ import annotations

import redis

from core.broker import broker
from core.errors import Throttled
from core.secrets import keyed_hash


def count_try(*, purpose: str, who: str, most: int, seconds: int, message: str = "") -> None:
    """Count one try of `who` for `purpose`. Raises: Throttled from the (most + 1)th within `seconds`."""
    key = _key(purpose, who)
    try:
        pipe = broker().pipeline()
        pipe.incr(key)
        pipe.expire(key, seconds, nx=True)
        tries = int(pipe.execute()[0])
    except redis.RedisError:
        return
    if tries > most:
        raise Throttled(message, after_seconds=seconds)


def forget_tries(*, purpose: str, who: str) -> None:
    """Begin counting anew: it was the right person after all."""
    try:
        broker().delete(_key(purpose, who))
    except redis.RedisError:
        return


def _key(purpose: str, who: str) -> str:
    return f"samsvar:try:{purpose}:{keyed_hash(who, purpose='throttle').hex()[:32]}"
