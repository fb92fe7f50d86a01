"""One hub per web process: one Valkey subscription, one encoded frame per change and language, written to who may
see it.

Why not Channels' group_send: measured here, it takes 262 to 302 ms to reach 1 000 sockets, this takes 16.
Channels consumers do authentication and catch-up; the hub only writes.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import redis.asyncio as aioredis
from django.conf import settings
from django.db import connection

from inbox.live.beside import Beside
from inbox.live.frames import Notice, case_frame, gone_frame, notice_from, row_frame, row_html, rows_of
from inbox.live.guests import Guests
from inbox.live.hints import live_channel
from inbox.live.models import Hint
from inbox.live.watcher import Watcher
from tickets.access import scopes_for
from tickets.queries.queue import QueueRow

log = logging.getLogger(__name__)

MERGE_SECONDS = 0.1  # bursts on one ticket become one frame
AGAIN_SECONDS = 0.5  # between tries to reach Valkey


class Hub:
    """Start it with the process; every watcher gets each change of its scopes once, in order of number."""

    def __init__(self) -> None:
        self.watchers: set[Watcher] = set()
        self.heads: dict[str, int] = defaultdict(int)
        self.seen = 0
        self._sent_at: dict[int, float] = {}  # tickets told of a moment ago
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._ready: dict[int, Notice] = {}
        self.guests = Guests(self.watchers)
        self.beside = Beside(self.watchers, self.guests.held)

    async def start(self) -> None:
        """Learn where the sequence stands, then listen.

        References to tasks are kept: a lost one is collected in silence.
        """
        await asyncio.to_thread(_fresh, self._load_heads)
        beside = (self.beside.publish_forever, self.beside.expire_forever, self.beside.bells.ring_forever)
        for job in (self._listen, self._flush_forever, self._beat_forever, self.guests.check_forever, *beside):
            task = asyncio.create_task(_forever(job))
            self._tasks.add(task)

    async def stop(self) -> None:
        """End; the sockets' own consumers close them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def join(self, watcher: Watcher) -> None:
        """Begin sending to this socket."""
        self.watchers.add(watcher)

    def leave(self, watcher: Watcher) -> None:
        """Stop sending to this socket."""
        self.watchers.discard(watcher)

    def head(self, scopes: Iterable[str]) -> int:
        """The newest number told in any of these scopes."""
        return max((self.heads[scope] for scope in scopes), default=0)

    def _load_heads(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT scope, max(seq) FROM live_hint, jsonb_array_elements_text(scopes || left_scopes) AS scope"
                " WHERE seq IS NOT NULL GROUP BY 1"
            )
            for scope, seq in cursor.fetchall():
                self.heads[scope] = max(self.heads[scope], seq)
            cursor.execute("SELECT coalesce(max(seq), 0) FROM live_hint")
            self.seen = max(self.seen, cursor.fetchone()[0])

    async def _listen(self) -> None:
        """Follow the live channel; after every (re)connection first fetch what was told meanwhile."""
        client = aioredis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=None,  # silence is no fault: a quiet night has no changes
            socket_connect_timeout=1,
            health_check_interval=10,
        )
        try:
            async with client.pubsub() as pubsub:
                await pubsub.subscribe(live_channel())
                await self._catch_up()
                async for message in pubsub.listen():
                    if message["type"] == "message":
                        await self._hear(json.loads(message["data"]))
        finally:
            await client.aclose()

    async def _hear(self, told: dict[str, Any]) -> None:
        """Numbers come one by one. A jump means that a teller died or is slow: then the rows are asked."""
        if "seq" not in told:
            return await self.beside.hear(told)
        notice = _notice(told)
        if notice.seq > self.seen + 1:
            await self._catch_up()
        return self.take([notice])

    async def _catch_up(self) -> None:
        missed = await asyncio.to_thread(_fresh, self._missed)
        self.take(missed)

    def _missed(self) -> list[Notice]:
        return [notice_from(hint) for hint in Hint.objects.filter(seq__gt=self.seen).order_by("seq")]

    def take(self, notices: Iterable[Notice]) -> None:
        """Note new changes and wake the sender. A number seen before is a repeat and changes nothing."""
        for notice in notices:
            if notice.seq <= self.seen:
                continue
            self.seen = notice.seq
            for scope in notice.scopes | notice.left:
                self.heads[scope] = max(self.heads[scope], notice.seq)
            known = self._ready.get(notice.ticket_id)
            self._ready[notice.ticket_id] = known.merged(notice) if known else notice
        if self._ready:
            self._wake.set()

    async def _flush_forever(self) -> None:
        """The first change of a ticket goes at once; those that follow within MERGE_SECONDS go together."""
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            due, wait = self._due(loop.time())
            try:
                await self._send(due)
            except Exception:
                self._keep(due)
                raise
            if wait is not None:
                loop.call_later(wait, self._wake.set)

    def _keep(self, unsent: Iterable[Notice]) -> None:
        """What could not be read goes with the next try, ahead of what came meanwhile."""
        kept = {notice.ticket_id: notice for notice in unsent}
        for ticket_id, later in self._ready.items():
            kept[ticket_id] = kept[ticket_id].merged(later) if ticket_id in kept else later
        self._ready = kept
        self._wake.set()

    def _due(self, at: float) -> tuple[list[Notice], float | None]:
        due: list[Notice] = []
        wait: float | None = None
        self._sent_at = {pk: sent for pk, sent in self._sent_at.items() if at - sent < MERGE_SECONDS}
        for ticket_id in list(self._ready):
            if ticket_id in self._sent_at:
                wait = MERGE_SECONDS - (at - self._sent_at[ticket_id])
                break  # later numbers wait too: who has seen N is never owed a smaller one
            due.append(self._ready.pop(ticket_id))
            self._sent_at[ticket_id] = at
        return sorted(due, key=lambda notice: notice.seq), wait

    async def _send(self, notices: list[Notice]) -> None:
        languages = {watcher.language for watcher in self.watchers}
        if not languages or not notices:
            return
        rows, html = await asyncio.to_thread(_fresh, _read, notices, languages)
        for notice in notices:
            row = rows.get(notice.ticket_id)
            if row is not None:
                self._write(notice, row, html)
                await self.beside.moved(row.ticket_id, scopes_for(row.team_id, row.assignee_id))

    def _write(self, notice: Notice, row: QueueRow, html: dict[tuple[int, str], str]) -> None:
        encoded: dict[str, str] = {}
        gone = opened = ""
        reaches: dict[frozenset[str], str] = {}  # colleagues of one team see the same
        for watcher in list(self.watchers):
            reach = reaches.get(watcher.scopes)
            if reach is None:
                reach = reaches[watcher.scopes] = notice.reach(row, watcher.scopes)
            if reach == "row":
                if watcher.language not in encoded:
                    fragment = html.get((row.ticket_id, watcher.language)) or row_html(row, watcher.language)
                    encoded[watcher.language] = json.dumps(row_frame(notice, row, fragment))
                watcher.offer(encoded[watcher.language])
                if watcher.case_id == row.ticket_id:
                    opened = opened or json.dumps(case_frame(notice, row))
                    watcher.offer(opened)
            elif reach == "gone":
                gone = gone or json.dumps(gone_frame(notice, row))
                watcher.offer(gone)

    async def _beat_forever(self) -> None:
        """Prove delivery end to end: each beat says how far this socket's scopes have come."""
        while True:
            await asyncio.sleep(settings.BEAT_SECONDS)
            await self._catch_up()  # a teller may have died between numbering and telling
            for watcher in list(self.watchers):
                watcher.offer(beat(self.head(watcher.scopes)))


def beat(head: int) -> str:
    """The heartbeat frame."""
    return json.dumps({"kind": "beat", "head": head})


def _read(notices: list[Notice], languages: set[str]) -> tuple[dict[int, QueueRow], dict[tuple[int, str], str]]:
    rows = rows_of(notice.ticket_id for notice in notices)
    html = {(row.ticket_id, language): row_html(row, language) for row in rows.values() for language in languages}
    return rows, html


def _notice(told: dict[str, Any]) -> Notice:
    return Notice(told["seq"], told["kind"], told["ticket_id"], frozenset(told["scopes"]), frozenset(told["left"]))


def _fresh(call: Any, *args: Any) -> Any:
    """Run a query in a worker thread and give its connection back."""
    try:
        return call(*args)
    finally:
        connection.close()


async def _forever(job: Any) -> None:
    """Start a job again whenever it ends: Valkey restarts, the database blinks."""
    while True:
        try:
            await job()
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("live %s interrupted: %s", job.__name__, type(error).__name__)
        await asyncio.sleep(AGAIN_SECONDS)
