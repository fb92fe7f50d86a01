"""Contract: what comes in is proved, read exactly, and nothing that comes in can break the reader."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from connectors.kit.base import RawRequest, Secrets, no_challenge
from connectors.kit.errors import BadSignature, Unreadable

SECRETS = Secrets("planted-app-secret-5f1c", "planted-verify-token-77aa")
RECEIVED_AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
quick = settings(
    deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def signature(case, message: bytes, secret: str = SECRETS.app_secret) -> str:
    """As the fixtures say, worked out here and not by the kit."""
    how = case.facts["signing"]
    digest = hmac.new(secret.encode(), message, getattr(hashlib, how["algorithm"])).digest()
    return how["prefix"] + (digest.hex() if how["encoding"] == "hex" else base64.b64encode(digest).decode())


def signed(case, body: bytes, secret: str = SECRETS.app_secret) -> RawRequest:
    """A signed delivery."""
    how = case.facts["signing"]
    proof = signature(case, how.get("before_body", "").encode() + body, secret)
    return RawRequest("POST", {how["header"]: proof}, {}, body, RECEIVED_AT)


def test_payloads_give_exactly_the_expected_items(case, plain):
    payloads = case.payloads()
    assert len(payloads) >= (5 if case.has_webhooks else 1)
    for payload in payloads:
        request = case.request(payload)
        if "unreadable" in payload:
            with pytest.raises(Unreadable) as refused:
                case.connector.parse(request)
            assert refused.value.path == payload["unreadable"], payload["note"]
            continue
        items = case.connector.parse(request)
        assert [plain(item) for item in items] == payload["items"], payload["note"]
        assert {item.platform for item in items} <= {case.key}


def test_parsing_is_pure(case):
    for payload in case.payloads():
        request = case.request(payload)
        if "unreadable" not in payload:
            assert case.connector.parse(request) == case.connector.parse(request)


def test_without_webhooks_nothing_is_let_in(case):
    if case.has_webhooks:
        pytest.skip("this platform has webhooks")
    assert "signing" not in case.facts
    for headers in ({}, {"x-hub-signature-256": hmac.new(b"", b"{}", "sha256").hexdigest()}):
        for secrets in (SECRETS, Secrets("")):
            with pytest.raises(BadSignature):
                case.connector.verify(RawRequest("POST", headers, {}, b"{}", RECEIVED_AT), secrets)


def test_a_true_signature_is_accepted(case):
    case.needs_webhooks()
    for payload in case.payloads():
        case.connector.verify(signed(case, case.bytes_of(payload)), SECRETS)


def test_every_flipped_byte_fails_verification(case):
    case.needs_webhooks()
    body = json.dumps(case.payloads()[0]["body"]).encode()
    request = signed(case, body)
    for place in range(len(body)):
        flipped = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        with pytest.raises(BadSignature):
            case.connector.verify(replace(request, body=flipped), SECRETS)


def test_a_flipped_signature_fails(case):
    case.needs_webhooks()
    request = signed(case, b"{}")
    header = case.facts["signing"]["header"]
    good = request.headers[header]
    for place in range(len(good)):
        bad = good[:place] + chr(ord(good[place]) ^ 1) + good[place + 1 :]
        with pytest.raises(BadSignature):
            case.connector.verify(replace(request, headers={header: bad}), SECRETS)


def test_rewritten_json_fails_although_it_says_the_same(case):
    case.needs_webhooks()
    escaped = b'{"text": "Miss\\u00e4"}'
    request = signed(case, escaped)
    case.connector.verify(request, SECRETS)
    with pytest.raises(BadSignature):
        case.connector.verify(replace(request, body='{"text": "Missä"}'.encode()), SECRETS)


@pytest.mark.parametrize("value", [None, "", "sha256=", "ä" * 64, "sha256=" + "ä" * 64, "\x00"])
def test_a_missing_or_odd_signature_fails(case, value):
    case.needs_webhooks()
    headers = {} if value is None else {case.facts["signing"]["header"]: value}
    request = RawRequest("POST", headers, {}, b"{}", RECEIVED_AT)
    with pytest.raises(BadSignature):
        case.connector.verify(request, SECRETS)


def test_an_unset_secret_lets_nothing_in(case):
    case.needs_webhooks()
    with pytest.raises(BadSignature):
        case.connector.verify(signed(case, b"{}", secret=""), Secrets(""))


def test_the_handshake_is_answered_for_our_token_only(case):
    handshake = case.facts.get("handshake")
    if handshake is None or "token_at" not in handshake:
        pytest.skip("this platform has no handshake by token")  # without any it answers none, see below
    query = {
        name: [value.replace("$VERIFY_TOKEN", SECRETS.verify_token) for value in values]
        for name, values in handshake["query"].items()
    }
    request = RawRequest("GET", {}, query, b"", RECEIVED_AT)

    right = case.connector.challenge(request, SECRETS)
    wrong = case.connector.challenge(replace(request, query={**query, handshake["token_at"]: ["guess"]}), SECRETS)
    unset = case.connector.challenge(replace(request, query={**query, handshake["token_at"]: [""]}), Secrets("x", ""))
    delivery = case.connector.challenge(replace(request, method="POST", query={}), SECRETS)

    assert (right.status, right.body) == (200, handshake["answer"].encode())
    assert (wrong.status, wrong.body) == (403, b"")
    assert (unset.status, unset.body) == (403, b"")
    assert delivery is None


def test_a_handshake_to_be_signed_is_signed_with_our_secret(case):
    handshake = case.facts.get("handshake")
    if handshake is None or "token_at" in handshake:
        pytest.skip("this platform has no handshake by signature")
    ((name, (token,)),) = handshake["query"].items()
    request = RawRequest("GET", {}, {name: [token]}, b"", RECEIVED_AT)
    proof = signature(case, token.encode())

    right = case.connector.challenge(request, SECRETS)

    expected = {key: value.replace("$SIGNED", proof) for key, value in handshake["answer"].items()}
    assert (right.status, json.loads(right.body)) == (200, expected)
    assert case.connector.challenge(request, Secrets("")).status == 403
    assert case.connector.challenge(replace(request, method="POST", query={}), SECRETS) is None
    # Whatever it signs must never pass for a delivery.
    before = case.facts["signing"].get("before_body", "")
    for forged in ([before + '{"a":1}'], [before + "{}"], [before], [""], [token, token], []):
        refused = case.connector.challenge(replace(request, query={name: forged}), SECRETS)
        assert (refused.status, refused.body) == (403, b"")


def test_without_a_handshake_none_is_answered(case):
    if "handshake" in case.facts:
        pytest.skip("this platform has a handshake")
    assert case.connector.challenge is no_challenge


def reads(case, body: bytes) -> None:
    """Parse twice: the same items or the same Unreadable; anything else fails the test."""
    request = case.delivery(body, RECEIVED_AT)
    outcomes = []
    for _ in range(2):
        try:
            outcomes.append(case.connector.parse(request))
        except Unreadable as error:
            outcomes.append(error.path)
    assert outcomes[0] == outcomes[1]


ODD_VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 2**70, -(2**70), 10**400, 1.5, 1e300, "", " ", "x" * 300, "\ud800", "\u0000", "0",
    "12", "9" * 5000, [], {}, [[]], [None], [1, "a"], {"id": {}}, {"id": None}, {"id": " "}, [{}], {"a": [{}]},
]  # fmt: skip


def places(value: Any, path: tuple = ()) -> list[tuple]:
    """Every place in a JSON value, as keys from the top."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


def mutate(draw, body: Any) -> Any:
    """One change somewhere: an odd value, a missing key, a doubled element, or a piece from elsewhere."""
    path = draw(st.sampled_from(places(body)[1:] or [()]))
    if not path:
        return copy.deepcopy(draw(st.sampled_from(ODD_VALUES)))
    holder = body
    for key in path[:-1]:
        holder = holder[key]
    match draw(st.sampled_from(["odd", "missing", "doubled", "moved"])):
        case "odd":
            holder[path[-1]] = copy.deepcopy(draw(st.sampled_from(ODD_VALUES)))
        case "missing":
            del holder[path[-1]]
        case "doubled":
            holder[path[-1]] = [copy.deepcopy(holder[path[-1]])] * 2
        case "moved":
            other = body
            for key in draw(st.sampled_from(places(body))):
                other = other[key]
            holder[path[-1]] = copy.deepcopy(other)
    return body


@settings(quick, max_examples=300)
@given(data=st.data())
def test_parsing_survives_mutated_payloads(case, data):
    structured = [payload for payload in case.payloads() if "body" in payload]
    if not structured:
        pytest.skip("what this platform delivers has no structure to change")
    body = copy.deepcopy(data.draw(st.sampled_from(structured))["body"])
    for _ in range(data.draw(st.integers(1, 3))):
        body = mutate(data.draw, body)
    reads(case, json.dumps(body).encode())


@settings(quick, max_examples=150)
@given(data=st.data())
def test_parsing_survives_broken_bytes(case, data):
    body = bytearray(case.bytes_of(data.draw(st.sampled_from(case.payloads()))))
    assume(body)
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    reads(case, bytes(body[: data.draw(st.integers(0, len(body)))]))


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"1", b'"x"', b"{}", b"{", b"\xff", b"NaN", b'{"entry": NaN}', b"\xef\xbb\xbf{}",
        b"[" * 100_000, b'{"a":' * 100_000, b'{"entry":' + b"[" * 200 + b"]" * 200 + b"}", b"9" * 10_000,
    ],
)  # fmt: skip
def test_parsing_survives_what_is_no_delivery(case, body):
    reads(case, body)
