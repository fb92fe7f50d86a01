"""Contract: calls go to the right place, failures become the right class, and refusals happen before any call."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import pytest

from connectors.kit.base import OutgoingPart
from connectors.kit.errors import (
    ConnectorError,
    NeedsReconnect,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RejectReason,
    RetryLater,
    Unsupported,
)
from connectors.kit.http import TimeLimits, session_for
from connectors.kit.manifest import HANDING, Action

SENT_BY_PARTS = {Action.REPLY_PUBLIC, Action.REPLY_PRIVATE, Action.ATTACH}


def told(error: ConnectorError) -> dict[str, Any]:
    """An error as the fixtures write it."""
    facts: dict[str, Any] = {"class": type(error).__name__, "code": error.code}
    match error:
        case RateLimited():
            facts["after_seconds"] = error.after_seconds
        case NeedsReconnect():
            facts["missing"] = list(error.missing)
        case Rejected():
            facts["reason"] = error.reason.value
    return facts


def failure_of(call) -> ConnectorError:
    with pytest.raises(ConnectorError) as failed:
        call()
    return failed.value


def expected_unclear(case, kind: str) -> type[ConnectorError]:
    """What no clear answer means: a send may have happened, anything else is repeated."""
    return OutcomeUnknown if kind == "send" and not case.manifest.idempotent_sends else RetryLater


def test_each_send_is_one_right_call_with_a_receipt(case, fake, account):
    case.needs(some="sends")
    for each in case.facts["sends"]:
        fake.calls.clear()
        receipt = case.connector.send(account, case.part(each["part"]))
        assert receipt.external_id == each["receipt"]
        assert receipt.recipient == each.get("recipient", "")
        assert receipt.at.utcoffset() is not None
        assert len(fake.calls) == 1
        fake.calls[0].require(each["call"])


def test_each_action_is_one_right_call(case, fake, account):
    case.needs(some="moderations")
    for each in case.facts["moderations"]:
        fake.calls.clear()
        receipt = case.connector.moderate(account, Action(each["action"]), each["target"])
        assert receipt.external_id == each["target"]
        assert len(fake.calls) == 1
        fake.calls[0].require(each["call"])


def test_the_fixtures_try_every_declared_action(case):
    sent = {case.part(each["part"]).action for each in case.facts["sends"]}
    moderated = {Action(each["action"]) for each in case.facts["moderations"]}
    assert sent | moderated == case.manifest.actions


def test_an_undeclared_action_makes_no_call(case, fake, account):
    for action in set(Action) - case.manifest.actions:
        if action in SENT_BY_PARTS:
            private = "private" if action is Action.REPLY_PRIVATE else "public"
            kind = "attachment" if action is Action.ATTACH else "text"
            part = OutgoingPart(kind=kind, text="hei", target_external_id="1", visibility=private)
            error = failure_of(lambda part=part: case.connector.send(account, part))
        else:
            error = failure_of(lambda action=action: case.connector.moderate(account, action, "1"))
        assert isinstance(error, Unsupported)
        assert error.action == action
    assert fake.calls == []


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_text_over_the_limit_is_refused_before_any_call(case, fake, account, visibility):
    limits = case.manifest.limits
    limit = limits.private_text if visibility == "private" else limits.public_text
    if limit is None:
        pytest.skip("nothing of this kind is sent")
    parts = [case.part(each["part"]) for each in case.facts["sends"]]
    usual = next(each for each in parts if each.kind == "text" and each.visibility == visibility)

    def part(text: str) -> OutgoingPart:
        return replace(usual, text=text)

    error = failure_of(lambda: case.connector.send(account, part("x" * (limit.length + 1))))
    empty = failure_of(lambda: case.connector.send(account, part(" \n")))
    assert isinstance(error, Rejected)
    assert error.reason is RejectReason.TOO_LONG
    assert isinstance(empty, Rejected)
    assert empty.reason is RejectReason.EMPTY
    assert fake.calls == []

    case.connector.send(account, part("x" * limit.length))
    assert len(fake.calls) == 1


def with_own_scopes(expected: dict[str, Any], each: dict[str, Any]) -> dict[str, Any]:
    """What an error should become; a call may need other scopes than most of its kind."""
    missing = {"missing": each["missing"]} if expected.get("missing") and "missing" in each else {}
    return {**expected, **missing}


def test_every_platform_error_becomes_its_class(case, fake, account):
    calls = case.needed_calls(account)
    errors = case.facts["errors"]
    assert errors
    assert {kind for answer in errors for kind in fake.kinds(answer)} >= {kind for kind, _ in calls}
    for answer in errors:
        fake.fault, concerned = answer, fake.kinds(answer)
        for each in case.facts["sends"] if "send" in concerned else ():
            error = failure_of(lambda each=each: case.connector.send(account, case.part(each["part"])))
            assert told(error) == {"code": "", **with_own_scopes(answer["send"], each)}, answer
        for each in case.facts["moderations"] if "moderate" in concerned else ():
            action = Action(each["action"])
            error = failure_of(
                lambda each=each, action=action: case.connector.moderate(account, action, each["target"])
            )
            assert told(error) == {"code": "", **with_own_scopes(answer["moderate"], each)}, answer
        for kind, call in calls:
            if kind == "read" and kind in concerned:
                assert told(failure_of(call)) == {"code": "", **answer[kind]}, (kind, answer)


UNCLEAR = {
    "html_502": {"status": 502, "body": "<html>Bad Gateway</html>", "headers": {"Content-Type": "text/html"}},
    "json_500": {"status": 500, "body": {}},
    "empty_200": {"status": 200, "body": ""},
    "html_200": {"status": 200, "body": "<html>Hello</html>", "headers": {"Content-Type": "text/html"}},
    "list_200": {"status": 200, "body": [1]},
    "plain_404": {"status": 404, "body": "no"},
    "redirect_away": {
        "status": 302,
        "body": {"id": "1_1", "success": True, "data": []},
        "headers": {"Location": "https://evil.example/"},
    },
    "redirect_same": {"status": 307, "body": {"id": "1_1"}, "headers": {"Location": "/elsewhere"}},
    "cut_short": {"status": 200, "body": '{"id": "1', "headers": {"Content-Length": "500"}},
    "dropped": {"drop": True},
}


@pytest.mark.parametrize("fault", UNCLEAR.values(), ids=UNCLEAR)
def test_an_unclear_end_is_unknown_for_sends_only(case, fake, account, fault):
    case.needs_http()
    fake.fault = fault
    for kind, call in case.needed_calls(account):
        assert type(failure_of(call)) is expected_unclear(case, kind), kind


def test_a_read_time_out_is_unknown_for_sends_only(case, fake, account):
    case.needs_http()
    fake.fault = {"hang": True}
    first_of_each_kind = dict(reversed(case.needed_calls(account)))
    for kind, call in first_of_each_kind.items():
        assert type(failure_of(call)) is expected_unclear(case, kind), kind


def test_a_plain_429_is_a_rate_limit(case, fake, account):
    case.needs_http()
    fake.fault = {"status": 429, "body": "slow down", "headers": {"Content-Type": "text/plain"}}
    for kind, call in case.needed_calls(account):
        error = failure_of(call)
        assert type(error) is RateLimited, kind
        assert error.after_seconds > 0


def test_a_refused_connection_is_certainly_not_sent(case, fake):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        url = fake.address(taken.getsockname()[1])
        account = case.account(session_for(case.manifest.hosts, url, TimeLimits(connect=2)), url)
        for _, call in case.needed_calls(account):
            assert type(failure_of(call)) is RetryLater


def test_missing_credentials_make_no_call(case, fake, account):
    for bad in ({}, {case.facts["credential"]: ""}, {case.facts["credential"]: "line\nbreak"}):
        for _, call in case.needed_calls(replace(account, credentials=bad)):
            assert isinstance(failure_of(call), NeedsReconnect)
    assert fake.calls == []


ODD_TARGETS = ("../me", "1/../../2", "1?x=1", "1#f", "a b", "1\n2", "@host", "ä", "\ud800")


def require_no_bending(case, fake, act, path: str) -> None:
    """An odd target stays one step of the path, and one that cannot is refused before any call.

    Where ids have a shape that is asked for (`strict_ids`), every odd one is refused.
    """
    fake.calls.clear()
    strict = case.facts.get("strict_ids", False)
    for target in ("", ".", "..", "....", *(ODD_TARGETS if strict else ())):
        assert isinstance(failure_of(lambda t=target: act(t)), Rejected)
    assert fake.calls == []
    if strict:
        return
    for target in ODD_TARGETS:
        failure_of(lambda t=target: act(t))
    assert len(fake.calls) == len(ODD_TARGETS)
    assert {call.path.count("/") for call in fake.calls} == {path.count("/")}
    assert not any("x" in call.query for call in fake.calls)


def test_odd_targets_cannot_bend_the_path_of_an_action(case, fake, account):
    case.needs(some="moderations")
    for each in case.facts["moderations"]:
        action, path = Action(each["action"]), each["call"]["path"]
        if action not in HANDING:  # there the target stands in the form
            require_no_bending(case, fake, lambda t, a=action: case.connector.moderate(account, a, t), path)


def test_odd_targets_cannot_bend_the_path_of_a_send(case, fake, account):
    case.needs(some="sends")
    case.needs_http()
    for each in case.facts["sends"]:
        part, path = case.part(each["part"]), each["call"]["path"]
        if part.target_external_id in path.split("/"):
            require_no_bending(
                case, fake, lambda t, p=part: case.connector.send(account, replace(p, target_external_id=t)), path
            )
