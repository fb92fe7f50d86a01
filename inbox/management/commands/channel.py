"""`manage.py channel add <platform> --set name=value … [--team slug] [--json]`

`manage.py channel reconnect <channel id> --set name=value …`

`manage.py channel list [--json]`
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.operations.channels import add_channel, reconnect_channel
from connectors.queries.channel_lines import list_channel_lines
from core.actors import SYSTEM
from core.clock import now
from core.errors import SamsvarError
from inbox.operations.demo_pages import tell_sandbox
from tickets.models import Team


class Command(BaseCommand):
    """Connect a channel from the shell; list them."""

    help = (
        "Connect a channel: channel add facebook --set external_id=… name=… app_secret=… verify_token=… access_token=…"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which platform (add) or channel id (reconnect)."""
        parser.add_argument("action", choices=["add", "reconnect", "list"])
        parser.add_argument(
            "which", nargs="?", default="", help="a platform to add, or the id of a channel to reconnect"
        )
        parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="name=value")
        parser.add_argument("--team", default="", help="slug of the team that gets its cases")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises: CommandError with one sentence."""
        if options["action"] == "list":
            return self._list(as_json=options["json"])
        values = dict(_pair(word) for word in options["set"])
        try:
            facts = self._add(options, values) if options["action"] == "add" else self._reconnect(options, values)
        except SamsvarError as error:
            raise CommandError(error.message) from None
        tell_sandbox()  # in a demo the platform's side is ours too
        if options["json"]:
            self.stdout.write(json.dumps(facts))
        else:
            self.stdout.write("\n".join(f"{name}: {value}" for name, value in facts.items()))
        return None

    def _list(self, *, as_json: bool) -> None:
        lines = list_channel_lines()
        if as_json:
            self.stdout.write(json.dumps([asdict(line) for line in lines], ensure_ascii=False))
        else:
            told = (f"{one.id}  {one.platform}  {one.external_id}  {one.health}  {one.name}" for one in lines)
            self.stdout.write("\n".join(told))

    def _add(self, options: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
        team_id = _team(options["team"])
        made = add_channel(actor=SYSTEM, platform=options["which"], values=values, team_id=team_id, now=now())
        return asdict(made)

    def _reconnect(self, options: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
        if not options["which"].isdigit():
            raise CommandError("Give the id of the channel, a number.")
        account = reconnect_channel(actor=SYSTEM, channel_id=int(options["which"]), values=values, now=now())
        return {"id": account.channel_id, "health": account.health}


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
