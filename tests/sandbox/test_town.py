"""The town: same seed, same acts; varied words; invented contacts; reactions to answers; runs that hold their rate."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from functools import partial
from random import Random

import pytest

from sandbox.facebook import writes
from sandbox.facebook.pages import Registration, connect, get_page, person_id, register
from sandbox.facebook.site import Site
from sandbox.facebook.stage import FacebookStage
from sandbox.outbox import Outbox
from sandbox.store import Store
from sandbox.town import words
from sandbox.town.answers import Answers
from sandbox.town.life import Town
from sandbox.town.people import PEOPLE
from sandbox.town.runs import Runs
from sandbox.town.stock import STOCKS
from sandbox.town.stock.shape import MATTERS, TOPICS


class SetClock:
    """A clock that stands until it is turned or slept on."""

    offset_seconds = 0.0

    def __init__(self, now=1_800_000_000.0):
        self.time = now

    def now(self):
        return self.time

    def steady(self):
        return self.time

    async def sleep(self, seconds):
        self.time += seconds
        await asyncio.sleep(0)


class World:
    """A site in memory with one page, driven without HTTP."""

    def __init__(self, seed=1):
        self.clock, self.store = SetClock(), Store(":memory:")
        self.outbox = Outbox(self.store)
        self.site = Site(self.store, self.outbox, self.clock, Random(seed))
        self.stage = FacebookStage(self.site)
        register(self.site, "104", Registration("Havbris", "t", "s", "v"))
        connect(self.site, "104", "http://127.0.0.1:9/")
        self.page = get_page(self.site, "104")
        for stock in STOCKS.values():
            for text in stock.page_posts:
                writes.seed_post(self.site, self.page, message=text, at=self.clock.now())

    def events(self):
        return [row["payload"] for row in self.store.rows("SELECT payload FROM outbox ORDER BY id")]


@pytest.fixture
def world():
    made = World()
    yield made
    made.store.close()


def test_sixty_different_people_of_five_languages():
    assert len({person.name for person in PEOPLE}) == len(PEOPLE) == 60
    assert set(STOCKS) == {person.language for person in PEOPLE} == {"nb", "sv", "da", "fi", "en"}


def test_all_stock_can_be_said_and_is_complete():
    rng = Random(7)
    for stock in STOCKS.values():
        assert set(stock.lines) == set(MATTERS)
        assert set(stock.choirs) == set(TOPICS)
    for person in PEOPLE:
        said = [words.about(rng, person, matter) for matter in MATTERS for _ in range(12)]
        said += [words.sing(rng, person, topic) for topic in TOPICS for _ in range(6)]
        said += [words.answer(rng, person, mood) for mood in ("thanks", "followups", "still_angry") for _ in range(6)]
        said += [words.chatter(rng, person), words.second_thought(rng, person)]
        assert not any("{" in text or "}" in text or not text.strip() for text in said)


def test_a_thousand_texts_hardly_repeat():
    rng = Random(3)
    texts = [words.speak(rng, words.anyone(rng)) for _ in range(1000)]

    assert len(set(texts)) > 950


def test_contact_values_are_clearly_invented():
    rng = Random(5)
    texts = [words.about(rng, person, "contact") for person in PEOPLE for _ in range(20)]
    mails = [mail for text in texts for mail in re.findall(r"\S+@\S+?(?=[,\s]|$)", text)]
    numbers = [number for text in texts for number in re.findall(r"\+?\d[\d -]{6,}\d", text)]
    reserved = re.compile(r"400 00 0\d\d|070-17406(0[5-9]|[1-9]\d)|20 00 00 \d\d|040 000 00\d\d|\+44 7700 9000\d\d")

    assert len(mails) > 100
    assert all(mail.rstrip(".!?").endswith("@example.com") for mail in mails)
    assert len(numbers) > 100
    assert all(reserved.fullmatch(number) for number in numbers)


def test_the_same_seed_makes_the_same_town(world):
    twin, other = World(), World()
    for each, seed in ((world, 11), (twin, 11), (other, 12)):
        town = Town(each.stage, Random(seed))
        for _ in range(150):
            town.act("104")

    assert world.events() == twin.events()
    assert world.events() != other.events()
    twin.store.close()
    other.store.close()


def test_each_act_makes_one_event_and_all_kinds_occur(world):
    town = Town(world.stage, Random(2))
    for made in range(1, 401):
        town.act("104")
        assert len(world.events()) == made

    rows = world.store.rows("SELECT payload ->> '$.value.item' AS item, payload ->> '$.value.verb' AS verb FROM outbox")
    kinds = Counter((row["item"], row["verb"]) for row in rows)
    assert {
        ("comment", "add"),
        ("comment", "edited"),
        ("comment", "remove"),
        ("status", "add"),
        ("reaction", "add"),
    } <= set(kinds)
    assert ("post", "add") in kinds  # a mention
    assert kinds[("comment", "add")] > 200


def test_a_choir_sings_one_song_in_several_languages(world):
    town = Town(world.stage, Random(4))
    singers = words.choir(Random(4), 15)
    for person in singers:
        town.sing("104", person, "slow_network")

    assert len({person.name for person in singers}) == 15
    assert len({person.language for person in singers}) >= 3
    assert len(world.events()) == 15


def answered(world, number):
    """The page answers that many customers; gives the reply ids."""
    replies = []
    for person in PEOPLE[:number]:
        author = person_id(world.site, "104", person.name)
        post = world.stage.own_posts("104")[0].id
        comment = writes.create_comment(world.site, world.page, parent_id=post, author_id=author, message="?")
        reply = writes.create_comment(world.site, world.page, parent_id=comment, author_id="104", message="Hei!")
        replies.append(reply)
    return replies


def test_a_share_of_those_answered_react_seconds_later_in_their_own_thread(world):
    answers = Answers(world.store, world.stage, world.clock, seed=1)
    answered(world, 40)
    before = len(world.events())

    answers.notice()
    assert answers.speak() == 0  # not at once
    world.clock.time += 30
    spoke = answers.speak()

    assert 10 <= spoke < 40
    assert len(world.events()) == before + spoke
    answers.notice()
    world.clock.time += 30
    assert answers.speak() == 0  # each answer is looked at once
    threads = world.store.rows(
        "SELECT root_id, COUNT(DISTINCT author_id) AS n FROM fb_comments WHERE root_id <> '' GROUP BY 1"
    )
    assert {row["n"] for row in threads} <= {1, 2}  # the page and its customer, nobody else


def test_talk_comes_to_an_end(world):
    answers = Answers(world.store, world.stage, world.clock, seed=3)
    answered(world, 20)
    for _ in range(12):
        answers.notice()
        world.clock.time += 30
        answers.speak()
        sql = "SELECT MAX(id) AS id FROM fb_comments WHERE author_id <> '104' AND root_id IS NOT NULL GROUP BY root_id"
        for row in world.store.rows(sql):
            writes.create_comment(world.site, world.page, parent_id=row["id"], author_id="104", message="Ok")
        turns = "SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM fb_comments WHERE author_id <> '104' GROUP BY author_id)"
        assert world.store.number(turns) <= 4


def test_gentle_life_is_lively_in_the_first_minute_and_quiet_after(world):
    runs = Runs(world.store, world.stage, world.clock, seed=1, town=partial(Town, world.stage))

    async def live(seconds):
        life = asyncio.create_task(runs.live_gently())
        until = world.clock.time + seconds
        while world.clock.time < until:
            await asyncio.sleep(0)
        life.cancel()
        return len(world.events())

    start = world.clock.time
    asyncio.run(live(600))
    made_at = [row["made_at"] - start for row in world.store.rows("SELECT made_at FROM outbox ORDER BY id")]

    assert made_at[0] < 2
    assert 5 <= sum(at < 60 for at in made_at) <= 9
    assert 14 <= sum(at >= 60 for at in made_at) <= 24


def test_a_run_makes_what_was_planned_and_all_is_delivered(sandbox, page, receiver, eventually):
    run = sandbox.ask(
        "POST", "/_sandbox/simulate", {"platform": "facebook", "rate": 12_000, "minutes": 0.01, "page_id": page.id}, 201
    )["run"]

    def over():
        shown = sandbox.ask("GET", f"/_sandbox/simulate/{run}")
        return shown if shown["done"] and shown["delivered"] == shown["made"] else None

    shown = eventually(over)
    assert (shown["planned"], shown["made"], shown["delivered"]) == (120, 120, 120)
    assert len(receiver.values()) == 120
    assert set(receiver.signed) == {True}


def test_a_run_can_be_stopped(sandbox, page):
    asked = {"platform": "facebook", "rate": 60, "minutes": 60, "page_id": page.id}
    run = sandbox.ask("POST", "/_sandbox/simulate", asked, 201)["run"]

    stopped = sandbox.ask("DELETE", f"/_sandbox/simulate/{run}")

    assert stopped["done"] is True
    assert stopped["planned"] == 3600
    assert stopped["made"] < 5


def test_a_choir_over_http(sandbox, page, receiver):
    asked = {"page_id": page.id, "topic": "app_down", "voices": 9, "minutes": 0}

    assert sandbox.ask("POST", "/_sandbox/choir", asked, 201)["topic"] == "app_down"

    names = {value["from"]["name"] for value in receiver.wait(9)}
    assert len(names) == 9


def test_sixty_a_second_for_two_seconds_keeps_the_graph_answering(sandbox, page, receiver, eventually):
    asked = {"platform": "facebook", "rate": 60_000, "minutes": 0.01, "page_id": page.id}
    run = sandbox.ask("POST", "/_sandbox/simulate", asked, 201)["run"]
    while not sandbox.ask("GET", f"/_sandbox/simulate/{run}")["done"]:
        assert page.graph.get_object("me")["id"] == page.id

    assert len(eventually(lambda: len(receiver.values()) == 600 and receiver.values())) == 600


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Hvorfor er nettet mitt så tregt? Dere må fikse det"),
        ("sv", "Varför är det så segt, är det fler som har problem?"),
        ("da", "Hvornår er der dækning igen? Jeg betaler for meget"),
        ("fi", "Miksi lasku on näin iso? Ei ole kunnossa"),
        ("en", "Why is my bill so high this month?"),
        ("en", "???"),
    ],
)
def test_a_stranger_is_answered_in_kind(language, text):
    assert words.guess_language(text) == language
