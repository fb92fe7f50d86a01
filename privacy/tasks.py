"""Celery tasks of privacy: each one operation, safe to lose and to repeat."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from core.clock import now
from privacy.jobs import ERASE
from privacy.operations import erasing


@shared_task(name=ERASE.name)
def erase(**_ignored: Any) -> None:
    """Erase what was asked for."""
    erasing.erase_waiting(now=now())
