"""Writing through the simulated Graph API with the real facebook-sdk, and what of it comes back as webhooks."""

from __future__ import annotations

import json

import pytest
import requests


def test_a_reply_stands_on_the_page_and_echoes(page, receiver):
    comment = page.write("Missä tilaus?")
    answer = page.graph.put_object(comment, "comments", message="Hei Aino, katsotaan heti! 🙂")

    (_, echo) = receiver.wait(2)
    standing = {row["id"]: row for row in page.comments()}[answer["id"]]
    assert standing["message"] == "Hei Aino, katsotaan heti! 🙂"
    assert standing["parent_id"] == comment
    assert standing["from"] == {"id": page.id, "name": "Havbris"}
    assert (echo["comment_id"], echo["parent_id"], echo["verb"]) == (answer["id"], comment, "add")
    assert echo["from"]["id"] == page.id


def test_a_reply_to_a_reply_lands_below_the_root(page):
    root = page.write("Rot")
    reply = page.write("Svar", parent_id=root)

    made = page.graph.put_object(reply, "comments", message="Takk!")["id"]

    assert {row["id"]: row["parent_id"] for row in page.comments()}[made] == root


def test_a_reply_to_a_post_is_a_root_comment(page):
    post = page.newest_post()

    made = page.graph.put_object(post, "comments", message="Til alle: feilen er rettet.")["id"]

    assert {row["id"]: row["parent_id"] for row in page.comments()}[made] == post


def test_only_our_own_words_can_be_edited(page, receiver):
    comment = page.write()
    own = page.graph.put_object(comment, "comments", message="Hai")["id"]

    assert page.graph.request(f"v26.0/{own}", post_args={"message": "Hei"}) == {"success": True}
    refused = page.refused(lambda: page.graph.request(f"v26.0/{comment}", post_args={"message": "Ha!"}))

    assert refused["code"] == 200
    assert [row["message"] for row in page.comments()] == ["Missä tilaus?", "Hei"]
    edited = receiver.wait(3)[2]
    assert (edited["verb"], edited["message"], edited["from"]["id"]) == ("edited", "Hei", page.id)


def test_hide_and_unhide_tell_and_own_comments_cannot_be_hidden(page, receiver):
    comment = page.write()
    own = page.graph.put_object(comment, "comments", message="Hei")["id"]

    page.graph.request(f"v26.0/{comment}", post_args={"is_hidden": "true"})
    hidden = page.comments()[0]["is_hidden"]
    page.graph.request(f"v26.0/{comment}", post_args={"is_hidden": "true"})  # again: nothing changes, nothing is told
    page.graph.request(f"v26.0/{comment}", post_args={"is_hidden": "false"})

    assert hidden is True
    assert page.comments()[0]["is_hidden"] is False
    assert [value["verb"] for value in receiver.wait(4)] == ["add", "add", "hide", "unhide"]
    assert page.refused(lambda: page.graph.request(f"v26.0/{own}", post_args={"is_hidden": "true"}))["code"] == 100
    pythons = page.refused(lambda: page.graph.request(f"v26.0/{comment}", post_args={"is_hidden": True}))
    assert pythons["code"] == 100  # the SDK sends Python's True as the text "True"


def test_delete_takes_the_replies_along_and_then_all_is_gone(page, receiver):
    comment = page.write()
    reply = page.write("Samma här", parent_id=comment)

    assert page.graph.delete_object(comment) == {"success": True}

    assert page.comments() == []
    removal = receiver.wait(3)[2]
    assert (removal["verb"], removal["comment_id"]) == ("remove", comment)
    assert not {"message", "created_time"} & set(removal)
    for call in (
        lambda: page.graph.delete_object(comment),
        lambda: page.graph.get_object(reply),
        lambda: page.graph.put_object(reply, "comments", message="?"),
        lambda: page.graph.put_like(comment),
    ):
        error = page.refused(call)
        assert (error["code"], error["error_subcode"]) == (100, 33)


def test_like_and_unlike_as_the_page(page, receiver):
    comment = page.write()

    assert page.graph.put_like(comment) == {"success": True}
    liked = page.graph.get_object(comment, fields="like_count,user_likes")
    page.graph.request(f"v26.0/{comment}/likes", method="DELETE")

    assert (liked["like_count"], liked["user_likes"]) == (1, True)
    assert page.ask("GET")["likes"] == []
    events = receiver.wait(3)[1:]
    assert [(e["item"], e["verb"], e["from"]["id"], e["comment_id"]) for e in events] == [
        ("reaction", "add", page.id, comment),
        ("reaction", "remove", page.id, comment),
    ]


def private(page, target, text="Hei! Lähetä tilausnumero tähän.", key="comment_id"):
    recipient, message = json.dumps({key: target}), json.dumps({"text": text})
    return page.graph.put_object(page.id, "messages", recipient=recipient, message=message)


def test_one_private_reply_per_comment(page):
    comment = page.write()

    answer = private(page, comment)

    kept = page.ask("GET")["private_replies"]
    assert [(row["object_id"], row["message_id"]) for row in kept] == [(comment, answer["message_id"])]
    assert answer["recipient_id"] == page.comments()[0]["from"]["id"]
    assert page.refused(lambda: private(page, comment))["code"] == 10900
    assert page.graph.get_object(answer["recipient_id"])["name"] == "Aino Kivisuvanto"  # now there is a conversation
    assert page.graph.get_object(comment, fields="can_reply_privately")["can_reply_privately"] is False


def test_private_reply_to_a_visitors_post_but_not_to_hidden_or_own_authors(page):
    post = page.ask("POST", "/posts", {"message": "Hei?", "person": "Jere Kuutamo"})["id"]
    own = page.graph.put_object(post, "comments", message="Hei!")["id"]

    assert private(page, post, key="post_id")["message_id"].startswith("m_")
    assert page.refused(lambda: private(page, page.write(person=None)))["code"] == 10903
    assert page.refused(lambda: private(page, own))["code"] == 10903


def test_after_seven_days_the_private_window_is_shut(started, registered, receiver):
    process = started()
    page = registered(process, receiver.url)
    old, older = page.write(), page.write()
    process.ask("POST", "/_sandbox/clock", {"advance_seconds": 7 * 86400 - 60})
    private(page, old)
    process.ask("POST", "/_sandbox/clock", {"advance_seconds": 120})

    error = page.refused(lambda: private(page, older))

    assert (error["code"], error["error_subcode"]) == (10, 2018278)


def test_our_own_post_and_its_duplicate(page, receiver):
    made = page.graph.put_object("me", "feed", message="Feilen er rettet.")["id"]

    assert page.refused(lambda: page.graph.put_object("me", "feed", message="Feilen er rettet."))["code"] == 506
    (event,) = receiver.wait(1)
    assert (event["item"], event["post_id"], event["from"]["id"]) == ("status", made, page.id)


@pytest.mark.parametrize("message", ["", "   ", "x" * 8001])
def test_empty_and_too_long_replies_are_refused(page, message):
    comment = page.write()

    assert page.refused(lambda: page.graph.put_object(comment, "comments", message=message))["code"] == 100
    assert len(page.comments()) == 1


def test_json_bodies_work_as_forms_do(page):
    comment = page.write()
    url = f"{page.process.url}/v26.0/{page.id}/messages"
    body = {"recipient": {"comment_id": comment}, "message": {"text": "Hei"}}

    answer = requests.post(url, json=body, headers={"Authorization": f"Bearer {page.token}"}, timeout=5)

    assert answer.json()["message_id"] == page.ask("GET")["private_replies"][0]["message_id"]


def test_without_a_subscription_nothing_arrives(page, receiver):
    assert page.graph.get_connections(page.id, "subscribed_apps")["data"][0]["subscribed_fields"] == ["feed", "mention"]
    page.graph.request(f"v26.0/{page.id}/subscribed_apps", method="DELETE")
    page.write("Kukaan ei kuule")
    silent = page.graph.get_connections(page.id, "subscribed_apps")["data"]

    page.graph.put_object(page.id, "subscribed_apps", subscribed_fields="feed")
    page.write("Nyt kuuluu")
    page.ask("POST", "/mentions", {"message": "ikke abonnert"})

    assert silent == []
    assert [value["message"] for value in receiver.wait(1)] == ["Nyt kuuluu"]
    bad = page.refused(lambda: page.graph.put_object(page.id, "subscribed_apps", subscribed_fields="hats"))
    assert bad["code"] == 100
