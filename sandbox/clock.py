"""The sandbox's clock: real time plus an offset, so that windows and expiries can be tried without waiting."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class Clock:
    """Gives Unix time (`now`), a steady count for pacing (`steady`) and sleep; tests put another in its place."""

    def __init__(self, offset_seconds: float = 0.0) -> None:
        self.offset_seconds = offset_seconds

    def now(self) -> float:
        """Unix seconds, shifted by the offset."""
        return time.time() + self.offset_seconds

    def steady(self) -> float:
        """Seconds that never jump, from an unknown start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await asyncio.sleep(seconds)


def graph_time(unix_seconds: float) -> str:
    """Meta's REST form of an instant: `2026-11-20T09:15:32+0000`."""
    return datetime.fromtimestamp(unix_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
