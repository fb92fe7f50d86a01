"""What only Facebook does: its poll plan, private replies, profiles, and how calls prove who makes them."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.kit.base import OutgoingPart
from connectors.kit.errors import NeedsReconnect, OutcomeUnknown, Rejected, RejectReason, RetryLater
from connectors.kit.manifest import Action

PLATFORM = "facebook"
PAGE = "104000000000001"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = 3600


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def whole_pass(case, account, cursor=None):
    pages = [case.connector.poll(account, cursor)]
    while pages[-1].more:
        pages.append(case.connector.poll(account, pages[-1].cursor))
    return pages


def asked(fake) -> list[tuple[str, int, str]]:
    """(edge, since as hours before NOW, after) of each read, in order."""
    return [
        (
            call.path.removeprefix("/v26.0/"),
            (seconds(NOW) - int(call.query["since"])) // HOUR,
            call.query.get("after", ""),
        )
        for call in fake.calls
    ]


def text_part(**facts) -> OutgoingPart:
    return OutgoingPart(kind="text", text="Hei", **facts)


def test_a_first_pass_reads_two_weeks_and_then_each_recent_post(case, fake, account):
    whole_pass(case, account)
    assert asked(fake) == [
        (f"{PAGE}/feed", 336, ""),
        (f"{PAGE}/feed", 336, "F1"),
        (f"{PAGE}/tagged", 336, ""),
        (f"{PAGE}_130/comments", 336, ""),
        (f"{PAGE}_122/comments", 336, ""),
        (f"{PAGE}_122/comments", 336, "C1"),
        (f"{PAGE}_121/comments", 336, ""),
    ]
    assert {call.query["filter"] for call in fake.calls[3:]} == {"stream"}


def test_the_next_pass_reads_posts_since_the_newest_and_comments_since_the_start_less_an_hour(case, fake, account):
    cursor = whole_pass(case, account)[-1].cursor
    fake.calls.clear()
    whole_pass(case, account, cursor)
    newest_post_hours, started_hours, overlap = 2, 0, 1
    assert asked(fake)[0] == (f"{PAGE}/feed", newest_post_hours + overlap, "")
    assert asked(fake)[3] == (f"{PAGE}_130/comments", started_hours + overlap, "")


def test_an_interrupted_pass_keeps_its_start_for_the_comments(case, fake, account):
    first = case.connector.poll(account, None)
    later = replace(account, clock=lambda: NOW + timedelta(hours=9))
    last = whole_pass(case, later, first.cursor)[-1]
    assert last.cursor["comments_since"] == seconds(NOW) - HOUR


def test_posts_older_than_two_weeks_are_no_longer_read(case, fake, account):
    cursor = whole_pass(case, account)[-1].cursor
    fake.routes = [
        {"method": "GET", "path": f"/v26.0/{PAGE}/{edge}", "body": {"data": []}} for edge in ("feed", "tagged")
    ]
    fake.calls.clear()
    later = replace(account, clock=lambda: NOW + timedelta(days=15))
    pages = whole_pass(case, later, cursor)
    assert [call.path for call in fake.calls] == [f"/v26.0/{PAGE}/feed", f"/v26.0/{PAGE}/tagged"]
    assert pages[-1].cursor["posts"] == {}


def test_a_busy_page_keeps_the_newest_hundred_posts(case, fake, account):
    rows = [{"id": f"{PAGE}_{n}", "created_time": f"2026-11-20T{n // 60:02}:{n % 60:02}:00+0000"} for n in range(250)]
    fake.routes = [{"method": "GET", "path": f"/v26.0/{PAGE}/feed", "body": {"data": rows}}]
    page = case.connector.poll(account, None)
    assert sorted(page.cursor["posts"]) == sorted(f"{PAGE}_{n}" for n in range(150, 250))


def test_a_post_that_is_gone_is_passed_over_and_forgotten(case, fake, account):
    gone = {"error": {"code": 100, "error_subcode": 33}}
    fake.routes = [
        {"method": "GET", "path": f"/v26.0/{PAGE}_130/comments", "status": 400, "body": gone},
        *fake.routes,
    ]
    pages = whole_pass(case, account)
    assert [page.unreadable for page in pages] == [()] * 7
    assert set(pages[-1].cursor["posts"]) == {f"{PAGE}_122", f"{PAGE}_121"}


def test_a_post_that_is_refused_does_not_stop_the_pass(case, fake, account):
    refused = {"error": {"code": 100}}
    fake.routes = [
        {"method": "GET", "path": f"/v26.0/{PAGE}_130/comments", "status": 400, "body": refused},
        *fake.routes,
    ]
    pages = whole_pass(case, account)
    assert [path for page in pages for path in page.unreadable] == ["comments"]
    assert set(pages[-1].cursor["posts"]) == {f"{PAGE}_130", f"{PAGE}_122", f"{PAGE}_121"}


def test_a_place_in_the_paging_that_is_gone_begins_the_stage_anew_but_not_at_once(case, fake, account):
    first = case.connector.poll(account, None)
    fake.fault = {"status": 400, "body": {"error": {"code": 100}}}
    stopped = case.connector.poll(account, first.cursor)
    assert (stopped.items, stopped.more, stopped.cursor["stage"], stopped.cursor["after"]) == ((), False, "feed", "")
    fake.fault = None
    assert whole_pass(case, account, stopped.cursor)[0].items == first.items


def test_one_odd_element_is_left_out_and_reported(case, fake, account):
    rows = [{"id": f"{PAGE}_1", "created_time": "2026-11-20T10:00:00+0000"}, {"id": f"{PAGE}_2"}, {"id": []}]
    fake.routes = [{"method": "GET", "path": f"/v26.0/{PAGE}/feed", "body": {"data": rows}}]
    page = case.connector.poll(account, None)
    assert {item.external_id for item in page.items} == {f"{PAGE}_1"}
    assert page.unreadable == ("data.1.created_time", "data.2.id")


def test_an_empty_page_with_a_next_one_goes_on(case, fake, account):
    paging = {"cursors": {"after": "F9"}, "next": "https://graph.facebook.com/x?after=F9&access_token=t"}
    fake.routes = [{"method": "GET", "path": f"/v26.0/{PAGE}/feed", "body": {"data": [], "paging": paging}}]
    page = case.connector.poll(account, None)
    assert (page.items, page.more, page.cursor["stage"], page.cursor["after"]) == ((), True, "feed", "F9")


def test_a_cursor_of_another_version_starts_from_scratch(case, fake, account):
    fresh = case.connector.poll(account, None)
    assert case.connector.poll(account, {"version": 0, "stage": "unheard_of"}) == fresh


def test_calls_prove_the_app_and_hold_no_token_in_the_address(case, fake, account, secrets):
    app_secret, token = secrets
    proof = hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    for _, call in case.calls(account):
        call()
    assert {call.headers["authorization"] for call in fake.calls} == {f"Bearer {token}"}
    for call in fake.calls:
        assert "access_token" not in {**call.query, **call.form}
        assert (call.query if call.method in ("GET", "DELETE") else call.form)["appsecret_proof"] == proof
        assert call.path.startswith("/v26.0/")


def test_without_an_app_secret_there_is_no_proof(case, fake, account):
    case.connector.poll(replace(account, app_secret=""), None)
    assert "appsecret_proof" not in fake.calls[0].query


def test_missing_scopes_of_a_private_reply_are_named(case, fake, account):
    fake.fault = {"status": 403, "body": {"error": {"code": 200}}}
    with pytest.raises(NeedsReconnect) as missing:
        case.connector.send(account, text_part(target_external_id="122_887", visibility="private"))
    assert missing.value.missing == ("pages_messaging",)


@pytest.mark.parametrize("body", [{}, {"id": ""}, {"id": ["1"]}, {"success": True}])
def test_a_send_without_an_id_in_the_answer_is_unknown(case, fake, account, body):
    fake.fault = {"body": body}
    with pytest.raises(OutcomeUnknown):
        case.connector.send(account, text_part(target_external_id="122_887"))
    assert len(fake.calls) == 1


def test_a_receipt_bears_the_time_of_the_platform(case, fake, account):
    fake.fault = {"body": {"id": 122910}, "headers": {"Date": "Fri, 20 Nov 2026 11:58:30 GMT"}}
    receipt = case.connector.send(account, text_part(target_external_id="122_887"))
    assert receipt.external_id == "122910"
    assert receipt.at == datetime(2026, 11, 20, 11, 58, 30, tzinfo=UTC)
    fake.fault = {"body": {"id": "1_2"}, "headers": {"Date": "some day"}}
    assert case.connector.send(account, text_part(target_external_id="122_887")).at == NOW


def test_an_action_that_is_declined_is_rejected_and_an_odd_answer_repeated(case, fake, account):
    fake.fault = {"body": {"success": False}}
    with pytest.raises(Rejected) as declined:
        case.connector.moderate(account, Action.HIDE, "122_887")
    assert declined.value.reason is RejectReason.NOT_ALLOWED
    fake.fault = {"body": {"success": "maybe"}}
    with pytest.raises(RetryLater):
        case.connector.moderate(account, Action.HIDE, "122_887")


def test_usage_near_its_end_asks_for_a_pause(case, fake, account):
    fake.fault = {"body": {"data": []}, "headers": {"X-App-Usage": '{"call_count": 95}'}}
    assert case.connector.poll(account, None).pause_seconds == 900
    fake.fault = {"body": {"id": "1_2"}, "headers": {"X-App-Usage": '{"call_count": 20}'}}
    assert case.connector.send(account, text_part(target_external_id="122_887")).pause_seconds is None


def test_profiles_of_people_and_of_the_page(case, fake, account):
    fake.fault = {"body": {"name": "Aino Korhonen", "profile_pic": "https://scontent.example/a.jpg"}}
    person = case.connector.profile(account, "7100000000000001")
    assert (person.name, person.scope, person.avatar_url) == ("Aino Korhonen", PAGE, "https://scontent.example/a.jpg")
    fake.fault = {
        "body": {
            "name": "Pihlaja Oy",
            "username": "pihlaja",
            "link": "javascript:alert(1)",
            "picture": {"data": {"url": "https://scontent.example/p.jpg"}},
        }
    }
    page = case.connector.profile(account, PAGE)
    assert (page.name, page.handle, page.profile_url) == ("Pihlaja Oy", "pihlaja", "")
    assert page.avatar_url == "https://scontent.example/p.jpg"


@pytest.mark.parametrize("error", [{"code": 100, "error_subcode": 33}, {"code": 230}, {"code": 10}])
def test_a_person_facebook_does_not_tell_about_has_no_profile(case, fake, account, error):
    fake.fault = {"status": 400, "body": {"error": error}}
    assert case.connector.profile(account, "7100000000000001") is None
    with pytest.raises((Rejected, NeedsReconnect)):
        case.connector.profile(account, PAGE)


def test_a_dead_token_is_told_even_when_asking_for_a_person(case, fake, account):
    fake.fault = {"status": 401, "body": {"error": {"code": 190, "error_subcode": 460}}}
    with pytest.raises(NeedsReconnect):
        case.connector.profile(account, "7100000000000001")


def test_a_page_token_cannot_be_refreshed(case, fake, account):
    with pytest.raises(NeedsReconnect):
        case.connector.refresh(account)
    assert fake.calls == []
