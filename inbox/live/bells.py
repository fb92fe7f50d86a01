"""The number at the bell, sent to a person's own sockets when it may have changed: at most once a second.

A lost word is put right by the next one, and by the counts that every page and every change of a case fetches.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import connection

from core.users.models import User
from tickets.queries.notices import Unseen, get_unseen

if TYPE_CHECKING:
    from inbox.live.watcher import Watcher

REST_SECONDS = 1.0  # between two rounds, so that a burst is counted once


class Bells:
    """One per hub."""

    def __init__(self, watchers: set[Watcher]) -> None:
        self._watchers = watchers
        self._ringing: set[int] = set()
        self._wake = asyncio.Event()

    def ring(self, user_ids: Iterable[int]) -> None:
        """The notices of these colleagues have changed."""
        self._ringing |= set(user_ids)
        self._wake.set()

    async def ring_forever(self) -> None:
        """Count for whoever is at a socket of this process, and tell them."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.tell()
            await asyncio.sleep(REST_SECONDS)

    async def tell(self) -> None:
        """One round."""
        here = {watcher.user_id for watcher in self._watchers} & self._ringing
        asked, self._ringing = self._ringing, set()
        try:
            numbers = await asyncio.to_thread(_count, here) if here else {}
        except Exception:
            self.ring(asked)
            raise
        for watcher in list(self._watchers):
            if watcher.user_id in numbers and watcher.scopes:
                watcher.offer(_frame(numbers[watcher.user_id]))


def _frame(unseen: Unseen) -> str:
    return json.dumps({"kind": "bell", "facts": {"unseen": unseen.cases, "mentions": unseen.mentions}})


def _count(user_ids: set[int]) -> dict[int, Unseen]:
    try:
        return {person.pk: get_unseen(actor=person) for person in User.objects.filter(pk__in=user_ids)}
    finally:
        connection.close()
