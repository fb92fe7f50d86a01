"""Who is behind the sockets, read for many at once; and frames that go straight to the server, in order."""

import asyncio
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from core.clock import now as this_moment
from core.users.models import User
from inbox.live.guests import Guests, get_guests, session_key_in
from inbox.live.watcher import BACKLOG, Watcher
from tickets.access import scopes_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(browser_of, people):
    """A session of each colleague, by role."""
    return {role: browser_of(person).session.session_key for role, person in people.items()}


def test_everybody_is_who_they_are_in_three_statements(people, keys, django_assert_num_queries):
    with django_assert_num_queries(3):
        guests = get_guests([*keys.values(), "nobody"])

    assert {key: guest.user_id for key, guest in guests.items()} == {keys[role]: people[role].pk for role in keys}
    for role, person in people.items():
        assert guests[keys[role]].scopes == scopes_of(User.objects.get(pk=person.pk))
        assert guests[keys[role]].language == person.language


def test_a_session_that_is_over_is_nobodys(people, keys):
    Session.objects.filter(pk=keys["agent"]).delete()
    Session.objects.filter(pk=keys["lead"]).update(expire_date=this_moment() - timedelta(seconds=1))
    User.objects.filter(pk=people["marketer"].pk).update(is_active=False)
    admin = people["admin"]
    admin.set_password("another word of passage")
    admin.save()

    assert set(get_guests(keys.values())) == {keys["auditor"], keys["privacy_officer"]}


def test_the_session_is_the_one_the_cookie_names():
    assert session_key_in([(b"host", b"x"), (b"cookie", b"theme=dark; sessionid=abc")]) == "abc"
    assert session_key_in([(b"cookie", b"theme=dark"), (b"cookie", b"sessionid=def")]) == "def"
    assert session_key_in([(b"cookie", b"\xff=;;;")]) == ""
    assert session_key_in([]) == ""


@pytest.mark.django_db(transaction=True)
async def test_those_who_come_together_are_read_together(keys, monkeypatch):
    readings = []

    def read(asked):
        readings.append(sorted(asked))
        return get_guests(asked)

    monkeypatch.setattr("inbox.live.guests.get_guests", read)
    guests = Guests(set())

    first = asyncio.create_task(guests.who(keys["agent"]))
    await asyncio.sleep(0)
    found = await asyncio.gather(*(guests.who(key) for key in (*keys.values(), "nobody") for _ in range(20)), first)

    assert len(readings) <= 2
    assert sum(guest is None for guest in found) == 20
    assert await guests.who("") is None


async def test_a_reading_that_fails_holds_nobody_back_for_ever(monkeypatch):
    answers = [OSError("away"), {}]

    def read(_asked):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr("inbox.live.guests._fresh", read)
    guests = Guests(set())

    with pytest.raises(OSError, match="away"):
        await guests.who("one")
    assert await guests.who("one") is None


class Server:
    """Takes frames until it is told to wait, as the server does while a browser's buffer is full."""

    def __init__(self):
        self.took, self.writable = [], asyncio.Event()
        self.writable.set()

    async def send(self, frame):
        await self.writable.wait()
        await self._deeper(frame)

    async def _deeper(self, frame):
        self.took.append(frame)


async def test_a_frame_is_with_the_server_when_offer_returns():
    server = Server()
    watcher = Watcher(1, frozenset({"all"}), "en", send=server.send)

    watcher.offer("one")
    watcher.offer("two")

    assert server.took == ["one", "two"]
    assert watcher.writing is None


async def test_frames_keep_their_order_when_the_server_must_wait():
    server = Server()
    watcher = Watcher(1, frozenset({"all"}), "en", send=server.send)
    watcher.offer("one")
    server.writable.clear()
    watcher.offer("two")
    watcher.offer("three")
    assert server.took == ["one"]

    server.writable.set()
    watcher.offer("four")
    await watcher.writing

    assert server.took == ["one", "two", "three", "four"]
    watcher.offer("five")
    assert server.took[-1] == "five"


async def test_who_cannot_follow_is_sent_away_and_loses_nothing_it_could_not_ask_for():
    server = Server()
    server.writable.clear()
    watcher = Watcher(1, frozenset({"all"}), "en", send=server.send)
    for number in range(BACKLOG + 2):
        watcher.offer(str(number))

    server.writable.set()
    await watcher.writing

    assert server.took == ["0", None]


async def test_held_back_means_not_even_what_waits():
    server = Server()
    server.writable.clear()
    watcher = Watcher(1, frozenset({"all"}), "en", send=server.send)
    watcher.offer("on its way")
    watcher.offer("waits")
    watcher.hold()

    server.writable.set()
    await watcher.writing

    assert server.took == ["on its way"]
    assert watcher.scopes == frozenset()


async def test_a_browser_that_has_gone_stops_nobody():
    async def gone(_frame):
        raise ConnectionError

    async def gone_later(_frame):
        await asyncio.sleep(0)
        raise ConnectionError

    at_once, later = (Watcher(1, frozenset({"all"}), "en", send=send) for send in (gone, gone_later))
    at_once.offer("one")
    later.offer("one")
    later.offer("two")
    await later.writing

    assert at_once.writing is None
    assert later.writing is None
    assert later.frames.empty()
