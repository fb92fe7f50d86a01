"""The socket at /live/: who is it, which scopes, which case is open. Everything else is the hub's."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY

from core.users.models import User
from inbox.live.hub import Hub, Watcher, beat
from tickets.access import scopes_of, visible_to

log = logging.getLogger(__name__)

GONE = 4401  # close code: the session is over
MAX_FRAME = 4096  # characters a browser may send us


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels ships no types
    """One browser tab."""

    hub: Hub  # set by inbox.asgi, one per process

    watcher: Watcher | None = None
    tasks: tuple[asyncio.Task[None], ...] = ()

    async def connect(self) -> None:
        """Refuse strangers; greet the others with where their scopes stand."""
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self._say_goodbye()
            return
        scopes = await database_sync_to_async(scopes_of)(user)
        self.watcher = Watcher(user.pk, scopes, user.language)
        await self.accept()
        self.hub.join(self.watcher)
        self.tasks = (asyncio.create_task(self._write()), asyncio.create_task(self._check()))

    async def _say_goodbye(self) -> None:
        """Accepted first: a browser is not told the code of a refused handshake and would try for ever."""
        if self.watcher is None:
            await self.accept()
        await self.send(text_data=json.dumps({"kind": "bye"}))
        await self.close(code=GONE)

    async def disconnect(self, code: int) -> None:
        """Leave the hub."""
        del code
        if self.watcher is not None:
            self.hub.leave(self.watcher)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """`hello` and `case`; anything else is passed over."""
        del bytes_data
        told = _read(text_data)
        if self.watcher is None or told is None:
            return
        if told.get("type") == "hello":
            await self._open_case(told.get("case"))
            self.watcher.offer(beat(self.hub.head(self.watcher.scopes)))
        elif told.get("type") == "case":
            await self._open_case(told.get("number"))

    async def _open_case(self, number: Any) -> None:
        assert self.watcher is not None  # noqa: S101  only called once connected
        self.watcher.case_id = await self._ticket_id(number) if _is_number(number) else None

    @database_sync_to_async  # type: ignore[untyped-decorator]  # Channels ships no types
    def _ticket_id(self, number: int) -> int | None:
        return visible_to(self.scope["user"]).filter(number=number).values_list("pk", flat=True).first()

    async def _write(self) -> None:
        """Hand the hub's frames to the server, one after the other."""
        assert self.watcher is not None  # noqa: S101  only started once connected
        while True:
            frame = await self.watcher.frames.get()
            if frame is None:
                await self.close(code=1013)
                return
            await self.send(text_data=frame)

    async def _check(self) -> None:
        """At every beat ask again who this is: an ended session or a lost team ends its frames."""
        while True:
            await asyncio.sleep(settings.BEAT_SECONDS)
            try:
                scopes = await self._scopes_now()
            except Exception as error:  # the database blinks: what was known a beat ago holds until the next
                log.warning("live session not checked: %s", type(error).__name__)
                continue
            if scopes is None:
                await self._say_goodbye()
                return
            if self.watcher is not None:
                self.watcher.scopes = scopes

    @database_sync_to_async  # type: ignore[untyped-decorator]  # Channels ships no types
    def _scopes_now(self) -> frozenset[str] | None:
        """None when the session is over: signed out, expired, switched off, or the password is another one."""
        session = self.scope["session"]
        kept = session.__class__(session.session_key).load()  # not type(): it is a lazy stand-in
        user = User.objects.filter(pk=self.scope["user"].pk, is_active=True).first()
        if user is None or kept.get(HASH_SESSION_KEY) != user.get_session_auth_hash():
            return None
        return scopes_of(user)


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 < value < 2**63


def _read(text: str | None) -> dict[str, Any] | None:
    if not text or len(text) > MAX_FRAME:
        return None
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
