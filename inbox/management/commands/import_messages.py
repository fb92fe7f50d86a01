"""`manage.py import_messages <channel id> <file.csv> [--leave-open] [--look]`

For a file that calls its columns otherwise: `--columns at=Dato text=Melding author_name=Fra [--month-first] [--utc]`
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.import_columns import DAY, MONTH
from connectors.models import Import, ImportState
from connectors.operations.choosing_columns import choose_columns
from connectors.operations.importing import discard_import, import_waiting, keep_import, start_import
from connectors.queries.import_tables import get_column_names
from core.actors import SYSTEM
from core.clock import now
from core.errors import SamsvarError


class Command(BaseCommand):
    """Bring older messages into a channel from a CSV file; see docs/guides/import-messages.md."""

    help = "Import older messages of a channel from a CSV file."

    def add_arguments(self, parser: CommandParser) -> None:
        """The id of the channel (`channel list` shows it) and the file."""
        parser.add_argument("channel", type=int)
        parser.add_argument("file", type=Path)
        parser.add_argument("--leave-open", action="store_true", help="do not resolve the cases that it opens")
        parser.add_argument("--look", action="store_true", help="only say what would be read and what would not")

        parser.add_argument("--columns", nargs="+", default=[], metavar="ours=theirs", help="what the columns hold")
        parser.add_argument("--month-first", action="store_true", help="dates are written 10/31/2026")
        parser.add_argument("--utc", action="store_true", help="times without a zone are UTC, not the company's")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises: CommandError with one sentence."""
        try:
            kept = self._kept(options)
            if options["look"]:
                discard_import(actor=SYSTEM, import_id=kept.pk, now=now())
                return
            start_import(actor=SYSTEM, import_id=kept.pk, as_done=not options["leave_open"], now=now())
        except SamsvarError as error:
            raise CommandError(error.message) from None
        self._watch(kept)

    def _kept(self, options: dict[str, Any]) -> Import:
        try:
            with options["file"].open("rb") as content:
                kept = keep_import(actor=SYSTEM, channel_id=options["channel"], content=content, now=now())
        except OSError:
            raise CommandError("This file cannot be read.") from None
        if kept.state == ImportState.COLUMNS:
            kept = self._named(kept, options)
        self.stdout.write(f"{kept.rows} rows can be read, {kept.faulty} cannot.")
        for row, column, code in kept.faults:
            self.stdout.write(f"  row {row}: {column or 'the row'}: {code}")
        return kept

    def _named(self, kept: Import, options: dict[str, Any]) -> Import:
        """Read it by the columns named; without any, say what there is and forget it."""
        theirs = {name.lower(): at for at, name in enumerate(get_column_names(import_id=kept.pk))}
        pairs = [word.partition("=") for word in options["columns"]]
        unknown = [name for _ours, _sign, name in pairs if name.lower() not in theirs]
        if unknown or not pairs:
            discard_import(actor=SYSTEM, import_id=kept.pk, now=now())
            raise CommandError(f"Say with --columns what these hold: {', '.join(theirs)}.")
        columns = {ours: theirs[name.lower()] for ours, _sign, name in pairs}
        order = MONTH if options["month_first"] else DAY
        try:
            return choose_columns(
                actor=SYSTEM, import_id=kept.pk, columns=columns, order=order, local=not options["utc"], now=now()
            )
        except SamsvarError:
            discard_import(actor=SYSTEM, import_id=kept.pk, now=now())
            raise

    def _watch(self, kept: Import) -> None:
        """Work beside the workers until it is in."""
        while kept.state != ImportState.DONE:
            import_waiting(now=now())
            kept.refresh_from_db()
            self.stdout.write(f"{kept.taken} of {kept.rows}")
        self.stdout.write(f"{kept.fresh} new messages, {kept.cases} new cases.")
