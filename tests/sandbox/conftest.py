"""A really started sandbox, a real receiver of webhooks on loopback, and the real facebook-sdk between them."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import facebook
import pytest
import requests

from tests.sandbox.mail_clients import MailboxUnderTest

ROOT = Path(__file__).parents[2]
SECRET, VERIFY = "app-secret-of-the-test", "verify-me"


def wait_for(met: Callable[[], Any], seconds: float = 8.0) -> Any:
    """The first true value of `met`; fails when the time is over."""
    until = time.monotonic() + seconds
    while not (value := met()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)
    return value


@dataclass
class Process:
    """One sandbox process."""

    home: Path
    process: subprocess.Popen[bytes]
    url: str
    session: requests.Session = field(default_factory=requests.Session)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.session.close()
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End it politely; gives the exit status."""
        self.session.close()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=5)

    def ask(self, method: str, path: str, body: object = None, status: int | None = None) -> Any:
        """Call the control API and give the JSON answer."""
        answer = self.session.request(method, self.url + path, json=body, timeout=5)
        if status is None:
            assert answer.ok, answer.text
        else:
            assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


def start(home: Path, *arguments: str) -> Process:
    """Start a sandbox over `home` and wait until it says where it listens."""
    command = [sys.executable, "-m", "sandbox", "--home", str(home), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    address = home / "sandbox.json"

    def ready() -> str | None:
        assert process.poll() is None, "the sandbox ended"
        if not address.exists():
            return None
        told = json.loads(address.read_text())
        return str(told["url"]) if told["pid"] == process.pid else None

    return Process(home, process, wait_for(ready))


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts sandboxes of the test's own; what still runs at the end is killed."""
    running: list[Process] = []

    def begin(*arguments: str, home: Path = tmp_path / "home") -> Process:
        running.append(start(home, *arguments))
        return running[-1]

    yield begin
    for process in running:
        if process.process.poll() is None:
            process.kill()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One sandbox for all tests that only need a page of their own."""
    process = start(tmp_path_factory.mktemp("sandbox"))
    yield process
    assert process.stop() == 0


@dataclass
class Receiver:
    """A webhook door: checks signatures, keeps bodies, answers as told."""

    server: ThreadingHTTPServer
    status: int = 200
    raw: list[bytes] = field(default_factory=list)
    signed: list[bool] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def changes(self) -> list[dict[str, Any]]:
        """Every change of every accepted body, in order of arrival."""
        return [change for body in list(self.raw) for entry in json.loads(body)["entry"] for change in entry["changes"]]

    def values(self) -> list[dict[str, Any]]:
        """The values of the changes."""
        return [change["value"] for change in self.changes()]

    def wait(self, number: int) -> list[dict[str, Any]]:
        """The values once there are that many; fails when there are more."""
        wait_for(lambda: len(self.values()) >= number)
        assert len(self.values()) == number
        return self.values()


def open_receiver(port: int = 0) -> Receiver:
    """Start a receiver on a port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            right = asked.get("hub.verify_token") == [VERIFY] and asked.get("hub.mode") == ["subscribe"]
            self.finish_with(200 if right else 403, asked.get("hub.challenge", [""])[0].encode() if right else b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signature = self.headers.get("X-Hub-Signature-256", "")
            if receiver.status == 200:
                right = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
                receiver.signatures.append(signature)
                receiver.signed.append(hmac.compare_digest(right, signature))
                receiver.raw.append(body)
            self.finish_with(receiver.status, b"")

        def finish_with(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    receiver = Receiver(server)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return receiver


def close_receiver(receiver: Receiver) -> None:
    """Stop listening."""
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver for one test."""
    made = open_receiver()
    yield made
    close_receiver(made)


_PAGE_NUMBERS = count(104_000_000_000_001)


@dataclass
class PageUnderTest:
    """A registered page: control calls below its address, and its Graph client."""

    process: Process
    id: str
    token: str
    graph: facebook.GraphAPI

    def ask(self, method: str, path: str = "", body: object = None, status: int | None = None) -> Any:
        """A control call about this page."""
        return self.process.ask(method, f"/_sandbox/facebook/pages/{self.id}{path}", body, status)

    def write(self, message: str = "Missä tilaus?", person: str | None = "Aino Kivisuvanto", **more: object) -> str:
        """A customer's comment; gives its id."""
        made = self.ask("POST", "/comments", {"message": message, "person": person, **more})
        return str(made["comment_id"])

    def refused(self, call: Callable[[], object]) -> dict[str, Any]:
        """The error object that a Graph call raises."""
        with pytest.raises(facebook.GraphAPIError) as raised:
            call()
        return dict(raised.value.result["error"])

    def newest_post(self) -> str:
        """The id of the page's newest seeded post."""
        return str([post for post in self.ask("GET")["posts"] if post["kind"] == "page"][-1]["id"])

    def faults(self, **switches: object) -> None:
        """Set switches."""
        self.ask("PUT", "/faults", switches)

    def comments(self) -> list[dict[str, Any]]:
        """The comments that stand on the page."""
        return list(self.ask("GET")["comments"])


def register(process: Process, callback_url: str, page_id: str | None = None, **more: object) -> PageUnderTest:
    """Register a page on a sandbox and give a client that calls it as our software would."""
    page_id = page_id or str(next(_PAGE_NUMBERS))
    token = f"token-{page_id}"
    body = {"name": "Havbris", "access_token": token, "app_secret": SECRET, "verify_token": VERIFY}
    body |= {"callback_url": callback_url, **more}
    answer = process.ask("PUT", f"/_sandbox/facebook/pages/{page_id}", body)
    assert answer == {"verified": True}
    facebook.FACEBOOK_GRAPH_URL = process.url + "/"
    graph = facebook.GraphAPI(access_token=token, version="3.1", timeout=2)
    graph.version = "v26.0"
    return PageUnderTest(process, page_id, token, graph)


@pytest.fixture
def page(sandbox: Process, receiver: Receiver) -> Iterator[PageUnderTest]:
    """A page of the test's own on the shared sandbox."""
    real = facebook.FACEBOOK_GRAPH_URL
    made = register(sandbox, receiver.url)
    yield made
    made.graph.session.close()
    made.ask("DELETE")
    facebook.FACEBOOK_GRAPH_URL = real


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """`wait_for`, for test files."""
    return wait_for


@pytest.fixture
def registered() -> Iterator[Callable[..., PageUnderTest]]:
    """`register`, for tests with sandboxes of their own; clients are closed at the end."""
    real, made = facebook.FACEBOOK_GRAPH_URL, []

    def begin(process: Process, callback_url: str, page_id: str | None = None, **more: object) -> PageUnderTest:
        made.append(register(process, callback_url, page_id, **more))
        return made[-1]

    yield begin
    for page in made:
        page.graph.session.close()
    facebook.FACEBOOK_GRAPH_URL = real


@pytest.fixture
def new_receiver() -> Iterator[Callable[..., Receiver]]:
    """Opens receivers, also on a port that was in use before; the second value closes one early."""
    open_ones: list[Receiver] = []

    def begin(port: int = 0) -> Receiver:
        open_ones.append(open_receiver(port))
        return open_ones[-1]

    yield begin
    for receiver in open_ones:
        close_receiver(receiver)


@pytest.fixture
def opened() -> Iterator[Callable[[Process], MailboxUnderTest]]:
    """The mailbox of a sandbox of the test's own; clients are closed at the end."""
    made: list[MailboxUnderTest] = []

    def begin(process: Process) -> MailboxUnderTest:
        made.append(MailboxUnderTest(process))
        return made[-1]

    yield begin
    for each in made:
        each.close()


@pytest.fixture
def mailbox(sandbox: Process) -> Iterator[MailboxUnderTest]:
    """The mailbox of the shared sandbox, empty at first."""
    made = MailboxUnderTest(sandbox)
    made.ask("DELETE")
    yield made
    made.close()
    made.ask("DELETE")
