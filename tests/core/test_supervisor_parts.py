"""The supervisor's pure parts, and its files."""

import io
import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.embedded import CannotStart
from core.embedded.processes import start_mark
from core.supervisor import fill_from_run_file
from core.supervisor.environment import HomeLock, make_secrets, tree_environment
from core.supervisor.orphans import RECORD, end_orphans, record_processes
from core.supervisor.output import LONGEST_LINE, LineCutter, Output
from core.supervisor.services import CHECKOUT, default_services
from core.supervisor.signals import StopSignals
from core.supervisor.tree import Backoff
from core.supervisor.web_socket import base_url, listen


def no_pause(_seconds: float) -> None:
    return


def test_backoff_doubles_to_ten_seconds_and_forgets_after_a_minute() -> None:
    backoff = Backoff()
    assert [round(backoff.delay_after(1), 1) for _ in range(8)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert backoff.delay_after(60) == 0.2
    assert backoff.delay_after(59.9) == 0.4


@given(st.lists(st.floats(min_value=0, max_value=1e6), max_size=2000))
def test_backoff_stays_in_its_bounds(lives: list[float]) -> None:
    backoff = Backoff()
    assert all(0.2 <= backoff.delay_after(lived) <= 10 for lived in lives)


def test_one_request_that_arrives_twice_is_one() -> None:
    stop = StopSignals()
    assert (stop.requested, stop.at_once) == (False, False)
    stop.note(100.0)
    stop.note(100.1)
    assert (stop.requested, stop.at_once) == (True, False)
    stop.note(101.0)
    assert (stop.requested, stop.at_once) == (True, True)


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp", "Zs"]), max_size=9000),
    st.data(),
)
def test_lines_come_out_whole_however_they_arrive(text: str, data: st.DataObject) -> None:
    raw = (text + "\n" + text).encode()
    cutter = LineCutter()
    lines: list[str] = []
    while raw:
        size = data.draw(st.integers(1, 5000))
        lines += cutter.feed(raw[:size])
        raw = raw[size:]
    lines += cutter.finish()
    assert "".join(lines) == text + text
    assert all(len(line.encode()) <= LONGEST_LINE for line in lines)


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_any_bytes_become_lines_that_cannot_steer_a_terminal(chunks: list[bytes]) -> None:
    cutter = LineCutter()
    lines = [line for chunk in chunks for line in cutter.feed(chunk)] + cutter.finish()
    assert not [c for line in lines for c in line if c in "\x1b\n\x07\x00"]
    assert len(lines) >= sum(chunk.count(b"\n") for chunk in chunks)


def test_undecodable_and_control_bytes_are_shown() -> None:
    assert LineCutter().feed(b"bl\xe5b\xc3\xa6r \x1b[31m\r\n") == ["bl\\xe5bær \\x1b[31m"]


def test_output_names_the_writer_and_colours_only_when_told() -> None:
    plain, coloured = io.StringIO(), io.StringIO()
    Output(plain).say("hello", "web")
    Output(coloured, colour=True).say("hello", "web")
    assert plain.getvalue() == "web     | hello\n"
    assert coloured.getvalue() == "\x1b[36mweb     |\x1b[0m hello\n"


def test_output_survives_a_reader_that_went_away() -> None:
    stream = io.StringIO()
    stream.close()
    Output(stream, colour=False).say("nobody hears this")


def test_secrets_are_made_once_and_closed(tmp_path: Path) -> None:
    folder = make_secrets(tmp_path)
    first = {path.name: path.read_text() for path in folder.iterdir()}
    make_secrets(tmp_path)
    assert {path.name: path.read_text() for path in folder.iterdir()} == first
    assert set(first) == {"secret-key", "keys", "hash-key", "demo-password"}
    assert first["keys"].startswith("k1:")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_the_run_file_fills_what_manage_py_was_not_given(tmp_path: Path) -> None:
    settled = tree_environment(tmp_path, "127.0.0.1", 8123, {})
    environment = {"SAMSVAR_HOME": str(tmp_path), "PORT": "9000", "SAMSVAR_SECRET_KEY": "given"}

    fill_from_run_file(environment)

    assert environment == {
        **{name: value for name, value in settled.items() if name != "SAMSVAR_SECRET_KEY_FILE"},
        "PORT": "9000",
        "SAMSVAR_SECRET_KEY": "given",
    }
    assert (tmp_path / "run.env").stat().st_mode & 0o777 == 0o600


def test_the_run_file_holds_no_secret_and_reads_as_a_shell_would(tmp_path: Path) -> None:
    home = tmp_path / "it's a $home"
    home.mkdir()
    tree_environment(home, "127.0.0.1", 8123, {})
    text = (home / "run.env").read_text()
    for path in (home / "secrets").iterdir():
        assert path.read_text().strip() not in text
    assert f"SAMSVAR_HOME={home}" in shlex.split(text)


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_demo_values_never_reach_another_system(tmp_path: Path, name: str) -> None:
    tree_environment(tmp_path, "127.0.0.1", 8123, {})
    environment = {"SAMSVAR_HOME": str(tmp_path), name: "postgres://elsewhere/production"}
    before = dict(environment)
    fill_from_run_file(environment)
    assert environment == before


def test_without_a_run_file_nothing_is_filled_and_nothing_made(tmp_path: Path) -> None:
    environment = {"SAMSVAR_HOME": str(tmp_path / "none")}
    fill_from_run_file(environment)
    assert environment == {"SAMSVAR_HOME": str(tmp_path / "none")}
    assert not (tmp_path / "none").exists()


def test_what_the_caller_gives_stays(tmp_path: Path) -> None:
    given_values = {"DATABASE_URL": "postgres://db/x", "SAMSVAR_DEMO": "0", "SAMSVAR_KEYS": "k9:abc"}
    settled = tree_environment(tmp_path, "127.0.0.1", 8123, given_values)
    assert settled["DATABASE_URL"] == "postgres://db/x"
    assert settled["SAMSVAR_DEMO"] == "0"
    assert "SAMSVAR_KEYS_FILE" not in settled
    assert settled["REDIS_URL"].startswith("unix://")


def test_a_home_is_held_by_one(tmp_path: Path) -> None:
    lock = HomeLock(tmp_path)
    with pytest.raises(CannotStart, match="already runs on the data"):
        HomeLock(tmp_path)
    lock.release()
    HomeLock(tmp_path).release()


@pytest.mark.parametrize("port", ["-1", "70000", "http", "8 000"])
def test_a_port_that_is_none_is_named(port: str) -> None:
    with pytest.raises(CannotStart, match="PORT must be a number"):
        listen({"PORT": port})


def test_a_host_that_is_none_is_named() -> None:
    with pytest.raises(CannotStart, match="HOST '::::'"):
        listen({"HOST": "::::", "PORT": "0"})


def test_a_taken_port_is_named() -> None:
    with listen({"PORT": "0"}) as first, pytest.raises(CannotStart, match="PORT="):
        listen({"PORT": str(first.getsockname()[1])})


def test_the_address_shown_is_one_to_type() -> None:
    with listen({"HOST": "0.0.0.0", "PORT": "0"}) as listener:
        port = listener.getsockname()[1]
        assert base_url(listener) == f"http://127.0.0.1:{port}"
        socket.create_connection(("127.0.0.1", port)).close()


def test_orphans_are_found_with_their_children_and_strangers_are_not(tmp_path: Path) -> None:
    script = "import os, time; os.fork(); os.write(1, b'up\\n'); time.sleep(60)"
    marked = {**os.environ, "SAMSVAR_HOME": str(tmp_path)}
    orphan = subprocess.Popen(
        [sys.executable, "-c", script], env=marked, start_new_session=True, stdout=subprocess.PIPE
    )
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    try:
        assert orphan.stdout is not None
        assert orphan.stdout.read(6) == b"up\nup\n"
        record_processes(tmp_path, [orphan.pid])
        record = (tmp_path / RECORD).read_text().replace("}", f', "{stranger.pid}": "{start_mark(os.getpid())}"}}')
        (tmp_path / RECORD).write_text(record)

        assert end_orphans(tmp_path, no_pause) == 2

        assert orphan.wait(5) == -signal.SIGTERM
        assert stranger.poll() is None
        assert not (tmp_path / RECORD).exists()
        assert end_orphans(tmp_path, no_pause) == 0
    finally:
        for process in (orphan, stranger):
            process.kill()
            process.wait()
        if orphan.stdout is not None:
            orphan.stdout.close()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"x": 1}', "null"])
def test_a_torn_record_harms_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / RECORD).write_text(text)
    assert end_orphans(tmp_path, no_pause) == 0


def test_the_services_of_make_run(tmp_path: Path) -> None:
    web, worker, sandbox = default_services(tmp_path)
    assert web.argv[1:] == ("-m", "inbox.serve")
    assert web.listens
    assert [service.name for service in (web, worker, sandbox)] == ["web", "worker", "sandbox"]
    assert sandbox.argv[1:] == ("-m", "sandbox", "--home", str(tmp_path / "sandbox"), "--gentle")
    assert not worker.listens
    assert worker.argv[1:] == ("-m", "inbox.worker")


def test_manage_py_without_packages_says_what_to_type() -> None:
    done = subprocess.run(
        [sys.executable, "-S", str(CHECKOUT / "manage.py"), "check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Samsvar is not installed here: type `make install`, then .venv/bin/python manage.py\n"
