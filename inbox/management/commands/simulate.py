"""`manage.py simulate`: steer the sandbox from the shell. Everyday life at a rate, a choir, switches, the clock.

simulate --platform facebook --rate 60 --minutes 2
simulate --platform email --rate 20
simulate --choir 12
simulate --switch token_dead --switch duplicate_webhooks=3 --switch timeout_after_effect=drop*1
simulate --platform email --switch mail-giant=40 --switch auth-refused
simulate --clear
"""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.queries.accounts import control_url

POLL_SECONDS = 1.0


class Command(BaseCommand):
    """Ask the running sandbox for something and show how it goes."""

    help = "Let the simulated town write, and make things go wrong"

    def add_arguments(self, parser: CommandParser) -> None:
        """Without --switch, --clear, --choir, --unknown or --advance: everyday life at --rate for --minutes."""
        parser.add_argument("--platform", default="facebook", help="which simulated one, such as facebook or email")
        parser.add_argument("--rate", type=float, default=30.0, help="items a minute")
        parser.add_argument("--minutes", type=float, default=1.0)
        parser.add_argument("--page", default="", help="external id of the page; by default the first one")
        parser.add_argument("--seed", type=int, default=None, help="makes a run repeatable")
        parser.add_argument("--no-wait", action="store_true", help="start and return")
        parser.add_argument("--choir", type=int, metavar="VOICES", help="many complain of the same thing")
        parser.add_argument("--switch", action="append", default=[], metavar="NAME[=VALUE][*TIMES]")
        parser.add_argument("--clear", action="store_true", help="turn every switch off")
        parser.add_argument("--switches", action="store_true", help="show the switches and how they stand")
        parser.add_argument("--unknown", action="store_true", help="send an event of a type nobody knows yet")
        parser.add_argument("--advance", type=int, metavar="SECONDS", help="let the sandbox's clock run ahead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises: CommandError when no sandbox runs or it refuses, with its reason."""
        url = control_url(options["platform"])
        if url is None:
            raise CommandError("No sandbox runs here. Start one with `make run`.")
        try:
            with httpx.Client(base_url=url, timeout=30) as client:
                self._do(client, options)
        except httpx.HTTPStatusError as error:
            raise CommandError(f"The sandbox refused: {_reason(error.response)}") from None
        except httpx.HTTPError as error:
            raise CommandError(f"The sandbox does not answer: {type(error).__name__}.") from None

    def _do(self, client: httpx.Client, options: dict[str, Any]) -> None:
        asked = [name for name in ("switch", "clear", "switches", "choir", "unknown", "advance") if options[name]]
        for name in asked:
            getattr(self, f"_{name}")(client, options)
        if not asked:
            self._live(client, options)

    def _live(self, client: httpx.Client, options: dict[str, Any]) -> None:
        words = {"platform": options["platform"], "rate": options["rate"], "minutes": options["minutes"]}
        optional = {"page_id": options["page"] or None, "seed": options["seed"]}
        started = _call(
            client, "POST", "/_sandbox/simulate", words | {k: v for k, v in optional.items() if v is not None}
        )
        while True:
            told = _call(client, "GET", f"/_sandbox/simulate/{started['run']}")
            self.stdout.write(f"made {told['made']} of {told['planned']}, delivered {told['delivered']}")
            if told["done"] or options["no_wait"]:
                return
            time.sleep(POLL_SECONDS)

    def _choir(self, client: httpx.Client, options: dict[str, Any]) -> None:
        words = {"platform": options["platform"], "voices": options["choir"], "minutes": options["minutes"]}
        page = {"page_id": options["page"]} if options["page"] else {}
        self._show(_call(client, "POST", "/_sandbox/choir", words | page))

    def _switch(self, client: httpx.Client, options: dict[str, Any]) -> None:
        wanted = dict(_setting(word) for word in options["switch"])
        self._show(_call(client, "PUT", f"{_page_path(client, options)}/faults", wanted))

    def _clear(self, client: httpx.Client, options: dict[str, Any]) -> None:
        path = f"{_page_path(client, options)}/faults"
        self._show(_call(client, "PUT", path, dict.fromkeys(_call(client, "GET", path))))

    def _switches(self, client: httpx.Client, options: dict[str, Any]) -> None:
        self._show(_call(client, "GET", f"{_page_path(client, options)}/faults"))

    def _unknown(self, client: httpx.Client, options: dict[str, Any]) -> None:
        self._show(_call(client, "POST", f"{_page_path(client, options)}/unknown", {}))

    def _advance(self, client: httpx.Client, options: dict[str, Any]) -> None:
        self._show(_call(client, "POST", "/_sandbox/clock", {"advance_seconds": options["advance"]}))

    def _show(self, told: Any) -> None:
        self.stdout.write(json.dumps(told, ensure_ascii=False))


def _call(client: httpx.Client, method: str, path: str, body: Any = None) -> Any:
    answer = client.request(method, path, json=body) if body is not None else client.request(method, path)
    answer.raise_for_status()
    return answer.json()


def _page_path(client: httpx.Client, options: dict[str, Any]) -> str:
    """The page's address in the control API; the first registered one unless --page names another."""
    prefix = f"/_sandbox/{options['platform']}/pages"
    if options["page"]:
        return f"{prefix}/{options['page']}"
    pages = _call(client, "GET", prefix)
    listed = pages.get("pages", pages) if isinstance(pages, dict) else pages
    if not listed:
        raise CommandError("The sandbox knows no page yet.")
    return f"{prefix}/{listed[0]['id']}"


def _setting(word: str) -> tuple[str, Any]:
    """`name`, `name=value`, either with `*times`: as the sandbox wants it."""
    word, _, times = word.partition("*")
    name, sign, raw = word.partition("=")
    value: Any = _value(raw) if sign else True
    return name, {"value": value, "times": int(times)} if times.isdigit() else value


def _value(raw: str) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw


def _reason(answer: httpx.Response) -> str:
    try:
        told = answer.json()
        return str(told.get("error", told))
    except (ValueError, AttributeError):
        return f"HTTP {answer.status_code}"
