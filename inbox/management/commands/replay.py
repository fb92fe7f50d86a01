"""`manage.py replay [id …]`: read unreadable deliveries again, after a fix."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from connectors.operations.ingesting import replay_deliveries
from core.clock import now


class Command(BaseCommand):
    """Put unreadable deliveries back to new; the worker takes it from there."""

    help = "Read unreadable deliveries again: all of them, or those with these ids"

    def add_arguments(self, parser: CommandParser) -> None:
        """No ids: all."""
        parser.add_argument("ids", nargs="*", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        """Says how many will be read again."""
        count = replay_deliveries(now=now(), delivery_ids=options["ids"] or None)
        self.stdout.write(f"{count} deliveries will be read again.")
