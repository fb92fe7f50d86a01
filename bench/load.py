"""The load generator: a process of its own that posts or fetches over kept-alive raw connections, without pipelining.

    python -m bench.load < specification.json > result.json

Closed loop: every connection sends its next request when the last was answered. Open loop (`rate`): requests are due at
fixed times, and a late answer counts from when its request was due. `together`: one request per connection at a time,
all at once. What was not answered, or with 503, is sent again: senders do.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import httptools
import uvloop

from bench.figures import percentile
from bench.hooks import Sender

AGAIN_SECONDS = 0.05


@dataclass(slots=True)
class Outcome:
    """What the connections saw, added up."""

    statuses: Counter[int] = field(default_factory=Counter)
    taken: list[float] = field(default_factory=list)  # seconds per answer
    taken_by: dict[int, list[float]] = field(default_factory=dict)  # the same by status
    broken: int = 0  # connections that ended under a request
    refused: int = 0  # connections that were not accepted
    different: int = 0  # accepted with 200, a repeat of the one before left out

    def answered(self, status: int, seconds: float) -> None:
        """Take in one answer."""
        self.statuses[status] += 1
        self.taken.append(seconds)
        self.taken_by.setdefault(status, []).append(seconds)


class Connection(asyncio.Protocol):
    """One kept-alive connection and the requests it still has to send, each with the moment it is due (or None)."""

    def __init__(self, run: Run, requests: deque[tuple[float | None, bytes]]) -> None:
        self.run, self.requests = run, requests
        self.transport: asyncio.Transport | None = None
        self.sent_at: float | None = None
        self.parser: Any = None
        self.latest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin a fresh parser."""
        self.transport, self.parser = cast(asyncio.Transport, transport), httptools.HttpResponseParser(self)

    def data_received(self, data: bytes) -> None:
        """Bytes of an answer."""
        self.parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Under a request: that one is sent again over a new connection."""
        del exc
        self.transport = None
        if self.sent_at is not None:
            self.run.outcome.broken += 1
            self.sent_at = None
        if not self.run.over:
            self.run.reconnect(self)

    def send_next(self) -> None:
        """Send the request in front when it is due and none is under way."""
        if self.sent_at is not None or self.transport is None or self.run.over:
            return
        if not self.requests or time.monotonic() >= self.run.deadline:
            self.run.finished(self)
            return
        due, payload = self.requests[0]
        wait = 0.0 if due is None else self.run.started + due - time.monotonic()
        if wait > 0:
            self.run.loop.call_later(wait, self.send_next)
            return
        self.sent_at = time.monotonic() if due is None else self.run.started + due
        self.transport.write(payload)

    def on_message_complete(self) -> None:
        """A whole answer is here."""
        assert self.sent_at is not None  # noqa: S101  an answer has a request
        status = self.parser.get_status_code()
        self.run.outcome.answered(status, time.monotonic() - self.sent_at)
        self.sent_at = None
        self.parser = httptools.HttpResponseParser(self)
        if status == 503:
            self.run.loop.call_later(AGAIN_SECONDS, self.send_next)
            return
        _due, payload = self.requests.popleft()
        self.run.outcome.different += status == 200 and payload != self.latest
        self.latest = payload
        self.run.answered(self)


class Run:
    """All connections of one measurement."""

    def __init__(self, spec: Mapping[str, Any], requests: list[list[bytes]]) -> None:
        self.host, self.port = spec["host"], spec["port"]
        self.together = bool(spec.get("together"))
        self.loop = asyncio.get_running_loop()
        self.outcome = Outcome()
        self.deadline = float("inf")
        self.started = 0.0
        self.over = False
        self._done: set[Connection] = set()
        self._ended = asyncio.Event()
        self._reconnecting: set[asyncio.Task[None]] = set()  # kept: an unreferenced task may be collected
        rate, lanes = spec.get("rate"), len(requests)
        self.connections = [
            Connection(self, deque((None if rate is None else (step * lanes + lane) / rate, payload)
                                   for step, payload in enumerate(mine)))
            for lane, mine in enumerate(requests)
        ]  # fmt: skip

    async def execute(self, seconds: float | None) -> dict[str, Any]:
        """Connect everything, then send until all is sent or the time is over. Gives: the result."""
        await asyncio.gather(*(self._connect(connection) for connection in self.connections))
        self.started = time.monotonic()
        self.deadline = self.started + seconds if seconds else float("inf")
        for connection in self.connections:
            connection.send_next()
        await self._ended.wait()
        lasted = time.monotonic() - self.started
        self.over = True
        for connection in self.connections:
            if connection.transport:
                connection.transport.close()
        return _result(self.outcome, lasted)

    def answered(self, connection: Connection) -> None:
        """Go on: at once, or when the others of this round have their answers too."""
        if not self.together:
            connection.send_next()
        elif sum(self.outcome.statuses.values()) % len(self.connections) == 0:
            for each in self.connections:
                each.send_next()

    def finished(self, connection: Connection) -> None:
        """A connection has nothing more to send."""
        self._done.add(connection)
        if len(self._done) == len(self.connections):
            self._ended.set()

    def reconnect(self, connection: Connection) -> None:
        """Open the connection anew and go on."""
        if connection in self._done:
            return
        self._reconnecting.add(self.loop.create_task(self._connect_again(connection)))

    async def _connect_again(self, connection: Connection) -> None:
        await self._connect(connection)
        connection.send_next()

    async def _connect(self, connection: Connection) -> None:
        while True:
            try:
                await self.loop.create_connection(lambda: connection, self.host, self.port, family=socket.AF_INET)
                return
            except ConnectionRefusedError:
                self.outcome.refused += 1
                await asyncio.sleep(AGAIN_SECONDS)


def _result(outcome: Outcome, lasted: float) -> dict[str, Any]:
    good = outcome.statuses[200]

    def milliseconds(values: list[float]) -> dict[str, float]:
        return {name: percentile(values, share) * 1000 for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))}

    return {
        "seconds": lasted,
        "good": good,
        "rate": good / lasted,
        "statuses": {str(status): count for status, count in outcome.statuses.items()},
        "broken": outcome.broken,
        "refused": outcome.refused,
        "different": outcome.different,
        "ms": milliseconds(outcome.taken),
        "ms_by_status": {str(status): milliseconds(values) for status, values in outcome.taken_by.items()},
    }


def build_requests(spec: Mapping[str, Any]) -> list[list[bytes]]:
    """What each connection sends. Takes: `hooks` with a sender's facts and a count, or `raw`, one list each."""
    if "raw" in spec:
        return [[text.encode() for text in mine] for mine in spec["raw"]]
    lanes = spec["connections"]
    sender = Sender(**spec["hooks"])
    counts = [spec["count"] // lanes + (lane < spec["count"] % lanes) for lane in range(lanes)]
    return [sender.requests_for(lane, lanes, count) for lane, count in enumerate(counts)]


async def run(spec: Mapping[str, Any]) -> dict[str, Any]:
    """One measurement as the specification says."""
    return await Run(spec, build_requests(spec)).execute(spec.get("seconds"))


if __name__ == "__main__":
    print(json.dumps(uvloop.run(run(json.load(sys.stdin)))))
