"""The whole product as `make run` starts it, and a Chromium that uses it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pytest

from tests.chromium import CHROMIUM, running_chromium

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = "104000000000001"
PASSWORD = "havbris-demo"
START_SECONDS = 90


def pytest_collection_modifyitems(items):
    """All of one group: one worker starts one tree."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.timeout(240))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium here: browser tests are left out"))


class Product:
    """A running tree: its pages, its sandbox, and its processes."""

    def __init__(self, home, port, process):
        self.home, self.process = home, process
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx.Client(timeout=20)
        self.sessions = {}  # by first name: a person signs in once, however many pages they open

    @property
    def sandbox(self):
        return json.loads((self.home / "sandbox" / "sandbox.json").read_text())["url"]

    def control(self, method, path, body=None):
        answer = self.http.request(method, f"{self.sandbox}/_sandbox/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def comment(self, person, message, **words):
        return self.control("POST", f"facebook/pages/{PAGE}/comments", {"person": person, "message": message, **words})

    def standing(self):
        return self.control("GET", f"facebook/pages/{PAGE}")

    def pids(self, *words):
        """Processes of this tree whose command line holds every word."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                environment = (entry / "environ").read_bytes()
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            mine = str(self.home).encode() in environment or str(self.home) in line
            if mine and all(word in line for word in words):
                found.append(int(entry.name))
        return sorted(found)

    def ready(self, seconds=START_SECONDS):
        def answers():
            return self.http.get(f"{self.url}/readyz").status_code == 200

        return wait_until(answers, seconds, "the product is ready")


def wait_until(check, seconds, what):
    """Poll until `check` gives something true; what it gave. A fault on the way counts as not yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := check():
                return found
        except (httpx.HTTPError, OSError, KeyError, ValueError):
            pass
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s until {what}")


@pytest.fixture(name="wait_until", scope="session")
def wait_until_fixture():
    return wait_until


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _environment(home, port):
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith("SAMSVAR_") and k not in ("DATABASE_URL", "REDIS_URL")
    }
    return kept | {"SAMSVAR_HOME": str(home), "PORT": str(port)}


@pytest.fixture(scope="session")
def product():
    """`manage.py up` on a port and home of its own."""
    home = Path(tempfile.mkdtemp(prefix="sv-browser-"))
    port = _free_port()
    log = (home.parent / f"{home.name}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up"], cwd=CHECKOUT, env=_environment(home, port), stdout=log, stderr=log
    )
    running = Product(home, port, process)
    try:
        running.ready()
        wait_until(lambda: running.standing()["posts"], 30, "the demo page stands in the sandbox")
        yield running
    finally:
        running.http.close()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        log.close()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def chromium():
    """One per file."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def open_page(chromium, product):
    """open_page(width, height, signed_in="mikko", javascript=True, dark=False) → a page without console errors."""
    contexts, troubles = [], []

    def open_it(width=1440, height=900, signed_in="mikko", javascript=True, dark=False):
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            base_url=product.url,
            storage_state=product.sessions.get(signed_in),
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        if signed_in and signed_in not in product.sessions:
            sign_in(page, f"{signed_in}@havbris.example")
            product.sessions[signed_in] = context.storage_state()
        return page

    open_it.troubles = troubles
    yield open_it
    for context in contexts:
        context.close()
    assert troubles == []


def sign_in(page, email, to="**/inbox/**"):
    """As a person does it."""
    page.goto("/sign-in")
    page.get_by_label("Work email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(to)
