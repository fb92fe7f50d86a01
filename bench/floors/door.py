"""The shortest durable way from a webhook to a page, and back: what rows 1 to 4 and 16 are divided by.

    DATABASE_URL=… FLOOR_SECRET=… FLOOR_CHANNEL=http://… python -m bench.floors.door PORT

POST /hook: signature, one group commit for all that wait, 200 after it; then one frame to every socket at /live/.
POST /reply: the same, then a call to the fake channel, then a frame. GET /: a page that shows what frames say.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import queue
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import psycopg2
import uvicorn
from psycopg2.extras import execute_values

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

TABLE = """
    CREATE TABLE IF NOT EXISTS floor_hook (
        id bigserial PRIMARY KEY, digest bytea UNIQUE, body bytea, at timestamptz DEFAULT now())
"""
INSERT = "INSERT INTO floor_hook (digest, body) VALUES %s ON CONFLICT (digest) DO NOTHING"
BATCH = 500
PAGE = b"""<!doctype html><title>floor</title><ul id="rows-list"></ul>
<form><textarea></textarea><button>Send</button></form>
<script>const list = document.getElementById("rows-list");
new WebSocket(`ws://${location.host}/live/`).onmessage = (event) => {
  const row = document.createElement("li"); row.textContent = event.data; list.prepend(row); };
document.querySelector("form").onsubmit = (event) => { event.preventDefault();
  fetch("/reply", { method: "POST", body: document.querySelector("textarea").value }); };</script>"""


class Writer(threading.Thread):
    """Stores all that waits with one statement."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.waiting: queue.SimpleQueue[tuple[bytes, bytes, asyncio.Future[None]]] = queue.SimpleQueue()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def keep(self, body: bytes) -> None:
        """Returns after the commit."""
        self.loop = asyncio.get_running_loop()
        kept: asyncio.Future[None] = self.loop.create_future()
        self.waiting.put((hashlib.sha256(body).digest(), body, kept))
        await kept

    def run(self) -> None:
        """One batch after the other."""
        connection = psycopg2.connect(os.environ["DATABASE_URL"])
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(TABLE)
            while True:
                batch = [self.waiting.get()]
                while len(batch) < BATCH and not self.waiting.empty():
                    batch.append(self.waiting.get())
                execute_values(cursor, INSERT, [one[:2] for one in batch], page_size=BATCH)
                assert self.loop is not None  # noqa: S101  set by whoever waits
                self.loop.call_soon_threadsafe(_resolve, batch)


def _resolve(batch: list[tuple[bytes, bytes, asyncio.Future[None]]]) -> None:
    for _digest, _body, kept in batch:
        if not kept.done():
            kept.set_result(None)


class Floor:
    """The application."""

    def __init__(self, secret: bytes, channel: str) -> None:
        self.secret, self.channel = secret, channel
        self.writer = Writer()
        self.sockets: set[Send] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or socket."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await self._socket(receive, send)
        elif scope["path"] == "/hook":
            await self._hook(scope, receive, send)
        elif scope["path"] == "/reply":
            await self._reply(receive, send)
        else:
            await _answer(send, 200, PAGE, b"text/html")

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self.writer.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _socket(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.sockets.add(send)
        while (await receive())["type"] != "websocket.disconnect":
            pass
        self.sockets.discard(send)

    async def _hook(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b"".join([chunk async for chunk in _chunks(receive)])
        signature = dict(scope["headers"]).get(b"x-hub-signature-256", b"")
        wanted = b"sha256=" + hmac.digest(self.secret, body, hashlib.sha256).hex().encode()
        if not hmac.compare_digest(signature, wanted):
            return await _answer(send, 401, b"")
        text = json.loads(body)["entry"][0]["changes"][0]["value"]["message"]
        await self.writer.keep(body)
        await _answer(send, 200, b"")
        await self._tell(text)
        return None

    async def _reply(self, receive: Receive, send: Send) -> None:
        body = b"".join([chunk async for chunk in _chunks(receive)])
        await self.writer.keep(body)
        await _answer(send, 200, b"")
        await _post(self.channel, body)
        await self._tell(body.decode())

    async def _tell(self, text: str) -> None:
        for socket in list(self.sockets):
            await socket({"type": "websocket.send", "text": text})


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def _answer(send: Send, status: int, body: bytes, kind: bytes = b"text/plain") -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _post(channel: str, body: bytes) -> None:
    host, port = channel.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /x/comments HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    await reader.readuntil(b"}")
    with contextlib.suppress(OSError):
        writer.close()


def main() -> None:
    """Serve until told to stop."""
    app = Floor(os.environ["FLOOR_SECRET"].encode(), os.environ.get("FLOOR_CHANNEL", ""))
    uvicorn.run(
        app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning", lifespan="on",
        ws="websockets-sansio", ws_per_message_deflate=False, server_header=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
