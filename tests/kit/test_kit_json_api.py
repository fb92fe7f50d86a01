"""The plain JSON API against a real server on loopback: one call, one clear end."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from connectors.kit.base import Account
from connectors.kit.errors import NeedsReconnect, OutcomeUnknown, RateLimited, Rejected, RejectReason, RetryLater
from connectors.kit.http import TimeLimits, session_for
from connectors.kit.json_api import JsonApi, need_credential

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DATE = {"Date": "Fri, 20 Nov 2026 11:59:00 GMT"}


class Peer(HTTPServer):
    """Gives one planned answer to every call and keeps what was asked."""

    answer: tuple[int, bytes, dict[str, str]] = (200, b"{}", {})

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, str, str]] = []


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        self.server.asked.append((self.command, self.path, body, self.headers.get("authorization", "")))
        status, data, headers = self.server.answer
        self.send_response_only(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def peer() -> Iterator[Peer]:
    server = Peer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def account(peer) -> Iterator[Account]:
    url = f"http://127.0.0.1:{peer.server_port}"
    session = session_for((), url, TimeLimits(connect=1, read=2, whole=3))
    yield Account("1", {"access_token": "tok"}, "", url, session, clock=lambda: NOW)
    session.close()


def refusal(answer):
    """A platform that says no with a word."""
    word = answer.value.text("error")
    return Rejected(RejectReason.TARGET_GONE, code=word) if word else None


def api(account, *, repeatable=False):
    return JsonApi(
        account,
        "https://api.example.org",
        headers={"Authorization": "Bearer tok"},
        repeatable=repeatable,
        refusal=refusal,
    )


def failure_of(account, *, repeatable=False):
    with pytest.raises((RetryLater, OutcomeUnknown, Rejected)) as failed:
        api(account, repeatable=repeatable).call("POST", "/x")
    return failed.value


def test_a_call_goes_out_as_json_and_its_answer_comes_back(peer, account):
    peer.answer = (201, b'{"id": 910}', DATE)
    answer = api(account).call("POST", "/v1/c/887", query={"after": "a b"}, body={"text": "på"})
    assert (answer.status, answer.made_id("id")) == (201, "910")
    assert answer.at == datetime(2026, 11, 20, 11, 59, tzinfo=UTC)
    ((method, path, body, proof),) = peer.asked
    assert (method, path, json.loads(body), proof) == ("POST", "/v1/c/887?after=a+b", {"text": "på"}, "Bearer tok")


def test_without_a_date_our_clock_stands_in(peer, account):
    assert api(account).call("GET", "/x").at == NOW
    peer.answer = (200, b"{}", {"Date": "some day"})
    assert api(account).call("GET", "/x").at == NOW


def test_a_send_without_an_id_was_taken_all_the_same(peer, account):
    for body in (b"{}", b'{"id": ""}', b'{"id": [1]}'):
        peer.answer = (200, body, {})
        with pytest.raises(OutcomeUnknown):
            api(account).call("POST", "/x").made_id("id")


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500])
def test_a_refusal_of_the_platform_is_what_the_folder_makes_of_it(peer, account, status):
    peer.answer = (status, b'{"error": "gone"}', {})
    error = failure_of(account)
    assert (type(error), error.code) == (Rejected, "gone")


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"{}", {}),
        (404, b"no", {}),
        (200, b"<html>", {}),
        (200, b"[1]", {}),
        (200, b"", {}),
        (302, b'{"id": 1}', {"Location": "https://evil.example/"}),
        (307, b'{"id": 1}', {}),
        (304, b"", {}),
    ],
)
def test_what_is_not_the_platforms_own_is_unknown_for_a_send_only(peer, account, answer):
    peer.answer = answer
    sent, read = failure_of(account), failure_of(account, repeatable=True)
    assert (type(sent), type(read)) == (OutcomeUnknown, RetryLater)
    assert sent.code == read.code == f"http/{answer[0]}"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 900),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 900),
        ({"Retry-After": "-5"}, 900),
        ({"Retry-After": "soon"}, 900),
        ({"Retry-After": "999999999"}, 86400),
        ({"Retry-After": "9" * 5000}, 900),
        ({"Retry-After": "Fri, 20 Nov 2026 12:00:30 GMT"}, 30),
        ({"Retry-After": "Fri, 20 Nov 2026 12:00:30 GMT", **DATE}, 90),
        ({"Retry-After": "Fri, 20 Nov 2020 12:00:30 GMT"}, 900),
    ],
)
def test_a_429_waits_as_long_as_it_says(peer, account, headers, seconds):
    peer.answer = (429, b"slow down", headers)
    error = failure_of(account)
    assert (type(error), error.after_seconds, error.code) == (RateLimited, seconds, "http/429")


@pytest.mark.parametrize("token", ["", "line\nbreak", "två ord", "å"])
def test_a_credential_that_cannot_stand_in_a_header_needs_a_person(account, token):
    assert need_credential(account, "access_token") == "tok"
    with pytest.raises(NeedsReconnect):
        need_credential(replace(account, credentials={"access_token": token}), "access_token")
    with pytest.raises(NeedsReconnect):
        need_credential(account, "another")


@pytest.mark.parametrize("status", [201, 204])
def test_done_without_a_word_is_done(peer, account, status):
    peer.answer = (status, b"", {"x-made": "5"})
    answer = api(account).call("POST", "/x")
    assert (answer.status, answer.value.value, answer.headers["x-made"]) == (status, {}, "5")
    with pytest.raises(OutcomeUnknown):
        answer.made_id("id")


@pytest.mark.parametrize(("status", "body"), [(200, b""), (201, b"<html>")])
def test_silence_where_something_should_be_said_is_unclear(peer, account, status, body):
    peer.answer = (status, body, {})
    assert type(failure_of(account)) is OutcomeUnknown
