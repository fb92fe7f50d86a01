"""A real web process over the test's own database, and Chromium on it: live rules without the whole product.

Rows are made in threads of their own: Playwright's loop lives in the test's thread, where Django would refuse.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.chromium import CHROMIUM, running_chromium

ROOT = Path(__file__).parents[3]


def pytest_collection_modifyitems(items):
    """A file stays on one worker; none where there is no browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(
                pytest.mark.xdist_group(item.path.stem)
            )  # one web process per worker, one Chromium per file
            item.add_marker(pytest.mark.timeout(120))
            item.add_marker(pytest.mark.django_db(transaction=True))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium here: browser tests are left out"))


class Web:
    """`python -m inbox.serve` on a port of its own. It can be killed and started again there."""

    def __init__(self, database):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.environment = os.environ | {
            "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl(),
            "SAMSVAR_LISTEN_FD": str(self.listener.fileno()),
            "SAMSVAR_BEAT_SECONDS": "1",
            "SAMSVAR_UNDO_SECONDS": "30",
        }
        self.process = None

    def start(self):
        """Start, and wait until it answers."""
        command = [sys.executable, "-m", "inbox.serve"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, pass_fds=[self.listener.fileno()])
        until = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
                    return
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.05)

    def kill(self):
        """As a crash does it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self):
        """As an upgrade does it."""
        self.process.terminate()
        self.process.wait(20)
        self.listener.close()


@pytest.fixture(scope="session")
def web(django_db_setup, django_db_blocker, _collected):
    """The web process of all these tests."""
    with django_db_blocker.unblock():
        name = connection.settings_dict["NAME"]
    running = Web(name)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def chromium():
    """One per file."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with running_chromium() as browser:
        yield browser
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Contexts:
    """Browsers without a memory but their cache: a new one would fetch and compile every script again."""

    def __init__(self, chromium, url):
        self.chromium, self.url = chromium, url
        self.free = {True: [], False: []}  # by whether scripts run
        self.shut = set()

    def take(self, javascript):
        """Gives: a context in which nobody is signed in."""
        if self.free[javascript]:
            return self.free[javascript].pop()
        context = self.chromium.new_context(base_url=self.url, java_script_enabled=javascript,
                                            viewport={"width": 1440, "height": 900})  # fmt: skip
        context.on("close", lambda closed: self.shut.add(closed))
        return context

    def give_back(self, context, javascript):
        """Close its pages and forget who was in it; a page's session storage goes with the page."""
        if context in self.shut:
            return
        for page in context.pages:
            page.close()
        context.clear_cookies()
        context.set_offline(False)
        self.free[javascript].append(context)


@pytest.fixture(scope="module")
def contexts(chromium, web):
    """The contexts of a file."""
    return Contexts(chromium, web.url)


class Line:
    """The page's socket, which a test can silence, as sleep does, or rob of single frames."""

    def __init__(self):
        self.asleep = False
        self.mute = False  # the server does not hear the page
        self.rob = lambda _frame: False
        self.sent, self.heard = [], []
        self.routes = []

    def route(self, page_side):
        """Stand between the page and the server."""
        server_side = page_side.connect_to_server()
        self.routes.append(page_side)

        def down(frame):
            if not self.asleep and not self.rob(frame):
                self.heard.append(frame)
                page_side.send(frame)

        def up(frame):
            self.sent.append(frame)
            if not self.asleep and not self.mute:
                server_side.send(frame)

        server_side.on_message(down)
        page_side.on_message(up)


@pytest.fixture
def open_page(contexts, web, browser_of):
    """open_page(user, path, line=Line()) → a page of a signed-in colleague, without console errors."""
    taken, clocked, troubles = [], set(), []

    def open_it(user, path="/inbox/all?sort=newest", *, line=None, javascript=True, clock=False, context=None):
        if context is None:
            context = contexts.take(javascript)
            taken.append((context, javascript))
            key = browser_of(user).session.session_key
            context.add_cookies([{"name": "sessionid", "value": key, "url": web.url}])
        page = context.new_page()
        open_it.pages.append(page)
        page.set_default_timeout(10_000)
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        if line is not None:
            page.route_web_socket("**/live/", line.route)
        if clock:
            clocked.add(context)
            page.clock.install()
        page.goto(path)
        return page

    open_it.troubles, open_it.pages = troubles, []
    yield open_it
    for context, javascript in taken:
        if context in clocked:  # its clock stays
            context.close()
        contexts.give_back(context, javascript)
    _until_quiet()
    assert troubles == []


def _until_quiet():
    """The server finishes what a closed page had begun, before the tables are emptied under it."""
    until = time.monotonic() + 5
    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> %s"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (mine,) = cursor.fetchone()
        quiet = 0
        while quiet < 3 and time.monotonic() < until:
            time.sleep(0.03)
            cursor.execute(busy, [mine])
            quiet = 0 if cursor.fetchone()[0] else quiet + 1


@pytest.fixture
def town(written):
    """Six cases; the last one is the newest."""
    return [written(f"Sak {n}") for n in range(6)]


@pytest.fixture
def new_line():
    """A line for `open_page`."""
    return Line


@pytest.fixture
def aside():
    """aside(call) runs a piece of Django's in another thread while the page goes on; gives a future."""
    with ThreadPoolExecutor(1) as pool:

        def run(call, *args):
            def closed():
                try:
                    return call(*args)
                finally:
                    connection.close()

            return pool.submit(closed)

        yield run


@pytest.fixture
def wait_until(open_page):
    """Poll until a check gives something true; the pages go on meanwhile, which they do not while we sleep."""

    def wait(check, what="it happens", seconds=10):
        until = time.monotonic() + seconds
        while not (found := check()):
            assert time.monotonic() < until, f"waited {seconds} s until {what}"
            open_page.pages[-1].wait_for_timeout(50)
        return found

    return wait
