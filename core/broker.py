"""The one client of Valkey/Redis in this process."""

from __future__ import annotations

from functools import cache

import redis
from django.conf import settings


@cache
def broker() -> redis.Redis:
    """Gives: a thread-safe client with short time limits; connects on first use and again after a restart."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=2,
        socket_connect_timeout=1,
        health_check_interval=15,
        retry_on_timeout=True,
        decode_responses=True,
    )
