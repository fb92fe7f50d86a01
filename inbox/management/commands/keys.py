"""`manage.py keys status [--json]`, `keys check`, `keys rotate [--to ID]`; docs/guides/keys.md tells when."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.clock import now
from core.errors import Invalid
from core.keys.rotation import rotate_keys
from core.keys.state import get_key_counts, list_lost
from core.secrets import ring_ids


class Command(BaseCommand):
    """Look after the master keys in SAMSVAR_KEYS."""

    help = "keys status: records by key. keys check: can all be opened? keys rotate: bring all under the first key"

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do."""
        parser.add_argument("action", choices=["status", "check", "rotate"])
        parser.add_argument("--to", default="", metavar="ID", help="rotate: the key you expect to be first")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exits with 1 when something cannot be opened."""
        {"status": self._status, "check": self._check, "rotate": self._rotate}[options["action"]](options)

    def _status(self, options: dict[str, Any]) -> None:
        counts = get_key_counts()
        if options["json"]:
            facts = {"keys": list(ring_ids()), "records": [asdict(count) for count in counts]}
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(f"Keys at hand: {', '.join(ring_ids())}. New seals are made under {ring_ids()[0]}.")
        for count in counts:
            self.stdout.write(
                f"{count.place}: {count.count} under {count.key_id}{'' if count.at_hand else ', which is not at hand'}"
            )

    def _check(self, options: dict[str, Any]) -> None:
        lost = list_lost()
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not lost, "lost": lost}))
        else:
            self.stdout.write("\n".join(lost) or "Every kind of sealed record opens.")
        if lost:
            sys.exit(1)

    def _rotate(self, options: dict[str, Any]) -> None:
        try:
            done = rotate_keys(now=now(), to=options["to"])
        except Invalid as error:
            raise CommandError(error.message) from None
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done)))
        else:
            self.stdout.write(f"{done.moved} records moved to the key {done.key_id}.")
            if done.left:
                self.stdout.write(f"{done.left} could not be opened and stay as they are; `keys check` says which.")
        if done.left:
            sys.exit(1)
