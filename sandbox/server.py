"""Puts the sandbox together and serves it: application, port, address file, clean stop."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TextIO

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.bodies import BadBody, Missing, answer_bad_body, answer_missing
from sandbox.browse import Browse
from sandbox.clock import Clock
from sandbox.connections import DroppableProtocol
from sandbox.control import Control
from sandbox.facebook.control import FacebookControl
from sandbox.facebook.delivery import FacebookCarrier
from sandbox.facebook.graph import GraphApi
from sandbox.facebook.site import Site
from sandbox.facebook.stage import FacebookStage
from sandbox.outbox import Outbox
from sandbox.sender import Sender
from sandbox.store import Store
from sandbox.town.runs import Runs

_HOST = "127.0.0.1"
_ANSWER_SECONDS = 10.0  # how long a webhook receiver may take


@dataclass(frozen=True, slots=True)
class Options:
    """How the command was called."""

    home: Path
    port: int = 0
    gentle: bool = False
    seed: int = 1


class OnlyOwnOrigin:
    """Refuses browsers that come from another site: no page of the web may steer the sandbox."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through what has no Origin header or our own."""
        headers = dict(scope.get("headers", ()))
        origin = headers.get(b"origin")
        if origin is not None and origin != b"http://" + headers.get(b"host", b""):
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        await self._app(scope, receive, send)


def build(options: Options, base_url: str) -> Starlette:
    """The whole application over the state in `options.home`."""
    store = Store(options.home / "sandbox.sqlite3")
    outbox = Outbox(store)
    clock = Clock(store.fact("clock_offset_seconds"))
    site = Site(store, outbox, clock, Random(options.seed), base_url)
    stage = FacebookStage(site)
    runs = Runs(store, stage, clock, options.seed)
    http = httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=False, follow_redirects=False)
    sender = Sender(outbox, [FacebookCarrier(site)], clock, http)
    site.wake = sender.wake
    control = Control(store, outbox, clock, stage, runs, sender)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(sender.run())]
        if options.gentle:
            tasks.append(asyncio.create_task(runs.live_gently()))
        yield
        await runs.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await http.aclose()
        store.close()

    return Starlette(
        routes=[
            *Browse(site).routes(),
            *control.routes(),
            *FacebookControl(site, http).routes(),
            *GraphApi(site).routes(),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[_HOST, "localhost"]), Middleware(OnlyOwnOrigin)],
        exception_handlers={BadBody: answer_bad_body, Missing: answer_missing},
        lifespan=lifespan,
    )


class _Announcing(uvicorn.Server):
    """A server that writes down its address once it listens."""

    def __init__(self, config: uvicorn.Config, home: Path, url: str) -> None:
        super().__init__(config)
        self._home, self._url = home, url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets=sockets)
        _write_address(self._home, self._url)
        print(f"Sandbox ready at {self._url}", flush=True)


def serve(options: Options) -> None:
    """Run until SIGTERM or SIGINT. Raises SystemExit with a sentence when home or port cannot be had."""
    options.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = _lock(options.home)
    listener = _listen(options)
    url = f"http://{_HOST}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        build(options, url),
        http=DroppableProtocol,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_level="warning",
        access_log=False,  # addresses carry tokens
        timeout_graceful_shutdown=1,
        server_header=False,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # uvicorn raises the signal again after a clean stop
    _Announcing(config, options.home, url).run(sockets=[listener])
    lock.close()


def _lock(home: Path) -> TextIO:
    """Only one sandbox may have a home; the system frees the lock however the process ends."""
    lock = (home / "sandbox.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise SystemExit(f"A sandbox already runs in {home}.") from None
    return lock


def _listen(options: Options) -> socket.socket:
    """The asked port; without one, the port of the last run when it is free, else any."""
    wanted = [options.port] if options.port else [*_last_port(options.home), 0]
    for port in wanted:
        # asyncio turns Nagle's delay (40 ms a call) off only where the protocol is named
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_HOST, port))
        except OSError:
            listener.close()
            continue
        return listener
    raise SystemExit(f"Port {options.port} is taken; choose another with --port.")


def _last_port(home: Path) -> list[int]:
    try:
        return [int(json.loads((home / "sandbox.json").read_text())["url"].rsplit(":", 1)[1])]
    except (OSError, ValueError, KeyError, IndexError):
        return []


def _write_address(home: Path, url: str) -> None:
    """Replace the address file in one step, so that a reader sees the old one or the new one, never half."""
    half = home / "sandbox.json.new"
    half.write_text(json.dumps({"url": url, "pid": os.getpid()}))
    half.replace(home / "sandbox.json")
