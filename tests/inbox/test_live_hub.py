"""The hub: one frame per change and language, in order, to exactly those who may see it; whatever breaks meanwhile."""

import asyncio
import json
import random
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.db import connection, transaction

from core.broker import broker
from inbox.live.frames import Notice, row_html, rows_of
from inbox.live.hints import live_channel, publish_hints, write_hints
from inbox.live.hub import MERGE_SECONDS, Hub
from inbox.live.models import Hint
from inbox.live.watcher import BACKLOG, Watcher
from tickets.events import TicketChange, TicketPlace, TicketsChanged

pytestmark = pytest.mark.django_db(transaction=True)


async def in_thread(call):
    """Run a piece of Django's in a thread, as a request would, and give its connection back."""

    def run():
        try:
            return call()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


@pytest.fixture
def town(written, teams):
    """Two cases of the first line and one of marketing, with the scopes in which they are seen."""
    cases = [written("Ett"), written("To"), written("Tre")]
    type(cases[2]).objects.filter(pk=cases[2].pk).update(team=teams["marketing"])
    publish_hints()
    first, marketing = (f"team:{teams[slug].pk}" for slug in ("first-line", "marketing"))
    return SimpleNamespace(one=cases[0].pk, two=cases[1].pk, three=cases[2].pk, first=first, marketing=marketing,
                           team=teams["first-line"].pk, other=teams["marketing"].pk)  # fmt: skip


def listening():
    return broker().pubsub_numsub(live_channel())[0][1]


@pytest.fixture
async def hub(town):
    """A started hub that hears Valkey."""
    made = Hub()
    before = listening()  # a web process that browser tests have left running listens too
    await made.start()
    async with asyncio.timeout(30):
        while listening() <= before:
            await asyncio.sleep(0.02)
    yield made
    await made.stop()


def watch(hub, *scopes, language="en", case=None):
    watcher = Watcher(1, frozenset(scopes), language, case)
    hub.join(watcher)
    return watcher


def tell(ticket_id, team_id, before=None, kind="message"):
    left = None if before is None else TicketPlace(before, None)
    with transaction.atomic():
        write_hints(TicketsChanged([TicketChange(ticket_id, kind, TicketPlace(team_id, None), left)]))


async def heard(watcher, count):
    """Exactly `count` frames: waits for them, then listens a while longer."""
    frames = [json.loads(await asyncio.wait_for(watcher.frames.get(), 8)) for _ in range(count)]
    await asyncio.sleep(MERGE_SECONDS * 2.5)
    assert watcher.frames.empty(), json.loads(watcher.frames.get_nowait())
    return frames


def what(frames):
    return [(frame["kind"], frame.get("facts", {}).get("ticket_id") or frame["target"]) for frame in frames]


async def test_a_change_reaches_those_who_may_see_it_and_nobody_else(hub, town):
    lead, agent, other, officer = watch(hub, "all"), watch(hub, town.first), watch(hub, town.marketing), watch(hub)

    await in_thread(lambda: tell(town.one, town.team))

    assert what(await heard(lead, 1)) == what(await heard(agent, 1)) == [("row", town.one)]
    assert await heard(other, 0) == await heard(officer, 0) == []


async def test_who_has_left_hears_nothing(hub, town):
    stays, goes = watch(hub, "all"), watch(hub, "all")
    hub.leave(goes)

    await in_thread(lambda: tell(town.one, town.team))

    await heard(stays, 1)
    assert await heard(goes, 0) == []


async def test_one_frame_is_made_for_all_of_a_language(hub, town):
    english = [watch(hub, "all") for _ in range(3)]
    nordic = [watch(hub, "all", language="nb") for _ in range(2)]

    await in_thread(lambda: tell(town.one, town.team))

    made = [await asyncio.wait_for(w.frames.get(), 8) for w in (*english, *nordic)]
    assert len({id(frame) for frame in made}) == 2
    assert made[0] is made[1] is made[2]
    assert made[3] is made[4]


async def test_a_burst_on_one_case_is_two_frames(hub, town):
    watcher = watch(hub, "all")
    for seq in range(1, 11):
        hub.take([Notice(hub.seen + 1, "message", town.one, frozenset({"all"}), frozenset())])
        if seq == 1:
            await asyncio.sleep(0.03)  # the first goes at once

    frames = await heard(watcher, 2)

    assert what(frames) == [("row", town.one)] * 2
    assert frames[1]["seq"] - frames[0]["seq"] == 9


async def test_bursts_on_several_cases_keep_the_order_of_numbers(hub, town):
    watcher = watch(hub, "all")
    dice = random.Random(7)
    for _ in range(60):
        pk = dice.choice([town.one, town.two, town.three])
        hub.take([Notice(hub.seen + 1, "message", pk, frozenset({"all"}), frozenset())])
        await asyncio.sleep(dice.choice([0, 0, 0.01, 0.02]))
    await asyncio.sleep(MERGE_SECONDS * 4)

    frames = [json.loads(watcher.frames.get_nowait()) for _ in range(watcher.frames.qsize())]

    numbers = [frame["seq"] for frame in frames]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == hub.seen
    assert {frame["facts"]["ticket_id"] for frame in frames} == {town.one, town.two, town.three}


async def test_a_case_that_moves_is_gone_for_those_it_left(hub, town, teams):
    agent, other = watch(hub, town.first), watch(hub, town.marketing)

    await in_thread(lambda: tell(town.three, town.other, before=town.team))

    gone = await heard(agent, 1)
    assert [(frame["kind"], set(frame["facts"])) for frame in gone] == [("gone", {"number"})]
    assert "html" not in gone[0]
    assert what(await heard(other, 1)) == [("row", town.three)]


async def test_a_late_hint_never_shows_a_case_to_a_team_it_has_left(hub, town):
    """Written while the first line had it, told after it had moved: the row is drawn as it now is."""
    agent = watch(hub, town.first)

    await in_thread(lambda: tell(town.three, town.team))

    assert [frame["kind"] for frame in await heard(agent, 1)] == ["gone"]


async def test_only_who_has_the_case_open_is_told_to_fetch_it(hub, town):
    reader, beside = watch(hub, town.first, case=town.one), watch(hub, town.first, case=town.two)

    await in_thread(lambda: tell(town.one, town.team))

    frames = await heard(reader, 2)
    assert [frame["kind"] for frame in frames] == ["row", "case"]
    assert frames[1]["target"].startswith("case-")
    assert [frame["kind"] for frame in await heard(beside, 1)] == ["row"]


async def test_a_lost_connection_loses_no_change_and_repeats_none(hub, town):
    watcher = watch(hub, "all")
    await in_thread(lambda: tell(town.one, town.team))
    await heard(watcher, 1)

    broker().client_kill_filter(_type="pubsub")
    await in_thread(lambda: tell(town.two, town.team))
    await in_thread(lambda: tell(town.three, town.other))
    missed = await heard(watcher, 2)
    await in_thread(lambda: tell(town.one, town.team))

    assert what(missed) == [("row", town.two), ("row", town.three)]
    assert what(await heard(watcher, 1)) == [("row", town.one)]


def number_in_silence(ticket_id):
    """What a process leaves that dies between numbering and telling."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO live_hint (kind, ticket_id, scopes, left_scopes, created_at, seq)"
            " VALUES ('message', %s, '[\"all\"]', '[]', now(), nextval('live_hint_numbers'))",
            [ticket_id],
        )


async def test_a_jump_in_the_numbers_makes_it_ask_the_rows(hub, town):
    watcher = watch(hub, "all")

    await in_thread(lambda: number_in_silence(town.one))
    await in_thread(lambda: tell(town.two, town.team))

    assert what(await heard(watcher, 2)) == [("row", town.one), ("row", town.two)]


async def test_a_hint_nobody_told_is_found_at_the_next_beat(town, settings):
    settings.BEAT_SECONDS = 0.3
    hub = Hub()
    await hub.start()
    watcher = watch(hub, "all")
    await asyncio.sleep(0.1)
    await in_thread(lambda: number_in_silence(town.one))

    kinds = [json.loads(await asyncio.wait_for(watcher.frames.get(), 8))["kind"] for _ in range(2)]
    await hub.stop()

    assert sorted(kinds) == ["beat", "row"]


async def test_a_repeated_or_late_number_changes_nothing(hub, town):
    watcher = watch(hub, "all")
    notice = Notice(hub.seen + 5, "message", town.one, frozenset({"all"}), frozenset())

    hub.take([notice, notice, replace(notice, seq=notice.seq - 2)])

    assert [frame["seq"] for frame in await heard(watcher, 1)] == [notice.seq]
    hub.take([notice])
    assert await heard(watcher, 0) == []


async def test_a_database_that_blinks_only_delays(hub, town):
    watcher = watch(hub, "all")
    fails = iter([True, False])

    class Blinking(Hub):
        async def _send(self, notices):
            if notices and next(fails, False):
                raise OSError("the database blinked")
            await super()._send(notices)

    await hub.stop()
    blinking = Blinking()
    await blinking.start()
    blinking.join(watcher)
    await asyncio.sleep(0.2)
    await in_thread(lambda: tell(town.one, town.team))
    frames = await heard(watcher, 1)
    await blinking.stop()

    assert what(frames) == [("row", town.one)]


async def test_a_deleted_case_is_passed_over(hub, town):
    watcher = watch(hub, "all")

    await in_thread(lambda: tell(999_999, town.team))
    await in_thread(lambda: tell(town.two, town.team))

    assert what(await heard(watcher, 1)) == [("row", town.two)]


async def test_heads_are_kept_for_each_scope(hub, town):
    await in_thread(lambda: tell(town.one, town.team))
    before = hub.seen
    for _ in range(100):
        if hub.head([town.first]) > before - 1 and hub.seen > 0:
            break
        await asyncio.sleep(0.02)
    newest = await in_thread(lambda: Hint.objects.order_by("-seq").values_list("seq", flat=True).first())
    for _ in range(100):
        if hub.seen == newest:
            break
        await asyncio.sleep(0.02)

    assert hub.head([town.first]) == hub.head(["all"]) == newest
    assert hub.head(["team:0"]) == 0
    fresh = Hub()
    await in_thread(fresh._load_heads)
    assert (fresh.seen, fresh.head([town.first])) == (newest, newest)


def test_a_slow_watcher_is_sent_away():
    watcher = Watcher(1, frozenset({"all"}), "en")
    for n in range(BACKLOG):
        watcher.offer(str(n))
    assert watcher.frames.qsize() == BACKLOG

    watcher.offer("one too many")

    assert watcher.frames.qsize() == 1
    assert watcher.frames.get_nowait() is None


async def test_a_slow_watcher_slows_nobody(hub, town):
    slow, quick = watch(hub, "all"), watch(hub, "all")
    for _ in range(BACKLOG):
        slow.offer("full")

    await in_thread(lambda: tell(town.one, town.team))

    await heard(quick, 1)
    assert slow.frames.get_nowait() is None


def test_a_row_is_drawn_once_for_each_version_and_language(town):
    row = rows_of([town.one])[town.one]

    assert row_html(row, "en") is row_html(row, "en")
    assert row_html(row, "nb") is not row_html(row, "en")
    newer = replace(row, version=row.version + 1, preview="Noe nytt")
    assert "Noe nytt" in row_html(newer, "en")
    assert "Noe nytt" not in row_html(row, "en")


async def test_a_thousand_watchers_get_exactly_their_frames(hub, town):
    wishes = [{"all"}, {town.first}, {town.marketing}, {town.first, town.marketing}, {"open", "user:9"}, set()]
    watchers = [watch(hub, *wishes[n % 6], language=("en", "nb")[n % 2]) for n in range(1000)]
    places = {town.one: town.first, town.two: town.first, town.three: town.marketing}
    expected = {n: [] for n in range(6)}
    for pk in (town.one, town.two, town.three):
        hub.take([Notice(hub.seen + 1, "message", pk, frozenset({"all", places[pk]}), frozenset())])
        for n, wish in enumerate(wishes):
            if wish & {"all", places[pk]}:
                expected[n].append(("row", pk, hub.seen))
    await asyncio.sleep(1)

    for n, watcher in enumerate(watchers):
        frames = [json.loads(watcher.frames.get_nowait()) for _ in range(watcher.frames.qsize())]
        assert [(f["kind"], f["facts"]["ticket_id"], f["seq"]) for f in frames] == expected[n % 6]
    assert [len(frames) for frames in expected.values()] == [3, 2, 1, 3, 0, 0]


async def test_a_thousand_watchers_get_their_scopes_frames_in_order_through_a_storm(hub, town, written):
    """Some of what is told goes to one team, some to the other, some moves; nobody gets a number twice or late."""
    dice = random.Random(11)
    wishes = [{"all"}, {town.first}, {town.marketing}, {"open"}, set()]
    watchers = [watch(hub, *wishes[n % 5], language=("en", "nb")[n % 2]) for n in range(1000)]
    places = {town.one: town.first, town.two: town.first, town.three: town.marketing}
    for _ in range(90):
        pk = dice.choice(list(places))
        left = frozenset({town.first}) if pk == town.three and dice.random() < 0.3 else frozenset()
        hub.take([Notice(hub.seen + 1, "message", pk, frozenset({"all", places[pk]}), left)])
        await asyncio.sleep(dice.choice([0, 0, 0.01, 0.03]))
    await asyncio.sleep(MERGE_SECONDS * 5)

    heard_by = {}
    for n, watcher in enumerate(watchers):
        frames = [json.loads(watcher.frames.get_nowait()) for _ in range(watcher.frames.qsize())]
        numbers = [frame["seq"] for frame in frames]
        assert numbers == sorted(set(numbers))
        what = [(frame["kind"], frame["target"], frame["seq"]) for frame in frames]
        assert heard_by.setdefault(n % 5, what) == what
    rows = {pk: row.number for pk, row in (await in_thread(lambda: rows_of(places))).items()}
    everything, first, marketing = heard_by[0], heard_by[1], heard_by[2]
    assert {target for kind, target, _ in everything if kind == "row"} == {f"row-{n}" for n in rows.values()}
    mine = {f"row-{rows[pk]}" for pk in (town.one, town.two)}
    assert [frame for frame in first if frame[0] == "row"] == [frame for frame in everything if frame[1] in mine]
    assert marketing == [frame for frame in everything if frame[1] == f"row-{rows[town.three]}"]
    assert heard_by[3] == heard_by[4] == []


async def test_stopping_ends_every_task(town):
    hub = Hub()
    await hub.start()
    before = set(hub._tasks)

    await hub.stop()

    assert len(before) == 7
    assert all(task.done() for task in before)
    assert hub._tasks == set()
