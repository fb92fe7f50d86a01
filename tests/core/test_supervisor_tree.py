"""`manage.py up` as a real tree of processes, with small stand-ins for web, worker and sandbox."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.request import urlopen

import psycopg2
import pytest

import core.supervisor
from core.embedded import database_url, resolve_home
from core.embedded.processes import start_mark, wait_until

CHECKOUT = Path(core.supervisor.__file__).resolve().parents[2]
NO_SERVERS = {"DATABASE_URL": "postgres://unused.invalid/none", "REDIS_URL": "redis://unused.invalid/0"}

DRIVER = """
import os, sys
from pathlib import Path
from core.supervisor import Service, up
def run(code, name, **more):
    return Service(name, (sys.executable, "-c", Path(sys.argv[1], code).read_text()), **more)
folder = Path(sys.argv[1])
sys.exit(up(sys.argv[2:], prepare=run("prepare.py", "prepare"), services=lambda home: [
    run("web.py", "web", listens=True), run("worker.py", "worker"), run("sandbox.py", "sandbox")]))
"""
WEB = """
import http.server, os, socket
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(str(os.getpid()).encode())
    def log_message(self, *words): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Page, bind_and_activate=False)
server.socket = socket.socket(fileno=int(os.environ["SAMSVAR_LISTEN_FD"]))
server.serve_forever()
"""
PREPARE = "print('prepared')"
# Like a worker with its beat. One write each: `print` makes two, which two processes may interleave.
WORKER = "import os, time; os.fork(); os.write(1, b'at work\\n'); time.sleep(600)"
SANDBOX = "import time; time.sleep(600)"


class Run:
    """One supervisor in a process of its own; its output is collected line by line."""

    def __init__(self, home: Path, scripts: Path, environment: Mapping[str, str]) -> None:
        self.home = home
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(scripts)],
            env={**_without_ours(), "PORT": "0", "SAMSVAR_HOME": str(home), **environment},
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._stop_reading = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while not self._stop_reading.is_set() and (line := self.process.stdout.readline()):
            self.lines.append(line)

    def saw(self, text: str, times: int = 1) -> bool:
        return wait_until(lambda: sum(text in line for line in list(self.lines)) >= times, 20)

    def ready(self) -> "Run":
        assert self.saw("Ready: http://127.0.0.1:"), self.lines
        return self

    def url(self) -> str:
        line = next(line for line in self.lines if "Ready: " in line)
        return line.split("Ready: ")[1].split()[0]

    def pids(self, *words: str) -> list[int]:
        """The living processes of this home whose command line has all the words."""
        return [pid for pid, line in processes_of(self.home) if all(word in line for word in words)]

    def end(self, signum: int = signal.SIGTERM) -> int:
        self.process.send_signal(signum)
        return self.ended()

    def unread(self) -> None:
        """Close the reading end of the output, as `| head` does."""
        assert self.saw("news")
        assert self.process.stdout is not None
        self._stop_reading.set()
        self._reader.join(5)
        self.process.stdout.close()

    def ended(self) -> int:
        code = self.process.wait(20)
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def _without_ours() -> dict[str, str]:
    """This process's environment without what the test run set for itself."""
    ours = ("SAMSVAR_", "DATABASE_URL", "REDIS_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def processes_of(home: Path) -> list[tuple[int, str]]:
    """Every living process with this home in its environment or command line, but the supervisor itself."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or not start_mark(int(entry.name)):
            continue
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            told = line.encode() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(home) in told and "core.supervisor import" not in line:
            found.append((int(entry.name), line))
    return found


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    for name, text in {"prepare": PREPARE, "web": WEB, "worker": WORKER, "sandbox": SANDBOX}.items():
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


@pytest.fixture
def new_home() -> Iterator[Callable[[], Path]]:
    """Makes data folders that the database server's user can walk to."""
    made: list[Path] = []

    def make() -> Path:
        made.append(resolve_home(Path(tempfile.mkdtemp(prefix="samsvar-test-"))))
        return made[-1]

    yield make
    for home in made:
        assert wait_until(lambda home=home: processes_of(home) == [], 10), processes_of(home)
        shutil.rmtree(home)


@pytest.fixture
def start(scripts: Path, new_home: Callable[[], Path]) -> Iterator[Callable[..., Run]]:
    """Starts supervisors, without embedded servers unless asked; what still runs at the end is killed."""
    runs: list[Run] = []

    def make(home: Path | None = None, embedded: bool = False, **environment: str) -> Run:
        runs.append(Run(home or new_home(), scripts, environment if embedded else {**NO_SERVERS, **environment}))
        return runs[-1]

    yield make
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
            run.ended()
            for pid in run.pids():
                os.kill(pid, signal.SIGKILL)


def test_the_whole_life_with_embedded_servers(start: Callable[..., Run]) -> None:
    # given a first start, then everything runs, and the run file tells where
    run = start(embedded=True).ready()
    home = run.home
    assert_all_run_once(run)
    assert f"PORT={run.url().split(':')[2].strip('/')}\n" in (home / "run.env").read_text()
    sql(home, "CREATE TABLE kept AS SELECT 42 AS n")
    secrets = {path: path.read_text() for path in (home / "secrets").iterdir()}

    # when the database and the broker are killed, then both come back and it is said
    for name, word in (("PostgreSQL", "bin/postgres -D"), ("Valkey", "valkey-server")):
        os.kill(run.pids(word)[0], signal.SIGKILL)
        assert run.saw(f"{name} died (killed by signal 9); started again"), run.lines

    # when the supervisor is killed, and then all processes at once, then the next start is clean each time
    for everything in (False, True):
        assert run.end(signal.SIGKILL) == -signal.SIGKILL
        for pid in run.pids() if everything else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        run = start(home, embedded=True).ready()
        assert_all_run_once(run)
        assert sql(home, "SELECT n FROM kept") == [(42,)]
        assert {path: path.read_text() for path in (home / "secrets").iterdir()} == secrets

    assert run.end() == 0
    assert processes_of(home) == []


def assert_all_run_once(run: Run) -> None:
    assert wait_until(lambda: len(run.pids("at work")) == 2, 5)
    assert [len(run.pids(word)) for word in ("bin/postgres -D", "valkey", "HTTPServer")] == [1, 1, 1]


def sql(home: Path, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(database_url(home))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_given_addresses_replace_the_embedded_servers(start: Callable[..., Run]) -> None:
    run = start().ready()
    assert not (run.home / "postgres").exists()
    assert not (run.home / "valkey").exists()
    assert run.end(signal.SIGINT) == 0
    assert processes_of(run.home) == []


def test_the_last_line_has_the_address_and_the_sign_ins(start: Callable[..., Run], scripts: Path) -> None:
    demo = {"url_path": "/queue/", "sign_ins": [{"email": "ingrid@havbris.example", "password": "pw", "role": "lead"}]}
    (scripts / "prepare.py").write_text(
        f"import os, pathlib; pathlib.Path(os.environ['SAMSVAR_HOME'], 'demo.json').write_text({json.dumps(demo)!r})"
    )
    run = start().ready()
    assert run.url().endswith("/queue/")
    # What a service says at its own start may stand before or after it.
    told = [line.rstrip() for line in run.lines if line.startswith("samsvar")]
    assert told[-1].endswith("sign in as ingrid@havbris.example / pw (lead)")
    assert run.end() == 0


def test_a_service_that_dies_is_started_again_with_its_whole_group(start: Callable[..., Run]) -> None:
    run = start().ready()
    assert run.saw("worker  | at work", 2)
    before = run.pids("at work")
    leader = next(pid for pid in before if os.getpgid(pid) == pid)

    os.kill(leader, signal.SIGKILL)

    assert run.saw("worker died (killed by signal 9); started again"), run.lines
    assert run.saw("worker  | at work", 4)
    assert wait_until(lambda: len(run.pids("at work")) == 2, 5)
    assert set(run.pids("at work")).isdisjoint(before)
    assert run.end() == 0


def test_while_the_web_process_restarts_nobody_is_refused(start: Callable[..., Run]) -> None:
    run = start().ready()
    (before,) = run.pids("HTTPServer")
    os.kill(before, signal.SIGKILL)
    with urlopen(run.url(), timeout=10) as answer:
        assert int(answer.read()) != before
    assert run.saw("web died (killed by signal 9); started again")
    assert run.end() == 0


def test_a_service_that_cannot_live_is_tried_ever_more_slowly(start: Callable[..., Run], scripts: Path) -> None:
    (scripts / "sandbox.py").write_text("import sys; sys.exit('no such town')")
    run = start()
    assert run.saw("sandbox died (exit code 1); started again", 3), run.lines
    assert run.saw("sandbox died (exit code 1); trying again in 2 s"), run.lines
    assert run.saw("sandbox | no such town", 4)
    assert run.end() == 0


def test_a_second_copy_on_one_home_is_refused_in_a_sentence(start: Callable[..., Run]) -> None:
    first = start().ready()
    second = start(first.home)
    assert second.ended() == 1
    assert second.lines == [
        f"samsvar | Samsvar already runs on the data in {first.home}: stop that one, or choose another SAMSVAR_HOME.\n"
    ]
    assert first.end() == 0


def test_copies_on_their_own_homes_live_side_by_side(start: Callable[..., Run]) -> None:
    first, second = start(), start()
    assert first.ready().url() != second.ready().url()
    assert first.end() == 0
    with urlopen(second.url(), timeout=10) as answer:
        assert int(answer.read()) in second.pids("HTTPServer")
    assert second.end() == 0


def test_a_taken_port_is_said_before_anything_is_done(start: Callable[..., Run]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = start(embedded=True, PORT=str(port))
        assert run.ended() == 1
    assert len(run.lines) == 1
    assert f"port {port} cannot be used" in run.lines[0]
    assert "PORT=8001" in run.lines[0]
    assert not (run.home / "postgres").exists()


def test_a_failed_preparation_ends_the_start(start: Callable[..., Run], scripts: Path) -> None:
    (scripts / "prepare.py").write_text("import sys; print('bad migration'); sys.exit(3)")
    run = start()
    assert run.ended() == 1
    assert run.lines == [
        "prepare | bad migration\n",
        "samsvar | The preparation failed (exit code 3); nothing was started.\n",
    ]


def test_a_stop_in_the_middle_of_the_preparation(start: Callable[..., Run], scripts: Path) -> None:
    (scripts / "prepare.py").write_text("import time; print('preparing'); time.sleep(600)")
    run = start()
    assert run.saw("preparing")
    assert run.end() == 0
    assert processes_of(run.home) == []


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGHUP])
def test_the_second_request_is_at_once(start: Callable[..., Run], scripts: Path, signum: int) -> None:
    (scripts / "worker.py").write_text(
        "import os, signal, time; signal.signal(signal.SIGTERM, lambda *_: os.write(1, b'not yet\\n')); os.fork()\n"
        "os.write(1, b'stubborn\\n')\nwhile True: time.sleep(60)"
    )
    run = start().ready()
    assert run.saw("stubborn", 2), run.lines
    run.process.send_signal(signum)
    assert run.saw("not yet")
    assert run.process.poll() is None
    # The same request twice counts once, so the second one is repeated until it is a second one.
    assert wait_until(lambda: run.process.poll() is not None or run.process.send_signal(signum) is not None, 8)
    assert run.ended() == 0
    assert processes_of(run.home) == []


def test_secrets_are_in_nobodys_output(start: Callable[..., Run]) -> None:
    run = start().ready()
    assert run.end() == 0
    for path in (run.home / "secrets").iterdir():
        assert path.read_text().strip() not in "".join(run.lines)


def test_a_reader_that_goes_away_stops_nothing(start: Callable[..., Run], scripts: Path) -> None:
    (scripts / "sandbox.py").write_text("import time\nwhile True: print('news'); time.sleep(0.02)")
    run = start()
    run.unread()
    assert wait_until(lambda: len(run.pids("news")) == 1 and len(run.pids("HTTPServer")) == 1, 20)
    assert wait_until(lambda: run.process.poll() is not None, 1) is False
    assert run.end() == 0
    assert processes_of(run.home) == []
