"""Rows 5 and 6: the queue's first page and one far down, as HTTP answers; and the exact counts beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import quote

from bench.company import sign_in
from bench.context import Bench, Sample, Wrong, run_load
from bench.figures import median, percentile
from bench.floors.statements import COUNTS, PAGE, time_statement
from bench.house import EMPTY
from bench.product import Product, running_product
from bench.sizes import fresh_database


def queue(bench: Bench) -> Sample:
    """One client, warm, an agent who sees one of two teams."""
    times = bench.pick(20, 200)
    fresh_database(bench.house, bench.size if bench.size != EMPTY else "1k" if bench.quick else "100k")
    with running_product(bench.house, channel_port=bench.channel_port) as product:
        cookie = sign_in(role="agent", count=1)[0].cookie
        first = _fetch(product, "/inbox/all", cookie, times)
        deep = _fetch(product, f"/inbox/all?cursor={quote(_cursor_far_down())}", cookie, times)
        counted, exact_floor = _counts(bench, times)
        floor = [seconds * 1000 for seconds in time_statement(bench.house.database_url, PAGE, times)]
    return {
        "queue_p50": (first["p50"], percentile(floor, 0.5)),
        "queue_p99": (first["p99"], percentile(floor, 0.99)),
        "queue_deep": (deep["p50"], percentile(floor, 0.5)),
        "counts": (counted, exact_floor),
    }


def _fetch(product: Product, path: str, cookie: str, times: int) -> dict[str, float]:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n"
    run_load({"port": product.port, "raw": [[request] * 10]})
    result = run_load({"port": product.port, "raw": [[request] * times]})
    if result["good"] != times:
        raise Wrong(f"{path.partition('?')[0]} answered {result['statuses']}")
    return dict(result["ms"])


def _cursor_far_down() -> str:
    """The cursor after nine tenths of the open cases."""
    from core.paging import encode_cursor
    from tickets.models import Ticket

    opened = Ticket.objects.filter(status="open", due_at__isnull=False).order_by("due_at", "pk")
    row = opened[opened.count() * 9 // 10]
    assert row.due_at is not None  # noqa: S101  chosen above
    return encode_cursor((row.due_at, row.pk))


def _counts(bench: Bench, times: int) -> tuple[float, float]:
    """Milliseconds for the exact counts and for their bare statement. Raises: Wrong when they are not exact."""
    from django.db.models import Count

    from core.actors import SYSTEM
    from tickets.models import Ticket
    from tickets.queries.counts import get_counts

    counts = get_counts(actor=SYSTEM)
    truth = dict(Ticket.objects.values_list("status").annotate(n=Count("pk")))
    kept = {"open": counts.open, "waiting": counts.waiting, "done": counts.done}
    if {status: n for status, n in kept.items() if n} != truth:
        raise Wrong(f"counters say {kept}, the table says {truth}")
    floor = time_statement(bench.house.database_url, COUNTS, times)
    return _milliseconds(lambda: get_counts(actor=SYSTEM), times), median(floor) * 1000


def _milliseconds(call: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        call()
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)
