"""The worker of `make run`: one process with a pool of threads, and beat in a thread beside it.

A prefork worker and a beat of its own cost 230 MB more. Celery's own embedded beat is a child process that nobody
starts again when it is killed; a thread lives and dies with the worker, which the supervisor watches. Mailboxes and the
like are listened to here too.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Any

from celery import beat
from celery.signals import worker_ready

from core.turns import take_short_turns
from inbox.celery import app

log = logging.getLogger(__name__)

ARGUMENTS = [
    "--quiet", "worker", "--queues", "ingest,send,slow", "--pool", "threads", "--concurrency", "8",
    "--hostname", "worker@localhost", "--loglevel", "WARNING",
    "--without-gossip", "--without-mingle", "--without-heartbeat",
]  # fmt: skip

YIELDING = 10  # steps of niceness: a network that waits for our answer goes before the reading of what is kept


def _beat_forever() -> None:
    while True:
        try:
            beat.Service(app, scheduler_cls=beat.Scheduler).start()  # in memory: a file could be torn by a kill
        except Exception as error:  # a broker that went away: beat begins again, the sweepers must not stop
            log.warning("beat interrupted: %s", type(error).__name__)
        time.sleep(1)


@worker_ready.connect
def _begin(**_signal: Any) -> None:
    """Beat, and one look at the house at once: readiness need not wait for beat's first round. Threads inherit the
    niceness of this one, which starts them all; up to here it goes before others, as what was kept waits."""
    os.nice(YIELDING)
    app.send_task("inbox.sweep_house", queue="slow")
    threading.Thread(target=_beat_forever, name="beat", daemon=True).start()
    from connectors.operations.listening import Listener  # models: only once the application has set Django up

    threading.Thread(target=Listener().run, name="listen", daemon=True).start()


if __name__ == "__main__":
    take_short_turns()
    app.start(ARGUMENTS)
