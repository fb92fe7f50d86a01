"""Celery tasks of people and their sign-ins."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from core.clock import now
from core.jobs import clear_pending
from core.users.jobs import MAIL_LINKS
from core.users.mailing import mail_waiting_links
from core.users.operations.links import drop_old_links


@shared_task(name=MAIL_LINKS.name)
def mail_links(**_ignored: Any) -> None:
    """Mail what was asked for."""
    clear_pending(MAIL_LINKS)
    mail_waiting_links(now=now())


@shared_task(name="users.sweep_links")
def sweep_links(**_ignored: Any) -> None:
    """What a lost hint left, and what is long over."""
    mail_waiting_links(now=now())
    drop_old_links(now=now())
