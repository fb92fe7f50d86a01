"""Puts the sandbox together and serves it: application, port, address file, clean stop."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, TextIO
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.bodies import BadBody, Missing, answer_bad_body, answer_missing
from sandbox.browse import Browse
from sandbox.clock import Clock, Dated
from sandbox.connections import DroppableProtocol
from sandbox.control import Control
from sandbox.facebook.control import FacebookControl
from sandbox.facebook.delivery import FacebookCarrier
from sandbox.facebook.graph import GraphApi
from sandbox.facebook.site import INSTAGRAM, Site
from sandbox.facebook.stage import FacebookStage
from sandbox.linkedin.service import LinkedInService
from sandbox.mail.control import MailControl
from sandbox.mail.service import MailService
from sandbox.mail.site import PLATFORM as MAIL
from sandbox.outbox import Outbox
from sandbox.sender import Carrier, Sender
from sandbox.store import Store
from sandbox.talks.control import TalkControl
from sandbox.talks.life import TalkLife
from sandbox.talks.talks import FIELDS as TALK_FIELDS
from sandbox.talks.talks import Talks
from sandbox.town.life import Town
from sandbox.town.runs import Pace, Runs
from sandbox.x.api import XApi
from sandbox.x.control import XControl
from sandbox.x.delivery import XCarrier
from sandbox.x.site import XSite
from sandbox.x.stage import XStage
from sandbox.x.stream import XStream, close_streams

_HOST = "127.0.0.1"
_ANSWER_SECONDS = 10.0  # how long a webhook receiver may take


@dataclass(frozen=True, slots=True)
class Options:
    """How the command was called."""

    home: Path
    port: int = 0
    gentle: bool = False
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Listeners:
    """The bound sockets of one run."""

    http: socket.socket
    imap: socket.socket
    smtp: socket.socket

    @property
    def url(self) -> str:
        """Where the HTTP side is reached."""
        return f"http://{_HOST}:{_port(self.http)}"

    @property
    def mail_address(self) -> str:
        """Where the mail side is reached."""
        return f"mail://{_HOST}?imap={_port(self.imap)}&smtp={_port(self.smtp)}"


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


class World:
    """Every platform of one run over the state in `options.home`, their lives, and what carries their webhooks."""

    def __init__(self, options: Options, listeners: Listeners) -> None:
        seed, url = options.seed, listeners.url
        self._gentle = options.gentle
        self.store = store = Store(options.home / "sandbox.sqlite3")
        self.outbox = outbox = Outbox(store)
        self.clock = clock = Clock(store.fact("clock_offset_seconds"))
        self.http = httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=False, follow_redirects=False)
        self.facebook = Site(store, outbox, clock, Random(seed), url)
        self.instagram = Site(store, outbox, clock, Random(seed + 1), url, INSTAGRAM)
        self.talks = [Talks(self.facebook, "messenger"), Talks(self.instagram, INSTAGRAM)]
        self.x = XSite(store, outbox, clock, Random(seed), url)
        self.linkedin = LinkedInService(store, outbox, clock, seed, self.http)
        self.mail = MailService(store, options.home / "mail", clock, seed, lively=options.gentle)
        self.mail.site.imap_port, self.mail.site.smtp_port = _port(listeners.imap), _port(listeners.smtp)
        self._listeners = listeners
        self.lives = self._lives(seed)
        self.sender = self._sender()

    def _lives(self, seed: int) -> tuple[Runs, ...]:
        def towns(stage: FacebookStage | XStage) -> Runs:
            return Runs(self.store, stage, self.clock, seed, partial(Town, stage))

        def talking(talks: Talks, below: FacebookStage | None) -> Runs:
            return Runs(self.store, talks, self.clock, seed, partial(TalkLife, talks, below), Pace(20.0, 60.0))

        messenger, direct = self.talks
        private = (talking(messenger, None), talking(direct, FacebookStage(self.instagram)))
        public = towns(FacebookStage(self.facebook))
        return (public, *private, self.mail.runs, towns(XStage(self.x)), self.linkedin.runs)

    def _sender(self) -> Sender:
        carriers: list[Carrier] = [FacebookCarrier(each) for each in (self.facebook, self.instagram)]
        sender = Sender(self.outbox, [*carriers, XCarrier(self.x), self.linkedin.carrier], self.clock, self.http)
        for site in (self.facebook, self.instagram, self.x, self.linkedin.site):
            site.wake = sender.wake
        return sender

    @contextlib.asynccontextmanager
    async def alive(self, _app: Starlette) -> AsyncIterator[None]:
        """From the first post to the last: serve mail, carry webhooks, let people write if asked to."""
        await self.mail.start(self._listeners.imap, self._listeners.smtp)
        tasks = [asyncio.create_task(self.sender.run())]
        if self._gentle:
            tasks += [asyncio.create_task(each.live_gently()) for each in self.lives]
        yield
        close_streams(self.x)
        for each in self.lives:
            await each.close()
        await self.mail.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.http.aclose()
        self.store.close()

    def routes(self) -> list[BaseRoute]:
        """The control API, what people see in a browser, and the platforms' own APIs."""
        pages = FacebookControl(self.facebook, self.http)
        return [
            *Browse(self.facebook, self.mail.office, self.x, self.linkedin.site).routes(),
            *Control(self.store, self.outbox, self.clock, self.lives, self.sender).routes(),
            *MailControl(self.mail.office).routes(),
            *pages.routes(),
            *pages.sister("messenger", TALK_FIELDS),
            *FacebookControl(self.instagram, self.http).routes(),
            *(route for talks in self.talks for route in TalkControl(talks).routes()),
            *GraphApi(self.facebook, self.instagram).routes(),
            *XControl(self.x, self.http).routes(),
            *XStream(self.x).routes(),
            *XApi(self.x, self.http).routes(),
            *self.linkedin.routes(),
        ]


def build(options: Options, listeners: Listeners) -> Starlette:
    """The whole application over the state in `options.home`."""
    world = World(options, listeners)
    return Starlette(
        routes=world.routes(),
        middleware=[
            Middleware(Dated, clock=world.clock),
            Middleware(TrustedHostMiddleware, allowed_hosts=[_HOST, "localhost"]),
            Middleware(OnlyOwnOrigin),
        ],
        exception_handlers={BadBody: answer_bad_body, Missing: answer_missing},
        lifespan=world.alive,
    )


class _Announcing(uvicorn.Server):
    """A server that writes down its address once it listens."""

    def __init__(self, config: uvicorn.Config, home: Path, listeners: Listeners) -> None:
        super().__init__(config)
        self._home, self._listeners = home, listeners

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets=sockets)
        _write_address(self._home, self._listeners)
        print(f"Sandbox ready at {self._listeners.url}", flush=True)


def serve(options: Options) -> None:
    """Run until SIGTERM or SIGINT. Raises SystemExit with a sentence when home or port cannot be had."""
    options.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = _lock(options.home)
    listeners = _listen(options)
    config = uvicorn.Config(
        build(options, listeners),
        http=DroppableProtocol,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_level="warning",
        access_log=False,  # addresses carry tokens
        timeout_graceful_shutdown=1,
        server_header=False,
        date_header=False,  # ours can be told to be wrong
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # uvicorn raises the signal again after a clean stop
    _Announcing(config, options.home, listeners).run(sockets=[listeners.http])
    lock.close()


def _lock(home: Path) -> TextIO:
    """Only one sandbox may have a home; the system frees the lock however the process ends."""
    lock = (home / "sandbox.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise SystemExit(f"A sandbox already runs in {home}.") from None
    return lock


def _listen(options: Options) -> Listeners:
    """The asked port for HTTP; for all else the ports of the last run when they are free, else any."""
    last = _last_ports(options.home)
    http = _bind([options.port] if options.port else [last["http"], 0])
    if http is None:
        raise SystemExit(f"Port {options.port} is taken; choose another with --port.")
    imap, smtp = _bind([last["imap"], 0]), _bind([last["smtp"], 0])
    if imap is None or smtp is None:
        raise SystemExit("No port is free for mail.")
    return Listeners(http, imap, smtp)


def _bind(wanted: list[int]) -> socket.socket | None:
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
    return None


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def _last_ports(home: Path) -> dict[str, int]:
    """The ports of the last run, 0 for one that is not known."""
    ports = {"http": 0, "imap": 0, "smtp": 0}
    try:
        told: dict[str, Any] = json.loads((home / "sandbox.json").read_text())
        ports["http"] = urlsplit(told["url"]).port or 0
        mail = parse_qs(urlsplit(told["addresses"][MAIL]).query)
        ports |= {name: int(mail[name][0]) for name in ("imap", "smtp")}
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        pass  # a first start, or an older file: what was read counts
    return ports


def _write_address(home: Path, listeners: Listeners) -> None:
    """Replace the address file in one step, so that a reader sees the old one or the new one, never half."""
    half = home / "sandbox.json.new"
    addresses: Mapping[str, str] = {MAIL: listeners.mail_address}
    half.write_text(json.dumps({"url": listeners.url, "addresses": addresses, "pid": os.getpid()}))
    half.replace(home / "sandbox.json")
