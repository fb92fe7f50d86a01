"""Where the data lie: one folder per installation, and the socket addresses inside it.

The difficulty is root. PostgreSQL refuses to run as root, so its server runs as `nobody`, and `nobody` must be able to
walk to the data. Secrets lie in folders with mode 0700 below, so a folder that others may walk through shows nothing.
"""

import fcntl
import hashlib
import os
import pwd
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from core.embedded.processes import CannotStart

DATABASE = "inbox"
PORT = 5432
POSTGRES_SOCKET = f".s.PGSQL.{PORT}"
SERVER_USER = "nobody"
MARKER = "data-folder-id"
DATA_OF_ROOT = Path("/var/lib/samsvar")
# The kernel takes 107 bytes; a little less leaves room for clients that add to the path.
LONGEST_SOCKET_PATH = 99


@dataclass(frozen=True)
class SocketAddress:
    """A unix socket: the private folder that holds it and its file name."""

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        """The socket itself."""
        return self.folder / self.name


@dataclass(frozen=True)
class ServerUser:
    """Whom PostgreSQL runs as: ourselves, or `nobody` when we are root."""

    uid: int
    gid: int

    @classmethod
    def current(cls) -> "ServerUser":
        """Read it from the process and, for root, from the password file (initdb wants an entry there)."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        entry = pwd.getpwnam(SERVER_USER)
        return cls(entry.pw_uid, entry.pw_gid)

    def can_walk(self, folder: Path) -> bool:
        """Whether this user may pass through `folder`, going by its mode."""
        facts = folder.stat()
        if facts.st_uid == self.uid:
            return bool(facts.st_mode & stat.S_IXUSR)
        return bool(facts.st_mode & stat.S_IXOTH)

    def can_reach(self, folder: Path) -> bool:
        """Whether this user may pass through `folder` and every folder above it."""
        return all(self.can_walk(each) for each in (folder, *folder.parents))


def resolve_home(requested: Path, create: bool = True) -> Path:
    """Give the folder in which the data really lie, the same one on every call.

    For an ordinary user that is `requested`. For root it is `requested` if `nobody` can walk there; a new or known
    data folder that only itself is closed is opened for walking (0711). Below a closed folder the data go to
    /var/lib/samsvar/<random id>, and the id is kept in a file inside `requested`: deleting that folder starts afresh.

    Takes: create, False to look only (nothing is made or opened).
    Raises: CannotStart, with a sentence, where no safe place can be had.
    """
    requested = requested.expanduser().resolve()
    if not create:
        return _redirected(requested) or requested
    try:
        requested.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise CannotStart(f"The data folder {requested} cannot be made: {error.strerror}.") from None
    if os.geteuid() != 0:
        return requested
    with _locked(requested):
        return _redirected(requested) or _reachable(requested, ServerUser.current())


def _reachable(requested: Path, user: ServerUser) -> Path:
    data = requested / "postgres"
    if data.is_dir() and data.stat().st_uid != user.uid:
        owner = _user_name(data.stat().st_uid)
        raise CannotStart(
            f"The data in {requested} are user {owner}'s: run as {owner}, or choose another SAMSVAR_HOME."
        )
    closed_above = not user.can_reach(requested.parent)
    if not closed_above and user.can_walk(requested):
        return requested
    if not closed_above and (not any(requested.iterdir()) or data.is_dir()):
        requested.chmod(stat.S_IMODE(requested.stat().st_mode) | 0o111)
        return requested
    if data.is_dir():
        raise CannotStart(
            f"The data in {requested} are below a closed folder now, where the database server cannot go: "
            "open the folders above for walking (chmod o+x), or choose another SAMSVAR_HOME."
        )
    identity = secrets.token_hex(8)
    _write_marker(requested / MARKER, identity)
    return _folder_of_root(identity)


def _redirected(requested: Path) -> Path | None:
    """The folder that a marker inside `requested` points to, if there is one."""
    if os.geteuid() != 0:
        return None
    try:
        handle = os.open(requested / MARKER, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    with os.fdopen(handle) as marker:
        # Somebody else's marker would let them choose which data root works on.
        ours = os.fstat(marker.fileno()).st_uid == 0
        identity = marker.read(64).strip()
    if not ours or not re.fullmatch("[0-9a-f]{16}", identity):
        raise CannotStart(f"{requested / MARKER} was not written by this program: remove it, or the whole folder.")
    return _folder_of_root(identity)


def _folder_of_root(identity: str) -> Path:
    private_folder(DATA_OF_ROOT, 0, 0, 0o711)
    private_folder(DATA_OF_ROOT / identity, 0, 0, 0o711)
    return DATA_OF_ROOT / identity


def _write_marker(path: Path, identity: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w") as marker:
        marker.write(identity + "\n")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two first starts at the same moment must agree on one place."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def private_folder(path: Path, uid: int, gid: int, mode: int = 0o700) -> Path:
    """Make a folder of exactly this owner and mode, or accept it if it is one already.

    Raises: CannotStart when it is a link, no folder, or belongs to somebody else.
    """
    try:
        path.mkdir(mode=0o700)
        if uid != os.geteuid():
            os.chown(path, uid, gid)
    except FileExistsError:
        pass
    except OSError as error:
        raise CannotStart(f"The folder {path} cannot be made: {error.strerror}.") from None
    facts = path.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != uid:
        raise CannotStart(
            f"{path} is not a folder of user {_user_name(uid)}, so it is left alone: "
            "run as its owner, or choose another SAMSVAR_HOME."
        )
    if stat.S_IMODE(facts.st_mode) != mode:
        path.chmod(mode)
    return path


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def runtime_folder(home: Path) -> Path:
    """The short folder for sockets when `home` has a long path; always the same for one home and one user."""
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(f"/tmp/samsvar-{os.geteuid()}-{digest}")  # noqa: S108 (private_folder refuses one that is not ours)


def _address(home: Path, server: str, name: str) -> SocketAddress:
    direct = SocketAddress(home / server / "socket", name)
    if len(os.fsencode(direct.path)) <= LONGEST_SOCKET_PATH:
        return direct
    return SocketAddress(runtime_folder(home) / server, name)


def postgres_address(home: Path) -> SocketAddress:
    """Where the embedded PostgreSQL of this home listens."""
    return _address(home, "postgres", POSTGRES_SOCKET)


def valkey_address(home: Path) -> SocketAddress:
    """Where the embedded Valkey of this home listens."""
    return _address(home, "valkey", "valkey.sock")


def make_socket_folder(home: Path, address: SocketAddress, user: ServerUser) -> None:
    """Make the folder of a socket, closed to everybody but the server's user."""
    if not address.folder.is_relative_to(home):
        mode = 0o711 if os.geteuid() == 0 else 0o700
        private_folder(runtime_folder(home), os.geteuid(), os.getegid(), mode)
    private_folder(address.folder, user.uid, user.gid)


def database_url(home: Path) -> str:
    """The address of the embedded database, in the form that dj-database-url and libpq both read.

    The socket folder is a query value and not the host: dj-database-url makes hosts lower-case, which breaks paths.
    """
    folder = quote(str(postgres_address(home).folder), safe="")
    return f"postgres://{DATABASE}@/{DATABASE}?host={folder}&port={PORT}"


def redis_url(home: Path, db: int = 0) -> str:
    """The address of the embedded Valkey in redis-py's form, `unix:///PATH?db=N`.

    Celery (kombu) wants the same as `redis+socket:///PATH?virtual_host=N`.
    """
    return f"unix://{quote(str(valkey_address(home).path))}?db={db}"
