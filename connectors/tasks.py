"""Celery tasks of the connectors: each one operation, called with ids, safe to lose and to repeat."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from connectors.jobs import ACT, IMPORT, INGEST, SEND
from connectors.models import Delivery, DeliveryState
from connectors.operations import (
    asking_names,
    holding,
    importing,
    ingesting,
    listening_for_silence,
    moderating,
    polling,
    rechecking,
    sending,
)
from core.clock import now


@shared_task(name=INGEST.name)
def ingest(**_ignored: Any) -> None:
    """Drain the lanes."""
    ingesting.ingest_waiting(now=now())


@shared_task(name=SEND.name)
def send(**_ignored: Any) -> None:
    """Send what is due."""
    sending.send_waiting()


@shared_task(name=ACT.name)
def act(**_ignored: Any) -> None:
    """Do what was asked of the networks."""
    moderating.act_waiting()


@shared_task(name="connectors.poll_due")
def poll_due(**_ignored: Any) -> None:
    """Reconcile the channels whose time has come."""
    polling.poll_due_accounts(now=now())


@shared_task(name="connectors.recheck_due")
def recheck_due(**_ignored: Any) -> None:
    """Ask the networks that do not tell of deletions what still stands."""
    rechecking.recheck_due_accounts(now=now())


@shared_task(name="connectors.ask_names")
def ask_names(**_ignored: Any) -> None:
    """Ask the networks for names of people who came without one."""
    asking_names.ask_names(now=now())


@shared_task(name="connectors.sweep_send")
def sweep_send(**_ignored: Any) -> None:
    """Each second: what a lost hint or a dead worker left, and what an undo window has released."""
    sending.recover_stuck(now=now())
    moderating.recover_stuck_actions(now=now())
    holding.release_pauses(now=now())
    if sending.has_due(now()):
        sending.send_waiting()
    if moderating.has_due_actions(now()):
        moderating.act_waiting()


@shared_task(name="connectors.sweep_ingest")
def sweep_ingest(**_ignored: Any) -> None:
    """Every other second: deliveries whose hint was lost. Ignores the pending flag on purpose."""
    if Delivery.objects.filter(state=DeliveryState.NEW).exists():
        ingesting.ingest_waiting(now=now())


@shared_task(name="connectors.watch_silence")
def watch_silence(**_ignored: Any) -> None:
    """Every five minutes: is a channel quieter than it ever is?"""
    listening_for_silence.watch_silence(now=now())


@shared_task(name=IMPORT.name)
def import_rows(**_ignored: Any) -> None:
    """One piece of one import; the next is asked for when it is in."""
    importing.import_waiting(now=now())
