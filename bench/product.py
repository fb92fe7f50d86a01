"""The product's own processes over the bench's servers: the web process and the worker, as `make run` starts them."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.house import House, start_process, stop_process, wait_for

READY_SECONDS = 60


@dataclass
class Product:
    """A running web process and worker. Make it with `running_product`; the listening socket outlives a restart."""

    house: House
    channel_port: int = 0
    listener: socket.socket = field(default_factory=lambda: _listener())
    web: subprocess.Popen[bytes] | None = None
    worker: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """Where the pages are."""
        return int(self.listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Where the pages are, as an address."""
        return f"http://127.0.0.1:{self.port}"

    def _environment(self) -> dict[str, str]:
        more = {"PORT": str(self.port), "HOST": "127.0.0.1", "SAMSVAR_LISTEN_FD": str(self.listener.fileno())}
        if self.channel_port:
            more["SAMSVAR_PLATFORM_URLS"] = f"facebook=http://127.0.0.1:{self.channel_port}"
        return self.house.environment(**more)

    def start_web(self) -> None:
        """Start the web process; does not wait."""
        argv = [sys.executable, "-m", "inbox.serve"]
        self.web = start_process(argv, self._environment(), pass_fds=(self.listener.fileno(),))

    def start_worker(self) -> None:
        """Start the worker; does not wait."""
        environment = self._environment() | {"PYTHONWARNINGS": "ignore:You're running the worker"}
        self.worker = start_process([sys.executable, "-m", "inbox.worker"], environment)

    def stop_web(self) -> None:
        """End the web process as a deploy does."""
        if self.web is not None:
            stop_process(self.web)

    def kill_worker(self) -> None:
        """End the worker as a crash does."""
        if self.worker is not None:
            self.worker.kill()
            self.worker.wait()

    def answers(self, path: str) -> bool:
        """Whether a page answers 200 now."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:  # noqa: S310  our own address
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def wait_ready(self) -> None:
        """Until web, worker, database and broker all say so."""
        wait_for(lambda: self.answers("/readyz"), READY_SECONDS, "the product is ready", pause=0.05)

    def stop(self) -> None:
        """End both."""
        for process in (self.web, self.worker):
            if process is not None:
                stop_process(process)
        self.listener.close()


def _listener() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    listener.set_inheritable(True)
    return listener


@contextmanager
def running_product(house: House, *, channel_port: int = 0, settle: bool = True) -> Iterator[Product]:
    """The product over the house's database while inside."""
    product = Product(house, channel_port)
    try:
        product.start_web()
        product.start_worker()
        product.wait_ready()
        if settle:
            time.sleep(1.0)  # the worker's first looks at the house are not what is measured
        yield product
    finally:
        product.stop()


def tree_pids(root: int) -> list[int]:
    """A process and all its descendants."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    wanted, found = [root], []
    while wanted:
        pid = wanted.pop()
        found.append(pid)
        wanted += [child for child, parent in parents.items() if parent == pid]
    return found


def pss_megabytes(pids: list[int]) -> float:
    """Memory of processes with shared pages split between those that share them."""
    total = 0
    for pid in pids:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1024
