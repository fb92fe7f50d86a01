"""`manage.py channel add <platform> --set name=value … [--team slug] [--json]`"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.operations.channels import add_channel
from core.actors import SYSTEM
from core.clock import now
from core.errors import SamsvarError
from tickets.models import Team


class Command(BaseCommand):
    """Connect a channel from the shell."""

    help = (
        "Connect a channel: channel add facebook --set external_id=… name=… app_secret=… verify_token=… access_token=…"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Only `add` so far."""
        parser.add_argument("action", choices=["add"])
        parser.add_argument("platform")
        parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="name=value")
        parser.add_argument("--team", default="", help="slug of the team that gets its cases")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises: CommandError with one sentence."""
        values = dict(_pair(word) for word in options["set"])
        try:
            made = add_channel(
                actor=SYSTEM, platform=options["platform"], values=values, team_id=_team(options["team"]), now=now()
            )
        except SamsvarError as error:
            raise CommandError(error.message) from None
        facts = asdict(made)
        if options["json"]:
            self.stdout.write(json.dumps(facts))
        else:
            self.stdout.write("\n".join(f"{name}: {value}" for name, value in facts.items()))


def _pair(word: str) -> tuple[str, str]:
    name, sign, value = word.partition("=")
    if not sign or not name:
        raise CommandError("Write settings as name=value.")
    return name, value


def _team(slug: str) -> int | None:
    if not slug:
        return None
    found = Team.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError("There is no team with this slug.")
    return found
