"""What can be measured, for Prometheus: counters of this process, and the state of the whole from database and broker.

A registry of our own, so that nothing is told by accident. Labels are words of the house (states, views, families);
none holds a person, a text or anything that grows with use.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from inspect import iscoroutinefunction

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from connectors.receive import answered
from core.pool.base import pool_sizes
from inbox.live.consumers import LiveConsumer
from inbox.queries.measures import Measures, get_measures

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "samsvar_http_requests", "Page and API requests", ["view", "method", "status_class"], registry=REGISTRY
)
SECONDS = Histogram(
    "samsvar_http_request_seconds",
    "How long page and API requests took",
    ["view"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def exposition() -> bytes:
    """The page Prometheus reads, in its text format."""
    return generate_latest(REGISTRY)


Sync = Callable[[HttpRequest], HttpResponseBase]
Async = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def request_metrics(get_response: Sync | Async) -> Sync | Async:
    """Counts and times every request by the view that answered it."""
    if iscoroutinefunction(get_response):

        async def measure_async(request: HttpRequest) -> HttpResponseBase:
            began = time.perf_counter()
            response: HttpResponseBase = await get_response(request)
            _note(request, response, time.perf_counter() - began)
            return response

        return measure_async

    def measure(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = get_response(request)
        assert isinstance(response, HttpResponseBase)  # noqa: S101  the other kind was answered above
        _note(request, response, time.perf_counter() - began)
        return response

    return measure


def _note(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    match = request.resolver_match
    view = match.view_name if match is not None else "none"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(view, method, f"{response.status_code // 100}xx").inc()
    SECONDS.labels(view).observe(seconds)


class _Standing:
    """What is looked up at the moment somebody asks."""

    def collect(self) -> Iterator[Metric]:
        """One look at the database and one at the broker; what cannot be reached is left out."""
        yield _counter("samsvar_webhook_requests", "Requests at the webhook door", ("family", "status"),
                       {(family, str(status)): n for (family, status), n in list(answered.items())})  # fmt: skip
        idle, lent = pool_sizes()
        yield _gauge("samsvar_db_connections", "Pooled connections", "use", {"idle": idle, "in_use": lent})
        yield GaugeMetricFamily("samsvar_live_sockets", "Open sockets of this process", _live_sockets())
        yield from _of_all(get_measures())


def _live_sockets() -> int:
    hub = getattr(LiveConsumer, "hub", None)  # set where sockets are served
    return len(hub.watchers) if hub is not None else 0


def _of_all(found: Measures) -> Iterator[Metric]:
    """What is the same whichever process is asked."""
    up = {"database": int(found.database), "broker": int(found.broker)}
    yield _gauge("samsvar_up", "Whether it can be reached", "part", up)
    if found.database:
        yield _gauge("samsvar_deliveries", "Raw traffic not settled", "state", found.deliveries)
        yield GaugeMetricFamily("samsvar_ingest_lag_seconds", "Age of the oldest new delivery", found.ingest_lag)
        yield _gauge("samsvar_parts", "Outgoing parts not settled", "state", found.parts)
        yield GaugeMetricFamily("samsvar_oldest_queued_part_seconds", "How long a part is due", found.oldest_part)
        yield _gauge("samsvar_channels", "Channels by how they fare", "state", found.channels)
        yield CounterMetricFamily("samsvar_hints_published", "Live hints numbered so far", found.hints)
    if found.broker:
        yield _tally("samsvar_sends", "Parts by how their sending ended", "outcome", found.sends)
        yield _tally("samsvar_deliveries_settled", "Raw traffic by what became of it", "state", found.settled)
        yield _gauge("samsvar_worker_age_seconds", "Since a worker last took work", "queue", found.worker_ages)


def _gauge(name: str, meaning: str, label: str, values: dict[str, int] | dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for word, value in sorted(values.items()):
        family.add_metric([word], value)
    return family


def _tally(name: str, meaning: str, label: str, values: dict[str, int]) -> Metric:
    return _counter(name, meaning, (label,), {(word,): number for word, number in values.items()})


def _counter(name: str, meaning: str, labels: tuple[str, ...], values: dict[tuple[str, ...], int]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=list(labels))
    for words, value in sorted(values.items()):
        family.add_metric(list(words), value)
    return family


REGISTRY.register(_Standing())
