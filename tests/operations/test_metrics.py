"""/metrics: guarded, complete, and without a label that could grow."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

TOKEN = "t" * 32
WORDS = {"view", "method", "status_class", "family", "status", "state", "outcome", "use", "part", "queue", "le"}


@pytest.fixture(scope="module", autouse=True)
def _collected():
    """The page of unknown addresses names its static files by content."""
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)


@pytest.fixture
def ask(client, db, settings):
    """ask() → what Prometheus is told, by sample."""
    settings.METRICS_TOKEN = TOKEN

    def read():
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.content.decode())
        return {(s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples}

    return read


@pytest.mark.parametrize(
    ("token", "given", "status"),
    [
        ("", {}, 404),
        ("", {"Authorization": "Bearer "}, 404),
        (TOKEN, {}, 401),
        (TOKEN, {"Authorization": "Bearer x"}, 401),
        (TOKEN, {"Authorization": TOKEN}, 401),
        (TOKEN, {"Authorization": f"Bearer {TOKEN}"}, 200),
    ],
)
def test_it_is_guarded(client, db, settings, token, given, status):
    settings.METRICS_TOKEN = token

    assert client.get("/metrics", headers=given).status_code == status


def test_what_is_measured(ask):
    names = {key[0] for key in ask()}

    assert names >= {
        "samsvar_db_connections", "samsvar_live_sockets", "samsvar_up", "samsvar_deliveries",
        "samsvar_ingest_lag_seconds", "samsvar_parts", "samsvar_oldest_queued_part_seconds",
        "samsvar_hints_published_total", "samsvar_sends_total", "samsvar_deliveries_settled_total",
    }  # fmt: skip


def test_requests_are_counted_by_view(ask, client):
    key = (
        "samsvar_http_requests_total",
        ("method", "GET"),
        ("status_class", "2xx"),
        ("view", "inbox.pages.health.healthz"),
    )
    timed = ("samsvar_http_request_seconds_count", ("view", "inbox.pages.health.healthz"))
    before = ask()

    client.get("/healthz?q=x")
    client.get("/healthz")

    after = ask()
    assert after[key] - before.get(key, 0) == 2
    assert after[timed] - before.get(timed, 0) == 2


def test_no_label_grows_with_use(ask, client, connected):
    for number in range(3):
        client.get(f"/nowhere/{number}")
        client.get(f"/case/{number}")
        client.generic(f"BREW{number}", "/healthz")

    labels = {pair for key in ask() for pair in key[1:]}

    assert {name for name, _value in labels} <= WORDS
    assert all(re.fullmatch(r"[A-Za-z_.]+|\d{3}|\dxx|[\d.]+|\+Inf", value) for _name, value in labels)
    assert not any("nowhere" in value or "BREW" in value for _name, value in labels)


def test_the_state_of_the_whole(ask, connected, now):
    from connectors.models import Delivery, Endpoint
    from core.tally import count_now

    endpoint = Endpoint.objects.get(key=connected.endpoint_key)
    before = ask()
    for number, state in enumerate(("new", "new", "unreadable", "done")):
        Delivery.objects.create(endpoint=endpoint, digest=bytes([number]), body=b"", received_at=now, state=state)
    count_now("sends", {"sent": 2, "failed": 1})

    after = ask()

    assert after["samsvar_deliveries", ("state", "new")] == 2
    assert after["samsvar_deliveries", ("state", "unreadable")] == 1
    assert after["samsvar_ingest_lag_seconds",] > 0
    for outcome, number in (("sent", 2), ("failed", 1), ("unknown", 0)):
        key = ("samsvar_sends_total", ("outcome", outcome))
        assert after[key] - before[key] == number


def test_it_costs_one_query_and_says_when_the_broker_is_away(client, db, settings, django_assert_num_queries):
    from inbox.queries.measures import get_measures

    with django_assert_num_queries(1):
        found = get_measures()

    assert (found.database, found.broker) == (True, True)


def test_the_pool_counts_what_is_lent(db):
    from django.db import connection

    from core.pool.base import pool_sizes

    connection.ensure_connection()

    idle, lent = pool_sizes()
    assert idle >= 0
    assert lent >= 1


async def test_the_door_counts_by_family_and_status():
    from connectors.receive import WebhookDoor, answered

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(_message):
        pass

    door, before = WebhookDoor(), dict(answered)
    for path in ("/webhooks/meta", "/webhooks/invented/x", "/webhooks/other/"):
        await door({"type": "http", "path": path, "method": "GET", "headers": [], "query_string": b""}, receive, send)

    grown = {key: n - before.get(key, 0) for key, n in answered.items() if n != before.get(key, 0)}
    assert sum(grown.values()) == 3
    assert {family for family, _status in grown} <= {"meta", "none"}
