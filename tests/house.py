"""The pytest plugin that gives every run its own PostgreSQL and Valkey, before Django's settings are read.

One pair of servers for all xdist workers; each worker has a database and a Valkey number of its own. DATABASE_URL and
REDIS_URL from outside are used instead when both are set together with SAMSVAR_TEST_SERVERS=given.
"""

import base64
import os
import tempfile
from contextlib import ExitStack

_stack = ExitStack()

KEYS = "k1:" + base64.b64encode(b"k" * 32).decode()


def _start():
    from core.embedded import throwaway_servers

    database, broker = _stack.enter_context(throwaway_servers())
    os.environ |= {"DATABASE_URL": database, "REDIS_URL": broker}


def _settle_environment():
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker and os.environ.pop("SAMSVAR_TEST_SERVERS", "") != "given":
        for name in [name for name in os.environ if name.startswith("SAMSVAR_")]:
            del os.environ[name]  # a developer's shell must not steer the tests
        _start()
    if worker:
        address = os.environ["REDIS_URL"].partition("?")[0]
        os.environ["REDIS_URL"] = f"{address}?db={int(worker.removeprefix('gw')) + 1}"
    os.environ |= {
        "SAMSVAR_DEMO": "1",
        "SAMSVAR_SECRET_KEY": "test-secret-key-test-secret-key-test-secret-key-00",
        "SAMSVAR_KEYS": KEYS,
        "SAMSVAR_HASH_KEY": "test-hash-key-test-hash-key-test-hash-key",
        "SAMSVAR_UNDO_SECONDS": "0",
    }
    folder = _stack.enter_context(tempfile.TemporaryDirectory(prefix="samsvar-test-"))
    os.environ |= {"SAMSVAR_HOME": folder, "SAMSVAR_STATIC_ROOT": folder}


_settle_environment()


def pytest_unconfigure():
    """Stop what this process started."""
    _stack.close()
