"""Who is here: shown to those who see the case, aged out, stored nowhere, and ended at once with the access."""

import asyncio
import json

import pytest
from django.apps import apps
from django.db import connection, transaction

from core.broker import broker
from core.events import emit
from core.users.events import AccessChanged
from inbox.live.beside import Beside
from inbox.live.hints import live_channel
from inbox.live.hub import Hub
from inbox.live.presence import EXPIRY, GONE, TYPES, VIEWS, Presence, Sign, sign_from
from inbox.live.watcher import Watcher
from tickets.events import DraftChanged

pytestmark = pytest.mark.django_db(transaction=True)
FIRST, OTHER = frozenset({"all", "team:1"}), frozenset({"all", "team:2"})


def sign(user=1, doing=VIEWS, mode="", ticket=7, line="a", scopes=FIRST):
    return Sign(ticket, ticket + 10_000, user, line, doing, mode, scopes)


def company(presence, ticket=7):
    return [(person.user_id, person.doing, person.mode) for person in presence.people(ticket)]


def test_a_person_with_two_windows_is_one_and_typing_counts_before_looking():
    presence = Presence()
    assert presence.hear(sign(line="a"), 0)
    assert not presence.hear(sign(line="b"), 0)
    assert presence.hear(sign(doing=TYPES, mode="note", line="b"), 1)
    assert not presence.hear(sign(line="a"), 2)
    assert company(presence) == [(1, TYPES, "note")]

    assert presence.hear(sign(doing=GONE, line="b"), 3)
    assert company(presence) == [(1, VIEWS, "")]
    assert presence.hear(sign(doing=GONE, line="a"), 3)
    assert company(presence) == []


def test_whoever_is_silent_for_twenty_seconds_is_gone():
    presence = Presence()
    presence.hear(sign(1, line="a"), 0)
    presence.hear(sign(2, line="b"), 10)

    assert presence.expire(EXPIRY - 0.1) == []
    assert [one.user_id for one in presence.expire(EXPIRY)] == [1]
    assert company(presence) == [(2, VIEWS, "")]
    assert EXPIRY == 20


def test_a_sign_travels_as_ids_only():
    told = json.loads(json.dumps(sign(doing=TYPES, mode="public").told()))

    assert sign_from(told) == sign(doing=TYPES, mode="public")
    assert len(str(told)) < 120


def test_nothing_of_it_has_a_table():
    names = {model._meta.model_name for model in apps.get_models()}
    assert not [name for name in names if "presence" in name or "typing" in name or name == "sign"]


@pytest.fixture
def house(people):
    """Watchers of two teams and of the lead, and what goes beside the numbers."""
    ids = {role: user.pk for role, user in people.items()}
    watchers = {
        "agent": Watcher(ids["agent"], frozenset({"team:1"}), "en"),
        "outsider": Watcher(ids["marketer"], frozenset({"team:2"}), "en"),
        "lead": Watcher(ids["lead"], frozenset({"all"}), "en"),
        "officer": Watcher(ids["privacy_officer"], frozenset(), "en"),
    }
    return Beside(set(watchers.values())), watchers, ids


def frames(watcher):
    return [json.loads(watcher.frames.get_nowait()) for _ in range(watcher.frames.qsize())]


def told(frame):
    return [(person["name"], person["doing"], person["mode"]) for person in frame["facts"]["people"]]


async def test_only_who_sees_the_case_hears_who_is_there(house):
    beside, watchers, ids = house
    await beside.say(sign(ids["agent"], TYPES, "private"))

    for role in ("agent", "lead"):
        (frame,) = frames(watchers[role])
        assert frame["kind"] == "presence"
        assert told(frame) == [("Person 1", "types", "private")]
        assert set(frame["facts"]) == {"number", "people"}
    assert frames(watchers["outsider"]) == frames(watchers["officer"]) == []


async def test_signs_that_change_nothing_are_not_told(house):
    beside, watchers, ids = house
    for _ in range(5):
        await beside.say(sign(ids["agent"]))

    assert len(frames(watchers["lead"])) == 1


async def test_a_case_that_moves_takes_its_company_along(house):
    beside, watchers, ids = house
    await beside.say(sign(ids["lead"]))
    frames(watchers["agent"])

    await beside.moved(7, OTHER)
    await beside.say(sign(ids["lead"], TYPES, "note", scopes=OTHER))

    assert [told(frame)[0][1] for frame in frames(watchers["outsider"])] == ["views", "types"]
    assert frames(watchers["agent"]) == []


async def test_a_page_that_comes_later_is_greeted_with_what_it_may_see(house):
    beside, watchers, ids = house
    await beside.say(sign(ids["lead"], ticket=7))
    await beside.say(sign(ids["lead"], ticket=8, scopes=OTHER, line="b"))
    frames(watchers["agent"])

    await beside.greet(watchers["agent"])

    assert [frame["facts"]["number"] for frame in frames(watchers["agent"])] == [10_007]


async def test_a_lost_line_is_told_when_its_time_is_over(house):
    beside, watchers, ids = house
    await beside.say(sign(ids["lead"]))
    frames(watchers["agent"])

    await beside.expire(asyncio.get_running_loop().time() + EXPIRY)

    assert [told(frame) for frame in frames(watchers["agent"])] == [[]]


# Between processes


def listening():
    return broker().pubsub_numsub(live_channel())[0][1]


@pytest.fixture
async def hubs():
    """Two web processes' hubs on one Valkey."""
    made = [Hub(), Hub()]
    before = listening()  # a web process that browser tests have left running listens too
    for hub in made:
        await hub.start()
    async with asyncio.timeout(30):
        while listening() < before + 2:
            await asyncio.sleep(0.02)
    yield made
    for hub in made:
        await hub.stop()


async def soon(watcher):
    return json.loads(await asyncio.wait_for(watcher.frames.get(), 8))


async def test_another_process_shows_it_and_this_one_does_not_hear_its_own_echo(hubs, people):
    here, there = (Watcher(people["lead"].pk, frozenset({"all"}), "en") for _ in range(2))
    hubs[0].join(here)
    hubs[1].join(there)

    await hubs[0].beside.say(sign(people["agent"].pk))
    assert told(await soon(there)) == told(await soon(here)) == [("Person 1", "views", "")]
    await hubs[0].beside.say(sign(people["agent"].pk, GONE))
    assert told(await soon(there)) == []
    assert len(frames(here)) == 1


async def test_a_broker_that_is_away_keeps_presence_within_the_process(hubs, people):
    watcher = Watcher(people["lead"].pk, frozenset({"all"}), "en")
    hubs[0].join(watcher)
    broker().client_kill_filter(_type="pubsub")

    await hubs[0].beside.say(sign(people["agent"].pk))

    assert told(await soon(watcher)) == [("Person 1", "views", "")]


def committed(event):
    def run():
        try:
            with transaction.atomic():
                emit(event)
        finally:
            connection.close()

    return asyncio.to_thread(run)


async def test_a_draft_is_told_to_its_writers_other_windows_only(hubs, people):
    writer, other = (Watcher(people[role].pk, frozenset({"all"}), "en") for role in ("agent", "lead"))
    hubs[0].join(writer)
    hubs[0].join(other)

    await committed(DraftChanged(10_007, people["agent"].pk, "note", 3))

    frame = await soon(writer)
    assert (frame["kind"], frame["facts"]) == ("draft", {"number": 10_007, "mode": "note", "revision": 3})
    assert frames(other) == []


async def test_changed_access_holds_every_frame_back_at_once(hubs, people):
    """Even what waits in the queue already is not given any more."""
    changed, other = (Watcher(people[role].pk, frozenset({"all"}), "en") for role in ("agent", "lead"))
    for watcher in (changed, other):
        hubs[1].join(watcher)
        watcher.offer("waits")

    await committed(AccessChanged([people["agent"].pk]))
    async with asyncio.timeout(8):
        while not changed.held:
            await asyncio.sleep(0.02)

    assert changed.frames.empty()
    await hubs[1].beside.say(sign(people["lead"].pk))
    assert changed.frames.empty()
    assert other.frames.qsize() == 2
    assert (changed.scopes, other.scopes) == (frozenset(), frozenset({"all"}))
