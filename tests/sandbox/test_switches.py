"""Each switch makes exactly its trouble, for as long as it is set, on its page only."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
import requests


@pytest.mark.parametrize("subcode", [460, 463, 467])
def test_dead_token(page, subcode):
    page.faults(token_dead=subcode)

    error = page.refused(lambda: page.graph.get_object("me"))
    assert (error["code"], error["error_subcode"], error["type"]) == (190, subcode, "OAuthException")

    page.faults(token_dead=None)
    assert page.graph.get_object("me")["id"] == page.id


def test_missing_scope_hits_only_what_needs_it(page):
    comment = page.write()
    page.faults(missing_scope="pages_manage_engagement")

    error = page.refused(lambda: page.graph.put_object(comment, "comments", message="Hei"))
    assert error["code"] == 200
    assert "(#200)" in error["message"]
    assert page.graph.get_object(comment)["id"] == comment

    page.faults(missing_scope=True)
    assert page.refused(lambda: page.graph.get_object(comment))["code"] == 200
    assert len(page.comments()) == 1


@pytest.mark.parametrize("code", [4, 32, 613])
def test_rate_limit_with_its_headers(page, code):
    page.faults(rate_limit=code)

    answer = requests.get(f"{page.process.url}/v26.0/me", params={"access_token": page.token}, timeout=5)

    assert answer.json()["error"]["code"] == code
    assert json.loads(answer.headers["X-App-Usage"])["call_count"] == 100
    business = json.loads(answer.headers["X-Business-Use-Case-Usage"])[page.id][0]
    assert (business["call_count"], business["estimated_time_to_regain_access"]) == (100, 12)


def test_transient_for_a_number_of_times(page):
    comment = page.write()
    page.faults(transient={"value": 2, "times": 2})

    for _ in range(2):
        error = page.refused(lambda: page.graph.put_object(comment, "comments", message="Hei"))
        assert (error["code"], error["is_transient"]) == (2, True)
    page.graph.put_object(comment, "comments", message="Hei")

    assert len(page.comments()) == 2
    assert page.ask("GET", "/faults")["transient"] is None


def test_html_500(page):
    page.faults(html_500=True)

    answer = requests.get(f"{page.process.url}/v26.0/me", params={"access_token": page.token}, timeout=5)

    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    with pytest.raises(Exception, match="Maintype was not text"):
        page.graph.get_object("me")


@pytest.mark.parametrize(("switch", "done"), [("timeout_after_effect", True), ("timeout_before_effect", False)])
@pytest.mark.parametrize(("how", "error"), [("drop", requests.ConnectionError), ("hang", requests.ReadTimeout)])
def test_no_answer_with_and_without_the_effect(page, receiver, switch, done, how, error):
    comment = page.write()
    page.graph.timeout = 0.3
    page.faults(**{switch: {"value": how, "times": 1}})

    with pytest.raises(error):
        page.graph.put_object(comment, "comments", message="Hei")

    assert len(page.comments()) == (2 if done else 1)
    assert len(receiver.wait(2 if done else 1)) == (2 if done else 1)  # the echo settles it
    page.graph.timeout = 2
    assert "id" in page.graph.put_object(comment, "comments", message="Hei igjen")


def test_reads_are_not_lost_by_the_write_switch(page):
    page.faults(timeout_after_effect="drop")

    assert page.graph.get_object("me")["id"] == page.id


def test_lost_webhooks_leave_the_thing_standing(page, receiver):
    page.faults(drop_webhooks=True)
    page.write("Kukaan ei kerro")
    page.faults(drop_webhooks=None)
    page.write("Tämä kerrotaan")

    assert [value["message"] for value in receiver.wait(1)] == ["Tämä kerrotaan"]
    assert len(page.comments()) == 2


def test_duplicates_are_the_same_bytes(page, receiver):
    page.faults(duplicate_webhooks=2)
    page.write()

    receiver.wait(3)
    assert len(set(receiver.raw)) == 1


def test_reordered_webhooks_all_come(page, receiver):
    page.faults(reorder_webhooks=0.4)
    written = [page.write(str(number)) for number in range(12)]

    seen = [value["comment_id"] for value in receiver.wait(12)]
    assert sorted(seen) == sorted(written)
    assert seen != written


def test_delay_holds_events_back(page, receiver):
    page.faults(delay_webhooks={"value": 0.5, "times": 1})
    page.write("sein")
    page.write("gleich")

    assert [value["message"] for value in receiver.wait(2)] == ["gleich", "sein"]


@pytest.mark.parametrize("how", ["wrong", "missing", "old"])
def test_signatures_that_are_not_right(page, receiver, registered, how):
    page.faults(wrong_signature={"value": how, "times": 1})
    page.write("a")
    receiver.wait(1)
    page.write("b")
    receiver.wait(2)

    assert receiver.signed == [False, True]
    assert (receiver.signatures[0] == "") == (how == "missing")


def test_the_old_signature_is_that_of_the_secret_before(page, receiver):
    body = {"name": "Havbris", "access_token": page.token, "app_secret": "newer", "verify_token": "verify-me"}
    page.ask("PUT", "", body | {"callback_url": receiver.url})
    page.faults(wrong_signature="old")
    page.write()

    receiver.wait(1)
    old = hmac.new(b"app-secret-of-the-test", receiver.raw[0], hashlib.sha256).hexdigest()
    assert receiver.signatures == ["sha256=" + old]


def test_unknown_switches_and_values_are_refused_and_change_nothing(page):
    page.faults(token_dead=True)

    for bad in ({"hats": True}, {"token_dead": 1}, {"delay_webhooks": "long"}, {"transient": {"times": 0}}):
        page.ask("PUT", "/faults", bad, status=422)

    switches = page.ask("GET", "/faults")
    assert {name: value for name, value in switches.items() if value is not None} == {"token_dead": 460}


def test_a_switch_is_of_one_page(page, registered, receiver):
    other = registered(page.process, receiver.url)
    page.faults(token_dead=True)

    assert other.graph.get_object("me")["id"] == other.id
    other.ask("DELETE")
