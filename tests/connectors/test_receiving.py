"""The webhook door as an ASGI application: what it keeps, what it refuses, what it never says."""

import asyncio
import hmac
import logging
import threading
import time
from types import SimpleNamespace
from unittest.mock import AsyncMock

import httpx
import pytest
from django.db import connection

from connectors.endpoints import EndpointCache
from connectors.jobs import INGEST
from connectors.kit.registry import families
from connectors.models import Delivery, Endpoint
from connectors.operations.ingesting import ingest_waiting
from connectors.receive import WebhookDoor
from core.pool.base import drain
from core.secrets import seal
from inbox import asgi
from tests.connectors.posting import SECRET, deliver, drive, post, sign
from tickets.models import Message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def door(connected, valkey):
    """A door that keeps, as the web process has it."""
    opened = WebhookDoor()
    opened.start()
    yield opened
    opened.stop()


def shake(connected, token="verify-token", **more):
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token, **more}
    return {"method": "GET", "url": connected.webhook_path, "params": {k: v for k, v in asked.items() if v is not None}}


def test_the_handshake_is_answered_with_the_challenge(door, connected):
    (answer,) = drive(door, shake(connected))
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_handshake_that_is_not_right_is_refused(door, connected):
    for differs in (
        {"token": "wrong"},
        {"token": ""},
        {"token": None},
        {"hub.challenge": None},
        {"hub.challenge": "<script>"},
        {"hub.mode": "unsubscribe"},
    ):
        (answer,) = drive(door, shake(connected, **differs))
        assert (answer.status_code, answer.content) == (403, b""), differs


def test_what_is_signed_is_kept_before_the_answer_and_becomes_rows(door, connected, comment, now, other_connection):
    # given
    body = comment("1_10", "Missä tilaukseni on?")
    seen = []

    async def run():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://door") as client:
            answer = await client.request(**post(connected, body))
            with other_connection.cursor() as cursor:  # sees only what is committed
                cursor.execute("SELECT count(*) FROM connectors_delivery")
                seen.append(cursor.fetchone()[0])
            return answer

    # when
    answer = asyncio.run(run())
    # then
    assert (answer.status_code, answer.content) == (200, b"")
    assert seen == [1]
    assert Delivery.objects.get().state == "new"
    ingest_waiting(now=now)
    assert Message.objects.get().text == "Missä tilaukseni on?"


def test_what_the_first_webhook_loads_holds_up_no_other(door, connected, comment, monkeypatch):
    """The loop goes on meanwhile: a quarter of a second of imports once stood before all that came."""
    where = []

    def noted():
        where.append(threading.current_thread())
        return families()

    monkeypatch.setattr("connectors.receive.families", noted)
    assert deliver(door, connected, comment("1_10", "Hei")).status_code == 200
    assert where[0] is not threading.main_thread()  # whose loop it is


def test_what_no_webhook_needs_is_loaded_when_none_comes_but_not_never(door, connected, comment, monkeypatch):
    naps = []
    monkeypatch.setattr(asgi, "door", door)
    monkeypatch.setattr(asgi.asyncio, "sleep", AsyncMock(side_effect=lambda _seconds: naps.append(door.idle_seconds())))
    monkeypatch.setattr("connectors.receive.monotonic", lambda: 1000.0)
    deliver(door, connected, comment("1_10", "Hei"))
    asyncio.run(asgi._quiet_moment())
    assert naps == [0.0] * asgi.QUIET_TRIES
    monkeypatch.setattr("connectors.receive.monotonic", lambda: 1000.0 + asgi.QUIET_SECONDS)
    asyncio.run(asgi._quiet_moment())
    assert len(naps) == asgi.QUIET_TRIES


def test_a_signature_that_is_not_right_is_401_and_keeps_nothing(door, connected, comment):
    body = comment("1_10", "Hei")
    for forged in (
        None,
        "",
        sign(body, "another-secret"),
        sign(body + b" "),
        sign(body)[:-1],
        sign(body).upper(),
        sign(body).removeprefix("sha256="),
        "sha1=" + hmac.new(SECRET.encode(), body, "sha1").hexdigest(),
        "sha256=",
        "sha256=" + "é" * 64,
        sign(body, ""),
    ):
        request = post(connected, body)
        request["headers"] = [] if forged is None else [(b"x-hub-signature-256", forged.encode("latin-1"))]
        (answer,) = drive(door, request)
        assert (answer.status_code, answer.content) == (401, b""), forged
    assert Delivery.objects.count() == 0


def test_the_same_body_twice_and_at_once_is_one_row(door, connected, comment):
    request = post(connected, comment("1_10", "Hei"))
    assert [a.status_code for a in drive(door, request)] == [200]
    assert [a.status_code for a in drive(door, *[request] * 20)] == [200] * 20
    assert Delivery.objects.count() == 1


def test_an_address_nobody_has_is_404(door, connected, comment):
    own = connected.endpoint_key
    for path in ("meta/nosuchkey/", f"myspace/{own}/", "meta/", f"meta/{own}/more/", f"META/{own}/", "meta/a%00b/", ""):
        answer = deliver(door, connected, comment("1_10", "Hei"), url=f"/webhooks/{path}")
        assert answer.status_code == 404, path
    assert Delivery.objects.count() == 0


def test_other_methods_are_405(door, connected, comment):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"):
        answer = deliver(door, connected, comment("1_10", "Hei"), method=method)
        assert answer.status_code == 405, method
    assert Delivery.objects.count() == 0


def test_too_large_is_413_announced_or_streamed(door, connected, settings):
    # given
    settings.WEBHOOK_MAX_BYTES = 1000
    big, fits = b"x" * 1001, b"y" * 1000
    pulled = []

    async def stream():
        for _ in range(50):
            pulled.append(1)
            yield b"x" * 100

    # then
    assert deliver(door, connected, big).status_code == 413
    streamed = deliver(door, connected, big, content=stream())
    assert streamed.status_code == 413
    assert len(pulled) == 11  # it stops reading where the limit is passed
    assert deliver(door, connected, fits).status_code == 200
    assert Delivery.objects.count() == 1


def test_a_length_that_is_no_number_is_not_believed(door, connected, comment):
    body = comment("1_10", "Hei")
    for length in ("-1", "1e3", "²", "abc", ""):
        headers = [(b"x-hub-signature-256", sign(body).encode()), (b"content-length", length.encode("latin-1"))]
        assert deliver(door, connected, body, headers=headers).status_code == 200, length


def test_what_is_not_json_is_kept_when_it_is_signed(door, connected):
    body = b"\x00\xffnot json"
    assert deliver(door, connected, body).status_code == 200
    assert Delivery.objects.get().state == "new"


def test_a_full_buffer_is_503_and_what_waited_is_kept(connected, settings, comment, valkey):
    # given a door that has not begun to write, and room for one
    settings.WEBHOOK_BUFFER = 1
    door = WebhookDoor()

    async def run():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://door") as client:
            first = asyncio.create_task(client.request(**post(connected, comment("1_10", "a"))))
            while not door.writer._waiting:
                await asyncio.sleep(0.005)
            second = await client.request(**post(connected, comment("1_11", "b")))
            door.start()
            third_status = (await first).status_code
            again = await client.request(**post(connected, comment("1_11", "b")))
            return second, third_status, again

    # when
    full, first, again = asyncio.run(run())
    door.stop()
    # then
    assert (full.status_code, full.headers["retry-after"]) == (503, "5")
    assert (first, again.status_code) == (200, 200)
    assert Delivery.objects.count() == 2


def test_a_database_that_goes_and_comes_back(door, connected, comment, database_switch):
    # given a door at work
    assert deliver(door, connected, comment("1_10", "a")).status_code == 200
    # when the database goes
    connection.close()
    database_switch(False)
    down = [deliver(door, connected, comment("1_11", "b")) for _ in range(3)]
    # then nothing is called kept, and the address is not called unknown either
    assert [answer.status_code for answer in down] == [503] * 3
    assert {answer.headers["retry-after"] for answer in down} == {"5"}
    # when it is back
    database_switch(True)
    tries = 0
    while deliver(door, connected, comment("1_11", "b")).status_code != 200:
        tries += 1
        assert tries < 12, "did not recover"
    # then
    drain()
    connection.close()
    assert Delivery.objects.count() == 2


def test_a_database_that_is_down_when_the_first_webhook_comes(door, connected, comment, database_switch):
    connection.close()
    database_switch(False)
    assert deliver(door, connected, comment("1_10", "a")).status_code == 503
    database_switch(True)
    drain()
    assert deliver(door, connected, comment("1_10", "a")).status_code == 200
    assert Delivery.objects.count() == 1


def test_a_client_that_goes_away_leaves_nothing_behind(door, connected, comment):
    # given half a body, then nobody
    body = comment("1_10", "Hei")
    scope = {
        "type": "http", "method": "POST", "path": connected.webhook_path, "query_string": b"",
        "headers": [(b"x-hub-signature-256", sign(body).encode())],
    }  # fmt: skip
    messages = [{"type": "http.request", "body": body[:40], "more_body": True}, {"type": "http.disconnect"}]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    # when
    asyncio.run(door(scope, receive, send))
    # then
    assert Delivery.objects.count() == 0
    assert deliver(door, connected, body).status_code == 200


class Watched(EndpointCache):
    """Counts its reads of the database; each takes a moment, as a busy database would."""

    def read(self, family, key):
        reads.append(key)
        time.sleep(0.02)
        return super().read(family, key)


reads: list[str] = []


@pytest.fixture
def seconds(monkeypatch):
    """The cache's clock: seconds(2) moves it on."""
    standing = [1000.0]
    monkeypatch.setattr("connectors.endpoints.time", SimpleNamespace(monotonic=lambda: standing[0]))

    def forward(by):
        standing[0] += by

    return forward


@pytest.fixture
def watched(door, seconds):
    """The door with a counted cache that has not read anything yet."""
    door.endpoints = Watched()
    reads.clear()
    return door


def change_secret(secret):
    row = Endpoint.objects.get()
    row.app_secret = seal(secret.encode(), context=row.context("app_secret"))
    row.save(update_fields=["app_secret"])


def test_a_changed_app_secret_is_picked_up_by_reading_once_more(watched, connected, comment, seconds):
    # given a door that knows the old secret
    assert deliver(watched, connected, comment("1_10", "Hei")).status_code == 200
    change_secret("new-secret")
    body = comment("1_11", "Hei")
    # when the platform signs with the new one: at once, and a second later
    early = deliver(watched, connected, body, signature=sign(body, "new-secret"))
    seconds(1.1)
    later = [deliver(watched, connected, body, signature=sign(body, "new-secret")) for _ in range(2)]
    # then the platform's second try is taken, and the old secret no more
    assert (early.status_code, [answer.status_code for answer in later]) == (401, [200, 200])
    assert deliver(watched, connected, comment("1_12", "Hei")).status_code == 401
    assert (len(reads), Delivery.objects.count()) == (2, 2)


def test_secrets_are_kept_for_half_a_minute(watched, connected, comment, seconds):
    for wait, expected in ((0, 1), (29, 1), (2, 2), (31, 3)):
        seconds(wait)
        assert deliver(watched, connected, comment("1_10", "Hei")).status_code == 200
        assert len(reads) == expected


@pytest.mark.parametrize("kind", ["bad signature", "unknown key", "bad handshake"])
def test_noise_reads_the_database_once_a_second_at_most(watched, connected, comment, seconds, kind):
    # given
    body = comment("1_10", "Hei")
    noise, status = {
        "bad signature": (post(connected, body, "sha256=00"), 401),
        "unknown key": (post(connected, body, url="/webhooks/meta/nosuchkey/"), 404),
        "bad handshake": (shake(connected, "wrong"), 403),
    }[kind]
    # when it comes in bursts in four different seconds
    counts = []
    for _ in range(4):
        answers = [*drive(watched, *[noise] * 30), *drive(watched, noise)]
        assert {answer.status_code for answer in answers} == {status}
        counts.append(len(reads))
        seconds(1.1)
    # then
    assert counts == [1, 2, 3, 4]
    assert Delivery.objects.count() == 0


def test_the_bytes_are_encrypted_at_rest(door, connected, comment):
    # given
    marker = "marker-secret-of-aino-77421"
    assert deliver(door, connected, comment("1_10", marker)).status_code == 200
    marks = (marker, marker.encode().hex())
    # when
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [(table, mark) for (row,) in cursor.fetchall() for mark in marks if mark in row]
    # then
    assert Delivery.objects.count() == 1
    assert found == []


def test_no_log_says_what_came(door, connected, comment, caplog, settings, database_switch):
    # given
    marker = "marker-text-5512"
    body = comment("1_10", marker)
    good, bad = sign(body), sign(body, "wrong-marker-secret")
    # when all that can happen happens
    with caplog.at_level(logging.DEBUG):
        assert deliver(door, connected, body).status_code == 200
        assert deliver(door, connected, body, signature=bad).status_code == 401
        settings.WEBHOOK_MAX_BYTES = 10
        assert deliver(door, connected, body).status_code == 413
        settings.WEBHOOK_MAX_BYTES = 10_000
        connection.close()
        database_switch(False)
        assert deliver(door, connected, comment("1_11", marker)).status_code == 503
        database_switch(True)
    # then
    drain()
    told = "\n".join(r.getMessage() + str(r.exc_info) for r in caplog.records if not r.name.startswith("httpx"))
    assert "webhooks not stored: OperationalError" in told
    marks = (marker, SECRET, "verify-token", good[-20:], bad[-20:], bad[7:27], connected.endpoint_key)
    assert [mark for mark in marks if mark in told] == []


def test_a_kept_webhook_leaves_one_hint(door, connected, comment, valkey):
    # when twenty come at once and the door closes
    drive(door, *(post(connected, comment(f"1_{i}", "Hei")) for i in range(10, 30)))
    door.writer.stop()
    # then one worker is asked, since it will drain all
    assert Delivery.objects.count() == 20
    assert valkey.llen("ingest") == 1
    assert valkey.get(INGEST.pending_key) == "1"
    door.writer.start()
