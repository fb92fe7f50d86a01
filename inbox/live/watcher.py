"""One socket as the hub knows it: who may see what, and frames that go straight to the server while it takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from types import coroutine
from typing import TYPE_CHECKING, Any

from core.ids import new_uid

if TYPE_CHECKING:
    from inbox.live.guests import Guest

BACKLOG = 500  # frames a slow browser may lag behind before it is sent away to catch up afresh

Send = Callable[[str | None], Coroutine[Any, Any, None]]


@dataclass(eq=False, slots=True)
class Watcher:
    """One socket: who may see what, which case is open, and the frames that wait for it.

    `send` hands a frame to the server, None closes: it waits while the browser's buffer is full, and only then are
    there a task and a queue. Without it frames stay in the queue. `renew` is told who this is whenever that was read
    again, None when the session is over.
    """

    user_id: int
    scopes: frozenset[str]
    language: str
    case_id: int | None = None
    session_key: str = ""
    send: Send | None = None
    renew: Callable[[Guest | None], None] | None = None
    held: bool = False
    line: str = field(default_factory=lambda: str(new_uid()))
    frames: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(BACKLOG))
    writing: asyncio.Task[None] | None = None

    def offer(self, frame: str) -> None:
        """Give it a frame; a browser too slow to take it is asked to leave, since it can catch up by itself."""
        if self.send is not None and self.writing is None:
            self._write(self.send(frame))
            return
        try:
            self.frames.put_nowait(frame)
        except asyncio.QueueFull:
            self._drop()
            self.frames.put_nowait(None)

    def hold(self) -> None:
        """Give it nothing more, not even what waits, until it has been asked who this is now."""
        self.scopes = frozenset()
        self._drop()
        self.held = True

    def release(self, scopes: frozenset[str]) -> None:
        """It may see this much now."""
        self.scopes = scopes
        self.held = False

    def _drop(self) -> None:
        while not self.frames.empty():
            self.frames.get_nowait()

    def _write(self, begun: Coroutine[Any, Any, None]) -> None:
        """Most sends end at their first step. A task for each would cost more than the frame."""
        try:
            waits_for = begun.send(None)
        except StopIteration:
            return
        except Exception:  # the browser has gone; its consumer hears of it by itself
            return
        self.writing = asyncio.create_task(self._write_rest(begun, waits_for))

    async def _write_rest(self, begun: Coroutine[Any, Any, None], waits_for: Any) -> None:
        assert self.send is not None  # noqa: S101  it was begun with
        try:
            await _rest(begun, waits_for)
            while not self.frames.empty():
                await self.send(self.frames.get_nowait())
        except Exception:  # as above
            self._drop()
        finally:
            self.writing = None


@coroutine
def _rest(begun: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """What is left of a coroutine whose first step was made outside of a task."""
    while True:
        step: Callable[[Any], Any] = begun.send
        given: Any = None
        try:
            given = yield waits_for
        except BaseException as error:  # also that the task is over
            step, given = begun.throw, error
        try:
            waits_for = step(given)
        except StopIteration:
            return
