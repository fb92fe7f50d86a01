"""A page's webhooks as bytes, a fake Graph server on loopback, a settable clock, and a case to answer."""

import json
import threading
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import psycopg2
import pytest

PAGE = "104000000000001"
POST = f"{PAGE}_1"


def comment_change(number, text, *, person="7100", name="Aino Korhonen", parent=POST, at, **more):
    """One `feed` change: a comment under our post."""
    value = {
        "item": "comment",
        "verb": "add",
        "post_id": POST,
        "parent_id": parent,
        "comment_id": number,
        "from": {"id": person, "name": name},
        "message": text,
        "created_time": int(at.timestamp()),
    }
    return {"field": "feed", "value": value | more}


def page_body(*changes, page=PAGE, at):
    """A webhook body with the changes of one page."""
    entry = {"id": page, "time": int(at.timestamp()), "changes": list(changes)}
    return json.dumps({"object": "page", "entry": [entry]}, ensure_ascii=True).encode()


@pytest.fixture
def comment(now):
    """comment("1_10", "Hei!") → the body of a webhook that tells of it."""

    def make(number, text, **more):
        return page_body(comment_change(number, text, **{"at": now, **more}), at=more.get("at", now))

    return make


@pytest.fixture
def change(now):
    """change("1_10", "Hei!") → one change, to build a body of several."""
    return lambda number, text, **more: comment_change(number, text, **{"at": now, **more})


@pytest.fixture
def page_of(now):
    """page_of(change, change, page=…) → a body."""
    return lambda *changes, page=PAGE, at=now: page_body(*changes, page=page, at=at)


@pytest.fixture
def echo(comment):
    """echo("1_99", "our text", parent="1_10") → what the page's own comment looks like when it comes back."""
    return lambda number, text, **more: comment(number, text, **{"person": PAGE, "name": "Havbris", **more})


@pytest.fixture
def keep(now):
    """keep(endpoint, body, …) → deliveries as the door leaves them."""
    from connectors.models import Delivery, delivery_context
    from core.keys.models import open_key
    from core.secrets import keyed_hash, seal_under

    def store(endpoint, *bodies, received_at=now):
        key = open_key(endpoint.data_key)
        context = delivery_context(endpoint.pk)
        return Delivery.objects.bulk_create(
            Delivery(
                endpoint=endpoint,
                digest=keyed_hash(body, purpose=f"delivery:{endpoint.pk}"),
                body=seal_under(endpoint.data_key_id, key, body, context=context),
                received_at=received_at,
            )
            for body in bodies
        )

    return store


@pytest.fixture
def endpoint(connected):
    """The endpoint row of the connected page."""
    from connectors.models import Endpoint

    return Endpoint.objects.select_related("data_key").get(key=connected.endpoint_key)


@pytest.fixture
def take_in(endpoint, keep, now):
    """take_in(body, …): keep and ingest, as if they had come by webhook. Gives: the deliveries afterwards."""
    from connectors.models import Delivery
    from connectors.operations.ingesting import ingest_waiting

    def run(*bodies, at=now):
        kept = keep(endpoint, *bodies, received_at=at)
        ingest_waiting(now=at)
        return list(Delivery.objects.filter(pk__in=[d.pk for d in kept]).order_by("pk"))

    return run


@pytest.fixture
def valkey():
    """The run's own Valkey, empty."""
    from core.broker import broker

    broker().flushdb()
    yield broker()
    broker().flushdb()


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, start):
        self.time = start

    def __call__(self):
        return self.time

    def forward(self, **spans):
        """Move on. Gives: the time."""
        self.time += timedelta(**spans)
        return self.time


@pytest.fixture
def clock(monkeypatch, now):
    """What time it is for the sender."""
    standing = Clock(now)
    monkeypatch.setattr("connectors.operations.sending.clock_now", standing)
    return standing


class PowerCut(BaseException):
    """The process ends here: nothing of ours catches it."""


class Trap:
    """Raises at the next change of a case, once, inside the transaction; a reaction like those of the inbox."""

    def __init__(self):
        self.error = None
        self.times = 0

    def set(self, error, times=1):
        """Arm it."""
        self.error, self.times = error, times

    def __call__(self, _event):
        if self.times:
            self.times -= 1
            raise self.error


_trap = Trap()


@pytest.fixture
def trap():
    """trap.set(PowerCut()) → the next change of a case fails with it."""
    from core.events import react
    from tickets.events import TicketsChanged

    react(TicketsChanged, _trap)
    yield _trap
    _trap.times = 0


@pytest.fixture
def power_cut():
    """The class of a process's end."""
    return PowerCut


@dataclass
class Graph:
    """A small real Graph API: answers comments as planned, in order, then as a well page does."""

    server: ThreadingHTTPServer
    plan: list = field(default_factory=list)
    said: list = field(default_factory=list)  # (what was answered, text): what stands on the page
    calls: list = field(default_factory=list)  # (path, form, authorization)
    before_answer: object = None  # called with the new comment's id while the caller waits
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def take(self, path, form, authorization):
        """One call. Gives: status, content type, body; None to hang up without an answer."""
        with self._lock:
            self.calls.append((path, form, authorization))
            step = self.plan.pop(0) if self.plan else "ok"
            if isinstance(step, dict):
                return 400, "application/json", json.dumps({"error": {"message": "no", **step}}).encode()
            if step == "drop":
                return None
            self.said.append((path.split("/")[2], form.get("message", "")))
            number = f"1_{900 + len(self.said)}"
            if self.before_answer:
                self.before_answer(number, form.get("message", ""))
        if step == "drop_after":
            return None
        if step == "html_after":
            return 502, "text/html", b"<html>Bad gateway</html>"
        return 200, "application/json", json.dumps({"id": number}).encode()


@pytest.fixture
def graph(settings):
    """A fake Facebook on loopback, and the settings that send us there."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            told = served.take(self.path, {k: v[0] for k, v in form.items()}, self.headers["Authorization"])
            self.close_connection = True
            if told is None:
                return
            status, kind, body = told
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Graph(server)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    settings.PLATFORM_URLS = {"facebook": served.url}
    yield served
    server.shutdown()
    server.server_close()


@dataclass
class Case:
    """A case, its thread, and whoever answers."""

    ticket: object
    thread: object
    actor: object


@pytest.fixture
def open_case(take_in, comment, agent):
    """open_case("1_10", "Hei!", …) → the case of a customer's comment."""
    from tickets.models import Message

    def make(number="1_10", text="Missä tilaukseni on?", **more):
        take_in(comment(number, text, **more))
        message = Message.objects.select_related("ticket", "thread").get(external_id=number)
        return Case(message.ticket, message.thread, agent)

    return make


@pytest.fixture
def case(open_case):
    """Aino's case, to be answered by Ingrid."""
    return open_case()


@pytest.fixture
def reply(now, key):
    """reply(case, "text") → the queued message."""
    from connectors.operations.replying import queue_reply

    def make(case, text="Hei, se lähti eilen.", *, undo=0, at=now, client_key=None, actor=None, visibility="public"):
        return queue_reply(
            actor=actor or case.actor,
            ticket_id=case.ticket.pk,
            thread_id=case.thread.pk,
            visibility=visibility,
            text=text,
            client_key=client_key or key(),
            undo_seconds=undo,
            now=at,
        )

    return make


@pytest.fixture
def part_of():
    """part_of(message) → its part as it now stands."""
    from tickets.models import Part

    return lambda message: Part.objects.get(message=message)


@pytest.fixture
def account(connected):
    """account() → the channel's account as it now stands."""
    from connectors.models import Account

    return lambda: Account.objects.get(channel_id=connected.id)


@pytest.fixture
def stored():
    """stored() → what intake has made, without the ids of rows, to compare two histories."""
    from tickets.models import Customer, Message, Post, Reaction, Thread, Ticket, TicketThread, Tombstone

    def snapshot():
        said = Message.objects.order_by("external_id")
        told = ("external_id", "text", "state", "direction", "at", "version_at")
        return {
            "messages": list(
                said.values_list(*told, "thread__external_root", "customer__name", "ticket__customer__name")
            ),
            "threads": sorted(Thread.objects.values_list("external_root", "post_external_id", "visibility")),
            "tickets": sorted(Ticket.objects.values_list("customer_name", "status", "preview", "waiting_since")),
            "links": TicketThread.objects.count(),
            "customers": sorted(Customer.objects.values_list("name", flat=True)),
            "posts": sorted(Post.objects.values_list("external_id", "text")),
            "reactions": sorted(Reaction.objects.values_list("target_external_id", "reaction", "active")),
            "stones": sorted(Tombstone.objects.values_list("external_id", "state")),
        }  # fmt: skip

    return snapshot


def _connect(dbname):
    from django.db import connection

    place = connection.get_connection_params()
    other = psycopg2.connect(
        dbname=dbname, **{key: place[key] for key in ("host", "port", "user", "password") if place.get(key)}
    )
    other.autocommit = True
    return other


@pytest.fixture
def other_connection(transactional_db):
    """A connection that Django knows nothing of."""
    from django.db import connection

    with closing(_connect(connection.get_connection_params()["dbname"])) as other:
        yield other


@pytest.fixture
def database_switch(transactional_db):
    """Lets the real server refuse the test database and end its connections, and allow it again."""
    from django.db import connection

    name = connection.get_connection_params()["dbname"]
    with closing(_connect("postgres")) as other:

        def allow(answer):
            with other.cursor() as cursor:
                cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {answer}')
                if not answer:
                    cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

        yield allow
        allow(True)
