"""The letter writers: same seed, same letters; complete words; answers after seconds; runs that hold their rate."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections import Counter
from email import message_from_bytes, policy
from functools import partial
from random import Random

import pytest
from pymap.context import subsystem
from pymap.flags import PermanentFlags, SessionFlags
from pymap.selected import SelectedMailbox

from sandbox.mail import letters
from sandbox.mail.attachments import document, picture
from sandbox.mail.folders import Folders
from sandbox.mail.imap_folder import Mailbox
from sandbox.mail.life import MailTalk, MailTown
from sandbox.mail.office import PostOffice
from sandbox.mail.people import BY_ADDRESS, CORRESPONDENTS, PROGRAMS
from sandbox.mail.site import MailSite
from sandbox.mail.stock import STOCKS
from sandbox.mail.stock.shape import MATTERS
from sandbox.store import Store
from sandbox.town.answers import Answers
from sandbox.town.runs import Runs


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
    """A mailbox without servers."""

    def __init__(self, folder, *, lively=False):
        self.clock, self.store = SetClock(), Store(":memory:")
        self.site = MailSite(self.store, folder, self.clock, Random(1), lively)
        self.office = PostOffice(self.site, Folders(self.site))
        self.talk = MailTalk(self.office)

    def raw(self):
        return [self.site.read(kept.file) for kept in self.office.folders.get("INBOX").messages.values()]

    def mails(self):
        return [message_from_bytes(raw, policy=policy.default) for raw in self.raw()]


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path / "mail")
    yield made
    made.store.close()


def letter_of_ours(to, number):
    return (
        f"From: post@havbris.example\r\nTo: {to}\r\nSubject: Re: a\r\nMessage-ID: <o{number}@h>\r\n\r\nHei\r\n".encode()
    )


def test_the_correspondents():
    assert len(BY_ADDRESS) == len(CORRESPONDENTS) == 60
    assert {each.address.rpartition("@")[2] for each in CORRESPONDENTS} == {stock.domain for stock in STOCKS.values()}
    assert {each.program for each in CORRESPONDENTS} == set(PROGRAMS)
    assert all(each.address.isascii() for each in CORRESPONDENTS)
    married = [(each, each.spouse()) for each in CORRESPONDENTS]
    assert all(
        one.name.split()[-1] == other.name.split()[-1] and one.address != other.address for one, other in married
    )


def test_all_stock_can_be_said_and_is_complete():
    for writer in CORRESPONDENTS:
        stock = writer.stock
        assert set(stock.letters) == set(MATTERS)
        for letter in [*(each for group in stock.letters.values() for each in group), stock.away]:
            said = letters.filled(Random(3), writer, letter)
            assert not re.search(r"[{}]", said.subject + said.text)


def test_the_same_seed_writes_the_same_letters(tmp_path):
    worlds = [World(tmp_path / name) for name in ("a", "b", "c")]
    for each, seed in zip(worlds, (5, 5, 6), strict=True):
        town = MailTown(each.office, Random(seed))
        for _ in range(12):
            town.act("post@havbris.example")
    said = [[mail["Message-ID"] for mail in each.mails()] for each in worlds]
    for each in worlds:
        each.store.close()

    assert said[0] == said[1] != said[2]
    assert len(set(said[0])) == 12


def test_a_town_of_many_kinds_of_mail(world):
    town = MailTown(world.office, Random(2))
    for _ in range(200):
        town.act("post@havbris.example")
    mails = world.mails()
    types = Counter(part.get_content_type() for mail in mails for part in mail.walk())
    charsets = {
        part.get_content_charset() for mail in mails for part in mail.walk() if part.get_content_type() == "text/plain"
    }

    assert len(mails) == 200
    assert all(count > 5 for count in (types["image/png"], types["application/pdf"], types["text/html"]))
    assert charsets == {"utf-8", "windows-1252"}
    assert sum(mail["Cc"] is not None for mail in mails) > 5
    assert sum(mail["List-Id"] is not None for mail in mails) > 5
    assert sum(mail["From"].addresses[0].addr_spec == "googlealerts-noreply@google.com" for mail in mails) > 5
    assert {mail["From"].addresses[0].domain for mail in mails} >= {stock.domain for stock in STOCKS.values()}
    assert len({mail["Message-ID"] for mail in mails}) == 200
    assert all(not part.defects for mail in mails for part in mail.walk())


def test_a_reminder_answers_the_writers_own_letter(world):
    town = MailTown(world.office, Random(2))
    world.office.post(letters.new_letter(Random(1)), Random(1))
    assert town._remind(None)
    first, second = world.mails()

    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["From"] == first["From"]


def test_attached_files_open():
    png, pdf = picture(Random(1), "a.png"), document("a.pdf", "Faktura (1) på 3 kr")

    assert png.content.startswith(b"\x89PNG\r\n\x1a\n")
    at, sizes = 8, []
    while at < len(png.content):
        size = int.from_bytes(png.content[at : at + 4])
        body, check = png.content[at + 4 : at + 8 + size], png.content[at + 8 + size : at + 12 + size]
        assert zlib.crc32(body) == int.from_bytes(check)
        sizes.append(body[:4])
        at += 12 + size
    assert sizes == [b"IHDR", b"IDAT", b"IEND"]
    table = int(re.search(rb"startxref\n(\d+)", pdf.content)[1])
    assert pdf.content[table : table + 4] == b"xref"
    places = [int(line[:10]) for line in pdf.content[table:].splitlines() if line.endswith(b" n ")]
    assert [pdf.content[place : place + 7] for place in places] == [b"%d 0 obj" % n for n in range(1, 6)]


def test_people_answer_within_seconds_and_not_for_ever(world):
    answers = Answers(world.store, world.talk, world.clock, seed=1)
    people = [each.address for each in CORRESPONDENTS]
    for number, address in enumerate(people):
        world.office.accept("post@havbris.example", [address], letter_of_ours(address, number))
    answers.notice()
    answers.notice()
    assert world.mails() == []
    world.clock.time += 26
    answers.speak()
    mails = world.mails()
    expected = 60 * 0.65

    assert expected - 12 < len(mails) < expected + 12
    sent = {f"<o{number}@h>": address for number, address in enumerate(people)}
    assert all(sent[mail["In-Reply-To"]] == mail["From"].addresses[0].addr_spec for mail in mails)
    for number in range(100, 104):  # the fourth letter to the same person gets no answer any more
        world.office.accept("post@havbris.example", [people[0]], letter_of_ours(people[0], number))
    answers.notice()
    assert world.store.number("SELECT COUNT(*) FROM town_answers") == 0


def test_some_are_away_in_a_lively_town_only(tmp_path):
    counts = []
    for lively in (False, True):
        each = World(tmp_path / str(lively), lively=lively)
        for number in range(200):
            each.office.accept("post@havbris.example", ["aino.kivisuvanto@example.fi"], letter_of_ours("a", number))
        counts.append(len(each.mails()))
        each.store.close()

    assert counts[0] == 0
    assert 3 <= counts[1] <= 25


def test_a_run_holds_its_rate_and_counts_what_came_in(world):
    runs = Runs(world.store, world.talk, world.clock, seed=1, town=partial(MailTown, world.office))

    async def live():
        run = runs.simulate(rate=30, minutes=1, account=None, seed=3)
        began = world.clock.time
        while not runs.look(run)["done"]:
            await asyncio.sleep(0)
        return runs.look(run), world.clock.time - began

    told, took = asyncio.run(live())

    assert (told["planned"], told["made"], told["delivered"]) == (30, 30, 30)
    assert 55 < took < 61
    assert len(world.mails()) == 30


def test_a_choir_and_a_run_over_http(started, opened, eventually):
    box = opened(started())
    before = len(box.inbox())
    choir = box.process.ask("POST", "/_sandbox/choir", {"platform": "email", "voices": 5, "minutes": 0}, 201)
    eventually(lambda: box.process.ask("GET", f"/_sandbox/simulate/{choir['run']}")["done"])
    run = box.process.ask("POST", "/_sandbox/simulate", {"platform": "email", "rate": 7, "minutes": 0}, 201)["run"]
    eventually(lambda: box.process.ask("GET", f"/_sandbox/simulate/{run}")["done"])

    assert len(box.inbox()) - before == 5 + 1
    assert box.process.ask("GET", "/_sandbox/state")["mails"] == before + 6
    box.process.ask("POST", "/_sandbox/simulate", {"platform": "pigeon", "rate": 1}, 422)


def test_a_mail_that_comes_between_two_looks_wakes_the_idle_client_too(world):
    folder = world.office.folders.get("INBOX")
    mailbox = Mailbox(folder)
    flags = (PermanentFlags(mailbox.permanent_flags), SessionFlags(mailbox.session_flags))

    async def live():
        selected = await mailbox.update_selected(SelectedMailbox(mailbox.mailbox_id, False, *flags))
        folder.add(b"Subject: x\r\n\r\n")  # while the client is told of something else
        await asyncio.wait_for(mailbox.update_selected(selected, wait_on=subsystem.get().new_event()), 2)
        return selected.messages.exists

    assert asyncio.run(live()) == 1
