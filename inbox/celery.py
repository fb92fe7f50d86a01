"""The Celery application: no results, early acknowledgement, tasks that may be lost or repeated without harm."""

from __future__ import annotations

import os
import re
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inbox.settings")

app = Celery("samsvar")


def broker_url(url: str) -> str:
    """Celery spells a Unix socket its own way: `redis+socket:///path?virtual_host=0`."""
    match = re.fullmatch(r"unix://(?P<path>/[^?]*)(?:\?db=(?P<db>\d+))?", url)
    return f"redis+socket://{match['path']}?virtual_host={match['db'] or 0}" if match else url


def configure() -> None:
    """Read Django's settings; called on import, after Django's own configuration exists."""
    from django.conf import settings

    app.conf.update(
        broker_url=broker_url(settings.REDIS_URL),
        result_backend=None,
        task_ignore_result=True,
        task_acks_late=False,
        task_default_queue="slow",
        task_serializer="json",
        accept_content=["json"],
        task_store_errors_even_if_ignored=False,
        worker_redirect_stdouts=False,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": 3600, "socket_timeout": 10},
        timezone="UTC",
        beat_scheduler="celery.beat:Scheduler",
        beat_schedule={
            "sweep-send": {
                "task": "connectors.sweep_send",
                "schedule": 1.0,
                "options": {"queue": "send", "expires": 2},
            },
            "sweep-ingest": {
                "task": "connectors.sweep_ingest",
                "schedule": 2.0,
                "options": {"queue": "ingest", "expires": 4},
            },
            "poll-due": {"task": "connectors.poll_due", "schedule": 10.0, "options": {"queue": "slow", "expires": 20}},
            "sweep-house": {"task": "inbox.sweep_house", "schedule": 5.0, "options": {"queue": "slow", "expires": 10}},
        },
    )


@setup_logging.connect
def _leave_logging(**_signal: Any) -> None:
    """Django has set it up; Celery's own set-up would print tracebacks with what rows and bodies hold."""
    from inbox.logs import withhold_crash_texts

    withhold_crash_texts()


configure()
app.autodiscover_tasks()
