"""The websocket probe: a process of its own with many sockets, cheap enough not to be what is measured.

    python -m bench.sockets < specification.json      one JSON object per line on its output

First line: {"connected": n, "seconds": s}. Then for each event {"event": mark, "arrivals": [...]}: when each socket had
its first frame with that mark, on the monotonic clock, which all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import sys
import time
from typing import Any, cast

import uvloop

AT_ONCE = 50  # handshakes under way
_SECONDS = 120


class Probe:
    """All sockets, and what they heard."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.mark = re.compile(spec["mark"].encode())
        self.number = spec["sockets"]
        self.heard: dict[str, list[float]] = {}
        self.reported = 0
        self.over = asyncio.Event()

    def hear(self, known: set[str], data: bytes, at: float) -> None:
        """Note which marks this socket sees for the first time."""
        for found in self.mark.findall(data):
            name = found.decode()
            if name in known:
                continue
            known.add(name)
            arrivals = self.heard.setdefault(name, [])
            arrivals.append(at)
            if len(arrivals) == self.number:
                self._report(name, arrivals)

    def _report(self, name: str, arrivals: list[float]) -> None:
        print(json.dumps({"event": name, "arrivals": sorted(arrivals)}), flush=True)
        self.reported += 1
        if self.reported == self.spec["events"]:
            self.over.set()


class Socket(asyncio.Protocol):
    """One socket. Frames are not taken apart: a mark stands in one frame, and data is searched as it comes."""

    def __init__(self, probe: Probe, request: bytes) -> None:
        self.probe, self.request = probe, request
        self.known: set[str] = set()
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """The end of the handshake, then frames."""
        at = time.monotonic()
        if not self.opened.done():
            self.rest += data
            if b"\r\n\r\n" not in self.rest:
                return
            head, self.rest = self.rest.split(b"\r\n\r\n", 1)
            if b" 101 " not in head:
                self.opened.set_exception(ConnectionError(head[:40].decode(errors="replace")))
                return
            self.opened.set_result(None)
            return
        self.rest = self.rest[-200:] + data  # a mark may be cut in two
        self.probe.hear(self.known, self.rest, at)


async def _connect(probe: Probe, number: int, gate: asyncio.Semaphore) -> Socket:
    spec = probe.spec
    cookies = spec["cookies"]
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET /live/ HTTP/1.1\r\nHost: 127.0.0.1:{spec['port']}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nOrigin: http://127.0.0.1:{spec['port']}\r\n"
        f"Cookie: {cookies[number % len(cookies)] if cookies else 'none=1'}\r\n\r\n"
    ).encode()
    async with gate:
        _, socket = await asyncio.get_running_loop().create_connection(
            lambda: Socket(probe, request), "127.0.0.1", spec["port"]
        )
        await socket.opened
    return socket


async def main(spec: dict[str, Any]) -> None:
    """Connect, tell, listen until every event was heard everywhere."""
    probe, gate, begun = Probe(spec), asyncio.Semaphore(AT_ONCE), time.monotonic()
    sockets = await asyncio.gather(*(_connect(probe, number, gate) for number in range(spec["sockets"])))
    print(json.dumps({"connected": len(sockets), "seconds": time.monotonic() - begun}), flush=True)
    await asyncio.wait_for(probe.over.wait(), _SECONDS)
    for socket in sockets:
        socket.transport.close()


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.stdin.readline())))
