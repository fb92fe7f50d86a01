"""Servers of their own, and the product's processes as a deployment starts them."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg2
import pytest
from psycopg2.extensions import parse_dsn

CHECKOUT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items):
    """What starts processes is slow, and all of it runs in one test worker."""
    for item in items:
        if Path(__file__).parent in item.path.parents and "servers" in item.fixturenames:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(300))
            item.add_marker(pytest.mark.xdist_group("operations"))


def wait_until(check, seconds, what):
    """Poll until `check` gives something true; what it gave. A fault on the way counts as not yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := check():
                return found
        except (httpx.HTTPError, OSError, KeyError, ValueError, psycopg2.Error):
            pass
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s until {what}")


@pytest.fixture(name="wait_until", scope="session")
def wait_until_fixture():
    return wait_until


@pytest.fixture(scope="session")
def servers():
    """A PostgreSQL and a Valkey of this folder's own: (database address, broker address)."""
    from core.embedded import throwaway_servers

    with throwaway_servers() as addresses:
        yield addresses


def run_sql(address, *statements):
    """Run statements, each on its own; the rows of the last one, if it has any."""
    connection = psycopg2.connect(address)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@pytest.fixture(scope="session")
def sql():
    """sql(address, statement, …) → rows of the last."""
    return run_sql


@pytest.fixture(scope="session")
def new_database(servers):
    """new_database() → the address of an empty database."""

    def make():
        name = f"db{uuid.uuid4().hex[:12]}"
        run_sql(servers[0], f"CREATE DATABASE {name}")
        parts = parse_dsn(servers[0])
        return f"postgres://{parts['user']}@/{name}?host={quote(parts['host'], safe='')}&port={parts['port']}"

    return make


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(name="free_port")
def free_port_fixture():
    return free_port()


@pytest.fixture
def secret_values():
    """Secrets of a deployment, by variable."""
    return {
        "SAMSVAR_SECRET_KEY": uuid.uuid4().hex * 2,
        "SAMSVAR_KEYS": "k1:" + base64.b64encode(os.urandom(32)).decode(),
        "SAMSVAR_HASH_KEY": uuid.uuid4().hex * 2,
    }


class House:
    """Processes with one environment; what they print is kept in one file each."""

    def __init__(self, folder, environment):
        self.folder, self.environment = folder, environment
        self.processes = {}
        folder.mkdir(parents=True, exist_ok=True)

    def manage(self, *words, ok=True, **more):
        """Run one command to its end. Gives: the finished process."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=CHECKOUT, env=self.environment | more, capture_output=True,
            text=True, timeout=120,
        )  # fmt: skip
        assert not ok or done.returncode == 0, done.stdout + done.stderr
        return done

    def start(self, name, *command, **more):
        """Start a process that stays."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=CHECKOUT, env=self.environment | more, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
        return self.processes[name]

    def printed(self, name=""):
        """What the process, or all of them, have said so far."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob(f"{name or '*'}.log")))

    def stop(self):
        """End every process by its own id. Gives: exit codes by name."""
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        codes = {}
        for name, process in self.processes.items():
            try:
                codes[name] = process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                codes[name] = process.wait(timeout=10)
        self.processes.clear()
        return codes


@pytest.fixture
def house(tmp_path):
    """house(environment) → a House, ended afterwards."""
    houses = []

    def make(environment):
        base = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        houses.append(House(tmp_path / f"house{len(houses)}", base | environment))
        return houses[-1]

    yield make
    for one in houses:
        one.stop()


def comment_body(number, text, *, at, person="7100", name="Aino Korhonen", page="104000000000001", **more):
    """A webhook body: one comment under our post."""
    value = {
        "item": "comment", "verb": "add", "post_id": f"{page}_1", "parent_id": f"{page}_1", "comment_id": number,
        "from": {"id": person, "name": name}, "message": text, "created_time": int(at.timestamp()),
    }  # fmt: skip
    entry = {"id": page, "time": int(at.timestamp()), "changes": [{"field": "feed", "value": value | more}]}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


@pytest.fixture(name="comment_body", scope="session")
def comment_body_fixture():
    return comment_body
