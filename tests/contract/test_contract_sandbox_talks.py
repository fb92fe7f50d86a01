"""Messenger and Instagram against the sandbox: what people write comes in, and what we send follows Meta's rules."""

import json
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from connectors.kit import errors, registry
from connectors.kit.base import Account, OutgoingFile, OutgoingPart, RawRequest, Secrets
from connectors.kit.http import TimeLimits, session_for
from connectors.kit.manifest import Action
from tests.contract.test_contract_sandbox import sandbox
from tickets.intake.items import HandoverItem, MessageItem, NamedItem, ReactionItem, ReceiptItem, StateItem

__all__ = ["sandbox"]
PAGE, IG, IG_OWN = "104000000000019", "17841400000000019", "17841400000000029"
SECRETS = Secrets("sandbox-secret", "sandbox-verify")
DAY = 24 * 3600


class Door:
    """Takes webhooks as the product does: handshake, signature over the raw bytes, the connector's own parse."""

    def __init__(self):
        self.bodies = []
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                challenge = parse_qs(urlsplit(self.path).query)["hub.challenge"][0].encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(challenge)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                door.bodies.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def items(self, platform, kind, count=1):
        """The items of a kind that have come so far; waits until there are `count`."""
        connector = registry.get(platform)
        until = time.monotonic() + 8
        while True:
            found = []
            for headers, body in list(self.bodies):
                raw = RawRequest("POST", headers, {}, body, datetime.now(UTC))
                connector.verify(raw, SECRETS)
                found += [item for item in connector.parse(raw) if isinstance(item, kind)]
            if len(found) >= count or time.monotonic() > until:
                return found
            time.sleep(0.02)


@pytest.fixture
def door():
    door = Door()
    yield door
    door.server.shutdown()
    door.server.server_close()


PLACES = {"messenger": (PAGE, "facebook"), "instagram": (IG, "facebook"), "instagram-own": (IG_OWN, "instagram")}


@pytest.fixture(params=PLACES)
def place(request, sandbox, door):
    """(platform, account): connected in the sandbox, its webhooks at the door."""
    account, login = PLACES[request.param]
    platform = request.param.partition("-")[0]
    token = "page-token" if login == "facebook" else "own-token"
    told = {"name": "Havbris", "app_secret": SECRETS.app_secret, "verify_token": SECRETS.verify_token,
            "access_token": token, "callback_url": door.url, "login": login}  # fmt: skip
    answer = sandbox.control("PUT", f"{platform}/pages/{account}", told)
    assert answer == {"verified": True}
    hosts = registry.get(platform).manifest.hosts
    session = session_for(hosts, sandbox.url, TimeLimits(connect=2, read=2))
    credentials = {"access_token": token, "login": login}
    yield platform, Account(account, credentials, SECRETS.app_secret, sandbox.url, session)
    session.close()
    wait_until_all_is_delivered(sandbox)


def wait_until_all_is_delivered(sandbox):
    """A door that closes too early leaves its echoes to the door of the next test."""
    until = time.monotonic() + 8
    while waiting := sandbox.control("GET", "state")["outbox"]["waiting"]:
        assert time.monotonic() < until, f"{waiting} events were not taken"
        time.sleep(0.02)


def write(sandbox, place, message, **more):
    platform, account = place
    words = {"person": "Aino K", "message": message, **more}
    return sandbox.control("POST", f"{platform}/pages/{account.external_id}/messages", words)


def part(person, text="Hei!", **more):
    facts = {"target_external_id": "m", "thread_root": person, "visibility": "private", **more}
    return OutgoingPart(kind="text", text=text, **facts)


def test_a_message_comes_in_and_the_answer_reaches_its_person(sandbox, door, place):
    platform, account = place
    made = write(sandbox, place, "Missä pakettini – æøå 🙂?")
    [item] = door.items(platform, MessageItem)
    assert (item.external_id, item.text, item.standby) == (made["id"], "Missä pakettini – æøå 🙂?", False)
    receipt = registry.get(platform).send(account, part(item.external_root, heard_at=item.at))
    assert receipt.recipient == made["person_id"]
    echo = door.items(platform, MessageItem, 2)[-1]
    assert (echo.external_id, echo.direction, echo.external_root) == (receipt.external_id, "out", item.external_root)


def test_what_happens_to_messages_is_told(sandbox, door, place):
    platform, account = place
    base = f"{platform}/pages/{account.external_id}"
    first, second = write(sandbox, place, "Ensin"), write(sandbox, place, "Sitten")
    sandbox.control("POST", f"{base}/messages/{first['id']}/reactions", {"emoji": "❤"})
    sandbox.control("POST", f"{base}/messages/{first['id']}/edit", {"message": "Ensin!"})
    sandbox.control("DELETE", f"{base}/messages/{second['id']}")
    registry.get(platform).send(account, part(first["person_id"]))
    sandbox.control("POST", f"{base}/read", {"person": "Aino K"})
    assert [item.external_id for item in door.items(platform, StateItem)] == [second["id"]]
    assert [item.reaction for item in door.items(platform, ReactionItem)] == ["❤"]
    assert door.items(platform, MessageItem, 3)[2].edited
    [read] = door.items(platform, ReceiptItem)
    assert (read.outcome, read.whole_thread) == ("read", platform == "messenger")


def test_we_take_the_conversation_over_and_hand_it_back(sandbox, door, place):
    platform, account = place
    person = write(sandbox, place, "Hei", person="Per H")["person_id"]
    sandbox.control("POST", f"{platform}/pages/{account.external_id}/standby", {"person": "Per H"})
    connector = registry.get(platform)
    for _ in range(2):  # twice changes nothing
        assert connector.moderate(account, Action.TAKE_OVER, person).external_id == person
    write(sandbox, place, "Er dere der?", person="Per H")
    connector.moderate(account, Action.HAND_BACK, person)
    write(sandbox, place, "Hallo?", person="Per H")
    told = [item.standby for item in door.items(platform, MessageItem, 3)]
    assert told == [False, False, True]


def test_another_program_takes_the_conversation_and_gives_it_back(sandbox, door, place):
    platform, account = place
    base = f"{platform}/pages/{account.external_id}"
    write(sandbox, place, "Hei")
    sandbox.control("POST", f"{base}/standby", {"person": "Aino K"})
    write(sandbox, place, "Oletko siellä?")
    sandbox.control("POST", f"{base}/standby", {"person": "Aino K", "standby": False})
    write(sandbox, place, "Kiitos")
    said = sorted(door.items(platform, MessageItem, 3), key=lambda item: item.at)  # a body has two arrays
    assert [(item.text, item.standby) for item in said] == [("Hei", False), ("Oletko siellä?", True), ("Kiitos", False)]
    assert [item.standby for item in door.items(platform, HandoverItem, 2)] == [True, False]


def test_a_file_goes_out_as_a_message_of_its_own(sandbox, door, place):
    platform, account = place
    person = write(sandbox, place, "Lähetä kuitti")["person_id"]
    file = OutgoingFile("kuitti ä.pdf", "application/pdf", b"%PDF-1.4 \x00\xff")
    receipt = registry.get(platform).send(account, replace(part(person), kind="attachment", text="", files=(file,)))
    echo = door.items(platform, MessageItem, 2)[-1]
    assert (echo.external_id, [a.kind for a in echo.attachments]) == (receipt.external_id, ["file"])


def test_the_windows_of_a_day_and_a_week_hold(sandbox, door, place):
    platform, account = place
    connector = registry.get(platform)
    person = write(sandbox, place, "Hei")["person_id"]
    [item] = door.items(platform, MessageItem)
    heard = item.at
    sandbox.control("POST", "clock", {"advance_seconds": 2 * DAY})
    with pytest.raises(errors.Rejected) as shut:
        connector.send(account, part(person, heard_at=None))
    later = replace(account, clock=lambda: datetime.fromtimestamp(heard.timestamp() + 2 * DAY, UTC))
    assert connector.send(later, part(person, heard_at=heard)).external_id
    sandbox.control("POST", "clock", {"advance_seconds": 6 * DAY})
    with pytest.raises(errors.Rejected) as over:
        connector.send(later, part(person, heard_at=heard))
    assert shut.value.reason is over.value.reason is errors.RejectReason.WINDOW_CLOSED


def test_the_limit_counts_as_the_platform_does(sandbox, door, place):
    platform, account = place
    person = write(sandbox, place, "Hei")["person_id"]
    longest = "x" * 2000 if platform == "messenger" else "ä" * 500
    assert registry.get(platform).send(account, part(person, longest)).external_id
    with pytest.raises(errors.Rejected) as refused:
        registry.get(platform).send(account, part(person, longest + "x"))
    assert refused.value.reason is errors.RejectReason.TOO_LONG


def test_nobody_and_somebody_who_left_cannot_be_written_to(sandbox, door, place):
    platform, account = place
    blocked = write(sandbox, place, "Hei", person="Blokkert Person")["person_id"]
    for person in ("999", blocked):
        with pytest.raises(errors.Rejected) as refused:
            registry.get(platform).send(account, part(person))
        assert refused.value.reason is errors.RejectReason.RECIPIENT_UNAVAILABLE


def whole_pass(connector, account):
    items, cursor, more = [], None, True
    while more:
        page = connector.poll(account, cursor)
        items, cursor, more = [*items, *page.items], json.loads(json.dumps(page.cursor)), page.more
        assert page.unreadable == ()
    return items


def test_a_poll_finds_messages_whose_hooks_were_lost_with_their_names(sandbox, door, place):
    platform, account = place
    faults = f"{platform}/pages/{account.external_id}/faults"
    sandbox.control("PUT", faults, {"drop_webhooks": 1.0})
    texts = {f"Kysymys {n}" for n in range(30)}
    for place_, text in enumerate(sorted(texts)):
        write(sandbox, place, text, person=f"Person{place_} Etternavn")
    sandbox.control("PUT", faults, {"drop_webhooks": None})
    found = [item for item in whole_pass(registry.get(platform), account) if isinstance(item, MessageItem)]
    mine = [item for item in found if item.text in texts]
    assert {item.text for item in mine} == texts
    assert all(item.author and item.author.name for item in mine)
    assert not [item for item in door.items(platform, MessageItem, 0) if item.text in texts]


def test_a_dropped_subscription_is_found_and_mended(sandbox, door, place):
    platform, account = place
    connector = registry.get(platform)
    connector.watch(account)
    assert connector.watch(account) is False

    host = "/graph.instagram.com" if account.credentials["login"] == "instagram" else ""
    requests.delete(f"{sandbox.url}{host}/v26.0/me/subscribed_apps",
                    headers={"Authorization": f"Bearer {account.credentials['access_token']}"}, timeout=5)  # fmt: skip
    assert connector.watch(account) is True
    assert connector.watch(account) is False


def test_a_token_of_one_host_is_unknown_at_the_other(sandbox, place):
    platform, account = place
    if platform == "messenger":
        pytest.skip("Messenger has one host")
    other = {"facebook": "instagram", "instagram": "facebook"}[account.credentials["login"]]
    with pytest.raises(errors.NeedsReconnect):
        registry.get(platform).poll(replace(account, credentials={**account.credentials, "login": other}), None)


@pytest.fixture
def commented(sandbox, door, place):
    """A comment on Instagram, as it came in."""
    platform, account = place
    if platform != "instagram":
        pytest.skip("comments are the sister's")
    words = {"person": "Pekka Virta", "message": "Missä vastaus? 😡"}
    sandbox.control("POST", f"instagram/pages/{account.external_id}/comments", words)
    [item] = door.items(platform, MessageItem)
    return item


def standing(sandbox, account):
    return {c["id"]: c for c in sandbox.control("GET", f"instagram/pages/{account.external_id}")["comments"]}


def test_a_comment_is_answered_hidden_and_deleted(sandbox, door, place, commented):
    platform, account = place
    connector = registry.get(platform)
    assert (commented.text, commented.author.handle) == ("Missä vastaus? 😡", "pekka.virta")
    answer = OutgoingPart(kind="text", text="Hei Pekka!", target_external_id=commented.external_id,
                          thread_root=commented.external_root)  # fmt: skip
    receipt = connector.send(account, answer)
    echo = door.items(platform, MessageItem, 2)[-1]
    assert (echo.external_id, echo.direction, echo.external_root) == (receipt.external_id, "out", commented.external_id)
    below = replace(answer, target_external_id=receipt.external_id)  # an answer to a reply goes to its comment
    assert connector.send(account, below).external_id
    for action, hidden in ((Action.HIDE, True), (Action.HIDE, True), (Action.UNHIDE, False)):
        connector.moderate(account, action, commented.external_id)
        assert standing(sandbox, account)[commented.external_id]["is_hidden"] is hidden
    connector.moderate(account, Action.DELETE, commented.external_id)
    with pytest.raises(errors.Rejected) as gone:
        connector.send(account, answer)
    assert gone.value.reason is errors.RejectReason.TARGET_GONE


def test_a_comment_is_answered_in_private_once_and_the_talk_goes_on(sandbox, door, place, commented):
    platform, account = place
    connector = registry.get(platform)
    private = OutgoingPart(kind="text", text="Lähetä numerosi", target_external_id=commented.external_id,
                           visibility="private")  # fmt: skip
    receipt = connector.send(account, private)
    assert receipt.recipient == commented.author.external_id
    with pytest.raises(errors.Rejected) as again:
        connector.send(account, private)
    assert again.value.reason is errors.RejectReason.ALREADY_ANSWERED
    write(sandbox, place, "4711", person="Pekka Virta")
    said = door.items(platform, MessageItem, 3)[-1]
    assert (said.text, said.external_root) == ("4711", receipt.recipient)


def test_a_mention_is_named_read_and_answered(sandbox, door, place, commented):
    platform, account = place
    connector = registry.get(platform)
    words = {"person": "Liv Berg", "message": "@havbris hva nå?", "item": "comment"}
    sandbox.control("POST", f"instagram/pages/{account.external_id}/mentions", words)
    [named] = door.items(platform, NamedItem)
    [read] = connector.read(account, named.external_id)
    assert (read.kind, read.text, read.author.handle) == ("mention", "@havbris hva nå?", "liv.berg")
    answer = OutgoingPart(kind="text", text="Hei Liv", target_external_id=named.external_id,
                          thread_root=named.external_id)  # fmt: skip
    assert connector.send(account, answer).external_id


def test_a_story_mention_comes_in_private_and_a_page_tells_who_somebody_is(sandbox, door, place):
    platform, account = place
    made = write(sandbox, place, "", kind="story_mention", media="https://lookaside.example/s")
    [item] = door.items(platform, MessageItem)
    assert (item.kind, item.text, item.attachments[0].url) == ("mention", "", "https://lookaside.example/s")
    told = registry.get(platform).profile(account, made["person_id"])
    assert told.name == "Aino K"
    assert registry.get(platform).profile(account, "999") is None


def test_an_own_token_is_renewed(place):
    platform, account = place
    if account.credentials["login"] != "instagram":
        with pytest.raises(errors.NeedsReconnect):
            registry.get(platform).refresh(account)
        return
    fresh = registry.get(platform).refresh(account)
    assert fresh["access_token"] == "own-token"
    assert datetime.fromtimestamp(int(fresh["expires_at"]), UTC) > datetime.now(UTC)
