"""The sandbox's clock: real time plus an offset, so that windows and expiries can be tried without waiting."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from wsgiref.handlers import format_date_time

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Clock:
    """Gives Unix time (`now`), a steady count for pacing (`steady`) and sleep; tests put another in its place."""

    def __init__(self, offset_seconds: float = 0.0) -> None:
        self.offset_seconds = offset_seconds
        self.told_wrong_seconds = 0.0  # by how much the Date of every answer is off

    def now(self) -> float:
        """Unix seconds, shifted by the offset."""
        return time.time() + self.offset_seconds

    def steady(self) -> float:
        """Seconds that never jump, from an unknown start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await asyncio.sleep(seconds)


class Dated:
    """Puts the Date on every answer, which the platforms' clients may compare with their own clock."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app, self._clock = app, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the header."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = format_date_time(time.time() + self._clock.told_wrong_seconds).encode()
                message["headers"] = [*message.get("headers", ()), (b"date", told)]
            await send(message)

        await self._app(scope, receive, dated)


def graph_time(unix_seconds: float) -> str:
    """Meta's REST form of an instant: `2026-11-20T09:15:32+0000`."""
    return datetime.fromtimestamp(unix_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
