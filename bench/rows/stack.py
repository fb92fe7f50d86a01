"""Rows 13 and 14: the stack's memory when nothing happens, and how soon it is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.context import Bench, Sample
from bench.house import CHECKOUT, EMPTY, free_port, start_process, stop_process, wait_for
from bench.product import Product, pss_megabytes, running_product, tree_pids
from bench.sizes import fresh_database

IDLE_SECONDS = 60


def idle(bench: Bench) -> Sample:
    """Proportional memory of web, worker, PostgreSQL and Valkey, a minute after the start."""
    fresh_database(bench.house, EMPTY)
    with running_product(bench.house, channel_port=bench.channel_port) as product:
        time.sleep(bench.pick(3, IDLE_SECONDS))
        assert product.web is not None and product.worker is not None  # noqa: S101, PT018  it is running
        parts = {name: pss_megabytes(tree_pids(process.pid))
                 for name, process in (("web", product.web), ("worker", product.worker))}  # fmt: skip
        for server in bench.house.servers:
            assert server.process is not None  # noqa: S101  it is running
            parts[server.name] = pss_megabytes(tree_pids(server.process.pid))
    floor = _floor_memory()
    bench.say("idle: " + ", ".join(f"{name} {size:.0f} MB" for name, size in parts.items()))
    servers = sum(parts[server.name] for server in bench.house.servers)
    return {"idle_memory": (sum(parts.values()), floor + servers)}


def _floor_memory() -> float:
    """Bare Django for the pages and bare Django for the worker, beside the same servers."""
    port = free_port()
    process = start_process([sys.executable, "-m", "bench.floors.bare", str(port)], os.environ)
    try:
        wait_for(lambda: _gets(port, "/sign-in"), 20, "bare Django answers")
        return 2 * pss_megabytes(tree_pids(process.pid))
    finally:
        stop_process(process)


def start(bench: Bench) -> Sample:
    """From the launch of the web process to its first page; bare Django beside it."""
    fresh_database(bench.house, EMPTY)
    product = Product(bench.house, bench.channel_port)
    try:
        begun = time.monotonic()
        product.start_web()
        wait_for(lambda: product.answers("/sign-in"), 30, "the first page", pause=0.005)
        taken = time.monotonic() - begun
    finally:
        product.stop()
    port = free_port()
    begun = time.monotonic()
    process = start_process([sys.executable, "-m", "bench.floors.bare", str(port)], os.environ)
    try:
        wait_for(lambda: _gets(port, "/sign-in"), 30, "bare Django answers", pause=0.005)
        return {"cold_start": (taken, time.monotonic() - begun)}
    finally:
        stop_process(process)


def again(_bench: Bench) -> Sample:
    """What `make run` does, a second time on the same data: seconds until it says Ready."""
    home = Path(tempfile.mkdtemp(prefix="samsvar-bench-run-"))
    try:
        _ready_after(home)
        return {"second_start": (_ready_after(home), None)}
    finally:
        _remove(home)


def _ready_after(home: Path) -> float:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAMSVAR_")}
    for name in ("DATABASE_URL", "REDIS_URL"):
        kept.pop(name, None)
    environment = kept | {"SAMSVAR_HOME": str(home), "PORT": str(free_port())}
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up"], cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None  # noqa: S101  asked for above
    try:
        for line in process.stdout:
            if "| Ready:" in line:
                return time.monotonic() - begun
        raise RuntimeError("manage.py up ended without being ready")
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _remove(home: Path) -> None:
    """The folder, and for root the one it points to."""
    from core.embedded import resolve_home

    real = resolve_home(home, create=False)
    for folder in {home, real}:
        shutil.rmtree(folder, ignore_errors=True)


def _gets(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
