"""Keeping the house small and honest: counters, expired rows, readiness, the shell's commands and the demo's pages."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from connectors.kit import registry
from connectors.models import Delivery, DeliveryState, Endpoint
from core.audit.models import AuditEntry
from core.broker import broker
from core.users.models import ApiToken, User
from inbox.live.models import Hint
from inbox.operations import demo_pages, seeding
from inbox.operations.housekeeping import ALIVE_KEY, FOLD_ABOVE, drop_expired, fold_counters, sign_of_life
from tickets.models import Channel, Team
from tickets.queries.counts import get_counts


def clock():
    return datetime.now(UTC)


# Counters


def counter_rows():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tickets_count")
        return cursor.fetchone()[0]


def test_few_counter_rows_are_left_alone(written, lead):
    written()
    before = counter_rows()

    fold_counters()

    assert counter_rows() == before > 0


def test_many_counter_rows_become_their_sums(written, lead, teams):
    for _ in range(3):
        written()
    team = teams["first-line"].pk
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_count (status, team_id, assignee_id, n)"
            " SELECT 'open', %s, NULL, CASE WHEN i %% 2 = 0 THEN 1 ELSE -1 END FROM generate_series(1, %s) i",
            [team, FOLD_ABOVE + 2],
        )
    before = get_counts(actor=lead)
    assert counter_rows() > FOLD_ABOVE

    fold_counters()

    assert counter_rows() == 1
    assert get_counts(actor=lead) == before
    assert before.open == 3


# What expires


def test_old_hints_go_and_new_ones_stay(db, now):
    for hours in (1, 23, 25, 48):
        Hint.objects.create(kind="message", ticket_id=hours, scopes=[], created_at=now - timedelta(hours=hours))

    assert drop_expired(now=now) == 2
    assert sorted(Hint.objects.values_list("ticket_id", flat=True)) == [1, 23]
    assert drop_expired(now=now) == 0


def test_settled_deliveries_go_after_their_days_and_unread_ones_never(connected, now, settings):
    settings.DELIVERY_DAYS = 3
    endpoint = Endpoint.objects.get(key=connected.endpoint_key)
    for number, (state, days) in enumerate(
        [("done", 2), ("done", 4), ("ignored", 4), ("unreadable", 4), ("new", 4), ("new", 400)]
    ):
        Delivery.objects.create(endpoint=endpoint, digest=bytes([number]), body=b"x", state=state,
                                received_at=now - timedelta(days=days))  # fmt: skip

    assert drop_expired(now=now) == 3
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["done", "new", "new"]


# Readiness


@pytest.fixture
def _alive():
    sign_of_life(now=clock())


def ready(client):
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


ALL_OK = {"status": "ok", "database": "ok", "broker": "ok", "worker": "ok"}


@pytest.mark.usefixtures("_alive", "db")
def test_ready_when_all_work(client):
    assert ready(client) == (200, ALL_OK)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("age", [None, 61, 3600])
def test_a_worker_that_is_silent(client, age):
    broker().delete(ALIVE_KEY)
    if age is not None:
        sign_of_life(now=clock() - timedelta(seconds=age))

    assert ready(client) == (503, ALL_OK | {"status": "not ready", "worker": "failing"})


@pytest.mark.usefixtures("_alive", "db")
def test_a_broker_that_is_away(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    broker.cache_clear()
    try:
        told = ready(client)
    finally:
        broker.cache_clear()

    assert told == (503, ALL_OK | {"status": "not ready", "broker": "failing", "worker": "failing"})


@pytest.mark.usefixtures("_alive")
def test_a_database_that_is_away(client, django_db_setup, django_db_blocker):
    with django_db_blocker.block():  # as any database error does: the check fails, the answer does not
        assert ready(client) == (503, ALL_OK | {"status": "not ready", "database": "failing"})


def test_the_process_alone_needs_nothing(client):
    assert client.get("/healthz").json() == {"status": "ok"}


# Commands


def run(*words):
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


VALUES = ("external_id=42", "name=Havbris To", "app_secret=a", "verify_token=v", "access_token=t")


def test_a_channel_is_added_from_the_shell(teams):
    told = json.loads(run("channel", "add", "facebook", "--set", *VALUES, "--team", "marketing", "--json"))

    channel = Channel.objects.get()
    assert told["id"] == channel.pk
    assert told["webhook_path"] == f"/webhooks/meta/{told['endpoint_key']}/" == Endpoint.objects.get().webhook_path
    assert (channel.external_id, channel.name, channel.team.slug) == ("42", "Havbris To", "marketing")
    assert "app_secret" not in told


@pytest.mark.parametrize(
    "words",
    [
        ("add", "myspace", "--set", *VALUES),
        ("add", "facebook", "--set", "external_id=42"),
        ("add", "facebook", "--set", *VALUES, "colour=red"),
        ("add", "facebook", "--set", "no-sign"),
        ("add", "facebook", "--set", *VALUES, "--team", "nobody"),
        ("reconnect", "facebook"),
        ("reconnect", "999999"),
    ],
)
def test_a_channel_that_cannot_be_added_is_a_sentence(teams, words):
    with pytest.raises(CommandError, match=r"\.$"):
        run("channel", *words)
    assert Channel.objects.count() == 0


def test_a_token_from_the_shell_works_and_is_shown_once(people, script_of):
    email = people["agent"].email
    told = json.loads(run("token", "create", "--user", email.upper(), "--json"))
    script = script_of(people["lead"])
    script.token = told["token"]

    assert script.get("/api/v1/tickets/").status_code == 200
    row = ApiToken.objects.get(pk=told["id"])
    assert (row.user_id, told["token"].startswith("sv_")) == (people["agent"].pk, True)
    assert told["token"] not in (row.digest, row.name)
    assert AuditEntry.objects.filter(action="token.created", object_id=row.pk).count() == 1


@pytest.mark.parametrize("email", ["nobody@havbris.example", ""])
def test_a_token_for_nobody(db, email):
    with pytest.raises(CommandError):
        run("token", "create", "--user", email)
    assert ApiToken.objects.count() == 0


def test_unreadable_deliveries_are_read_again(connected, now):
    endpoint = Endpoint.objects.get(key=connected.endpoint_key)
    rows = [
        Delivery.objects.create(endpoint=endpoint, digest=bytes([n]), body=b"x", state=state, received_at=now)
        for n, state in enumerate(["unreadable", "unreadable", "done"])
    ]

    assert run("replay", str(rows[0].pk)) == "1 deliveries will be read again.\n"
    assert run("replay") == "1 deliveries will be read again.\n"
    assert run("replay") == "0 deliveries will be read again.\n"
    assert Delivery.objects.filter(state=DeliveryState.NEW).count() == 2


def test_preparing_twice_seeds_once_and_the_sign_ins_work(db, settings, tmp_path, client_class):
    settings.HOME = tmp_path
    run("prepare")
    made = (User.objects.count(), Team.objects.count(), Channel.objects.count(), AuditEntry.objects.count())
    run("prepare")

    known = {channel.platform for channel in seeding.CHANNELS} & set(registry.keys())
    assert made[:3] == (5, 2, len(known))
    assert set(Channel.objects.values_list("platform", flat=True)) == known >= {"facebook"}
    assert (User.objects.count(), Team.objects.count(), Channel.objects.count(), AuditEntry.objects.count()) == made
    told = json.loads((tmp_path / "demo.json").read_text())["sign_ins"]
    names = {person["email"].partition("@")[0] for person in told}
    assert names == {"ingrid", "mikko", "elias", "astrid", "jonas"}
    for person in told:
        answer = client_class().post("/sign-in", {"email": person["email"], "password": person["password"]})
        assert (answer.status_code, answer["Location"]) == (302, "/")


def test_outside_a_demo_nobody_is_made_up(db, settings, tmp_path):
    settings.HOME, settings.DEMO = tmp_path, False
    run("prepare")

    assert User.objects.count() == 0
    assert list(tmp_path.iterdir()) == []


# The sandbox


@pytest.fixture
def sandbox(settings):
    """A small server that plays the sandbox: `answers` by (method, path), `asked` in order."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            server.asked.append((self.command, self.path, json.loads(body or "null")))
            status, told = server.answers.get((self.command, self.path), (404, {"error": "not played"}))
            told = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_PUT = do_POST = _answer

        def log_message(self, *words):
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.answers = [], {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.PLATFORM_URLS = {"facebook": f"http://127.0.0.1:{server.server_port}"}
    demo_pages._told.clear()
    yield server
    server.shutdown()
    server.server_close()
    demo_pages._told.clear()


PAGE = ("PUT", "/_sandbox/facebook/pages/104000000000001")


def test_the_sandbox_is_told_of_each_page_once(sandbox, connected, settings):
    settings.PORT = 8123
    sandbox.answers[PAGE] = (200, {"verified": True})

    assert [demo_pages.tell_sandbox() for _ in range(3)] == [1, 0, 0]
    [(method, path, told)] = sandbox.asked
    assert (method, path) == PAGE
    assert told["app_secret"] == "app-secret"
    assert told["access_token"] == "access-token"
    assert told["callback_url"] == f"http://127.0.0.1:8123{connected.webhook_path}"


@pytest.mark.parametrize("answer", [(200, {"verified": False}), (500, {}), (404, {})])
def test_a_sandbox_that_did_not_take_it_is_told_again(sandbox, connected, answer):
    sandbox.answers[PAGE] = answer
    first = demo_pages.tell_sandbox()
    sandbox.answers[PAGE] = (200, {"verified": True})

    assert (first, demo_pages.tell_sandbox()) == (0, 1)
    assert len(sandbox.asked) == 2


def test_outside_a_demo_no_secret_leaves(sandbox, connected, settings):
    settings.DEMO = False

    assert demo_pages.tell_sandbox() == 0
    assert sandbox.asked == []


def test_simulating_follows_a_run_to_its_end(sandbox):
    sandbox.answers[("POST", "/_sandbox/simulate")] = (200, {"run": "7"})
    done = {"made": 2, "planned": 2, "delivered": 2, "done": True}
    sandbox.answers[("GET", "/_sandbox/simulate/7")] = (200, done)

    assert run("simulate", "--rate", "60", "--minutes", "0.1") == "made 2 of 2, delivered 2\n"
    assert sandbox.asked[0][2] == {"platform": "facebook", "rate": 60.0, "minutes": 0.1}


def test_mail_is_steered_over_http(sandbox, settings, tmp_path):
    url = settings.PLATFORM_URLS["facebook"]
    settings.PLATFORM_URLS, settings.SANDBOX_FILE = {}, str(tmp_path / "sandbox.json")
    addresses = {"email": "mail://127.0.0.1?imap=1&smtp=2"}
    (tmp_path / "sandbox.json").write_text(json.dumps({"url": url, "addresses": addresses}))
    pages = "/_sandbox/email/pages"
    sandbox.answers[("GET", pages)] = (200, {"pages": [{"id": "post@havbris.example"}]})
    sandbox.answers[("PUT", f"{pages}/post@havbris.example/faults")] = (200, {"mail_giant": None})

    assert run("simulate", "--platform", "email", "--switch", "mail-giant=40") == '{"mail_giant": null}\n'
    assert sandbox.asked[-1][2] == {"mail-giant": 40}


def test_simulating_without_a_sandbox_or_against_its_will(sandbox, settings):
    with pytest.raises(CommandError, match="The sandbox refused: not played"):
        run("simulate")
    settings.PLATFORM_URLS = {}
    with pytest.raises(CommandError, match="No sandbox runs here"):
        run("simulate")
