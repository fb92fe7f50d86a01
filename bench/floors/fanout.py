"""Fan-out with nothing around it: one Valkey subscription, one frame encoded once, one write per socket.

REDIS_URL=… python -m bench.floors.fanout PORT
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import struct
import sys
from typing import cast

import redis.asyncio as aioredis
import uvloop

CHANNEL = "samsvar:bench:floor"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


class Socket(asyncio.Protocol):
    """One websocket: a handshake, then writes; what the client says is passed over."""

    everyone: set[asyncio.Transport] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self.transport, self.head, self.open = cast(asyncio.Transport, transport), b"", False

    def data_received(self, data: bytes) -> None:
        """The handshake, once it is whole."""
        if self.open:
            return
        self.head += data
        if not self.head.endswith(b"\r\n\r\n"):
            return
        lines = dict(line.split(b": ", 1) for line in self.head.split(b"\r\n")[1:] if b": " in line)
        key = next(value for name, value in lines.items() if name.lower() == b"sec-websocket-key")
        accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %b\r\n\r\n" % accept
        )
        self.open = True
        self.everyone.add(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone."""
        del exc
        self.everyone.discard(self.transport)


def encoded(payload: bytes) -> bytes:
    """One unmasked text frame. Takes: payload of less than 64 KiB."""
    size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + struct.pack(">H", len(payload))
    return b"\x81" + size + payload


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Socket, "127.0.0.1", port, backlog=4096)
    client = aioredis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=None)
    async with server, client.pubsub() as pubsub:
        await pubsub.subscribe(CHANNEL)
        async for message in pubsub.listen():
            if message["type"] == "message":
                frame = encoded(message["data"])
                for transport in Socket.everyone:
                    transport.write(frame)


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
