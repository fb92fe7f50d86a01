"""The Celery application: no results, early acknowledgement, tasks that may be lost or repeated without harm.

The web process loads it (0.3 s) only after its first page, see `core.jobs` and `inbox.asgi`.
"""

from __future__ import annotations

import os
import re
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init, worker_ready

from core.collector import calm_collector
from inbox import alive

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inbox.settings")


def _beat(task: str, every: float, *, queue: str = "slow", expires: int = 0) -> dict[str, Any]:
    """A line of the schedule. Takes: seconds; a hint not taken up by `expires` is dropped, as the next one is due."""
    return {"task": task, "schedule": every, "options": {"queue": queue, "expires": expires or int(every)}}


# What beat sends, by the clock: every hint may be lost, so each of these looks at the rows.
SCHEDULE: dict[str, Any] = {
    "sweep-send": _beat("connectors.sweep_send", 1.0, queue="send", expires=2),
    "sweep-ingest": _beat("connectors.sweep_ingest", 2.0, queue="ingest", expires=4),
    "poll-due": _beat("connectors.poll_due", 10.0, expires=20),
    "ask-names": _beat("connectors.ask_names", 15.0),
    "recheck-due": _beat("connectors.recheck_due", 300.0),
    "watch-silence": _beat("connectors.watch_silence", 300.0),
    "import-rows": _beat("connectors.import_rows", 10.0, expires=20),
    "sweep-clock": _beat("tickets.sweep_clock", 5.0, expires=10),
    "sweep-files": _beat("tickets.sweep_files", 60.0),
    "sweep-bulk": _beat("tickets.sweep_bulk", 5.0, expires=10),
    "count-views": _beat("tickets.count_views", 2.0, expires=4),
    "recount-views": _beat("tickets.recount_views", 3600.0),
    "erase": _beat("privacy.erase", 60.0),
    "sweep-links": _beat("users.sweep_links", 60.0),
    "sweep-house": _beat("inbox.sweep_house", 5.0, expires=10),
}

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
        beat_schedule=SCHEDULE,
    )


@worker_ready.connect
@worker_process_init.connect
def _calm(**_signal: Any) -> None:
    """In the process itself, and in each that a prefork worker makes."""
    calm_collector()


@setup_logging.connect
def _leave_logging(**_signal: Any) -> None:
    """Django has set it up; Celery's own set-up would print tracebacks with what rows and bodies hold."""
    from inbox.logs import withhold_crash_texts

    withhold_crash_texts()


configure()
app.autodiscover_tasks()
app.set_default()
alive.listen()
