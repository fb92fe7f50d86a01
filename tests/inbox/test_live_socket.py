"""The socket at /live/ of a really started web process."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from inbox.live.hints import write_hints
from tickets.events import TicketChange, TicketPlace, TicketsChanged

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]
GONE = 4401


@pytest.fixture(scope="module")
def serve(django_db_setup, django_db_blocker):
    """`python -m inbox.serve` on a socket handed down, against the test's database; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    with django_db_blocker.unblock():
        name = connection.settings_dict["NAME"]
    given = {
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl(),
        "SAMSVAR_LISTEN_FD": str(listener.fileno()),
        "SAMSVAR_BEAT_SECONDS": "1",
    }
    command = [sys.executable, "-m", "inbox.serve"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | given, pass_fds=[listener.fileno()])
    port = listener.getsockname()[1]
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz", process)
        yield port
    finally:
        process.terminate()
        status = process.wait(20)
        listener.close()
    assert status in (0, -signal.SIGTERM)


def _wait_for(url, process):
    until = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)


@pytest.fixture
def dial(serve, browser_of, people):
    """Open a socket as a colleague's browser: async with dial(user) as line."""
    keys = {user.pk: browser_of(user).session.session_key for user in people.values()}

    def open_line(user=None, origin=f"http://127.0.0.1:{serve}", **more):
        headers = {}
        if user is not None:
            headers["Cookie"] = f"sessionid={keys[user.pk]}"
        return connect(f"ws://127.0.0.1:{serve}/live/", origin=origin, additional_headers=headers, **more)

    return open_line


async def frame(line, kind=None):
    """The next frame, or the next of a kind."""
    while True:
        told = json.loads(await asyncio.wait_for(line.recv(), 5))
        if kind is None or told["kind"] == kind:
            return told


async def hello(line, **more):
    await line.send(json.dumps({"type": "hello", **more}))
    return await frame(line, "beat")


async def closed(line):
    """How the server ended it, and what it said last."""
    said = []
    try:
        async with asyncio.timeout(8):
            while True:
                said.append(json.loads(await line.recv())["kind"])
    except ConnectionClosed as end:
        return end.rcvd.code, [kind for kind in said if kind != "beat"]


def change(ticket):
    def run():
        try:
            with transaction.atomic():
                place = TicketPlace(ticket.team_id, ticket.assignee_id)
                write_hints(TicketsChanged([TicketChange(ticket.pk, "message", place)]))
        finally:
            connection.close()

    return asyncio.to_thread(run)


async def still_works(line, case):
    await change(case)
    assert (await frame(line, "row"))["facts"]["ticket_id"] == case.pk


async def test_a_stranger_is_told_and_sent_away(dial):
    async with dial() as line:
        assert await closed(line) == (GONE, ["bye"])


@pytest.mark.parametrize("origin", ["https://evil.example", None])
async def test_another_sites_page_is_refused(dial, people, origin):
    with pytest.raises(InvalidStatus) as caught:
        await dial(people["agent"], origin=origin).__aenter__()
    assert caught.value.response.status_code == 403


async def test_hello_is_answered_and_changes_arrive(dial, people, case):
    async with dial(people["agent"]) as line:
        head = (await hello(line))["head"]
        await change(case)
        row = await frame(line, "row")

    assert row["seq"] > head
    assert set(row) == {"kind", "seq", "scope_head", "target", "facts", "html"}
    assert row["target"] == f"row-{case.number}"
    assert f'id="row-{case.number}"' in row["html"]


async def test_the_open_case_is_told_of(dial, people, case):
    async with dial(people["agent"]) as line:
        await hello(line, case=case.number)
        await change(case)
        assert (await frame(line, "case"))["facts"]["number"] == case.number
        await line.send(json.dumps({"type": "case", "number": None}))
        await hello(line)
        await asyncio.sleep(0.2)
        await change(case)
        await frame(line, "row")
        assert (await frame(line))["kind"] == "beat"


async def test_other_teams_changes_do_not_arrive(dial, people, case, elsewhere):
    async with dial(people["agent"]) as line:
        await hello(line, case=elsewhere.number)
        await change(elsewhere)
        await change(case)
        told = await frame(line, "row")
        assert told["facts"]["ticket_id"] == case.pk


async def test_a_beat_comes_by_itself(dial, people):
    async with dial(people["agent"]) as line:
        await hello(line)
        assert (await frame(line))["kind"] == "beat"


async def test_who_sees_no_cases_stays_signed_in(dial, people):
    async with dial(people["privacy_officer"]) as line:
        await hello(line)
        for _ in range(3):
            assert (await frame(line))["kind"] == "beat"


def sign_out(user):
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


def switch_off(user):
    type(user).objects.filter(pk=user.pk).update(is_active=False)


def change_password(user):
    user.set_password("quite another long word")
    user.save()


def let_it_expire(user):
    from django.contrib.sessions.models import Session

    Session.objects.update(expire_date="2020-01-01T00:00Z")


@pytest.mark.parametrize("end", [sign_out, switch_off, change_password, let_it_expire])
async def test_a_session_that_ends_ends_its_line(dial, people, end):
    async with dial(people["agent"]) as line:
        await hello(line)
        await asyncio.to_thread(lambda: (end(people["agent"]), connection.close()))
        assert await closed(line) == (GONE, ["bye"])


async def test_a_team_that_is_left_is_heard_of_no_more(dial, people, case, written):
    from tickets.models import Membership

    async with dial(people["agent"]) as line:
        await hello(line)
        await still_works(line, case)
        await asyncio.to_thread(lambda: (Membership.objects.all().delete(), connection.close()))
        for _ in range(2):
            await frame(line, "beat")
        await change(case)
        kinds = {(await frame(line))["kind"] for _ in range(2)}
        assert kinds == {"beat"}


async def test_lost_access_that_is_told_ends_the_frames_before_the_next_beat(dial, people, case):
    from core.events import emit
    from core.users.events import AccessChanged
    from tickets.models import Membership

    def lose():
        try:
            with transaction.atomic():
                Membership.objects.all().delete()
                emit(AccessChanged([people["agent"].pk]))
        finally:
            connection.close()

    async with dial(people["agent"]) as line:
        await hello(line)
        await still_works(line, case)
        await frame(line, "beat")  # nearly a second until the next one
        await asyncio.to_thread(lose)
        await change(case)
        assert {(await frame(line))["kind"] for _ in range(2)} == {"beat"}


async def test_who_opens_and_types_is_told_to_colleagues_and_gone_when_the_line_breaks(dial, people, case):
    async with dial(people["lead"]) as watching:
        await hello(watching)
        line = await dial(people["agent"])
        await hello(line, case=case.number)
        assert (await company(watching, case)) == [("views", "")]
        for mode, shown in (("note", ("types", "note")), ("", ("views", "")), ("nonsense", None), ("private", None)):
            await line.send(json.dumps({"type": "typing", "number": case.number, "mode": mode}))
            if shown:
                assert (await company(watching, case)) == [shown]
        assert (await company(watching, case)) == [("types", "private")]
        line.transport.abort()
        assert (await company(watching, case)) == []


async def test_nobody_is_said_to_be_at_a_case_they_may_not_see(dial, people, elsewhere):
    async with dial(people["lead"]) as watching, dial(people["agent"]) as line:
        await hello(watching)
        await hello(line, case=elsewhere.number)
        await line.send(json.dumps({"type": "typing", "number": elsewhere.number, "mode": "public"}))
        kinds = {(await frame(watching))["kind"] for _ in range(3)}
        assert "beat" in kinds
        assert "presence" not in kinds


async def company(line, case):
    facts = (await frame(line, "presence"))["facts"]
    assert facts["number"] == case.number
    return [(person["doing"], person["mode"]) for person in facts["people"]]


async def test_a_reply_that_can_be_undone_is_offered_again_to_its_writer_alone(dial, people, case):
    import uuid

    from connectors.operations.replying import queue_reply
    from core.clock import now

    def answer():
        try:
            return queue_reply(actor=people["agent"], ticket_id=case.pk, visibility="public", text="Hei", now=now(),
                               thread_id=case.ticket_threads.get().thread_id, client_key=uuid.uuid4(),
                               undo_seconds=60)  # fmt: skip
        finally:
            connection.close()

    message = await asyncio.to_thread(answer)
    async with dial(people["agent"]) as line, dial(people["lead"]) as other:
        await hello(line)
        told = (await frame(line, "undo"))["facts"]
        assert (told["number"], told["message_id"]) == (case.number, message.pk)
        await hello(other)
        kinds = {(await frame(other))["kind"] for _ in range(3)}
        assert "beat" in kinds
        assert "undo" not in kinds


GARBAGE = [
    "", "{", "null", "[]", "7", '"hello"', "[" * 4000, "{}", '{"type": 1}',
    '{"type": "typing"}', '{"type": "typing", "mode": {}}', '{"type": "here"}', '{"type": ["hello"]}',
    '{"type": "hello", "case": "x"}', '{"type": "case", "number": 1e400}', '{"type": "case", "number": true}',
    '{"type": "case", "number": 99999999999999999999999999}', '{"type": "case", "number": -1}', "\u0000", "x" * 60_000,
    b"\xff\xfe\x00", b"",
]  # fmt: skip


async def test_garbage_is_survived(dial, people, case):
    async with dial(people["agent"]) as line:
        for words in GARBAGE:
            await line.send(words)
        await hello(line)
        await still_works(line, case)


async def test_a_frame_far_too_large_ends_only_its_own_line(dial, people, case):
    async with dial(people["agent"]) as calm, dial(people["lead"]) as line:
        await hello(calm)
        await hello(line)
        await line.send("x" * 200_000)
        assert (await closed(line))[0] == 1009
        await still_works(calm, case)


async def test_text_that_is_no_text_ends_only_its_own_line(dial, people, case):
    async with dial(people["agent"]) as calm:
        async with dial(people["lead"]) as line:
            await line.send(b"\xff\xff", text=True)
            assert (await closed(line))[0] == 1007
        await hello(calm)
        await still_works(calm, case)


async def test_lines_that_break_leave_the_others_alone(dial, people, case):
    async with dial(people["agent"]) as calm:
        await hello(calm)
        for _ in range(5):
            line = await dial(people["lead"])
            line.transport.abort()
        await still_works(calm, case)


def test_an_unknown_socket_address_is_refused(serve):
    async def go():
        with pytest.raises((InvalidStatus, ConnectionClosed)):
            async with connect(f"ws://127.0.0.1:{serve}/elsewhere/", origin=f"http://127.0.0.1:{serve}") as line:
                await line.recv()

    asyncio.run(go())


def test_pages_and_their_static_files_come_from_the_same_process(serve):
    with urllib.request.urlopen(f"http://127.0.0.1:{serve}/sign-in", timeout=10) as answer:
        html = answer.read().decode()
    styles = html.split('href="/static/css/tokens.')[1].split('"')[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{serve}/static/css/tokens.{styles}", timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/css")
        assert "immutable" in answer.headers["Cache-Control"]
