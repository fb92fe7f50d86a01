"""The bench's programs: floors that start and keep, a load generator that counts right, webhooks that are in order."""

import asyncio
import hashlib
import hmac
import json
import os
import subprocess
import sys

import psycopg2
import pytest
from django.db import connection

from bench import load, sizes
from bench.floors.statements import race
from bench.hooks import ORDER_AND_ONCE, REPEATED, THREAD_LENGTH, Sender
from bench.house import CHECKOUT, accepts, free_port, wait_for
from connectors.kit.base import RawRequest
from connectors.platforms.facebook.parse import parse
from tickets.intake.apply import apply_items
from tickets.models import Identity, Message, Ticket
from tickets.queries.case import get_case
from tickets.queries.queue import QueueFilter, get_queue_page

SENDER = Sender("/hook", "app-secret", "104000000000001", 101, 1_795_168_800)


@pytest.fixture
def start():
    """start("door", …) → the port of a floor that accepts connections."""
    started = []

    def begin(module, **more):
        port = free_port()
        words = [sys.executable, "-m", f"bench.floors.{module}", str(port)]
        started.append(subprocess.Popen(words, cwd=CHECKOUT, env=os.environ | more))
        wait_for(lambda: accepts(port), 30, module)
        return port

    yield begin
    for process in started:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def floor_url(db):
    """The tests' own database, as a floor is told of it."""
    name = connection.settings_dict["NAME"]
    return os.environ["DATABASE_URL"].replace("/inbox?", f"/{name}?")


def run(**spec):
    return asyncio.run(load.run({"host": "127.0.0.1"} | spec))


def hooks(count, **more):
    facts = {name: getattr(SENDER, name) for name in ("path", "app_secret", "page", "base", "created_at")}
    return {"hooks": facts | more, "count": count, "connections": 4}


@pytest.mark.django_db(transaction=True)
def test_the_floor_keeps_each_signed_webhook_once(start, floor_url):
    port = start("door", DATABASE_URL=floor_url, FLOOR_SECRET="app-secret")

    result = run(port=port, **hooks(4 * REPEATED))

    assert result["statuses"] == {"200": 4 * REPEATED + 4}
    assert (result["different"], result["broken"], result["refused"]) == (4 * REPEATED, 0, 0)
    with psycopg2.connect(floor_url) as link, link.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM floor_hook")
        assert cursor.fetchone() == (4 * REPEATED,)
    assert run(port=port, **hooks(4, app_secret="another"))["statuses"] == {"401": 4}


@pytest.mark.django_db(transaction=True)
def test_one_hand_wins_the_bare_race(floor_url):
    assert len(race(floor_url, hands=5, rounds=3)) == 3 * 4


def test_the_fake_channel_answers_posts_and_tells_when_they_came(start):
    port = start("channel")
    posted = "POST /x/comments HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
    assert run(port=port, raw=[[posted] * 3])["statuses"] == {"200": 3}


def test_open_loop_counts_from_when_a_request_was_due(start):
    """Forty requests due within a tenth of a second take at least that long, and none is left out."""
    port = start("channel")
    request = "GET /calls HTTP/1.1\r\nHost: x\r\n\r\n"
    result = run(port=port, raw=[[request] * 20] * 2, rate=400)
    assert result["statuses"] == {"200": 40}
    assert result["seconds"] >= 39 / 400


def test_together_waits_for_all_before_the_next_round(start):
    port = start("channel")
    request = "GET /calls HTTP/1.1\r\nHost: x\r\n\r\n"
    result = run(port=port, raw=[[request] * 5] * 7, together=True)
    assert result["statuses"] == {"200": 35}


def test_bodies_are_signed_and_a_thread_stays_on_its_connection():
    lanes = [SENDER.requests_for(lane, 3, 2 * THREAD_LENGTH) for lane in range(3)]
    seen = {}
    for lane, requests in enumerate(lanes):
        for request in requests:
            head, body = request.split(b"\r\n\r\n", 1)
            digest = hmac.new(b"app-secret", body, hashlib.sha256).hexdigest()
            assert f"X-Hub-Signature-256: sha256={digest}".encode() in head
            value = json.loads(body)["entry"][0]["changes"][0]["value"]
            seen.setdefault(value["from"]["id"], []).append((lane, value["comment_id"]))
    assert len(seen) == 3 * 2
    assert all(len({lane for lane, _ in said}) == 1 and len(said) == THREAD_LENGTH for said in seen.values())
    assert all(said == sorted(said) for said in seen.values())


def items_of(now, *places):
    raws = [RawRequest("POST", {}, {}, SENDER.comment(thread, position), now) for thread, position in places]
    return [item for raw in raws for item in parse(raw)]


def standing():
    with connection.cursor() as cursor:
        cursor.execute(ORDER_AND_ONCE, ["101\\_%"])
        return cursor.fetchone()


def test_messages_in_order_are_found_in_order(channel, now):
    apply_items(items_of(now, (1, 0), (2, 0), (1, 1), (2, 1), (1, 2)), now=now)
    assert standing() == (5, 5, True, 2)


def test_a_gap_and_a_swap_are_found(channel, now):
    apply_items(items_of(now, (1, 0), (2, 0), (2, 1)), now=now)
    apply_items(items_of(now, (1, 2)), now=now)
    assert standing() == (4, 4, False, 2)
    apply_items(items_of(now, (1, 1)), now=now)
    assert standing() == (5, 5, False, 2)


@pytest.mark.django_db
def test_a_database_of_a_size_is_one_that_the_product_could_have_made(channel, teams, make_user):
    """The seed is SQL: a column that is added without it would only be found by who measures at a size."""
    for team in teams.values():
        make_user("agent", team)
    lead = make_user("lead", *teams.values())
    with connection.cursor() as cursor:
        cursor.execute(sizes.SEED.read_text(), {"size": 60})

    rows = get_queue_page(actor=lead, wanted=QueueFilter(view="all", status="open")).rows

    assert Ticket.objects.count() == Message.objects.count() == Identity.objects.count() == 60
    assert {row.ticket_id for row in rows} == set(Ticket.objects.filter(status="open").values_list("pk", flat=True))
    case = get_case(actor=lead, number=rows[0].number)
    assert [piece.text for entry in case.entries for piece in entry.text] == [rows[0].preview]
