"""Asking a worker to look. A job is a hint: rows are the truth and a sweeper finds what a lost hint left."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from celery import Celery

log = logging.getLogger(__name__)

PENDING_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Job:
    """A task by name and queue. `single`: while one such hint waits, no second is sent (the worker drains anyway)."""

    name: str
    queue: str
    single: bool = False

    @property
    def pending_key(self) -> str:
        """The broker key that says a hint is on its way."""
        return f"samsvar:pending:{self.name}"


def enqueue(job: Job, **ids: int) -> None:
    """Ask for `job` after the current transaction commits (at once outside of one). Takes: integer ids only.

    A broker that is down is logged and forgiven: the sweeper will find the row.
    """
    transaction.on_commit(lambda: send_hint(job, **ids))


def send_hint(job: Job, **ids: int) -> None:
    """Send the hint now. For code outside a Django transaction, such as the webhook writer."""
    from core.broker import broker

    try:
        if job.single and not broker().set(job.pending_key, 1, nx=True, ex=PENDING_SECONDS):
            return
        sender().send_task(job.name, kwargs=ids, queue=job.queue, expires=3600)
    except Exception as error:  # any broker fault is the same to us: the sweeper looks at the rows
        log.warning("hint %s not sent: %s", job.name, type(error).__name__)


def sender() -> Celery:
    """The application that hints go through; the first call loads Celery."""
    return cast("Celery", import_string(settings.CELERY_APPLICATION))


def clear_pending(job: Job) -> None:
    """Let the next hint through. Called before a drain's last look, so that nothing falls between."""
    from core.broker import broker

    try:
        broker().delete(job.pending_key)
    except Exception as error:  # the flag falls by itself within seconds
        log.warning("pending flag of %s not cleared: %s", job.name, type(error).__name__)
