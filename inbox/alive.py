"""Signs of life: each queue's worker and beat note when they last did something.

In the broker, where doctor and metrics look; in a file too when SAMSVAR_ALIVE_FILE names one, for a container's health
check, which must not need the broker.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from django.conf import settings

from core.broker import broker
from core.clock import now

log = logging.getLogger(__name__)

QUEUES = ("ingest", "send", "slow")
BEATEN = "connectors.sweep_send"  # nobody but beat sends it, every second
SIGNS = "samsvar:alive"
EVERY_SECONDS = 2.0

_noted: dict[str, float] = {}  # in this process


def listen() -> None:
    """Note signs from now on. Called once, where the Celery application is made."""
    from celery.signals import before_task_publish, task_postrun  # who only reads the signs needs no Celery

    task_postrun.connect(_after_task, weak=False)
    before_task_publish.connect(_before_publish, weak=False)


def get_worker_ages(at: datetime) -> dict[str, float]:
    """Seconds since each queue's worker last finished a task; queues never seen are left out.

    Raises: redis.RedisError.
    """
    return {name: age for name, age in _ages(at).items() if name in QUEUES}


def get_beat_age(at: datetime) -> float | None:
    """Seconds since beat last sent a task; None when it never has. Raises: redis.RedisError."""
    return _ages(at).get("beat")


def _ages(at: datetime) -> dict[str, float]:
    stored = cast("dict[str, str]", broker().hgetall(SIGNS))
    return {name: max(0.0, at.timestamp() - float(seen)) for name, seen in stored.items()}


def _after_task(task: Any = None, **_signal: Any) -> None:
    delivery = getattr(getattr(task, "request", None), "delivery_info", None) or {}
    queue = delivery.get("routing_key")
    if queue in QUEUES:
        note_sign(queue)


def _before_publish(sender: Any = None, **_signal: Any) -> None:
    if sender == BEATEN:
        note_sign("beat")


def note_sign(name: str) -> None:
    """Note that `name` works, at most every two seconds. Raises nothing: a missing sign must not stop the work."""
    if time.monotonic() - _noted.get(name, -EVERY_SECONDS) < EVERY_SECONDS:
        return
    _noted[name] = time.monotonic()
    try:
        if settings.ALIVE_FILE:
            Path(settings.ALIVE_FILE).touch()
        broker().hset(SIGNS, name, str(now().timestamp()))
    except Exception as error:  # whatever it was, the next task tries again
        log.debug("sign of %s not noted: %s", name, type(error).__name__)
