"""Lets an endpoint cut its own connection, which plain ASGI cannot: needed to play "done, but no answer"."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_OPEN: dict[tuple[str, int], asyncio.BaseTransport] = {}


class DroppableProtocol(HttpToolsProtocol):
    """Uvicorn's HTTP protocol that remembers its open connections by peer address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client connected."""
        super().connection_made(transport)
        if peer := transport.get_extra_info("peername"):
            _OPEN[peer[:2]] = transport
            self._peer: tuple[str, int] = peer[:2]

    def connection_lost(self, exc: Exception | None) -> None:
        """A client left."""
        _OPEN.pop(getattr(self, "_peer", ("", 0)), None)
        super().connection_lost(exc)


def drop_connection(request: Request) -> None:
    """Close the connection that this request came on, without an answer."""
    client = request.client
    transport = _OPEN.get((client.host, client.port)) if client else None
    if transport is not None:
        transport.close()
