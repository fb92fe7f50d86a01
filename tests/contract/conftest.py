"""What the contract suite stands on: one case per platform from its fixtures, and a fake platform on loopback."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.kit import registry
from connectors.kit.base import Account, OutgoingFile, OutgoingPart, RawRequest
from connectors.kit.http import TimeLimits, session_for
from connectors.kit.manifest import Action, Arrival
from tests.contract.fake_mail import FakeMail, decoded
from tickets.intake.items import Recipient

FIXTURES = Path(__file__).parent / "fixtures"
APP_SECRET = "planted-app-secret-5f1c"
TOKEN = "planted-access-token-9b7e"


def plain(value: Any) -> Any:
    """An item as JSON would hold it: its type, and the fields that say something of their own."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if not dataclasses.is_dataclass(value):
        return value
    shown: dict[str, Any] = {"type": type(value).__name__}
    for each in dataclasses.fields(value):
        found = getattr(value, each.name)
        default = each.default_factory() if callable(each.default_factory) else each.default
        if found != default and each.name != "platform":
            shown[each.name] = plain(found)
    return shown


@dataclasses.dataclass(frozen=True)
class Case:
    """One platform under test: its connector and what its fixtures say."""

    key: str
    facts: dict[str, Any]

    @property
    def connector(self):
        return registry.get(self.key)

    @property
    def manifest(self):
        return self.connector.manifest

    @property
    def has_webhooks(self) -> bool:
        return Arrival.WEBHOOK in self.manifest.arrives_by

    def needs(self, *, some: str) -> None:
        """Skip where the fixtures list nothing of a kind; that they list all the manifest declares is a test too."""
        if not self.facts[some]:
            pytest.skip(f"this platform has no {some}")

    def needs_webhooks(self) -> None:
        """Skip where nothing is pushed to us; that nothing gets in there is a test too."""
        if not self.has_webhooks:
            pytest.skip("this platform has no webhooks")

    def payloads(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in sorted((FIXTURES / self.key / "payloads").glob("*.json"))]

    def needs_http(self) -> None:
        """Skip what is about HTTP itself; what stands in its place for another transport has tests of its own."""
        if "transport" in self.facts:
            pytest.skip("this platform is not called over HTTP")

    @staticmethod
    def bytes_of(payload: dict[str, Any]) -> bytes:
        """A payload as it reaches us: JSON, or raw text with the line ends of mail."""
        if "raw" in payload:
            return str(payload["raw"]).replace("\n", "\r\n").encode()
        return json.dumps(payload["body"]).encode()

    def delivery(
        self, body: bytes, received_at: datetime, headers: dict[str, str] | None = None, method: str = "POST"
    ) -> RawRequest:
        """Bytes as `parse` gets them; a fetched piece also knows whose it is."""
        owner = (self.facts["account"], APP_SECRET) if "transport" in self.facts else ()
        return RawRequest(method, headers or {}, {}, body, received_at, *owner)

    def request(self, payload: dict[str, Any]) -> RawRequest:
        at = datetime.fromisoformat(payload["received_at"])
        return self.delivery(self.bytes_of(payload), at, payload.get("facts"))

    @staticmethod
    def part(facts: dict[str, Any]) -> OutgoingPart:
        """A part as the fixtures write it."""
        made = dict(facts)
        made["recipients"] = tuple(Recipient(*each) for each in facts.get("recipients", ()))
        made["references"] = tuple(facts.get("references", ()))
        made["files"] = tuple(OutgoingFile(*each[:2], decoded(each[2])) for each in facts.get("files", ()))
        for name in ("made_at", "heard_at"):
            made[name] = datetime.fromisoformat(facts[name]) if name in facts else None
        return OutgoingPart(**made)

    def account(self, session: Any, base_url: str | None) -> Account:
        now = datetime.fromisoformat(self.facts["now"])
        credentials = {self.facts["credential"]: TOKEN, **self.facts.get("settings", {})}
        return Account(self.facts["account"], credentials, APP_SECRET, base_url, session, clock=lambda: now)

    def calls(self, account: Account) -> list[tuple[str, Any]]:
        """Every call the platform offers, as (is it a read, a send or an action; a function without arguments)."""
        connector, calls = self.connector, []
        for each in self.facts["sends"]:
            part = self.part(each["part"])
            calls.append(("send", lambda part=part: connector.send(account, part)))
        for each in self.facts["moderations"]:
            action, target = Action(each["action"]), each["target"]
            calls.append(("moderate", lambda action=action, target=target: connector.moderate(account, action, target)))
        if Arrival.POLL in self.manifest.arrives_by:
            calls.append(("read", lambda: connector.poll(account, None)))
        return calls

    def needed_calls(self, account: Account) -> list[tuple[str, Any]]:
        """The calls of a platform that is called at all; skips the test for others."""
        return self.calls(account) or pytest.skip("this platform is never called")


@dataclasses.dataclass
class Call:
    """A request as the fake platform saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body)) if "urlencoded" in self.headers.get("content-type", "") else {}

    @property
    def json(self) -> Any:
        return json.loads(self.body) if "json" in self.headers.get("content-type", "") else None

    def require(self, expected: dict[str, Any]) -> None:
        """As the fixtures describe a call: method, path, and either fields of a form or the whole JSON body."""
        assert (self.method, self.path) == (expected["method"], expected["path"])
        if "json" in expected:
            assert self.json == expected["json"]
        else:
            assert expected["form"].items() <= self.form.items()


class FakePlatform:
    """A real HTTP server that answers from a table of routes, or misbehaves as told by `fault`."""

    faults: tuple[dict[str, Any] | None, ...] = (
        None, {"drop": True}, {"status": 502, "body": "<html>"}, {"status": 200, "body": "not json"},
        {"status": 302, "body": "", "headers": {"Location": "https://evil.example/"}},
        {"status": 200, "body": "{", "headers": {"Content-Length": "99"}},
    )  # fmt: skip
    unavailable = {"status": 502, "body": "<html>"}

    @staticmethod
    def address(port: int) -> str:
        """Where a fake would be that listens on `port`."""
        return f"http://127.0.0.1:{port}"

    def kinds(self, _answer: dict[str, Any]) -> set[str]:
        """Which calls an answer of the fixtures is about: over HTTP all of them."""
        return {"read", "send", "moderate"}

    def __init__(self, routes: list[dict[str, Any]]) -> None:
        self.routes = routes
        self.calls: list[Call] = []
        self.targets: list[str] = []
        self.fault: dict[str, Any] | None = None
        self.released = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement

            def handle(self) -> None:
                try:
                    super().handle()
                except (ConnectionError, TimeoutError):
                    self.close_connection = True

            def do_GET(self) -> None:
                fake.answer(self)

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()
        self.url = self.address(self.server.server_port)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0)).decode("utf-8", "replace")
        parts = urlsplit(handler.path)
        call = Call(
            handler.command,
            parts.path,
            dict(parse_qsl(parts.query)),
            {name.lower(): value for name, value in handler.headers.items()},
            body,
        )
        self.calls.append(call)
        self.targets.append(handler.path)
        fault = self.fault
        if fault and fault.get("hang"):
            self.released.wait(5)
            handler.close_connection = True
        elif fault and fault.get("drop"):
            handler.close_connection = True
        else:
            self.write(handler, fault or self.route(call))

    def route(self, call: Call) -> dict[str, Any]:
        for route in self.routes:
            asked = {name: call.query.get(name, "") for name in route.get("query", {})}
            if (route["method"], route["path"]) == (call.method, call.path) and asked == route.get("query", {}):
                return route
        return {"status": 404, "body": "<h1>no such route</h1>"}

    @staticmethod
    def write(handler: BaseHTTPRequestHandler, answer: dict[str, Any]) -> None:
        body = answer.get("body", "")
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(data)), **answer.get("headers", {})}
        handler.send_response_only(answer.get("status", 200))  # without the Date of this machine
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)
        if headers["Content-Length"] != str(len(data)):
            handler.close_connection = True

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that asks for `case` runs for each platform, or for the one its module names in PLATFORM."""
    if "case" in metafunc.fixturenames:
        only = getattr(metafunc.module, "PLATFORM", None)
        keys = (only,) if only else registry.keys()
        cases = [Case(key, json.loads((FIXTURES / key / "platform.json").read_text())) for key in keys]
        metafunc.parametrize("case", cases, ids=[case.key for case in cases])


@pytest.fixture
def fake(case: Case) -> Iterator[FakePlatform | FakeMail]:
    platform: FakePlatform | FakeMail
    match case.facts.get("transport"):
        case "mail":
            platform = FakeMail(case.facts, case.key, TOKEN)
        case _:
            platform = FakePlatform(case.facts["routes"])
    yield platform
    platform.close()


@pytest.fixture
def account(case: Case, fake: FakePlatform | FakeMail) -> Iterator[Account]:
    session = session_for(case.manifest.hosts, fake.url, TimeLimits(connect=2, read=1, whole=3))
    yield case.account(session, fake.url)
    session.close()


@pytest.fixture(name="plain")
def plain_fixture() -> Any:
    return plain


@pytest.fixture
def secrets() -> tuple[str, str]:
    return APP_SECRET, TOKEN
