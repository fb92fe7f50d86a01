"""`manage.py restore FILE [--force]`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.clock import now
from core.errors import SamsvarError
from inbox.operations.restoring import Restored, restore_backup


class Command(BaseCommand):
    """Put a backup back, with everybody stopped."""

    help = "Put a backup into the database, and take back again what was deleted since it was made"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Which backup."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="replace what the database holds now")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises: CommandError with one sentence."""
        try:
            done = restore_backup(path=options["file"].absolute(), force=options["force"], now=now())
        except SamsvarError as error:
            raise CommandError(error.message) from None
        for sentence in _sentences(done):
            self.stdout.write(sentence)
        if done.lost:
            raise CommandError("\n".join(done.lost))


def _sentences(done: Restored) -> list[str]:
    found = done.replayed
    return [
        f"Restored {done.rows} rows of the backup made {done.made_at}; every table holds what its manifest says.",
        f"Read {done.ingested} deliveries that waited in it.",
        f"{found.known} deletions are known: {found.messages} messages and {found.posts} posts went again.",
        "Now start web, workers and beat.",
    ]
