"""Both servers for the length of a test run, in a folder of their own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.embedded.home import database_url, redis_url, resolve_home, runtime_folder
from core.embedded.postgres import Postgres
from core.embedded.valkey import Valkey


@contextmanager
def throwaway_servers() -> Iterator[tuple[str, str]]:
    """Start PostgreSQL and Valkey in a new folder, fast and without care for the disk.

    Gives: (database_url, redis_url) while inside; any number may run side by side. Enter it from the main thread.
    Leaves: nothing; also when the process that holds it is killed the servers end, and only the folder stays.
    """
    requested = Path(tempfile.mkdtemp(prefix="samsvar-"))
    home = resolve_home(requested)
    servers: list[Postgres | Valkey] = [Postgres(home, throwaway=True), Valkey(home, throwaway=True)]
    try:
        for server in servers:
            server.start()
        yield database_url(home), redis_url(home)
    finally:
        for server in servers:
            server.stop(at_once=True)
        for folder in (home, requested, runtime_folder(home)):
            shutil.rmtree(folder, ignore_errors=True)
