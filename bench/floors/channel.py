"""A platform's API that only answers: every POST made something, every GET finds nothing.

`python -m bench.floors.channel PORT`; GET /calls tells when each POST came, in seconds of the wall clock.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import cast

import uvloop

_LATEST = 1000


class Channel(asyncio.Protocol):
    """One connection."""

    calls: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self.transport, self.data = cast(asyncio.Transport, transport), b""

    def data_received(self, data: bytes) -> None:
        """Answer each request once its head and body are whole."""
        self.data += data
        while b"\r\n\r\n" in self.data:
            head, rest = self.data.split(b"\r\n\r\n", 1)
            length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                           if line.startswith(b"content-length:")), 0)  # fmt: skip
            if len(rest) < length:
                return
            self.data = rest[length:]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        if head.startswith(b"POST"):
            self.calls.append(time.time())
            del self.calls[:-_LATEST]
            answer: object = {"id": f"77_{int(time.time() * 1e6)}"}
        else:
            answer = self.calls if head.startswith(b"GET /calls") else {"data": []}
        body = json.dumps(answer).encode()
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Channel, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
