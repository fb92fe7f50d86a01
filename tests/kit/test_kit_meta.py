"""What the Meta family shares: usage headers, paging, error codes, handshake and signature."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors.kit import wire
from connectors.kit.base import RawRequest, Secrets
from connectors.kit.errors import BadSignature, NeedsReconnect, Rejected, RetryLater, Unreadable
from connectors.kit.meta_errors import graph_error
from connectors.kit.meta_graph import _pause_seconds, after_cursor
from connectors.kit.meta_webhooks import challenge, verify

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRETS = Secrets("app-secret", "our-token")


@pytest.mark.parametrize(
    ("app", "case", "pause"),
    [
        ('{"call_count": 89}', "{}", None),
        ('{"call_count": 90}', "{}", 900),
        ('{"call_count": 1, "total_cputime": 99.5}', "{}", 900),
        ("{}", '{"1": [{"call_count": 10, "estimated_time_to_regain_access": 0}]}', None),
        ("{}", '{"1": [{"call_count": 10, "estimated_time_to_regain_access": 12}]}', 720),
        ("{}", '{"1": [{"estimated_time_to_regain_access": 3}], "2": [{"estimated_time_to_regain_access": 7}]}', 420),
        ('{"call_count": 95}', '{"1": [{"estimated_time_to_regain_access": 999999}]}', 86400),
        ("nonsense", "{}", None),
        ('{"call_count": "95"}', '{"1": "x"}', None),
        ('{"call_count": 95}', "[1]", 900),
        ('{"call_count": true, "total_time": -5}', '{"1": [{"total_time": 1e300}]}', None),
    ],
)
def test_usage_headers_ask_for_a_pause(app, case, pause):
    assert _pause_seconds({"x-app-usage": app, "x-business-use-case-usage": case}) == pause


def test_without_usage_headers_there_is_no_pause():
    assert _pause_seconds({}) is None


@pytest.mark.parametrize(
    ("paging", "after"),
    [
        (None, ""),
        ({}, ""),
        ({"cursors": {"after": "A"}}, ""),
        ({"cursors": {"after": "A"}, "next": "https://graph.facebook.com/x?after=B&access_token=t"}, "A"),
        ({"next": "https://graph.facebook.com/x?after=B&access_token=t"}, "B"),
        ({"next": "https://graph.facebook.com/x?until=5"}, ""),
        ({"cursors": {}, "next": "x?after="}, ""),
    ],
)
def test_the_next_page_is_found_without_the_ready_made_address(paging, after):
    assert after_cursor(wire.Node({"data": [], "paging": paging})) == after


@pytest.mark.parametrize("paging", [[], {"next": 1}, {"next": "x", "cursors": "A"}, {"next": "http://[::1"}])
def test_odd_paging_is_unreadable(paging):
    with pytest.raises(Unreadable):
        after_cursor(wire.Node({"paging": paging}))


def test_a_scope_is_named_only_where_one_is_missing():
    def error(code: int):
        answer = wire.Node({"error": {"code": code}})
        return graph_error(answer, repeatable=True, needs=("pages_messaging",), pause_seconds=None)

    assert error(210).missing == ("pages_messaging",)
    assert error(190).missing == ()
    assert isinstance(error(190), NeedsReconnect)
    assert isinstance(error(230), Rejected)
    assert type(error(2)) is RetryLater


def get(**query: str) -> RawRequest:
    return RawRequest("GET", {}, {f"hub.{name}": [value] for name, value in query.items()}, b"", NOW)


@pytest.mark.parametrize(
    "request_",
    [
        get(mode="subscribe", verify_token="our-token"),
        get(mode="subscribe", verify_token="our-token", challenge="<script>"),
        get(mode="subscribe", verify_token="our-token", challenge="1" * 257),
        get(mode="unsubscribe", verify_token="our-token", challenge="1"),
        get(mode="subscribe", verify_token="OUR-TOKEN", challenge="1"),
        get(),
        replace(
            get(mode="subscribe", challenge="1", verify_token="our-token"),
            query={"hub.mode": ["subscribe"], "hub.challenge": ["1"], "hub.verify_token": ["our-token"] * 2},
        ),
    ],
)  # fmt: skip
def test_a_handshake_that_is_not_right_is_refused(request_):
    answer = challenge(request_, SECRETS)
    assert (answer.status, answer.body) == (403, b"")


def test_only_the_sha256_scheme_counts():
    old = RawRequest("POST", {"x-hub-signature": "sha1=00", "x-hub-signature-256": "sha1=00"}, {}, b"{}", NOW)
    with pytest.raises(BadSignature):
        verify(old, SECRETS)


def test_a_request_needs_an_aware_time():
    with pytest.raises(ValueError, match="aware"):
        RawRequest("GET", {}, {}, b"", NOW.replace(tzinfo=None))
