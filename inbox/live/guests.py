"""Who is behind the sockets: read for many at once when they connect, and again for all of them at every beat.

Three statements, however many ask: a thousand browsers that come back after a restart must not queue for as many
sessions, and a session that has ended is noticed within a beat.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import CookieError
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import parse_cookie
from django.utils.crypto import constant_time_compare

from core.clock import now
from core.users.models import User
from tickets.access import read_teams, scopes_of

if TYPE_CHECKING:
    from inbox.live.watcher import Watcher

log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0  # after a reading that failed: what was known a beat ago holds until then


@dataclass(frozen=True, slots=True)
class Guest:
    """A signed-in colleague as their session says now."""

    user_id: int
    language: str
    scopes: frozenset[str]


def get_guests(keys: Collection[str]) -> dict[str, Guest]:
    """The colleagues behind these sessions. Three statements.

    Gives: no entry for a session that is over: signed out, expired, of somebody switched off, or from before the
    password was changed.
    """
    sessions = Session.objects.filter(session_key__in=keys, expire_date__gt=now())
    kept = {session.session_key: session.get_decoded() for session in sessions}
    ids = {key: _number(values.get(SESSION_KEY)) for key, values in kept.items()}
    people = User.objects.filter(pk__in={pk for pk in ids.values() if pk}, is_active=True).in_bulk()
    read_teams(people.values())
    signed_in = {key: people[pk] for key, pk in ids.items() if pk in people and _is_of(people[pk], kept[key])}
    return {key: Guest(person.pk, person.language, scopes_of(person)) for key, person in signed_in.items()}


def _number(value: Any) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() else 0


def _is_of(person: User, values: Mapping[str, Any]) -> bool:
    return constant_time_compare(str(values.get(HASH_SESSION_KEY, "")), person.get_session_auth_hash())


def session_key_in(headers: Collection[tuple[bytes, bytes]]) -> str:
    """The session that a browser names; "" where it names none."""
    cookie = b"; ".join(value for name, value in headers if name == b"cookie")
    try:
        return parse_cookie(cookie.decode("latin-1")).get(settings.SESSION_COOKIE_NAME, "")
    except CookieError:
        return ""


class Guests:
    """One per hub. Those who ask while a reading is under way are read together afterwards."""

    def __init__(self, watchers: set[Watcher]) -> None:
        self._watchers = watchers
        self._asked: dict[str, asyncio.Future[Guest | None]] = {}
        self._reading: asyncio.Task[None] | None = None
        self.held = asyncio.Event()  # somebody gets nothing until they have been asked for again

    async def who(self, key: str) -> Guest | None:
        """The colleague behind a session; None for nobody."""
        if not key:
            return None
        asked = self._asked.setdefault(key, asyncio.get_running_loop().create_future())
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        return await asyncio.shield(asked)

    async def _read(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                found = await asyncio.to_thread(_fresh, list(asked))
            except Exception as error:
                for future in asked.values():
                    future.set_exception(error)
                    future.exception()  # whoever asked may have gone
                continue
            for key, future in asked.items():
                future.set_result(found.get(key))

    async def check_forever(self) -> None:
        """At every beat all, and those who are held at once: an ended session or a lost team ends its frames."""
        loop = asyncio.get_running_loop()
        due = loop.time() + settings.BEAT_SECONDS
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.held.wait(), max(0.0, due - loop.time()))
            all_due = loop.time() >= due
            self.held.clear()
            if not await self.check([one for one in self._watchers if all_due or one.held]):
                self.held.set()
                await asyncio.sleep(AGAIN_SECONDS)
            elif all_due:
                due = loop.time() + settings.BEAT_SECONDS

    async def check(self, watchers: Collection[Watcher]) -> bool:
        """Ask again who these are, and tell each. Gives: whether that could be read."""
        told = [one for one in watchers if one.renew is not None]
        try:
            found = await asyncio.to_thread(_fresh, {one.session_key for one in told}) if told else {}
        except Exception as error:
            log.warning("live sessions not checked: %s", type(error).__name__)
            return False
        for one in told:
            assert one.renew is not None  # noqa: S101  asked above
            one.renew(found.get(one.session_key))
        return True


def _fresh(keys: Collection[str]) -> dict[str, Guest]:
    try:
        return get_guests(keys)
    finally:
        connection.close()
