"""Celery tasks of the house: numbering left hints, folding counters, dropping what has expired."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from core.audit.chain import seal_entries
from core.clock import now
from inbox.live.hints import publish_hints
from inbox.operations import housekeeping
from inbox.operations.demo_pages import tell_sandbox
from inbox.operations.tombstones import journal_deletions


@shared_task(name="inbox.sweep_house")
def sweep_house(**_ignored: Any) -> None:
    """Every few seconds, in short slices."""
    publish_hints()
    seal_entries(now=now())
    journal_deletions()
    housekeeping.fold_counters()
    housekeeping.drop_expired(now=now())
    housekeeping.sign_of_life(now=now())
    tell_sandbox()
