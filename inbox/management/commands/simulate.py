"""`manage.py simulate --platform facebook --rate N --minutes M`: have the sandbox's town write."""

from __future__ import annotations

import time
from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.queries.accounts import base_url

POLL_SECONDS = 1.0


class Command(BaseCommand):
    """Ask the running sandbox for traffic and show how it goes."""

    help = "Let the simulated town write: simulate --platform facebook --rate 30 --minutes 2"

    def add_arguments(self, parser: CommandParser) -> None:
        """Rate is in items a minute."""
        parser.add_argument("--platform", default="facebook")
        parser.add_argument("--rate", type=float, default=30.0, help="items a minute")
        parser.add_argument("--minutes", type=float, default=1.0)
        parser.add_argument("--no-wait", action="store_true", help="start it and return")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises: CommandError when no sandbox runs or it refuses."""
        url = base_url(options["platform"])
        if url is None:
            raise CommandError("No sandbox runs here. Start one with `make run`.")
        asked = {key: options[key] for key in ("platform", "rate", "minutes")}
        try:
            with httpx.Client(base_url=url, timeout=10) as client:
                started = client.post("/_sandbox/simulate", json=asked)
                started.raise_for_status()
                self._follow(client, started.json()["run"], wait=not options["no_wait"])
        except (httpx.HTTPError, KeyError, ValueError) as error:
            raise CommandError(f"The sandbox did not take it: {type(error).__name__}.") from None

    def _follow(self, client: httpx.Client, run: str, *, wait: bool) -> None:
        while True:
            told = client.get(f"/_sandbox/simulate/{run}").json()
            self.stdout.write(f"made {told['made']} of {told['planned']}, delivered {told['delivered']}")
            if told["done"] or not wait:
                return
            time.sleep(POLL_SECONDS)
