"""The control API that is not of one platform: runs of the town, choirs, the clock, the state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.bodies import BadBody, Missing, choice_of, number_of, read_body, text_of
from sandbox.clock import Clock
from sandbox.outbox import Outbox
from sandbox.sender import Sender
from sandbox.store import Store
from sandbox.town.runs import Runs
from sandbox.town.stock.shape import TOPICS

_RATE_MOST = 60_000
_MINUTES_MOST = 24 * 60


class Control:
    """The endpoints below /_sandbox/."""

    def __init__(self, store: Store, outbox: Outbox, clock: Clock, runs: Sequence[Runs], sender: Sender) -> None:
        self._store, self._outbox, self._clock, self._sender = store, outbox, clock, sender
        self._runs = {each.talk.platform: each for each in runs}

    def routes(self) -> list[Route]:
        """Everything below /_sandbox/ that is not of one platform."""
        return [
            Route("/_sandbox/state", self.state, methods=["GET"]),
            Route("/_sandbox/simulate", self.simulate, methods=["POST"]),
            Route("/_sandbox/simulate/{run:int}", self.look, methods=["GET"]),
            Route("/_sandbox/simulate/{run:int}", self.stop, methods=["DELETE"]),
            Route("/_sandbox/choir", self.choir, methods=["POST"]),
            Route("/_sandbox/clock", self.turn_clock, methods=["POST"]),
        ]

    async def state(self, _request: Request) -> Response:
        """GET: how much there is and how much waits."""
        count = self._store.number
        return JSONResponse(
            {
                "pages": count("SELECT COUNT(*) FROM fb_pages"),
                "posts": count("SELECT COUNT(*) FROM fb_posts WHERE removed = 0"),
                "comments": count("SELECT COUNT(*) FROM fb_comments WHERE removed = 0"),
                "private_replies": count("SELECT COUNT(*) FROM fb_private_replies"),
                "outbox": self._outbox.counts(),
                "x_posts": count("SELECT COUNT(*) FROM x_posts WHERE gone = 0"),
                "x_messages": count("SELECT COUNT(*) FROM x_messages"),
                "mails": count("SELECT COUNT(*) FROM mail_messages"),
                "runs": sum(each.active() for each in self._runs.values()),
                "now": self._clock.now(),
            }
        )

    async def simulate(self, request: Request) -> Response:
        """POST: start everyday life at a rate."""
        body = await read_body(request)
        runs = self._of(body)
        run = runs.simulate(
            rate=number_of(body, "rate", None, least=0.1, most=_RATE_MOST),
            minutes=number_of(body, "minutes", 1.0, least=0, most=_MINUTES_MOST),
            account=_account(runs, text_of(body, "page_id", "")),
            seed=_seed(body.get("seed")),
        )
        return JSONResponse({"run": run}, status_code=201)

    async def choir(self, request: Request) -> Response:
        """POST: let many complain about the same thing."""
        body = await read_body(request)
        runs = self._of(body)
        account = _account(runs, text_of(body, "page_id", "")) or runs.talk.accounts()[0]
        topic = choice_of(body, "topic", TOPICS[0], TOPICS)
        run = runs.choir(
            voices=int(number_of(body, "voices", 12, least=1, most=1000)),
            minutes=number_of(body, "minutes", 5, least=0, most=_MINUTES_MOST),
            topic=topic,
            account=account,
            seed=_seed(body.get("seed")),
        )
        return JSONResponse({"run": run, "topic": topic}, status_code=201)

    async def look(self, request: Request) -> Response:
        """GET: how a run stands."""
        return JSONResponse(self._shown(request))

    async def stop(self, request: Request) -> Response:
        """DELETE: end a run."""
        for runs in self._runs.values():
            runs.stop(request.path_params["run"])
        return JSONResponse(self._shown(request))

    async def turn_clock(self, request: Request) -> Response:
        """POST: let `advance_seconds` pass at once, for windows, expiries and waiting retries.

        With `told_wrong_seconds` the Date of every answer is off by so much until the next call of this."""
        body = await read_body(request)
        self._clock.offset_seconds += number_of(body, "advance_seconds", 0, least=0, most=10 * 365 * 86400)
        self._clock.told_wrong_seconds = number_of(body, "told_wrong_seconds", 0, least=-86400, most=86400)
        self._store.set_fact("clock_offset_seconds", self._clock.offset_seconds)
        self._sender.wake()
        return JSONResponse({"now": self._clock.now()})

    def _of(self, body: dict[str, Any]) -> Runs:
        """The platform asked for; by default the first."""
        platforms = tuple(self._runs)
        return self._runs[choice_of(body, "platform", platforms[0], platforms)]

    def _shown(self, request: Request) -> dict[str, Any]:
        shown = next(iter(self._runs.values())).look(request.path_params["run"])  # all runs are in one table
        if shown is None:
            raise Missing("no such run")
        return shown


def _account(runs: Runs, page_id: str) -> str | None:
    """The account asked for, None for any; raises when there is none to write to."""
    accounts = runs.talk.accounts()
    if not accounts or (page_id and page_id not in accounts):
        raise Missing("no such page")
    return page_id or None


def _seed(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise BadBody("seed must be a whole number")
