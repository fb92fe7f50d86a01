"""The settings that the tree gives its children: secrets made once, and a file from which `manage.py` learns them."""

import base64
import fcntl
import os
import secrets
import shlex
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path

from core.embedded.home import database_url, private_folder, redis_url, resolve_home
from core.embedded.processes import CannotStart
from core.supervisor.services import CHECKOUT

RUN_FILE = "run.env"
_ADDRESSES = ("DATABASE_URL", "REDIS_URL")


def requested_home(environment: Mapping[str, str]) -> Path:
    """The folder the caller asks for: SAMSVAR_HOME, or var/ in the checkout."""
    return Path(environment.get("SAMSVAR_HOME") or CHECKOUT / "var")


def _secret_key() -> str:
    return secrets.token_urlsafe(48)


def _key_ring() -> str:
    return "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()


def _hash_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _demo_password() -> str:
    return secrets.token_hex(5)


_SECRETS: dict[str, tuple[str, Callable[[], str]]] = {
    "SAMSVAR_SECRET_KEY": ("secret-key", _secret_key),
    "SAMSVAR_KEYS": ("keys", _key_ring),
    "SAMSVAR_HASH_KEY": ("hash-key", _hash_key),
}


def make_secrets(home: Path) -> Path:
    """Make every secret that is not there yet, each in a file of its own, and give their folder (0700)."""
    folder = private_folder(home / "secrets", os.geteuid(), os.getegid())
    for name, make in [*_SECRETS.values(), ("demo-password", _demo_password)]:
        if not (folder / name).exists():
            write_private(folder / name, make() + "\n")
    return folder


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)


def tree_environment(home: Path, host: str, port: int, given: Mapping[str, str]) -> dict[str, str]:
    """Give the variables of the tree: the caller's where set, ours for the rest; writes them to run.env too."""
    folder = make_secrets(home)
    ours = {
        "DATABASE_URL": database_url(home),
        "REDIS_URL": redis_url(home),
        "SAMSVAR_DEMO": "1",
        "SAMSVAR_SANDBOX_FILE": str(home / "sandbox" / "sandbox.json"),
        "SAMSVAR_STATIC_ROOT": str(home / "static"),  # copies of one checkout side by side must not share it
    }
    for variable, (name, _) in _SECRETS.items():
        if not given.get(variable):
            ours[f"{variable}_FILE"] = str(folder / name)
    settled = {name: given.get(name) or value for name, value in ours.items()}
    settled |= {"SAMSVAR_HOME": str(home), "HOST": host, "PORT": str(port)}
    write_private(home / RUN_FILE, "".join(f"{name}={shlex.quote(value)}\n" for name, value in settled.items()))
    return settled


def fill_from_run_file(environment: MutableMapping[str, str]) -> None:
    """Fill what `manage.py` was not given from the run.env of the data folder, so that it finds the running tree.

    Leaves: nothing changed when the caller names another database or broker: then another system is meant, and demo
    values have no place there.
    """
    home = resolve_home(requested_home(environment), create=False)
    try:
        words = shlex.split((home / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    stored = dict(word.split("=", 1) for word in words if "=" in word)
    if any(environment.get(name) not in (None, "", stored.get(name)) for name in _ADDRESSES):
        return
    for name, value in stored.items():
        if not environment.get(name) and not environment.get(name.removesuffix("_FILE")):
            environment[name] = value
    environment["SAMSVAR_HOME"] = str(home)


class HomeLock:
    """The right to run on a data folder, held as long as this process lives."""

    def __init__(self, home: Path) -> None:
        try:
            self._file = os.open(home / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"Samsvar already runs on the data in {home}: stop that one, or choose another SAMSVAR_HOME."
            ) from None
        except OSError as error:
            raise CannotStart(f"The data folder {home} cannot be used: {error.strerror}.") from None

    def release(self) -> None:
        """Give the data folder free."""
        os.close(self._file)
