"""`manage.py backup FILE [--keys FILE]`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.clock import now
from core.errors import SamsvarError
from inbox.operations.backing_up import make_backup, write_keys

_WARNING = (
    "This file opens everything that is sealed, in this database and in every backup of it. "
    "Move it to another place than the backups, and let nobody read it who may not read all."
)


class Command(BaseCommand):
    """Copy the database into one file; the keys are never in it."""

    help = "Copy the database into one file. Keys are not in it: --keys FILE writes them apart"

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to; where the keys go."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--keys", type=Path, metavar="FILE", help="write the keys into this other file (0600)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises: CommandError with one sentence."""
        try:
            manifest = make_backup(path=options["file"].absolute(), now=now())
            if options["keys"]:
                write_keys(path=options["keys"].absolute())
        except SamsvarError as error:
            raise CommandError(error.message) from None
        rows, tables = sum(manifest.rows.values()), len(manifest.rows)
        self.stdout.write(f"Backed up {rows} rows of {tables} tables. Needs the keys {', '.join(manifest.key_ids)}.")
        if options["keys"]:
            self.stderr.write(_WARNING)
        else:
            self.stdout.write("The keys are not in it. Without them what is sealed cannot be opened: keep them apart.")
