"""The tree of processes while it lives: starting in order, starting again what died, ending in order."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Protocol

from core.embedded.processes import CannotStart, StopRequested, wait_until
from core.supervisor.orphans import record_processes
from core.supervisor.output import Output
from core.supervisor.services import ServiceProcess
from core.supervisor.signals import StopSignals

GRACE_SECONDS = 10.0
_LONGEST_WAIT_SECONDS = 1.0


class Part(Protocol):
    """What the tree keeps running: a server or a service."""

    name: str
    process: "Popen[bytes] | None"

    def start(self, pause: Callable[[float], None]) -> None:
        """Start it; raises CannotStart."""

    def stop(self, pause: Callable[[float], None], at_once: bool = False) -> None:
        """End it and its whole group."""


class Backoff:
    """How long to wait before the next start: 0.2 s, doubled each time to at most 10 s; a minute's life resets it."""

    def __init__(self) -> None:
        self._failures = 0

    def delay_after(self, lived_seconds: float) -> float:
        """Give the seconds to wait after a life of this length."""
        if lived_seconds >= 60:
            self._failures = 0
        self._failures += 1
        return min(10.0, 0.2 * 2.0 ** (self._failures - 1))


@dataclass
class _Kept:
    part: Part
    backoff: Backoff = field(default_factory=Backoff)
    started: float = 0.0
    retry_at: float | None = None
    obituary: str = ""


class Tree:
    """All processes of one run. Use it from the main thread only: the children are tied to that thread's life."""

    def __init__(self, home: Path, output: Output, stop: StopSignals) -> None:
        self._home = home
        self._output = output
        self._stop = stop
        self._servers: list[Part] = []
        self._services: list[ServiceProcess] = []
        self._kept: list[_Kept] = []

    def pause(self, seconds: float) -> None:
        """Let time pass, printing what comes; raises StopRequested when somebody asked for the end."""
        self._output.pump(seconds)
        if self._stop.requested:
            raise StopRequested

    def start_servers(self, servers: Sequence[Part]) -> None:
        """Start the servers one after the other, each once the one before answers."""
        for server in servers:
            self._servers.append(server)
            self._start(_Kept(server))

    def run_once(self, job: ServiceProcess) -> int:
        """Run a job to its end and give its exit code."""
        job.start(self.pause)
        self._services.append(job)
        while job.process is not None and job.process.poll() is None:
            self.pause(_LONGEST_WAIT_SECONDS)
        code = job.process.returncode if job.process is not None else 1
        job.stop(self.pause)
        self._services.remove(job)
        self._output.pump(0)
        return code

    def start_services(self, services: Sequence[ServiceProcess]) -> None:
        """Start the services, waiting for none of them."""
        for service in services:
            self._services.append(service)
            self._start(_Kept(service))

    def step(self, seconds: float = _LONGEST_WAIT_SECONDS) -> None:
        """Wait for something to happen, at most so long; start again what died and is due."""
        due = [kept.retry_at - time.monotonic() for kept in self._kept if kept.retry_at is not None]
        self.pause(min([seconds, *due]))
        for kept in self._kept:
            process = kept.part.process
            if process is not None and process.poll() is not None:
                self._note_death(kept, process.returncode)
            if kept.retry_at is not None and time.monotonic() >= kept.retry_at:
                self._start_again(kept)

    def end(self) -> None:
        """End everything in order: services, then Valkey, then PostgreSQL. A second request makes it at once."""
        for service in self._services:
            service.ask_to_end()
        self._unless_hurried(lambda pause: wait_until(self._services_gone, GRACE_SECONDS, pause))
        for service in self._services:
            service.stop(self._output.pump)
        for server in reversed(self._servers):
            if not self._unless_hurried(lambda pause, server=server: server.stop(pause)):  # type: ignore[misc]
                server.stop(self._output.pump, at_once=True)
        self._output.pump(0)

    def _services_gone(self) -> bool:
        return all(each.process is None or each.process.poll() is not None for each in self._services)

    def _unless_hurried(self, act: Callable[[Callable[[float], None]], object]) -> bool:
        def pause(seconds: float) -> None:
            self._output.pump(seconds)
            if self._stop.at_once:
                raise StopRequested

        try:
            act(pause)
        except StopRequested:
            return False
        return True

    def _start(self, kept: _Kept) -> None:
        kept.part.start(self.pause)
        kept.started = time.monotonic()
        if kept not in self._kept:
            self._kept.append(kept)
        self._record()

    def _record(self) -> None:
        record_processes(self._home, [each.process.pid for each in self._services if each.process is not None])

    def _note_death(self, kept: _Kept, code: int) -> None:
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        kept.obituary = f"{kept.part.name} died ({how})"
        kept.part.stop(self._output.pump, at_once=True)
        self._output.pump(0)  # its last words before the news
        self._plan_retry(kept)

    def _plan_retry(self, kept: _Kept) -> None:
        delay = kept.backoff.delay_after(time.monotonic() - kept.started)
        kept.retry_at = time.monotonic() + delay
        if delay >= 1:
            self._output.say(f"{kept.obituary}; trying again in {delay:.0f} s")
            kept.obituary = ""

    def _start_again(self, kept: _Kept) -> None:
        kept.retry_at = None
        try:
            self._start(kept)
        except CannotStart as problem:
            kept.obituary = str(problem)
            kept.started = time.monotonic()
            self._plan_retry(kept)
            return
        if kept.obituary:
            self._output.say(f"{kept.obituary}; started again")
