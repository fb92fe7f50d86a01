"""Celery tasks of the connectors: each one operation, called with ids, safe to lose and to repeat."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from connectors.jobs import INGEST, SEND
from connectors.models import Delivery, DeliveryState
from connectors.operations import ingesting, sending
from core.clock import now


@shared_task(name=INGEST.name)
def ingest(**_ignored: Any) -> None:
    """Drain the lanes."""
    ingesting.ingest_waiting(now=now())


@shared_task(name=SEND.name)
def send(**_ignored: Any) -> None:
    """Send what is due."""
    sending.send_waiting()


@shared_task(name="connectors.sweep_send")
def sweep_send(**_ignored: Any) -> None:
    """Each second: what a lost hint or a dead worker left, and what an undo window has released."""
    sending.recover_stuck(now=now())
    sending.release_pauses(now=now())
    if sending.has_due(now()):
        sending.send_waiting()


@shared_task(name="connectors.sweep_ingest")
def sweep_ingest(**_ignored: Any) -> None:
    """Every other second: deliveries whose hint was lost. Ignores the pending flag on purpose."""
    if Delivery.objects.filter(state=DeliveryState.NEW).exists():
        ingesting.ingest_waiting(now=now())
