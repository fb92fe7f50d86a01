"""Delivers the outbox: one body at a time per receiver, as many events in a body as wait and its platform allows.

Platforms differ in who receives, how a body looks and how it is signed; a `Carrier` says so.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import httpx

from sandbox.clock import Clock
from sandbox.outbox import Outbox

_LONGEST_NAP_SECONDS = 5.0

log = logging.getLogger("sandbox.sender")


@dataclass(frozen=True, slots=True)
class Receiver:
    """One webhook address with one secret; several accounts may share it."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """One body ready to be posted, `copies` times."""

    body: bytes
    headers: Mapping[str, str]
    copies: int = 1


class Carrier(Protocol):
    """What a platform brings along for delivery."""

    platform: str
    most: int  # events in one body

    def receivers(self) -> dict[Receiver, list[str]]:
        """Every receiver with the accounts whose events it gets."""

    def wrap(self, receiver: Receiver, rows: Sequence[sqlite3.Row]) -> Envelope:
        """The signed body for these outbox rows."""


class Sender:
    """The background delivery. `wake` after each commit that added events; it also wakes by itself."""

    def __init__(self, outbox: Outbox, carriers: Sequence[Carrier], clock: Clock, http: httpx.AsyncClient) -> None:
        self._outbox, self._carriers, self._clock, self._http = outbox, carriers, clock, http
        self._news = asyncio.Event()
        self._busy: dict[Receiver, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """There may be something to deliver."""
        self._news.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            while True:
                self._news.clear()
                self._dispatch()
                await self._nap()
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _nap(self) -> None:
        due_at = self._outbox.next_due_at()
        wait = (
            _LONGEST_NAP_SECONDS if due_at is None else min(max(due_at - self._clock.now(), 0.05), _LONGEST_NAP_SECONDS)
        )
        if self._busy and wait < 1.0:
            wait = 1.0  # what is due belongs to a busy receiver, whose end wakes us
        try:
            await asyncio.wait_for(self._news.wait(), wait)
        except TimeoutError:
            return

    def _dispatch(self) -> None:
        for carrier in self._carriers:
            for receiver, accounts in carrier.receivers().items():
                if receiver in self._busy:
                    continue
                rows = self._outbox.due(carrier.platform, accounts, now=self._clock.now(), limit=carrier.most)
                if rows:
                    self._busy[receiver] = asyncio.create_task(self._deliver(carrier, receiver, rows))

    async def _deliver(self, carrier: Carrier, receiver: Receiver, rows: Sequence[sqlite3.Row]) -> None:
        try:
            if await self._post(receiver, carrier.wrap(receiver, rows)):
                self._outbox.settle(rows, "delivered")
            else:
                self._outbox.put_off(rows, now=self._clock.now())
        finally:
            self._busy.pop(receiver, None)
            self.wake()

    async def _post(self, receiver: Receiver, envelope: Envelope) -> bool:
        taken = True
        for _ in range(envelope.copies):
            try:
                answer = await self._http.post(receiver.url, content=envelope.body, headers=dict(envelope.headers))
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                log.debug("delivery failed: %s", type(error).__name__)
                return False
            taken = taken and answer.is_success
        return taken
