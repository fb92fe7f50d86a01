"""What goes over the line beside the numbered changes: who is at a case, one's own drafts, and who must be looked at
again because their access changed.

None of it has a number and none is stored. A lost word is put right by the next sign of life, the next page, or the
check at the next beat.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from core.broker import broker
from core.ids import new_uid
from core.users.events import AccessChanged
from inbox.live.bells import Bells
from inbox.live.hints import live_channel
from inbox.live.presence import EXPIRY, Presence, Sign, names_of, presence_frame, sign_from
from tickets.events import BulkProgressed, DraftChanged, NoticesChanged

if TYPE_CHECKING:
    from inbox.live.watcher import Watcher

log = logging.getLogger(__name__)

LOOK_SECONDS = EXPIRY / 10  # between two looks for who has gone silent


def tell_draft(event: DraftChanged) -> None:
    """React to a draft: the writer's other browsers hear of its revision."""
    words = {"draft": [event.author_id, event.number, event.mode, event.revision]}
    transaction.on_commit(lambda: _publish(words), robust=True)


def tell_notices(event: NoticesChanged) -> None:
    """React to new or seen notices: these colleagues' bells are counted again."""
    words = {"bell": list(event.user_ids)}
    transaction.on_commit(lambda: _publish(words), robust=True)


def tell_access(event: AccessChanged) -> None:
    """React to changed access: every process looks at these colleagues' lines at once."""
    words = {"check": list(event.user_ids)}
    transaction.on_commit(lambda: _publish(words), robust=True)


def tell_bulk(event: BulkProgressed) -> None:
    """React to a job on many cases that came further: the browsers of the one who began it hear how far."""
    words = {"bulk": [event.actor_id, event.uid, event.done, event.total, event.ended]}
    transaction.on_commit(lambda: _publish(words), robust=True)


def _publish(words: dict[str, Any]) -> None:
    try:
        broker().publish(live_channel(), json.dumps(words))
    except Exception as error:  # any broker fault: see above
        log.warning("live word not published: %s", type(error).__name__)


class Beside:
    """One per hub. `say` is for this process's own sockets, `hear` for what comes over the live channel."""

    def __init__(self, watchers: set[Watcher], held: asyncio.Event | None = None) -> None:
        self.presence = Presence()
        self._watchers = watchers
        self._held = held or asyncio.Event()  # set when somebody is to be looked at
        self.bells = Bells(watchers)
        self._here = str(new_uid())  # names this process, which does not listen to its own echo
        self._out: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def say(self, sign: Sign) -> None:
        """A socket of this process gives a sign: shown here at once, also while Valkey is away, then told to the
        others.
        """
        await self._note(sign)
        self._out.put_nowait(sign.told() | {"from": self._here})

    async def publish_forever(self) -> None:
        """Tell the other processes, one word after the other."""
        while True:
            await asyncio.to_thread(_publish, await self._out.get())

    async def hear(self, told: dict[str, Any]) -> None:
        """A word from the live channel."""
        if "check" in told:
            self._check(set(told["check"]))
        elif "bell" in told:
            self.bells.ring(told["bell"])
        elif "draft" in told:
            self._tell_draft(*told["draft"])
        elif "bulk" in told:
            self._tell_bulk(*told["bulk"])
        elif "here" in told and told.get("from") != self._here:
            await self._note(sign_from(told))

    async def expire_forever(self) -> None:
        """Let those go whose line was lost without a word."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.expire(asyncio.get_running_loop().time())

    async def expire(self, at: float) -> None:
        """Forget whoever has been silent until `at`, and tell."""
        for sign in self.presence.expire(at):
            await self._tell([sign])

    async def greet(self, watcher: Watcher) -> None:
        """Who is at the cases this watcher sees, for a page that has just come."""
        for sign in self.presence.seen_in(watcher.scopes):
            watcher.offer(await self._frame(sign))

    async def moved(self, ticket_id: int, scopes: frozenset[str]) -> None:
        """A case is seen by others now: they hear who is at it."""
        if sign := self.presence.moved(ticket_id, scopes):
            await self._tell([sign])

    async def _note(self, sign: Sign) -> None:
        if self.presence.hear(sign, asyncio.get_running_loop().time()):
            await self._tell([sign])

    async def _tell(self, signs: Iterable[Sign]) -> None:
        for sign in signs:
            frame = await self._frame(sign)
            for watcher in list(self._watchers):
                if watcher.scopes & sign.scopes:
                    watcher.offer(frame)

    async def _frame(self, sign: Sign) -> str:
        people = self.presence.people(sign.ticket_id)
        names = await asyncio.to_thread(_names, [person.user_id for person in people]) if people else {}
        return json.dumps(presence_frame(sign.number, people, names))

    def _check(self, user_ids: set[int]) -> None:
        """Nothing more goes to these until it has been read who they are now."""
        for watcher in self._watchers:
            if watcher.user_id in user_ids:
                watcher.hold()
                self._held.set()

    def _tell_draft(self, user_id: int, number: int, mode: str, revision: int) -> None:
        facts = {"number": number, "mode": mode, "revision": revision}
        frame = json.dumps({"kind": "draft", "target": f"case-{number}-composer", "facts": facts})
        for watcher in self._watchers:
            if watcher.user_id == user_id and watcher.scopes:
                watcher.offer(frame)

    def _tell_bulk(self, user_id: int, uid: str, done: int, total: int, ended: bool) -> None:
        facts = {"uid": uid, "done": done, "total": total, "ended": ended}
        frame = json.dumps({"kind": "bulk", "target": "toast", "facts": facts})
        for watcher in self._watchers:
            if watcher.user_id == user_id and watcher.scopes:
                watcher.offer(frame)


def _names(user_ids: list[int]) -> dict[int, str]:
    try:
        return names_of(user_ids)
    finally:
        connection.close()
