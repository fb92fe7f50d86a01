"""`manage.py channel add <platform> --set name=value … [--team slug] [--json]`

`manage.py channel reconnect <channel id> --set name=value …`

`manage.py channel subscribe <channel id> --origin https://hjelp.example [--take-over]`

`manage.py channel list [--json]`
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.operations.channels import add_channel, reconnect_channel
from connectors.operations.subscribing import subscribe_channel
from connectors.queries.channel_lines import list_channel_lines
from connectors.queries.tokens import token_warnings
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
        parser.add_argument("action", choices=["add", "reconnect", "subscribe", "list"])
        parser.add_argument(
            "which", nargs="?", default="", help="a platform to add, or the id of a channel to reconnect"
        )
        parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="name=value")
        parser.add_argument("--team", default="", help="slug of the team that gets its cases")
        parser.add_argument("--origin", default="", help="where the networks reach us; what can be asked for is asked")
        parser.add_argument("--take-over", action="store_true", help="also where another program gets the news now")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises: CommandError with one sentence."""
        if options["action"] == "list":
            return self._list(as_json=options["json"])
        values = dict(_pair(word) for word in options["set"])
        act = {"add": self._add, "reconnect": self._reconnect, "subscribe": self._subscribe}[options["action"]]
        try:
            facts = act(options, values)
            tell_sandbox()  # in a demo the platform's side is ours too
            if options["origin"] and options["action"] != "subscribe":
                facts |= self._subscribe({**options, "which": str(facts["id"])}, {})
        except SamsvarError as error:
            raise CommandError(error.message) from None
        if options["json"]:
            self.stdout.write(json.dumps(facts))
        else:
            self.stdout.write("\n".join(f"{name}: {value}" for name, value in facts.items()))
        return None

    def _list(self, *, as_json: bool) -> None:
        lines, ends = list_channel_lines(), {one.channel_id: one.ends_at for one in token_warnings(now())}
        if as_json:
            dates = {pk: at.isoformat() for pk, at in ends.items()}
            told = [asdict(line) | {"sign_in_ends_at": dates.get(line.id, "")} for line in lines]
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            soon = {pk: f", sign-in ends {at:%Y-%m-%d}" for pk, at in ends.items()}
            shown = (
                f"{one.id}  {one.platform}  {one.external_id}  {one.health}{soon.get(one.id, '')}  {one.name}"
                for one in lines
            )
            self.stdout.write("\n".join(shown))

    def _add(self, options: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
        team_id = _team(options["team"])
        made = add_channel(actor=SYSTEM, platform=options["which"], values=values, team_id=team_id, now=now())
        return asdict(made)

    def _reconnect(self, options: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
        account = reconnect_channel(actor=SYSTEM, channel_id=_number(options["which"]), values=values, now=now())
        return {"id": account.channel_id, "health": account.health}

    def _subscribe(self, options: dict[str, Any], _values: dict[str, str]) -> dict[str, Any]:
        channel_id, origin = _number(options["which"]), options["origin"]
        if not origin.startswith(("https://", "http://")):
            raise CommandError("Give --origin, where the networks reach this server: https://hjelp.example")
        take_over = options["take_over"]
        found = subscribe_channel(actor=SYSTEM, channel_id=channel_id, origin=origin, take_over=take_over, now=now())
        return {"id": channel_id, "findings": ", ".join(f"{one.severity}: {one.code}" for one in found)}


def _number(word: str) -> int:
    if not word.isdigit():
        raise CommandError("Give the id of the channel, a number.")
    return int(word)


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
