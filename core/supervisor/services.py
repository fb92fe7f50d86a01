"""The services of the tree, as data, and how one of them is started and ended."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.embedded.processes import CannotStart, die_with_parent, stop_process
from core.supervisor.output import Output

CHECKOUT = Path(__file__).resolve().parents[2]
# Celery warns about root at every start, over ten lines; whoever runs a demo as root knows.
_NO_ROOT_WARNING = "ignore:You're running the worker with superuser privileges"


@dataclass(frozen=True)
class Service:
    """One process to keep running.

    Takes: env, added to the tree's; listens, True for the one that is handed the web socket (SAMSVAR_LISTEN_FD).
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    listens: bool = False


def default_services(home: Path) -> list[Service]:
    """What `make run` keeps running: the web process, one worker with beat inside, and the simulated platforms."""
    python = (sys.executable, "-m")
    return [
        Service("web", (*python, "inbox.serve"), listens=True),
        Service("worker", (*python, "inbox.worker"), {"PYTHONWARNINGS": _NO_ROOT_WARNING}),
        Service("sandbox", (*python, "sandbox", "--home", str(home / "sandbox"), "--gentle")),
    ]


class ServiceProcess:
    """One service as a process, in a session of its own so that its whole group can be ended."""

    def __init__(self, service: Service, environment: Mapping[str, str], output: Output, listener: int | None) -> None:
        self.name = service.name
        self.process: subprocess.Popen[bytes] | None = None
        self._service = service
        self._output = output
        self._environment = {**environment, **service.env, "PYTHONUNBUFFERED": "1"}
        self._handed: tuple[int, ...] = ()
        if service.listens and listener is not None:
            self._handed = (listener,)
            self._environment["SAMSVAR_LISTEN_FD"] = str(listener)

    def start(self, pause: Callable[[float], None] = time.sleep) -> None:  # noqa: ARG002 (same shape as a server's)
        """Start the process and print what it writes.

        Raises: CannotStart when its program is not there.
        """
        try:
            self.process = subprocess.Popen(  # noqa: S603 (the commands of default_services)
                self._service.argv, env=self._environment, cwd=CHECKOUT, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=self._handed, start_new_session=True,
                umask=0o077, preexec_fn=die_with_parent(signal.SIGTERM),
            )  # fmt: skip
        except OSError as error:
            raise CannotStart(f"{self.name} cannot be started: {error.strerror}.") from None
        if self.process.stdout is not None:
            self._output.attach(self.name, self.process.stdout)

    def ask_to_end(self) -> None:
        """Send SIGTERM, and wait for nothing."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self, pause: Callable[[float], None] = time.sleep, at_once: bool = False) -> None:  # noqa: ARG002
        """Kill what is left of the process and of its group."""
        if self.process is not None:
            stop_process(self.process, [], pause)
            self.process = None
