"""Where the data lie: which folder, who can walk there, and which socket addresses follow from it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dj_database_url
import psycopg2.extensions
import pytest
import redis

from core.embedded import CannotStart, database_url, redis_url, resolve_home
from core.embedded.home import (
    DATA_OF_ROOT,
    LONGEST_SOCKET_PATH,
    MARKER,
    ServerUser,
    postgres_address,
    private_folder,
    runtime_folder,
    valkey_address,
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to choose a folder for another user")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder every user can walk to (pytest's own are closed)."""
    folder = Path(tempfile.mkdtemp(prefix="samsvar-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def root_data() -> Iterator[list[Path]]:
    """Takes the folders that a test made under root's data folder, and removes them."""
    made: list[Path] = []
    yield made
    for folder in made:
        assert folder.parent == DATA_OF_ROOT
        shutil.rmtree(folder)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_reachable_folder_is_used_as_it_is(open_folder: Path) -> None:
    assert resolve_home(open_folder / "var") == open_folder / "var"
    assert resolve_home(open_folder / "var") == open_folder / "var"
    assert list((open_folder / "var").iterdir()) == []


def test_looking_only_makes_nothing(open_folder: Path) -> None:
    assert resolve_home(open_folder / "var", create=False) == open_folder / "var"
    assert not (open_folder / "var").exists()


@as_root
def test_root_opens_a_new_folder_that_only_itself_is_closed(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    assert resolve_home(closed) == closed
    assert mode(closed) == 0o711


@as_root
def test_root_does_not_open_a_folder_with_other_things_in_it(open_folder: Path, root_data: list[Path]) -> None:
    closed = open_folder / "somebodys-home"
    closed.mkdir(mode=0o700)
    (closed / "diary.txt").write_text("dear diary")
    home = resolve_home(closed)
    root_data.append(home)
    assert home.parent == DATA_OF_ROOT
    assert mode(closed) == 0o700


@as_root
def test_below_a_closed_folder_root_gets_a_walkable_one_and_keeps_it(open_folder: Path, root_data: list[Path]) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    requested = closed / "checkout" / "var"

    home = resolve_home(requested)
    root_data.append(home)

    assert home.parent == DATA_OF_ROOT
    assert ServerUser.current().can_reach(home)
    assert resolve_home(requested) == home
    assert resolve_home(requested, create=False) == home
    assert resolve_home(home) == home
    assert mode(requested / MARKER) == 0o600
    # given a deleted folder, then the next start is a new one
    shutil.rmtree(requested)
    root_data.append(resolve_home(requested))
    assert root_data[1] != root_data[0]


@as_root
def test_data_that_became_unreachable_are_not_silently_replaced(open_folder: Path) -> None:
    above = open_folder / "above"
    home = resolve_home(above / "var")
    (home / "postgres").mkdir()
    os.chown(home / "postgres", ServerUser.current().uid, -1)
    above.chmod(0o700)
    with pytest.raises(CannotStart, match="below a closed folder now"):
        resolve_home(above / "var")
    assert not (home / MARKER).exists()


@as_root
def test_data_of_another_user_are_refused_and_not_opened(open_folder: Path) -> None:
    home = open_folder / "theirs"
    (home / "postgres").mkdir(parents=True)
    os.chown(home / "postgres", 12345, -1)
    home.chmod(0o700)
    with pytest.raises(CannotStart, match="run as 12345"):
        resolve_home(home)
    assert mode(home) == 0o700


@as_root
@pytest.mark.parametrize("text", ["../../etc", "", "0123456789abcdeg", "0123456789ABCDEF"])
def test_a_strange_marker_is_refused(open_folder: Path, text: str) -> None:
    (open_folder / MARKER).write_text(text)
    with pytest.raises(CannotStart, match="not written by this program"):
        resolve_home(open_folder)


@as_root
def test_a_marker_of_another_user_is_refused(open_folder: Path) -> None:
    (open_folder / MARKER).write_text("0123456789abcdef")
    os.chown(open_folder / MARKER, ServerUser.current().uid, -1)
    with pytest.raises(CannotStart, match="not written by this program"):
        resolve_home(open_folder)
    assert not (DATA_OF_ROOT / "0123456789abcdef").exists()


def test_a_private_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(CannotStart, match="left alone"):
        private_folder(tmp_path / "link", os.geteuid(), os.getegid())


@as_root
def test_a_private_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", ServerUser.current().uid, -1)
    with pytest.raises(CannotStart, match="left alone"):
        private_folder(tmp_path / "theirs", 0, 0)


def test_a_private_folder_is_closed_again(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    private_folder(tmp_path / "open", os.geteuid(), os.getegid())
    assert mode(tmp_path / "open") == 0o700


@pytest.mark.parametrize("length", range(40, 130, 3))
def test_socket_paths_are_always_short_enough(length: int) -> None:
    home = Path("/" + "h" * (length - 1))
    for address in (postgres_address(home), valkey_address(home)):
        assert len(os.fsencode(address.path)) <= LONGEST_SOCKET_PATH
        assert address.folder.is_relative_to(home) or address.folder.is_relative_to(runtime_folder(home))


def test_two_long_homes_have_two_runtime_folders() -> None:
    first, second = Path("/" + "h" * 200), Path("/" + "h" * 201)
    assert postgres_address(first) != postgres_address(second)


@pytest.mark.parametrize("home", ["/srv/Upper/var", "/srv/with space/var", "/srv/100%/å?&=#+/var"])
def test_addresses_survive_the_libraries_that_read_them(home: str) -> None:
    folder = str(postgres_address(Path(home)).folder)

    django = dj_database_url.parse(database_url(Path(home)))
    libpq = psycopg2.extensions.parse_dsn(database_url(Path(home)))
    client = redis.Redis.from_url(redis_url(Path(home), db=3))

    assert (django["USER"], django["NAME"], django["OPTIONS"]) == ("inbox", "inbox", {"host": folder, "port": 5432})
    assert (libpq["user"], libpq["dbname"], libpq["host"], libpq["port"]) == ("inbox", "inbox", folder, "5432")
    assert client.connection_pool.connection_kwargs["path"] == str(valkey_address(Path(home)).path)
    assert client.connection_pool.connection_kwargs["db"] == 3
