"""What the sandbox delivers: every kind of event, signed, escaped, retried, and kept over a kill."""

from __future__ import annotations

import json

import pytest


def test_bodies_are_ascii_with_escaped_slashes_and_rightly_signed(page, receiver):
    page.write("Ääkköset 😀 ja http://example.com/polku", person="Åse Marie Storbekk")

    (value,) = receiver.wait(1)
    (raw,) = receiver.raw
    assert receiver.signed == [True]
    assert value["message"] == "Ääkköset 😀 ja http://example.com/polku"
    assert raw.isascii()
    assert b"\\u00c4\\u00e4kk\\u00f6set \\ud83d\\ude00" in raw
    assert b"http:\\/\\/example.com\\/polku" in raw
    assert b"/" not in raw.replace(b"\\/", b"")
    entry = json.loads(raw)["entry"][0]
    assert (json.loads(raw)["object"], entry["id"], type(entry["time"])) == ("page", page.id, int)


def test_comment_events(page, receiver):
    post = page.newest_post()
    root = page.write("Rot", post_id=post)
    reply = page.write("Svar", parent_id=root)
    page.ask("POST", f"/comments/{reply}/edit", {"message": "Svar 2"})
    page.ask("POST", f"/comments/{reply}/hide")
    page.ask("POST", f"/comments/{reply}/unhide")
    page.ask("DELETE", f"/comments/{reply}")

    seen = receiver.wait(6)
    assert [(value["verb"], value["comment_id"], value["parent_id"]) for value in seen] == [
        ("add", root, post),
        ("add", reply, root),
        ("edited", reply, root),
        ("hide", reply, root),
        ("unhide", reply, root),
        ("remove", reply, root),
    ]
    assert {value["post_id"] for value in seen} == {post}
    assert seen[2]["message"] == "Svar 2"
    assert seen[3]["from"]["id"] == page.id
    assert not {"message", "created_time"} & set(seen[5])
    assert {change["field"] for change in receiver.changes()} == {"feed"}


@pytest.mark.parametrize(
    ("item", "key"), [("status", None), ("photo", "photo_id"), ("video", "video_id"), ("share", "share_id")]
)
def test_post_events(page, receiver, item, key):
    made = page.ask("POST", "/posts", {"message": "Katso", "person": "Onni Peuranen", "item": item})["id"]
    page.ask("POST", f"/posts/{made}/edit", {"message": "Katso nyt", "verb": "edit"})
    page.ask("POST", f"/posts/{made}/edit", {"message": "Katso nyt!"})
    page.ask("DELETE", f"/posts/{made}")

    seen = receiver.wait(4)
    assert [(value["item"], value["verb"], value["post_id"]) for value in seen] == [
        (item, verb, made) for verb in ("add", "edit", "edited", "remove")
    ]
    assert [value.get("message") for value in seen] == ["Katso", "Katso nyt", "Katso nyt!", None]
    assert key is None or key in seen[0]


def test_a_removed_post_tells_nothing_of_its_comments(page, receiver):
    post = page.ask("POST", "/posts", {"message": "Hei", "person": "Onni Peuranen"})["id"]
    page.write("Samma", post_id=post)
    page.ask("DELETE", f"/posts/{post}")

    assert [value["item"] for value in receiver.wait(3)] == ["status", "comment", "status"]
    assert page.comments() == []


def test_reactions_likes_mentions_and_the_unknown(page, receiver):
    comment = page.write()
    page.ask("POST", "/reactions", {"object_id": comment, "type": "haha", "person": "Ib Strandager"})
    page.ask("POST", "/reactions", {"object_id": comment, "verb": "remove", "person": "Ib Strandager"})
    page.ask("POST", "/reactions", {"item": "like", "person": "Ib Strandager"})
    page.ask("POST", "/mentions", {"message": "Hva med Havbris?", "person": "Roar Vestmoen"})
    page.ask("POST", "/mentions", {"message": "Prøv Havbris", "item": "comment"})
    page.ask("POST", "/unknown")

    seen = receiver.wait(7)[1:]
    assert [(v["item"], v["verb"]) for v in seen] == [
        ("reaction", "add"),
        ("reaction", "remove"),
        ("like", "add"),
        ("post", "add"),
        ("comment", "add"),
        ("hologram", "shimmer"),
    ]
    assert seen[0]["reaction_type"] == "haha"
    assert [change["field"] for change in receiver.changes()][4:] == ["mention", "mention", "feed"]
    assert not any("from" in mention for mention in seen[3:5])  # must be fetched
    fetched = page.graph.get_object(seen[4]["comment_id"], fields="from,message")
    assert fetched["message"] == "Prøv Havbris"


def test_a_wrong_handshake_is_told_and_the_earlier_address_stays(page, receiver):
    body = {"name": "Havbris", "access_token": page.token, "app_secret": "app-secret-of-the-test"}
    body |= {"verify_token": "wrong", "callback_url": receiver.url}

    assert page.ask("PUT", "", body) == {"verified": False}
    nowhere = body | {"verify_token": "verify-me", "callback_url": "http://127.0.0.1:9/hook"}
    assert page.ask("PUT", "", nowhere) == {"verified": False}

    page.write()
    assert len(receiver.wait(1)) == 1


def test_registering_twice_changes_nothing(page, registered, receiver):
    page.write()
    again = registered(page.process, receiver.url, page.id)

    assert len(again.comments()) == 1
    assert len(again.ask("GET")["posts"]) == 8


def test_what_a_dead_receiver_missed_comes_after_its_return(page, receiver, eventually):
    receiver.status = 503
    written = [page.write(f"nro {number}") for number in range(3)]
    eventually(lambda: page.process.ask("GET", "/_sandbox/state")["outbox"]["waiting"] >= 3)
    receiver.status = 200

    assert sorted(value["comment_id"] for value in receiver.wait(3)) == sorted(written)


def test_after_36_hours_it_gives_up(started, registered, receiver, eventually):
    process = started()
    page = registered(process, receiver.url)
    receiver.status = 500
    page.write()
    process.ask("POST", "/_sandbox/clock", {"advance_seconds": 35 * 3600})
    eventually(lambda: process.ask("GET", "/_sandbox/state")["outbox"]["waiting"] == 1)
    process.ask("POST", "/_sandbox/clock", {"advance_seconds": 3601})

    eventually(lambda: process.ask("GET", "/_sandbox/state")["outbox"]["given_up"] == 1)
    assert process.ask("GET", "/_sandbox/state")["outbox"]["waiting"] == 0


def test_the_outbox_survives_a_killed_sandbox(started, registered, new_receiver):
    receiver = new_receiver()
    process = started()
    page = registered(process, receiver.url)
    receiver.status = 503
    written = {page.write(f"nro {number}") for number in range(12)}
    process.kill()
    receiver.status = 200

    again = started()

    assert again.url == process.url  # the same port
    assert {value["comment_id"] for value in receiver.wait(12)} == written
    assert set(receiver.signed) == {True}
    assert len(page.comments()) == 12


def test_two_pages_of_one_app_may_share_a_body(page, registered, receiver):
    other = registered(page.process, receiver.url)
    receiver.status = 503
    page.write("A"), other.write("B"), page.write("C")
    receiver.status = 200

    receiver.wait(3)
    routed = {entry["id"] for raw in receiver.raw for entry in json.loads(raw)["entry"]}
    assert routed == {page.id, other.id}
    other.ask("DELETE")


def test_a_kill_in_full_swing_loses_no_event(started, registered, receiver, eventually):
    process = started()
    page = registered(process, receiver.url)
    process.ask("POST", "/_sandbox/simulate", {"platform": "facebook", "rate": 30_000, "minutes": 1})
    eventually(lambda: len(receiver.values()) > 150)
    process.kill()

    started()

    eventually(lambda: process.ask("GET", "/_sandbox/state")["outbox"]["waiting"] == 0)
    told = {value.get("comment_id") for value in receiver.values()}
    standing = {comment["id"] for comment in page.comments()}
    assert len(standing) > 50
    assert standing <= told
    assert process.ask("GET", "/_sandbox/simulate/1")["done"] is True
