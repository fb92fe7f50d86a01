"""Celery tasks of the tickets: each one operation, safe to lose and to repeat."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from core.clock import now
from core.jobs import clear_pending, enqueue
from tickets.jobs import BULK, SCAN
from tickets.operations import filing, saved_replies, snoozing, warning
from tickets.operations.bulk import drop_old_bulk, settle_bulk, work_bulk
from tickets.operations.recounting import fold_touched, recount_views
from tickets.operations.undoing import drop_old_undo


@shared_task(name=SCAN.name)
def scan(**_ignored: Any) -> None:
    """Scan the files that wait."""
    clear_pending(SCAN)
    filing.scan_waiting()


@shared_task(name="tickets.sweep_files")
def sweep_files(**_ignored: Any) -> None:
    """Each minute: files whose hint was lost or whose scanner was away, files put up and never sent, and saved replies
    deleted long ago."""
    filing.scan_waiting()
    filing.drop_unsent_files(now=now())
    saved_replies.drop_deleted_replies(now=now())


@shared_task(name="tickets.sweep_clock")
def sweep_clock(**_ignored: Any) -> None:
    """Every few seconds: snoozed cases whose time has come, and promises that are about to be broken."""
    snoozing.wake_due_tickets(now=now())
    warning.warn_soon_late(now=now())


@shared_task(name="tickets.count_views")
def count_views(**_ignored: Any) -> None:
    """Every two seconds: count touched cases in the saved views where they now belong."""
    fold_touched(now=now())


@shared_task(name="tickets.recount_views")
def recount_all_views(**_ignored: Any) -> None:
    """Every hour: count all saved views anew, heal and report what drifted, drop what was deleted long ago."""
    recount_views(now=now())


@shared_task(name=BULK.name)
def bulk(**_ignored: Any) -> None:
    """A slice of what was asked for many cases; the worker is given back between two."""
    clear_pending(BULK)
    if work_bulk(now=now()):
        enqueue(BULK)


@shared_task(name="tickets.sweep_bulk")
def sweep_bulk(**_ignored: Any) -> None:
    """Every few seconds: jobs whose hint was lost or whose worker died, and what can no longer be undone."""
    if work_bulk(now=now()):
        enqueue(BULK)
    settle_bulk(now=now())
    drop_old_undo(now=now())
    drop_old_bulk(now=now())
