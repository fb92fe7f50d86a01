"""Bringing an installation up to date at every start, and doing nothing when there is nothing to do."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

log = logging.getLogger(__name__)

STAMP = ".collected"


def migrate() -> bool:
    """Apply migrations that are not in the database yet. Gives: whether there were any."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", verbosity=0, interactive=False)
    return True


def collect_static_files() -> bool:
    """Collect and hash static files, unless the very same ones were collected before. Gives: whether it did."""
    stamp = Path(settings.STATIC_ROOT) / STAMP
    now_there = _fingerprint()
    if stamp.is_file() and stamp.read_text() == now_there:
        return False
    call_command("collectstatic", verbosity=0, interactive=False, clear=Path(settings.STATIC_ROOT).is_dir())
    stamp.write_text(now_there)
    return True


def _fingerprint() -> str:
    """Changes when any source file does: names, sizes and times of change of all of them."""
    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            full = Path(storage.path(path))
            about = full.stat()
            seen.update(f"{full}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    return seen.hexdigest()
