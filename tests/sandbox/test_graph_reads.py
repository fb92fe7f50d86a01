"""Reading the simulated Graph API with the real facebook-sdk and with plain HTTP."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from sandbox.facebook.errors import GraphError
from sandbox.facebook.fields import parse_fields


def proof(token, secret="app-secret-of-the-test"):
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def test_the_page_is_found_by_id_and_as_me(page):
    found = page.graph.get_object(page.id, fields="name,username,link,fan_count,is_webhooks_subscribed")

    assert found["id"] == page.id
    assert found["name"] == "Havbris"
    assert found["is_webhooks_subscribed"] is True
    assert page.graph.get_object("me") == {"id": page.id, "name": "Havbris"}


def test_seeded_posts_stand_in_four_languages_newest_first(page, receiver):
    posts = page.graph.get_connections(page.id, "published_posts", fields="id,message,from,created_time")["data"]

    assert len(posts) == 8
    assert [post["created_time"] for post in posts] == sorted((p["created_time"] for p in posts), reverse=True)
    assert {post["from"]["id"] for post in posts} == {page.id}
    assert receiver.raw == []  # the past makes no events


def test_paging_through_all_finds_each_comment_once_in_order(page):
    post = page.newest_post()
    written = [page.write(f"Kommentti {number}", post_id=post) for number in range(23)]
    page.ask("DELETE", f"/comments/{written[4]}")

    found = list(page.graph.get_all_connections(post, "comments", filter="stream", limit=5))

    assert [comment["id"] for comment in found] == [id_ for id_ in written if id_ != written[4]]


def test_a_page_of_results_may_be_short_and_still_have_a_next_one(page):
    post = page.newest_post()
    written = [page.write(f"Rad {number}", post_id=post) for number in range(6)]
    for comment in written[:3]:
        page.ask("DELETE", f"/comments/{comment}")

    first = page.graph.get_connections(post, "comments", limit=3)

    assert first["data"] == []
    assert "access_token=" in first["paging"]["next"]
    followed = requests.get(first["paging"]["next"], timeout=5).json()
    assert [comment["id"] for comment in followed["data"]] == written[3:]
    assert "next" not in followed["paging"]
    back = requests.get(followed["paging"]["previous"], timeout=5).json()
    assert back["paging"]["cursors"] == first["paging"]["cursors"]


def test_feed_pages_too(page):
    ids = [post["id"] for post in page.graph.get_all_connections("me", "feed", limit=3)]

    assert len(ids) == len(set(ids)) == 8


def test_filter_order_and_summary(page):
    post = page.newest_post()
    root = page.write("Rot", post_id=post)
    reply = page.write("Svar", parent_id=root)
    later = page.write("Senere", post_id=post)

    toplevel = page.graph.get_connections(post, "comments", summary="true")
    stream = page.graph.get_connections(post, "comments", filter="stream", order="reverse_chronological")
    replies = page.graph.get_connections(root, "comments")

    assert [comment["id"] for comment in toplevel["data"]] == [root, later]
    assert toplevel["summary"] == {"order": "chronological", "total_count": 2, "can_comment": True}
    assert [comment["id"] for comment in stream["data"]] == [later, reply, root]
    assert [comment["id"] for comment in replies["data"]] == [reply]


def test_since_and_until_cut_by_time(page):
    now = int(time.time())
    kept = page.graph.get_connections(page.id, "feed", since=now - 3 * 86400 - 7200)["data"]
    older = page.graph.get_connections(page.id, "feed", until=now - 3 * 86400 - 7200)["data"]

    assert (len(kept), len(older)) == (4, 4)  # one seeded post a day, the newest an hour ago


def test_nested_fields_with_modifiers(page):
    post = page.newest_post()
    root = page.write("Hei", person="Kari Solvang Myhre", post_id=post)
    page.write("En til", post_id=post)
    page.write("Svar", parent_id=root)

    wanted = "id,comments.limit(1).order(chronological){id,from{name},parent,comment_count,comments{message}}"
    found = page.graph.get_object(post, fields=wanted)

    comments = found["comments"]["data"]
    assert len(comments) == 1
    assert comments[0]["from"] == {"name": "Kari Solvang Myhre"}
    assert comments[0]["comment_count"] == 1
    assert "parent" not in comments[0]
    assert [reply["message"] for reply in comments[0]["comments"]["data"]] == ["Svar"]
    assert "next" in found["comments"]["paging"]


def test_one_comment_with_its_abilities(page):
    comment = page.write("Ödön ärtyi", media="https://example.com/kuva.jpg")
    wanted = "message,can_hide,can_reply_privately,is_hidden,like_count,attachment,object,permalink_url,created_time"

    found = page.graph.get_object(comment, fields=wanted)

    assert found["message"] == "Ödön ärtyi"
    assert (found["can_hide"], found["can_reply_privately"], found["is_hidden"]) == (True, True, False)
    assert found["attachment"]["media"]["image"]["src"] == "https://example.com/kuva.jpg"
    assert found["created_time"].endswith("+0000")
    assert found["permalink_url"] == f"{page.process.url}/facebook/{page.id}#i{comment}"


def test_a_hidden_author_leaves_no_from(page):
    comment = page.write(person=None)

    assert "from" not in page.graph.get_object(comment)


def test_visitor_posts_and_tagged_stand_apart(page):
    visited = page.ask("POST", "/posts", {"message": "Moi!", "person": "Onni Peuranen"})["id"]
    tagged = page.ask("POST", "/mentions", {"message": "Kolla Havbris", "person": "Saga Norrängen"})["post_id"]

    assert [post["id"] for post in page.graph.get_connections(page.id, "visitor_posts")["data"]] == [visited]
    assert [post["id"] for post in page.graph.get_connections(page.id, "tagged")["data"]] == [tagged]
    assert visited in [post["id"] for post in page.graph.get_connections(page.id, "feed")["data"]]


def test_the_same_name_is_the_same_person_with_an_id_too_big_for_javascript(page):
    first, second = page.write(person="Aino Kivisuvanto"), page.write(person="Aino Kivisuvanto")
    by_id = {comment["id"]: comment for comment in page.comments()}

    assert by_id[first]["from"] == by_id[second]["from"]
    assert int(by_id[first]["from"]["id"]) > 2**53


@pytest.mark.parametrize(
    ("path", "code", "subcode"),
    [
        ("1_2", 100, 33),
        ("me/ratings", 12, None),
        ("me/hats", 100, None),
        ("me?fields=hat", 100, None),
        ("me?fields=name,feed{", 2500, None),
        ("me/feed?limit=none", 100, None),
        ("me/feed?after=%%%", 100, None),
        ("me/a/b", 2500, None),
    ],
)
def test_what_is_not_there_answers_its_code(page, path, code, subcode):
    answer = requests.get(
        f"{page.process.url}/v26.0/{path}", headers={"Authorization": f"Bearer {page.token}"}, timeout=5
    )

    error = answer.json()["error"]
    assert answer.status_code == 400
    assert (error["code"], error.get("error_subcode")) == (code, subcode)


def test_tokens_in_query_form_and_header_and_wrong_ones(page):
    url = f"{page.process.url}/v26.0/me"

    assert requests.get(url, params={"access_token": page.token}, timeout=5).json()["id"] == page.id
    assert requests.get(url, timeout=5).json()["error"]["code"] == 104
    assert requests.get(url, params={"access_token": "nobody's"}, timeout=5).json()["error"]["code"] == 190
    right = {"access_token": page.token, "appsecret_proof": proof(page.token)}
    assert requests.get(url, params=right, timeout=5).json()["id"] == page.id
    wrong = {"access_token": page.token, "appsecret_proof": proof(page.token, "other")}
    assert requests.get(url, params=wrong, timeout=5).json()["error"]["code"] == 100


def test_another_pages_objects_are_not_visible(page, registered, receiver):
    comment = page.write()
    other = registered(page.process, receiver.url)

    assert other.refused(lambda: other.graph.get_object(comment))["error_subcode"] == 33
    other.ask("DELETE")


def test_headers_tell_version_and_usage(page):
    old = requests.get(f"{page.process.url}/v3.1/me", params={"access_token": page.token}, timeout=5)

    assert page.graph.get_version() == "26.0"
    assert old.headers["facebook-api-version"] == "v21.0"  # a dead version is silently answered by a living one
    assert json.loads(old.headers["X-App-Usage"]).keys() == {"call_count", "total_time", "total_cputime"}
    assert json.loads(old.headers["X-Business-Use-Case-Usage"])[page.id][0]["type"] == "pages"


def test_debug_token_tells_life_and_scopes(page):
    ask = page.graph.debug_access_token
    alive = ask(page.token, "1200000000000001", "app-secret-of-the-test")["data"]
    unknown = ask("never-given", "1200000000000001", "app-secret-of-the-test")["data"]
    page.faults(token_dead=463, missing_scope="pages_messaging")
    dead = ask(page.token, "1200000000000001", "app-secret-of-the-test")["data"]

    assert (alive["is_valid"], alive["profile_id"], "pages_messaging" in alive["scopes"]) == (True, page.id, True)
    assert unknown["is_valid"] is False
    assert (dead["is_valid"], dead["error"]["subcode"], "pages_messaging" in dead["scopes"]) == (False, 463, False)


@given(st.text(alphabet="abc_,.{}() 1é", max_size=30))
def test_any_field_list_is_read_or_refused(text):
    try:
        parse_fields(text)
    except GraphError as error:
        assert error.code == 2500  # noqa: PT017 -- the other outcome is as good


def test_field_lists_make_a_tree():
    (first, second) = parse_fields("id, comments.limit(2).filter(stream){from{id}}")

    assert (first.name, first.below) == ("id", None)
    assert second.modifiers == {"limit": "2", "filter": "stream"}
    assert second.below is not None
    assert second.below[0].name == "from"
