"""What only LinkedIn does: its names for things, the encoding of its calls, its poll plan, tokens and reading only."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kit.base import OutgoingPart, RawRequest, Secrets
from connectors.kit.errors import (
    NeedsReconnect,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RejectReason,
    RetryLater,
    TokenExpired,
)
from connectors.kit.manifest import Action
from connectors.platforms.linkedin.objects import plain_text
from connectors.platforms.linkedin.urns import read_comment

PLATFORM = "linkedin"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OURS = "urn:li:organization:96072893"
ACTIVITY = "urn:li:activity:7094637247890620418"
ROOT = f"urn:li:comment:({ACTIVITY},7094977717598625792)"
RENEWABLE = {"refresh_token": "planted-refresh-3c", "client_id": "77abc"}


def answer_to(target: str = ROOT, **facts) -> OutgoingPart:
    return OutgoingPart(kind="text", text="Hei", target_external_id=target, thread_root=ROOT, **facts)


def knowing(account, **credentials):
    return replace(account, credentials={**account.credentials, **credentials})


def whole_pass(case, account, cursor=None):
    pages = [case.connector.poll(account, cursor)]
    while pages[-1].more:
        pages.append(case.connector.poll(account, pages[-1].cursor))
    return pages


numbers = st.integers(1, 10**20).map(str)
kinds = st.sampled_from(["activity", "share", "ugcPost"])


@settings(deadline=None, database=None, derandomize=True)
@given(kind=kinds, post=numbers, activity=numbers, number=numbers)
def test_every_spelling_of_a_comment_is_one_name(kind, post, activity, number):
    short, full = f"urn:li:comment:({kind}:{post},{number})", f"urn:li:comment:(urn:li:{kind}:{post},{number})"
    quoted = full.replace(":", "%3A").replace("(", "%28").replace(",", "%2C").replace(")", "%29")
    assert {read_comment(each).urn for each in (short, full, quoted)} == {full}

    known = activity if kind != "activity" else post
    named = read_comment(short, f"urn:li:share:{activity}", f"urn:li:activity:{activity}")
    assert named.urn == f"urn:li:comment:(urn:li:activity:{known},{number})"


@pytest.mark.parametrize(
    "text",
    ["", "7094", "urn:li:comment:7094", f"urn:li:comment:({OURS},1)", f"{ROOT}x", f" {ROOT}", ROOT.replace("(", "((")],
)
def test_what_names_no_comment_is_none(text):
    assert read_comment(text) is None


@pytest.mark.parametrize(
    ("commentary", "plain"),
    [
        (r"Vi åpner igjen\! kl\. 9 \(tirsdag\)", r"Vi åpner igjen\! kl\. 9 (tirsdag)"),
        ("Takk @[Havbris AS](urn:li:organization:1)!", "Takk Havbris AS!"),
        (r"@[Kari \(KS\)](urn:li:person:a_B-9) {hashtag|\#|nyheter}", "Kari (KS) #nyheter"),
        ("{hashtag|#|ærlig}", "#ærlig"),
        ("a @ b [c](d)", "a @ b [c](d)"),
        ("", ""),
    ],
)
def test_little_text_is_read_as_people_see_it(commentary, plain):
    assert plain_text(commentary) == plain


def test_every_call_bears_version_protocol_and_token(case, fake, account, secrets):
    for _, call in case.calls(account):
        call()
    assert {call.headers["linkedin-version"] for call in fake.calls} == {"202610"}
    assert {call.headers["x-restli-protocol-version"] for call in fake.calls} == {"2.0.0"}
    assert {call.headers["authorization"] for call in fake.calls} == {f"Bearer {secrets[1]}"}

    fake.calls.clear()
    case.connector.send(knowing(account, api_version="202702"), answer_to())
    assert fake.calls[0].headers["linkedin-version"] == "202702"
    with pytest.raises(NeedsReconnect) as odd:
        case.connector.send(knowing(account, api_version="new\r\n"), answer_to())
    assert odd.value.code == "version"
    assert len(fake.calls) == 1


def test_brackets_of_the_query_language_stay_and_those_of_names_do_not(case, fake, account):
    case.connector.poll(account, None)
    case.connector.moderate(account, Action.UNLIKE, ROOT)
    notices, unlike = fake.targets
    assert "actions=List(COMMENT,ADMIN_COMMENT," in notices
    assert "organizationalEntity=urn%3Ali%3Aorganization%3A96072893&" in notices
    assert f"timeRange=(start:{int((NOW - timedelta(days=14)).timestamp())}000,end:" in notices
    assert unlike == (
        "/rest/reactions/(actor:urn%3Ali%3Aorganization%3A96072893,entity:urn%3Ali%3Acomment%3A%28"
        "urn%3Ali%3Aactivity%3A7094637247890620418%2C7094977717598625792%29)"
    )


def test_what_names_nothing_of_linkedin_s_is_refused_before_any_call(case, fake, account):
    for target in ("", "7094", "../me", f"{ROOT}/x", OURS):
        for act in (
            lambda t=target: case.connector.send(account, replace(answer_to(t), thread_root=t)),
            lambda t=target: case.connector.moderate(account, Action.LIKE, t),
            lambda t=target: case.connector.moderate(account, Action.DELETE, t),
        ):
            with pytest.raises(Rejected) as refused:
                act()
            assert refused.value.reason is RejectReason.TARGET_GONE
    with pytest.raises(Rejected) as post:
        case.connector.moderate(account, Action.DELETE, ACTIVITY)
    assert post.value.reason is RejectReason.NOT_ALLOWED
    assert fake.calls == []


@pytest.mark.parametrize(
    ("body", "header", "made"),
    [
        ({"commentUrn": "urn:li:comment:(activity:7094637247890620418,5)", "id": "5"}, "5", f"({ACTIVITY},5)"),
        ({"commentUrn": "urn:li:comment:(urn:li:ugcPost:9,5)", "object": ACTIVITY}, "", f"({ACTIVITY},5)"),
        ("", "5", f"({ACTIVITY},5)"),
        ({}, "5", f"({ACTIVITY},5)"),
        ({"commentUrn": ["x"]}, "5", f"({ACTIVITY},5)"),
        ({}, "", None),
        ("", "x", None),
    ],
)
def test_the_new_comment_is_named_by_body_or_header(case, fake, account, body, header, made):
    fake.fault = {"status": 201, "body": body, "headers": {"x-restli-id": header}}
    if made is None:
        with pytest.raises(OutcomeUnknown):
            case.connector.send(account, answer_to())
    else:
        assert case.connector.send(account, answer_to()).external_id == f"urn:li:comment:{made}"
    assert len(fake.calls) == 1


def test_liking_twice_is_liking_once_and_a_repeated_text_is_refused(case, fake, account):
    fake.fault = {"status": 409, "body": {"status": 409, "code": "CONFLICT", "message": "x"}}
    assert case.connector.moderate(account, Action.LIKE, ROOT).external_id == ROOT
    with pytest.raises(Rejected) as repeated:
        case.connector.send(account, answer_to())
    assert repeated.value.reason is RejectReason.DUPLICATE


def test_connected_for_reading_only_nothing_is_written(case, fake, account):
    reader = knowing(account, access="read")
    for kind, call in case.calls(reader):
        if kind == "read":
            call()
            continue
        with pytest.raises(Rejected) as refused:
            call()
        assert refused.value.reason is RejectReason.READ_ONLY
    assert len(fake.calls) == 1


def test_an_ended_token_is_renewed_where_it_can_be(case, fake, account):
    fake.fault = {"status": 401, "body": {"status": 401, "serviceErrorCode": 65602, "code": "EXPIRED_ACCESS_TOKEN"}}
    just_made = str(int(NOW.timestamp()) - 60)
    for credentials, expected in (
        (RENEWABLE, TokenExpired),
        ({"refresh_token": "r"}, NeedsReconnect),
        ({**RENEWABLE, "refreshed_at": just_made}, NeedsReconnect),
    ):
        with pytest.raises(expected):
            case.connector.poll(knowing(account, **credentials), None)
    fake.calls.clear()
    soon = str(int(NOW.timestamp()) + 200)
    with pytest.raises(TokenExpired):
        case.connector.poll(knowing(account, **RENEWABLE, expires_at=soon), None)
    assert fake.calls == []
    fake.fault = None
    assert case.connector.poll(knowing(account, expires_at=soon), None).more


def test_a_new_token_keeps_what_was_there_and_says_when_both_end(case, fake, account, secrets):
    fake.fault = {"body": {"access_token": "new", "expires_in": 5184000, "refresh_token_expires_in": 100}}
    fresh = case.connector.refresh(knowing(account, **RENEWABLE, access="full"))
    now = int(NOW.timestamp())
    assert fresh == {
        **RENEWABLE, "access": "full", "access_token": "new", "expires_at": str(now + 5184000),
        "refreshed_at": str(now), "refresh_expires_at": str(now + 100),
    }  # fmt: skip
    (call,) = fake.calls
    assert (call.method, call.path) == ("POST", "/oauth/v2/accessToken")
    assert {name: value[0] for name, value in parse_qs(call.body).items()} == {
        **RENEWABLE, "grant_type": "refresh_token", "client_secret": secrets[0],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"status": 400, "body": {"error": "invalid_grant"}}, NeedsReconnect),
        ({"status": 429, "body": {}}, RateLimited),
        ({"status": 500, "body": {"error": "server_error"}}, RetryLater),
        ({"status": 200, "body": {"access_token": ["x"]}}, RetryLater),
        ({"status": 200, "body": {"access_token": "new", "expires_in": "soon"}}, RetryLater),
        ({"drop": True}, RetryLater),
    ],
)
def test_a_refusal_to_renew_becomes_its_class(case, fake, account, secrets, fault, expected):
    fake.fault = fault
    with pytest.raises(expected) as failed:
        case.connector.refresh(knowing(account, **RENEWABLE))
    assert type(failed.value) is expected
    assert not any(secret in repr(failed.value) for secret in (*secrets, RENEWABLE["refresh_token"]))


def test_without_a_refresh_token_a_person_signs_in(case, fake, account):
    with pytest.raises(NeedsReconnect) as refused:
        case.connector.refresh(account)
    assert refused.value.code == "no_refresh"
    assert fake.calls == []


def test_the_day_s_limit_ends_at_midnight_utc(case, fake, account):
    body = {"status": 429, "serviceErrorCode": 101, "code": "TOO_MANY_REQUESTS", "message": "x"}
    fake.fault = {"status": 429, "body": body, "headers": {"Date": "Fri, 20 Nov 2026 23:59:00 GMT"}}
    with pytest.raises(RateLimited) as limited:
        case.connector.poll(account, None)
    assert limited.value.after_seconds == 61


def test_a_pass_reads_notices_then_posts_then_comments_and_replies(case, fake, account):
    pages = whole_pass(case, account)
    assert [call.path.rsplit("/", 1)[-1] for call in fake.calls] == [
        "organizationalEntityNotifications", "posts", "posts", *["comments"] * 11,
    ]  # fmt: skip
    assert fake.calls[4].path.startswith("/rest/socialActions/urn%3Ali%3Acomment%3A")  # replies follow their root
    (piece,) = pages[0].raw
    assert [each["action"] for each in json.loads(piece.body)["elements"]] == ["SHARE_MENTION"]


def test_what_a_poll_finds_is_as_new_as_the_request_and_read_whole(case, account):
    items = {item.external_id: item for page in whole_pass(case, account) for item in page.items}
    assert {item.version_at for item in items.values()} == {NOW}
    post = items["urn:li:share:7094637247487995904"]
    assert (post.text, post.ours) == ("Vi åpner igjen\\! Havbris #kundeservice", True)
    root, ours = items[ROOT], items[f"urn:li:comment:({ACTIVITY},7095100)"]
    assert (root.direction, root.external_root, root.post_external_id) == ("in", ROOT, post.external_id)
    assert [(each.kind, each.external_id) for each in root.attachments] == [("image", "urn:li:image:C4")]
    assert (ours.direction, ours.external_root, ours.parent_external_id) == ("out", ROOT, ROOT)
    assert "urn:li:share:9003" not in items  # a draft


def test_the_next_pass_asks_for_notices_since_this_one_began_less_an_hour(case, fake, account):
    cursor = whole_pass(case, account)[-1].cursor
    fake.calls.clear()
    case.connector.poll(account, cursor)
    start = int((NOW - timedelta(hours=1)).timestamp()) * 1000
    assert fake.calls[0].query["timeRange"] == f"(start:{start},end:{int(NOW.timestamp()) * 1000})"

    much_later = NOW + timedelta(days=90)
    fake.routes = [{"method": "GET", "path": "/rest/organizationalEntityNotifications", "body": {"elements": []}}]
    case.connector.poll(replace(account, clock=lambda: much_later), cursor)
    kept = int((much_later - timedelta(days=59)).timestamp()) * 1000
    assert fake.calls[1].query["timeRange"].startswith(f"(start:{kept},")


def test_a_post_that_is_gone_is_passed_over_and_an_odd_comment_left_out(case, fake, account):
    gone = {"status": 404, "body": {"status": 404, "code": "NOT_FOUND", "message": "x"}}
    places = [route for route in fake.routes if route["path"].endswith("/comments") and route["method"] == "GET"]
    places[2].update(gone)
    places[0]["body"]["elements"][1]["created"] = {"time": "yesterday"}
    pages = whole_pass(case, account)
    assert len(pages) == 14
    assert [page.unreadable for page in pages if page.unreadable] == [("elements.1.created.time",)]


def test_long_lists_are_read_to_a_bound(case, fake, account):
    full = [{"action": "LIKE"}] * 50
    fake.routes = [{"method": "GET", "path": "/rest/organizationalEntityNotifications", "body": {"elements": full}},
                   {"method": "GET", "path": "/rest/posts", "body": {"elements": []}}]  # fmt: skip
    whole_pass(case, account)
    assert [call.query["start"] for call in fake.calls] == ["0", "50", "100", "150", "200", "0"]


def test_the_challenge_never_signs_a_body(case):
    secret = "client-secret"
    body = b'{"type":"x","notifications":[]}'
    forged = f"hmacsha256={body.decode()}"
    request = RawRequest("GET", {}, {"challengeCode": [forged]}, b"", NOW)
    assert case.connector.challenge(request, Secrets(secret)).status == 403
    plain = hmac.new(secret.encode(), forged.encode(), hashlib.sha256).hexdigest()
    case.connector.verify(RawRequest("POST", {"x-li-signature": plain}, {}, body, NOW), Secrets(secret))


def test_profiles_of_people_and_of_the_page(case, fake, account):
    fake.fault = {"body": {"localizedFirstName": "Aino", "localizedLastName": "Korhonen"}}
    assert case.connector.profile(account, "urn:li:person:AbC_9").name == "Aino Korhonen"
    assert fake.targets == ["/rest/people/(id:AbC_9)"]
    fake.fault = {"body": {"localizedName": "Havbris", "vanityName": "havbris"}}
    page = case.connector.profile(account, account.external_id)
    assert (page.name, page.handle) == ("Havbris", "havbris")
    assert case.connector.profile(account, "../me") is None
    fake.fault = {"status": 403, "body": {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED"}}
    assert case.connector.profile(account, "urn:li:person:AbC_9") is None
    with pytest.raises(NeedsReconnect):
        case.connector.profile(account, account.external_id)
