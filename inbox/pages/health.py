"""Whether this process is alive, and whether the whole can work."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from core.broker import broker
from core.clock import now
from inbox.operations.housekeeping import ALIVE_KEY

WORKER_MAX_AGE = 60  # seconds since a worker's last sign of life


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """This process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Database, broker and worker, each named when it fails; 503 unless all work."""
    checks = {"database": _works(_database), "broker": _works(_broker), "worker": _works(_worker)}
    ready = all(word == "ok" for word in checks.values())
    answer = JsonResponse({"status": "ok" if ready else "not ready", **checks}, status=200 if ready else 503)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # asked every moment at start; whoever asks logs it
    return answer


def _works(check: Callable[[], bool]) -> str:
    try:
        return "ok" if check() else "failing"
    except Exception:  # whatever it was: it does not work, and details belong in the log, not here
        return "failing"


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _broker() -> bool:
    return bool(broker().ping())


def _worker() -> bool:
    seen = broker().get(ALIVE_KEY)
    return seen is not None and now().timestamp() - float(str(seen)) < WORKER_MAX_AGE
