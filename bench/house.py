"""Servers of the bench's own: PostgreSQL and Valkey in a cache folder, with one template database per size.

The servers care for the disk as those of `make run` do: a webhook counts as kept when it would survive a power cut.
"""

from __future__ import annotations

import base64
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from core.embedded import Postgres, Valkey, database_url, redis_url, resolve_home
from core.embedded.home import DATABASE, PORT, postgres_address
from core.embedded.processes import die_with_parent

CHECKOUT = Path(__file__).resolve().parent.parent
CACHE = Path(f"/var/tmp/samsvar-bench-{os.geteuid()}")  # noqa: S108  resolve_home refuses what is not ours
EMPTY = "0"
_KEYS = "k1:" + base64.b64encode(b"bench-key-bench-key-bench-key-32").decode()


@dataclass
class House:
    """The running servers. Make it with `open_house`."""

    home: Path
    floors: list[subprocess.Popen[bytes]] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)
    servers: tuple[Postgres, Valkey] = field(init=False)

    def __post_init__(self) -> None:
        """The servers of this home, not started yet."""
        self.servers = (Postgres(self.home), Valkey(self.home))

    @property
    def database_url(self) -> str:
        """Where the product's database is."""
        return database_url(self.home)

    @property
    def floor_url(self) -> str:
        """Where the floors' database is: on the same server."""
        return self.database_url.replace(f"/{DATABASE}?", "/floor?")

    @property
    def redis_url(self) -> str:
        """Where Valkey is."""
        return redis_url(self.home)

    def environment(self, **more: str) -> dict[str, str]:
        """What the product's processes are told. Fixed keys, so that a kept database stays readable."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SAMSVAR_")}
        ours = {
            "DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url, "SAMSVAR_DEMO": "1",
            "SAMSVAR_SECRET_KEY": "bench-secret-bench-secret-bench-secret-bench-secret-0",
            "SAMSVAR_KEYS": _KEYS, "SAMSVAR_HASH_KEY": "bench-hash-key-bench-hash-key-bench-hash",
            "SAMSVAR_HOME": str(self.home), "SAMSVAR_STATIC_ROOT": str(self.home / "static"),
            "SAMSVAR_UNDO_SECONDS": "0", "SAMSVAR_API_RATE_PER_MINUTE": "1000000",
            "DJANGO_SETTINGS_MODULE": "inbox.settings", "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        return kept | ours | more

    def run(self, statement: str) -> list[tuple[object, ...]]:
        """One statement about databases, outside any of them."""
        folder = str(postgres_address(self.home).folder)
        connection = psycopg2.connect(host=folder, port=PORT, user=DATABASE, dbname="postgres")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def has(self, name: str) -> bool:
        """Whether there is a database of this name."""
        return bool(self.run(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))  # noqa: S608  a name of ours

    def copy(self, template: str, name: str = DATABASE) -> None:
        """A fresh database like the template, in the place of the one of this name."""
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')

    def keep(self, name: str) -> None:
        """Keep the product's database, as it stands now, as a template of this name."""
        self.run(f'DROP DATABASE IF EXISTS "{name}"')
        self.run(f'ALTER DATABASE "{DATABASE}" RENAME TO "{name}"')

    def floor_port(self, module: str, **more: str) -> int:
        """The port of a program of `bench.floors`, which is started at the first need."""
        if module not in self.ports:
            port = self.ports[module] = free_port()
            environment = os.environ | {"DATABASE_URL": self.floor_url, "REDIS_URL": self.redis_url} | more
            self.floors.append(start_process([sys.executable, "-m", f"bench.floors.{module}", str(port)], environment))
            wait_for(lambda: accepts(port), 20, f"the floor {module} answers")
        return self.ports[module]


def template_name(size: str) -> str:
    """The template of a size, as the migrations and the seed now stand: another version makes another name."""
    seen = hashlib.sha256()
    sources = [*CHECKOUT.glob("*/migrations/*.py"), *CHECKOUT.glob("*/*/migrations/*.py")]
    for path in [*sorted(sources), CHECKOUT / "bench" / "seed.sql", CHECKOUT / "bench" / "company.py"]:
        seen.update(path.read_bytes())
    return f"template_{seen.hexdigest()[:10]}_{size}"


@contextmanager
def open_house(cache: Path = CACHE) -> Iterator[House]:
    """Both servers while inside, and every floor that was started; the databases stay for the next time.

    Raises: core.embedded.CannotStart.
    """
    home = resolve_home(cache)
    house = House(home)
    try:
        for server in house.servers:
            server.start()
        if not house.has("floor"):
            house.run('CREATE DATABASE "floor"')
        yield house
    finally:
        for process in house.floors:
            stop_process(process)
        for server in reversed(house.servers):
            server.stop()


def start_process(argv: list[str], environment: Mapping[str, str], **more: object) -> subprocess.Popen[bytes]:
    """A child that dies with us. What it says goes to our own error output only when it is trouble."""
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # noqa: S603  commands of ours
        argv, env=dict(environment), cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGKILL), **more,
    )  # fmt: skip


def stop_process(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and see that it does."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(check: Callable[[], object], seconds: float, what: str, pause: float = 0.01) -> None:
    """Look until it is so. Raises: TimeoutError, saying what was waited for."""
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} s until {what}")
        time.sleep(pause)
