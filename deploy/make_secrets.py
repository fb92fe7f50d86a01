"""`python3 deploy/make_secrets.py FOLDER`: make the secret files docker-compose.yml names; what is there stays.

The folder is closed to others (0700). The files in it are 0444, since each container reads them as a user of its own.
"""

import base64
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path


def make_secrets(folder: Path) -> list[str]:
    """Gives: the names of the files that were made."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    made = [name for name, make in MAKERS.items() if _write(folder / name, make)]
    password = (folder / "database_password").read_text().strip()
    url = f"postgres://samsvar:{password}@db:5432/samsvar"
    return made + (["database_url"] if _write(folder / "database_url", lambda: url) else [])


def _write(path: Path, make: Callable[[], str]) -> bool:
    if path.exists():
        return False
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
        file.write(make() + "\n")
    path.chmod(0o444)
    return True


MAKERS = {
    "database_password": lambda: secrets.token_hex(24),
    "secret_key": lambda: secrets.token_urlsafe(48),
    "keys": lambda: "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
    "hash_key": lambda: secrets.token_urlsafe(48),
    "metrics_token": lambda: secrets.token_urlsafe(32),
    "mail_url": lambda: "",  # empty until somebody writes theirs in: no mail is sent, no company sign-in offered
    "oidc_client_secret": lambda: "",
}


if __name__ == "__main__":
    for one in make_secrets(Path(sys.argv[1])):
        print(f"made {one}")
