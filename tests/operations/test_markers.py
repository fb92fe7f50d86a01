"""Unique markers go wherever people, scripts and platforms can put words; afterwards none is in any log line, broker
message, key, value or logged address. Everything runs as processes, and every logger at DEBUG.
"""

import hashlib
import hmac
import json
import re
import sys
import uuid
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pytest
from websockets.sync.client import connect

from tests.operations.listening import Babbler, Wire

PAGE = "104000000000001"
KINDS = (
    "message", "name", "note", "brokennote", "reply", "query", "password", "wrongpassword", "appsecret", "verifytoken",
    "accesstoken", "newtoken", "unreadable", "garbage", "badsignature", "signature", "cookie", "header", "idempotency",
    "badjson", "field", "frame", "path", "agent", "handshake", "brokenmessage",
)  # fmt: skip
PLANS = ("ok", "refused", "later", "html", "drop", "garbled", "unstored")
SETTLED = ("sent", "failed", "unknown")


@pytest.fixture
def markers():
    """A word of its own for each kind, and contact values that stand nowhere else."""
    words = {kind: f"Zq{kind}{uuid.uuid4().hex[:10]}" for kind in KINDS}
    number = str(uuid.uuid4().int)
    return words | {"phone": f"4{number[:7]}", "mail": f"zq{uuid.uuid4().hex[:10]}@fjord.example"}


@pytest.fixture
def babbler():
    one = Babbler()
    yield one
    one.close()


_PEOPLE = """
from core.users.models import User
from tickets.models import Brand, Team
Team.objects.create(name="First line", slug="first-line")
Brand.objects.create(name="Fjord", slug="fjord")
user = User(email="{mail}", name="{name}", role="lead")
user.set_password("{password}")
user.save()
"""


class Product:
    """The running product, whoever uses it, and what everybody said."""

    def __init__(self, house, markers, babbler, address, sql, wait_until):
        self.house, self.markers, self.babbler = house, markers, babbler
        self.address, self.sql, self.wait_until = address, sql, wait_until
        self.base = f"http://127.0.0.1:{house.environment['PORT']}"
        self.http = httpx.Client(base_url=self.base, timeout=30, headers={"User-Agent": markers["agent"]})
        self.number = 0

    def prepare(self):
        m = self.markers
        self.house.manage("migrate", "-v", "0")
        self.house.manage("collectstatic", "--no-input", "-v", "0")
        self.house.manage("shell", "-c", _PEOPLE.format(**m))
        facts = {"external_id": PAGE, "name": "Fjord", "app_secret": m["appsecret"], "verify_token": m["verifytoken"],
                 "access_token": m["accesstoken"]}  # fmt: skip
        words = [f"{name}={value}" for name, value in facts.items()]
        self.channel = json.loads(self.house.manage("channel", "add", "facebook", "--set", *words, "--json").stdout)
        made = self.house.manage("token", "create", "--user", m["mail"], "--json").stdout
        self.token = json.loads(made)["token"]
        self.house.start("web", sys.executable, "-m", "inbox.serve")
        self.house.start("worker", sys.executable, "-m", "inbox.worker")
        self.wait_until(lambda: self.http.get("/readyz").status_code == 200, 90, "the product is ready")

    def webhook(self, body, secret=None, **headers):
        signature = (
            "sha256=" + hmac.new((secret or self.markers["appsecret"]).encode(), body, hashlib.sha256).hexdigest()
        )
        return self.http.post(
            self.channel["webhook_path"], content=body, headers={"X-Hub-Signature-256": signature} | headers
        ).status_code

    def form(self, path, page, **fields):
        """Send a form as the browser does."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.http.get(page).text)[1]
        return self.http.post(path, data=fields | {"csrfmiddlewaretoken": token}, headers={"Referer": self.base})

    def api(self, method, path, **more):
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return self.http.request(method, f"/api/v1/{path}", headers=headers, **more)

    def rows(self, statement):
        return self.sql(self.address, statement)


@pytest.fixture
def product(house, markers, babbler, servers, new_database, secret_values, free_port, sql, wait_until, tmp_path):
    address = new_database()
    environment = secret_values | {
        "DATABASE_URL": address, "REDIS_URL": servers[1].replace("db=0", "db=5"), "SAMSVAR_DEMO": "1",
        "SAMSVAR_LOG_LEVEL": "DEBUG", "SAMSVAR_HOME": str(tmp_path / "home"), "PORT": str(free_port),
        "SAMSVAR_STATIC_ROOT": str(tmp_path / "static"), "SAMSVAR_UNDO_SECONDS": "0", "SAMSVAR_BEAT_SECONDS": "1",
        "SAMSVAR_PLATFORM_URLS": f"facebook={babbler.url}", "PYTHONASYNCIODEBUG": "1",
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }  # fmt: skip
    one = Product(house(environment), markers, babbler, address, sql, wait_until)
    yield one
    one.http.close()


def drive_webhooks(product, comment_body):
    m = product.markers
    text = f"{m['message']} ring {m['phone']} eller skriv til {m['mail']}"
    now = datetime.now(UTC)
    for number in range(len(PLANS) + 2):
        body = comment_body(f"1_{number}", f"{text} {number}", at=now, person=f"71{number}", name=m["name"])
        assert product.webhook(body) == 200
    product.rows("ALTER TABLE tickets_message ADD CONSTRAINT broken CHECK (text NOT LIKE '%brokenmessage%') NOT VALID")
    assert product.webhook(comment_body("1_800", m["brokenmessage"], at=now, person="7999")) == 200
    assert product.webhook(comment_body("1_801", m["badsignature"], at=now), secret=m["signature"]) == 401
    assert product.webhook(m["garbage"].encode()) == 200
    assert product.webhook(json.dumps({"object": "page", "entry": [{"id": m["unreadable"], "changes": {
        m["unreadable"]: 1}}]}).encode()) == 200  # fmt: skip
    assert product.webhook(b" " * 1_048_577) == 413
    product.http.get(product.channel["webhook_path"], params={
        "hub.mode": "subscribe", "hub.verify_token": m["handshake"], "hub.challenge": m["handshake"]})  # fmt: skip
    assert product.http.post(f"/webhooks/meta/{m['path']}/", content=m["garbage"]).status_code == 404
    product.wait_until(
        lambda: product.rows("SELECT count(*) FROM tickets_ticket")[0][0] == len(PLANS) + 2, 40, "tickets"
    )
    product.wait_until(
        lambda: product.rows("SELECT count(*) FROM connectors_delivery WHERE state = 'unreadable'")[0][0] == 3,
        40, "unreadable deliveries",
    )  # fmt: skip


def drive_pages(product):
    m, http = product.markers, product.http
    assert product.form("/sign-in", "/sign-in", email=m["mail"], password=m["wrongpassword"]).status_code == 422
    assert product.form("/sign-in", "/sign-in", email=m["mail"], password=m["password"]).status_code == 302
    number, thread = product.rows(
        "SELECT number, thread_id FROM tickets_ticket t JOIN tickets_ticketthread tt ON tt.ticket_id = t.id"
        " ORDER BY t.id DESC LIMIT 1")[0]  # fmt: skip
    words = {"Cookie": "; ".join([f"x={m['cookie']}", *(f"{k}={v}" for k, v in http.cookies.items())])}
    assert http.get(f"/inbox/all?q={m['query']}", headers=words | {"X-Word": m["header"]}).status_code == 200
    assert http.get(f"/case/{number}?from={m['query']}").status_code == 200
    assert http.get(f"/inbox/{m['path']}").status_code == 404
    assert http.get("/inbox/all", headers={"Host": f"{m['header']}.example"}).status_code == 400
    page = f"/case/{number}"
    fields = {"mode": "public", "thread_id": thread, "client_key": str(uuid.uuid4())}
    assert product.form(f"{page}/reply", page, text=m["reply"], **fields).status_code in (200, 302)
    note = {"mode": "note", "client_key": str(uuid.uuid4())}
    assert product.form(f"{page}/note", page, text=f"{m['note']} {m['phone']}", **note).status_code in (200, 302)
    product.rows("ALTER TABLE tickets_note ADD CONSTRAINT broken CHECK (text NOT LIKE '%brokennote%') NOT VALID")
    note["client_key"] = str(uuid.uuid4())
    answer = product.form(f"{page}/note", page, text=m["brokennote"], **note)
    assert answer.status_code == 500
    assert m["brokennote"] not in answer.text
    return re.search(r"Reference ([0-9A-F]{8})", answer.text)[1]


def drive_socket(product, comment_body):
    m = product.markers
    cookies = "; ".join(f"{k}={v}" for k, v in product.http.cookies.items())
    address = product.base.replace("http", "ws") + "/live/"
    with connect(address, origin=product.base, additional_headers={"Cookie": cookies}) as socket:
        socket.send(json.dumps({"type": "hello", "case": None}))
        socket.send(json.dumps({"type": m["frame"]}))
        socket.send("{" + m["frame"])
        body = comment_body("1_900", m["message"], at=datetime.now(UTC), person="7900", name=m["name"])
        assert product.webhook(body) == 200
        frame = ""
        while m["message"] not in frame:
            frame = socket.recv(timeout=20)


def drive_api(product):
    m = product.markers
    assert product.api("GET", f"tickets/?q={m['query']}").status_code == 200
    assert product.api("GET", f"tickets/?{m['field']}=1").status_code < 500
    assert product.http.get("/api/v1/tickets/", headers={"Authorization": f"Bearer {m['header']}"}).status_code == 401
    tickets = [one["id"] for one in product.api("GET", "tickets/?limit=50").json()["results"]]
    key = {"Idempotency-Key": m["idempotency"]}
    bad = product.api("POST", f"tickets/{tickets[0]}/replies/", content="{" + m["badjson"], headers=key | {
        "Content-Type": "application/json"})  # fmt: skip
    assert bad.status_code in (400, 422)
    assert (
        product.api(
            "POST", f"tickets/{tickets[0]}/replies/", json={"text": "x", m["field"]: 1}, headers=key
        ).status_code
        < 500
    )
    return tickets


def drive_sends(product, tickets):
    """Every way a send can end, each in a thread of its own; the channel-wide ones last."""
    m = product.markers
    product.rows(
        "ALTER TABLE tickets_message ADD CONSTRAINT strange CHECK (external_id NOT LIKE '%refused%') NOT VALID"
    )

    def send(ticket, plan):
        text = {"text": f"{m['reply']} {m['mail']} plan={plan}"}
        answer = product.api("POST", f"tickets/{ticket}/replies/", json=text, headers={"Idempotency-Key": f"k{plan}"})
        assert answer.status_code == 201, answer.text

    for ticket, plan in zip(tickets, PLANS, strict=False):
        send(ticket, plan)
    wanted = set(PLANS)
    product.wait_until(lambda: wanted <= {word for word, _path in product.babbler.calls}, 40, "every plan was tried")
    for place, plan in enumerate(("limited", "blocked", "dead"), len(PLANS)):
        product.rows("UPDATE tickets_part SET state = 'failed' WHERE state = 'queued'")
        product.rows("UPDATE connectors_account SET health = 'ok', held_until = NULL")
        send(tickets[place], plan)
        held = (
            "SELECT 1 FROM tickets_part, connectors_account WHERE state = 'queued' AND reason <> '' AND health <> 'ok'"
        )
        product.wait_until(lambda held=held: product.rows(held), 40, f"the channel rests: {plan}")


def test_no_marker_is_anywhere(product, markers, comment_body, servers):
    wire = Wire(product.house.environment["REDIS_URL"])
    product.prepare()
    drive_webhooks(product, comment_body)
    reference = drive_pages(product)
    drive_socket(product, comment_body)
    tickets = drive_api(product)
    drive_sends(product, tickets)
    product.rows("UPDATE tickets_part SET state = 'failed' WHERE state = 'queued'")
    product.rows("UPDATE connectors_account SET health = 'ok', held_until = NULL, next_poll_at = now()")
    product.wait_until(
        lambda: any("/_sandbox" not in p and w == "list" for w, p in product.babbler.calls), 40, "a poll"
    )
    product.house.manage("channel", "reconnect", "1", "--set", f"access_token={markers['newtoken']}")
    doctor = product.house.manage("doctor", ok=False)
    product.house.stop()

    logs, told = product.house.printed(), wire.stop()

    for evidence in (
        f"reference={reference}", "django.db.utils.IntegrityError", "is unreadable", "urllib3", "uvicorn", "httpx",
        "celery", "django.security", "connectors.send", "WARNING", "DEBUG",
    ):  # fmt: skip
        assert evidence in logs, evidence
    assert "connectors.sweep_send" in told
    assert "samsvar:live" in told
    assert len(wire.heard) > 100
    everywhere = {"logs": logs, "broker": told, "doctor": doctor.stdout + doctor.stderr}
    found = {
        (kind, place): text[max(0, text.find(shape) - 300) : text.find(shape) + 100]
        for kind, word in (markers | {"token": product.token}).items()
        for shape in (word, quote(word), word.lower())
        for place, text in everywhere.items()
        if shape in text
    }
    assert found == {}
