"""A started sandbox that plays X, our webhook door as X sees it, and an account connected to both."""

import json
import threading
import time

import httpx
import pytest

from connectors.kit import errors
from connectors.kit.base import Account, OutgoingPart, Secrets
from connectors.kit.http import TimeLimits, session_for
from connectors.platforms.x import connector
from connectors.platforms.x.stream import Pace, listen
from tests.playing import Door, sandbox_at

US = "1650000000000000119"
CREDENTIALS = {
    "access_token": "sandbox-token",
    "refresh_token": "sandbox-refresh",
    "client_id": "havbris-app",
    "client_secret": "client-secret",
    "app_token": "sandbox-app-token",
    "handle": "havbris_test",
}
SECRETS = Secrets("sandbox-consumer-secret")


class Sandbox:
    """A started sandbox process, and the control API of its X."""

    def __init__(self, url):
        self.http = httpx.Client(base_url=url, timeout=10)
        self.url = url

    def __call__(self, method, path="", **body):
        answer = self.http.request(method, f"/_sandbox/x/pages/{US}{path}", json=body or None)
        answer.raise_for_status()
        return answer.json()

    def post(self, message, **more):
        return self("POST", "/posts", message=message, **more)

    def switch(self, **switches):
        self("PUT", "/faults", **switches)

    def posts(self):
        return {post["id"]: post for post in self("GET")["posts"]}


class Receiver(Door):
    """Our webhook door, as far as X sees it."""

    def __init__(self):
        super().__init__(lambda _path, raw: connector.challenge(raw, SECRETS))
        self.url += "/webhooks/x/key/"

    def next(self):
        wait_for(lambda: self.kept)
        return self.kept.pop(0)


def wait_for(met, seconds=8.0):
    until = time.monotonic() + seconds
    while not (value := met()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)
    return value


@pytest.fixture(scope="module")
def receiver():
    running = Receiver()
    yield running
    running.close()


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    with sandbox_at(tmp_path_factory.mktemp("sandbox")) as told:
        yield told["url"]


@pytest.fixture
def sandbox(process, receiver):
    playing = Sandbox(process)
    registration = {**CREDENTIALS, "name": "Havbris", "app_secret": SECRETS.app_secret, "seed_posts": False}
    told = playing("PUT", callback_url=receiver.url, **registration)
    assert told == {"verified": True}
    receiver.kept.clear()
    yield playing
    playing("POST", "/streams/close")
    playing.http.request("DELETE", f"/_sandbox/x/pages/{US}")
    playing.http.close()


@pytest.fixture
def account(sandbox):
    session = session_for(connector.manifest.hosts, sandbox.url, TimeLimits(connect=2, read=1))
    yield Account(US, dict(CREDENTIALS), SECRETS.app_secret, sandbox.url, session)
    session.close()


@pytest.fixture
def credentials():
    return dict(CREDENTIALS)


@pytest.fixture
def secrets():
    """What webhooks are signed with."""
    return SECRETS


@pytest.fixture(name="wait_for")
def wait_for_fixture():
    return wait_for


@pytest.fixture
def reply():
    """reply("208…", "text", …) → a part to send."""

    def make(target, text="Vi ser på det", **words):
        return OutgoingPart(kind="text", text=text, target_external_id=target, thread_root=target, **words)

    return make


@pytest.fixture
def whole_pass():
    """whole_pass(account, cursor) → all items, the cursor after them, the last page."""

    def run(account, cursor=None):
        items, more = [], True
        while more:
            page = connector.poll(account, cursor)
            items += page.items
            cursor, more = json.loads(json.dumps(page.cursor)), page.more
        return items, cursor, page

    return run


class Listening:
    """`listen` in a thread of its own, as the listener holds it."""

    def __init__(self, account, **pace):
        self.heard, self.stopped, self.error = [], threading.Event(), None
        self._account, self._pace = account, Pace(**{"network_step": 0.05, "http_first": 0.05, **pace})
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            for heard in listen(self._account, self.stopped.is_set, self._pace):
                self.heard.append(heard)
        except errors.ConnectorError as error:
            self.error = error

    def pieces(self):
        return [heard for heard in self.heard if heard is not None]

    def stop(self):
        self.stopped.set()
        self.thread.join(timeout=6)
        assert not self.thread.is_alive()


@pytest.fixture
def listening():
    """listening(account, silence=…) → the stream held in a thread."""
    return Listening
