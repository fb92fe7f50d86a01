"""The socket at /live/: who is it, which scopes, which case is open. Everything else is the hub's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from connectors.queries.replies import get_undoable
from core.clock import now
from core.users.models import User
from inbox.live.frames import undo_frame
from inbox.live.guests import Guest, session_key_in
from inbox.live.hub import Hub, beat
from inbox.live.presence import GONE as LEFT
from inbox.live.presence import TYPES, VIEWS, Sign, mode_of
from inbox.live.watcher import Watcher
from tickets.access import scopes_for, visible_to

GONE = 4401  # close code: the session is over
MAX_FRAME = 4096  # characters a browser may send us

Place = tuple[int, int | None, int | None]  # of a case: its id, team and assignee


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels ships no types
    """One browser tab."""

    hub: Hub  # set by inbox.asgi, one per process

    watcher: Watcher | None = None
    sign: Sign | None = None  # the last sign of life, given again at each beat of the browser

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Each word from the server to its method. Channels would first look for old connections in another thread;
        whoever reads here gives its own back.
        """
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        """Refuse strangers; greet the others with where their scopes stand."""
        self.tasks: set[asyncio.Task[None]] = set()  # kept: a lost one is collected in silence
        key = session_key_in(self.scope["headers"])
        guest = await self.hub.guests.who(key)
        if guest is None:
            await self._say_goodbye()
            return
        self.watcher = Watcher(guest.user_id, guest.scopes, guest.language, session_key=key)
        self.watcher.send, self.watcher.renew = self._hand, self._renew
        await self.accept()
        self.hub.join(self.watcher)

    async def _say_goodbye(self) -> None:
        """Accepted first: a browser is not told the code of a refused handshake and would try for ever."""
        if self.watcher is None:
            await self.accept()
        await self.send(text_data=json.dumps({"kind": "bye"}))
        await self.close(code=GONE)

    async def disconnect(self, code: int) -> None:
        """Leave the hub."""
        del code
        under_way = set(self.tasks)
        if self.watcher is not None:
            self.hub.leave(self.watcher)
            await self._leave_case()
            if self.watcher.writing:
                under_way.add(self.watcher.writing)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """`hello`, `case`, `typing` and `here`; anything else is passed over."""
        del bytes_data
        told = _read(text_data)
        if self.watcher is None or told is None:
            return
        if told.get("type") == "hello":
            await self._hello(self.watcher, told)
        elif told.get("type") == "case":
            await self._open_case(told.get("number"))
        elif told.get("type") == "typing" and self.sign and told.get("number") == self.sign.number:
            mode = mode_of(told.get("mode"))
            await self._give(replace(self.sign, doing=TYPES if mode else VIEWS, mode=mode))
        elif told.get("type") == "here" and self.sign:
            await self._give(self.sign)

    async def _hello(self, watcher: Watcher, told: dict[str, Any]) -> None:
        number = told.get("case")
        found, undo = await self._begun(number if _is_number(number) else None)
        await self._at_case(found, number)
        watcher.offer(beat(self.hub.head(watcher.scopes)))
        await self.hub.beside.greet(watcher)
        if undo:
            watcher.offer(undo)

    async def _open_case(self, number: Any) -> None:
        """Look at a case instead of the one before."""
        await self._at_case(await self._place_of(number) if _is_number(number) else None, number)

    async def _at_case(self, found: Place | None, number: Any) -> None:
        """A colleague who may not see the case is not said to be there."""
        assert self.watcher is not None  # noqa: S101  only called once connected
        if self.sign and (found is None or self.sign.ticket_id != found[0]):
            await self._leave_case()
        self.watcher.case_id = found[0] if found else None
        if found:
            line, scopes = self.watcher.line, scopes_for(found[1], found[2])
            await self._give(Sign(found[0], number, self.watcher.user_id, line, VIEWS, scopes=scopes))

    async def _give(self, sign: Sign) -> None:
        self.sign = sign
        await self.hub.beside.say(sign)

    async def _leave_case(self) -> None:
        if self.sign:
            await self.hub.beside.say(replace(self.sign, doing=LEFT, mode=""))
            self.sign = None

    @database_sync_to_async  # type: ignore[untyped-decorator]  # Channels ships no types
    def _place_of(self, number: int) -> Place | None:
        return _place(self._person(), number)

    @database_sync_to_async  # type: ignore[untyped-decorator]  # Channels ships no types
    def _begun(self, number: int | None) -> tuple[Place | None, str]:
        """Where the open case is, and what this person can still take back: a page that was loaded again offers it
        again.
        """
        person = self._person()
        undoable = get_undoable(actor=person, now=now())
        place = _place(person, number) if number is not None else None
        return place, json.dumps(undo_frame(undoable)) if undoable else ""

    def _person(self) -> User:
        """The colleague as they are now: the socket's own may have been in other teams."""
        assert self.watcher is not None  # noqa: S101  only called once connected
        return User.objects.get(pk=self.watcher.user_id)

    async def _hand(self, frame: str | None) -> None:
        """Give a frame to the server; close the line of a browser that cannot follow."""
        if frame is None:
            await self.close(code=1013)
        else:
            await self.send(text_data=frame)

    def _renew(self, guest: Guest | None) -> None:
        """It was read again who this is."""
        assert self.watcher is not None  # noqa: S101  only called once connected
        if guest is None:
            self.watcher.renew = None  # once is enough
            self._begin(self._say_goodbye())
            return
        held, other = self.watcher.held, guest.scopes != self.watcher.scopes
        self.watcher.release(guest.scopes)
        if held or other:
            self._begin(self._see(self.watcher, held=held))

    async def _see(self, watcher: Watcher, *, held: bool) -> None:
        """Go on with other scopes. What was held back is told as a number behind, for the browser to fetch."""
        if self.sign:
            await self._open_case(self.sign.number)
        if held:
            watcher.offer(beat(self.hub.head(watcher.scopes)))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


def _place(person: User, number: int) -> Place | None:
    return visible_to(person).filter(number=number).values_list("pk", "team_id", "assignee_id").first()


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
