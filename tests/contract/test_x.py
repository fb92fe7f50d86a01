"""What only X does: weighing a text, edits in any order, whom we may answer, patience with a stream, OAuth 1.0a."""

from __future__ import annotations

import base64
import hmac
import itertools
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kit.base import OutgoingPart, RawRequest, Secrets
from connectors.kit.errors import BadSignature, ConnectorError, NeedsReconnect, Rejected, RejectReason, TokenExpired
from connectors.kit.manifest import Action
from connectors.kit.wire import Node
from connectors.platforms.x import connector
from connectors.platforms.x.direct import event_items
from connectors.platforms.x.ids import conversation_of
from connectors.platforms.x.objects import Included
from connectors.platforms.x.parse import OPEN_TO_ALL
from connectors.platforms.x.stream import Failure, Pace, Patience
from connectors.platforms.x.weigh import weigh

PLATFORM = "x"
US, AINO = "1650000000000000111", "1650000000000000222"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
quick = settings(deadline=None, database=None, derandomize=True)


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("hei", 3), ("æøå ÆØÅ äö", 10), ("e\u0301", 1), ("日本語", 6), ("한국", 4), ("…", 2), ("€", 2), ("“hei”", 5),
        ("https://havbris.example/ruter/bergen-stord?dag=fredag&retur=1", 23), ("http://a.no", 23),
        ("se https://havbris.example.", 3 + 23 + 1), ("havbris.no", 23), ("(havbris.no/ruter)", 1 + 23 + 1),
        ("kari@havbris.no", 15), ("f.eks. slik", 11), ("3.14", 4), ("@havbris_no hei", 15),
        ("😀", 2), ("😀😀", 4), ("👨‍👩‍👧‍👦", 2), ("👍🏽", 2), ("🇳🇴🇸🇪", 4), ("❤️", 2), ("1️⃣", 2), ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("Hei 🙂 se https://t.co/aB3 å", 4 + 2 + 4 + 23 + 2),
    ],
)  # fmt: skip
def test_a_text_weighs_what_x_says(text, weight):
    assert weigh(text) == weight


@settings(quick, max_examples=200)
@given(st.text(), st.text())
def test_weighing_never_fails_and_a_space_between_adds_one(one, other):
    assert weigh(f"{one} \u2028 {other}") == weigh(f"{one} ") + 2 + weigh(f" {other}")


def test_280_are_counted_by_weight(account, fake):
    def part(text):
        return OutgoingPart(kind="text", text=text, target_external_id="2080765813578191303")

    connector.send(account, part("日" * 140))
    for text in ("日" * 141, "a" * 281, "😀" * 141, "https://a.example/ " * 12):
        with pytest.raises(Rejected) as refused:
            connector.send(account, part(text))
        assert refused.value.reason is RejectReason.TOO_LONG
    assert len(fake.calls) == 1


def test_the_smaller_number_comes_first_in_a_conversation():
    assert conversation_of("9", "10") == conversation_of("10", "9") == "9-10"


def event(versions, text, *, at="2026-11-20T09:15:31.000Z", **more):
    post = {"id": versions[-1], "text": text, "author_id": AINO, "created_at": at, "edit_history_tweet_ids": versions}
    data = {"event_type": "post.mention.create", "filter": {"user_id": US}, "payload": post | more}
    return RawRequest("POST", {}, {}, json.dumps({"data": data}).encode(), NOW)


def test_of_two_versions_the_later_one_wins_whatever_the_order():
    first, second, third = (f"208076581357819130{n}" for n in (3, 4, 5))
    told = [event([first], "en"), event([first, second], "to"), event([first, second, third], "tre")]

    for order in itertools.permutations(told):
        items = [item for raw in order for item in connector.parse(raw)]
        assert {item.external_id for item in items} == {first}
        assert max(items, key=lambda item: item.version_at).text == "tre"


@pytest.mark.parametrize(
    ("post", "reason"),
    [
        ({"entities": {"mentions": [{"id": US}]}}, ""),
        ({"entities": {"mentions": [{"id": AINO}]}}, "not_summoned"),
        ({"in_reply_to_user_id": US, "referenced_tweets": [{"type": "replied_to", "id": "1"}]}, ""),
        ({"referenced_tweets": [{"type": "quoted", "id": "7"}]}, "not_summoned"),
        ({}, "not_summoned"),
    ],
)
def test_we_may_answer_who_has_summoned_us(post, reason):
    (item,) = connector.parse(event(["2080765813578191303"], "hei", **post))
    assert item.no_reply == reason


def line(post, **more):
    body = {"data": {"id": "2080765813578191303", "text": "hei", "author_id": AINO, **post}, **more}
    return json.dumps(body).encode()


def test_a_line_of_the_stream_goes_to_every_account_whose_rule_it_met():
    rules = [{"id": "1", "tag": f"samsvar:{US}"}, {"id": "2", "tag": "samsvar:77"}, {"id": "3", "tag": "another's"}]

    items = connector.parse(RawRequest("FETCHED", {}, {}, line({}, matching_rules=rules), NOW, US))
    alone = connector.parse(RawRequest("FETCHED", {OPEN_TO_ALL: "1"}, {}, line({}), NOW, US))

    assert [item.account_external_id for item in items] == [US, "77"]
    assert [(item.account_external_id, item.no_reply) for item in alone] == [(US, "")]


def test_patience_grows_by_its_kind_and_starts_anew():
    patience = Patience(Pace())

    assert [patience.after(Failure.NETWORK) for _ in range(3)] == [0.25, 0.5, 0.75]
    assert [patience.after(Failure.HTTP) for _ in range(8)] == [5, 10, 20, 40, 80, 160, 320, 320]
    assert [patience.after(Failure.LIMITED) for _ in range(5)] == [60, 120, 240, 480, 900]
    assert max(patience.after(Failure.NETWORK) for _ in range(100)) == 16
    patience.renew()
    assert patience.after(Failure.NETWORK) == 0.25


def test_a_renewable_account_asks_for_new_tokens_and_another_for_a_person(account, fake):
    fake.fault = {"status": 401, "body": {"title": "Unauthorized", "status": 401}}
    renewable = replace(account, credentials={**account.credentials, "refresh_token": "r", "client_id": "c"})

    with pytest.raises(TokenExpired):
        connector.poll(renewable, None)
    with pytest.raises(NeedsReconnect):
        connector.poll(account, None)


@pytest.mark.parametrize("kind", ["confidential", "public"])
def test_a_refresh_proves_the_client_as_it_can(account, fake, kind):
    fake.fault = {"status": 200, "body": {"access_token": "new", "refresh_token": "newer", "expires_in": 7200}}
    known = {**account.credentials, "refresh_token": "r", "client_id": "c", "handle": "havbris"}
    known |= {"client_secret": "s"} if kind == "confidential" else {}

    fresh = connector.refresh(replace(account, credentials=known))

    (call,) = fake.calls
    expected = {"grant_type": "refresh_token", "refresh_token": "r"}
    assert call.form == (expected if kind == "confidential" else {**expected, "client_id": "c"})
    assert call.headers.get("authorization", "").startswith("Basic ") is (kind == "confidential")
    assert (fresh["access_token"], fresh["refresh_token"], fresh["handle"]) == ("new", "newer", "havbris")
    assert int(fresh["expires_at"]) == int(account.clock().timestamp()) + 7200 - 60


@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_refresh_needs_a_person(account, fake, status):
    fake.fault = {"status": status, "body": {"error": "invalid_request", "error_description": "text of the platform"}}
    known = {**account.credentials, "refresh_token": "r", "client_id": "c"}

    with pytest.raises(NeedsReconnect) as refused:
        connector.refresh(replace(account, credentials=known))

    assert refused.value.code == "invalid_request"


def test_signing_tells_no_log_a_secret(account, fake, secrets, caplog):
    caplog.set_level(logging.DEBUG)
    planted = {"sign_in": "oauth1", "consumer_key": "planted-key", "token_secret": "planted-secret"}
    signing = replace(account, credentials={**account.credentials, **planted})

    connector.send(signing, OutgoingPart(kind="text", text="hei", target_external_id="1"))
    fake.fault = {"drop": True}
    with pytest.raises(ConnectorError):
        connector.poll(signing, None)

    assert all(call.headers["authorization"].startswith("OAuth ") for call in fake.calls)
    shown = "\n".join(record.getMessage() for record in caplog.records)
    for secret in (*secrets, "planted-key", "planted-secret", "oauth_signature"):
        assert secret not in shown


def test_a_direct_message_is_neither_answered_in_public_nor_moderated(account, fake):
    for act in (
        lambda: connector.send(account, OutgoingPart(kind="text", text="hei", target_external_id="dm:1")),
        lambda: connector.moderate(account, Action.DELETE, "dm:1"),
        lambda: connector.moderate(account, Action.HIDE, "dm:1"),
    ):
        with pytest.raises(Rejected):
            act()
    assert fake.calls == []


def test_a_private_answer_without_anybody_to_get_it_makes_no_call(account, fake):
    part = OutgoingPart(kind="text", text="hei", target_external_id="1", thread_root="private:1", visibility="private")
    with pytest.raises(Rejected) as refused:
        connector.send(account, part)
    assert refused.value.reason is RejectReason.RECIPIENT_UNAVAILABLE
    assert fake.calls == []


def test_a_mark_that_x_finds_too_old_is_dropped_and_the_pass_goes_on(account, fake):
    cursor = {**connector.poll(account, None).cursor, "stage": "", "since": {"mentions": "1", "own": "5"}}
    fake.fault = {"status": 400, "body": {"title": "Invalid Request", "errors": [{"message": "since_id"}]}}

    page = connector.poll(account, cursor)

    assert (page.items, page.more) == ((), True)
    assert page.cursor["since"] == {"own": "5"}


def test_the_marks_move_only_when_every_page_is_read(account):
    first = connector.poll(account, None)
    second = connector.poll(account, first.cursor)

    assert first.cursor["since"] == {}
    assert second.cursor["since"] == {"mentions": "2080765813578191340"}


NEWER, OLDER = "x-twitter-webhooks-signature-oauth2", "x-twitter-webhooks-signature"


def _signed(secret, body=b"{}"):
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, "sha256").digest()).decode()


@pytest.mark.parametrize(
    ("headers", "well"),
    [
        ({NEWER: _signed("ours")}, True),
        ({OLDER: _signed("ours")}, True),
        # An app with both secrets gets both headers; we know one of the secrets.
        ({NEWER: _signed("other"), OLDER: _signed("ours")}, True),
        ({NEWER: _signed("ours"), OLDER: _signed("other")}, True),
        ({NEWER: _signed("other")}, False),
        ({NEWER: _signed("ours", b"[]")}, False),
        ({NEWER: ""}, False),
        ({}, False),
    ],
)  # fmt: skip
def test_either_signature_of_x_proves_it(headers, well):
    raw = RawRequest("POST", headers, {}, b"{}", datetime.now(UTC))
    if well:
        connector.verify(raw, Secrets("ours"))
    else:
        with pytest.raises(BadSignature):
            connector.verify(raw, Secrets("ours"))


@pytest.mark.parametrize("name", ["referenced_tweets", "referenced_posts"])
def test_a_post_passed_on_in_a_message_can_be_looked_at(name):
    event = {"id": "20", "event_type": "MessageCreate", "sender_id": AINO, "dm_conversation_id": f"{US}-{AINO}",
             "text": "Se her", "created_at": "2026-11-20T09:15:31.000Z"}  # fmt: skip
    event[name] = [{"id": "2080765813578191303"}]
    (said,) = event_items(US, Node(event), Included(), NOW)

    assert [(one.kind, one.url) for one in said.attachments] == [
        ("share", "https://x.com/i/status/2080765813578191303")
    ]  # fmt: skip
