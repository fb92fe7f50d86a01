"""The guarded session against real sockets on loopback: where it may go, what it gives up on, what it never tells."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests

from connectors.kit.errors import OutcomeUnknown, Rejected, RejectReason, RetryLater
from connectors.kit.http import (
    MAX_ANSWER_BYTES,
    CallFailed,
    HostRefused,
    TimeLimits,
    failure,
    path_segment,
    session_for,
)
from connectors.kit.peers import allowed_peer

LIMITS = TimeLimits(connect=1, read=0.3, whole=0.6)


class Peer:
    """A server of raw bytes: reads one request on each connection, then plays its script."""

    def __init__(self, script) -> None:
        self.script, self.requests, self.stopped = script, [], threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while not self.stopped.is_set():
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.requests.append(connection.recv(65536))
                with suppress(OSError):  # the other side has had enough, which some tests are about
                    self.script(connection, self.stopped)

    def close(self) -> None:
        self.stopped.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(2)


@pytest.fixture
def peer() -> Iterator:
    peers = []

    def start(script) -> Peer:
        peers.append(Peer(script))
        return peers[-1]

    yield start
    for each in peers:
        each.close()


def answers(head: str, body: bytes = b""):
    """A script that writes one answer."""
    data = f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
    return lambda connection, stopped: connection.sendall(data)


def drips(connection, stopped) -> None:
    """A byte now and then, always inside the read limit, without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not stopped.wait(0.05):
        connection.sendall(b"x")


def floods(connection, stopped) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    for _ in range(MAX_ANSWER_BYTES // 2**16 + 8):
        connection.sendall(b"x" * 2**16)


def failed_call(session, method: str, url: str, **options) -> CallFailed:
    with pytest.raises(CallFailed) as failed:
        session.request(method, url, **options)
    assert failed.value.__context__ is None
    assert failed.value.__cause__ is None
    assert (failed.value.request, failed.value.response) == (None, None)
    return failed.value


def test_an_answer_comes_through(peer):
    server = peer(answers("200 OK", b'{"a": 1}'))
    session = session_for((), server.url, LIMITS)
    assert session.get(f"{server.url}/x").json() == {"a": 1}
    assert server.requests[0].startswith(b"GET /x HTTP/1.1")


def test_a_host_that_is_not_named_is_never_called(peer):
    server = peer(answers("200 OK"))
    named = session_for({"graph.example.org"})
    for url in (
        "https://evil.example/", "https://graph.example.org.evil.example/", "https://graph.example.org:8443/",
        "http://graph.example.org/", "https://user@graph.example.org/", "https://evil.example/?graph.example.org",
        "https://graph.example.org@evil.example/", server.url,
    ):  # fmt: skip
        with pytest.raises(requests.RequestException) as refused:
            named.get(url)
        assert isinstance(refused.value, HostRefused)
    assert server.requests == []


def test_with_a_simulated_platform_the_real_one_is_out_of_reach(peer):
    server, other = peer(answers("200 OK")), peer(answers("200 OK"))
    session = session_for({"graph.example.org"}, server.url, LIMITS)
    for url in ("https://graph.example.org/", other.url):
        with pytest.raises(HostRefused):
            session.get(url)
    assert other.requests == []


@pytest.mark.parametrize(
    "base_url",
    [
        "http://example.org",
        "mail://example.org?smtp=25",
        "http://10.0.0.1:80",
        "ftp://127.0.0.1",
        "",
        "x",
        "http://u@127.0.0.1",
    ],
)
def test_a_base_url_is_https_or_on_loopback(base_url):
    with pytest.raises(ValueError, match="base_url"):
        session_for((), base_url)


def test_what_is_simulated_over_another_protocol_leaves_nothing_to_call():
    with session_for({"example.org"}, "mail://127.0.0.1?imap=1&smtp=2") as session:
        for url in ("https://example.org/", "http://127.0.0.1/"):
            with pytest.raises(HostRefused):
                session.get(url)


@pytest.mark.parametrize(
    ("address", "public_only", "with_loopback"),
    [
        ("93.184.215.14", True, True), ("2606:2800:21f:cb07::1", True, True),
        ("127.0.0.1", False, True), ("::1", False, True), ("::ffff:127.0.0.1", False, True),
        ("10.0.0.1", False, False), ("192.168.1.1", False, False), ("172.16.0.1", False, False),
        ("169.254.169.254", False, False), ("100.64.0.1", False, False), ("0.0.0.0", False, False),
        ("fe80::1%eth0", False, False), ("fc00::1", False, False), ("::ffff:10.0.0.1", False, False),
        ("224.0.0.1", False, False), ("255.255.255.255", False, False),
    ],
)  # fmt: skip
def test_which_addresses_may_answer(address, public_only, with_loopback):
    assert allowed_peer(address, loopback=False) is public_only
    assert allowed_peer(address, loopback=True) is with_loopback


def test_a_name_that_leads_home_is_refused_before_a_byte_leaves(peer):
    server = peer(answers("200 OK"))
    port = server.url.rpartition(":")[2]
    session = session_for({"localhost"}, None, LIMITS)
    session._origins = {("https", "localhost", int(port))}  # a manifest's host whose name resolves to this machine
    failed = failed_call(session, "POST", f"https://localhost:{port}/", data={"a": "b"})
    assert not failed.maybe_sent
    assert server.requests in ([], [b""])


def test_refused_is_certainly_not_sent():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        failed = failed_call(session_for((), url, LIMITS), "POST", url)
    assert not failed.maybe_sent


def test_an_unrelated_older_failure_does_not_make_it_unsent(peer):
    server = peer(lambda connection, stopped: None)
    session = session_for((), server.url, LIMITS)
    try:
        raise requests.exceptions.ConnectTimeout
    except requests.exceptions.ConnectTimeout:
        failed = None
        try:
            session.post(server.url)
        except CallFailed as error:
            failed = error
    assert failed.maybe_sent


@pytest.mark.parametrize(
    "script",
    [
        lambda connection, stopped: None,
        lambda connection, stopped: stopped.wait(2),
        lambda connection, stopped: connection.sendall(b"nonsense\r\n\r\n"),
        lambda connection, stopped: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
        drips,
        floods,
    ],
    ids=["dropped", "silent", "nonsense", "cut", "drips", "floods"],
)  # fmt: skip
def test_what_breaks_after_the_request_may_have_been_sent(peer, script):
    server = peer(script)
    failed = failed_call(session_for((), server.url, LIMITS), "POST", server.url, data={"message": "hei"})
    assert failed.maybe_sent
    assert len(server.requests) == 1


def test_a_request_that_cannot_be_built_was_not_sent_and_tells_nothing(peer):
    server = peer(answers("200 OK"))
    session = session_for((), server.url, LIMITS)
    for options in (
        {"headers": {"Authorization": "Bearer planted\nsecret"}},
        {"headers": {"Authorization": "Bearer plantedäö€"}},
        {"data": {"message": "planted \ud800"}},
    ):
        failed = failed_call(session, "POST", server.url, **options)
        assert not failed.maybe_sent
        assert "planted" not in str(failed)
    assert all(b"planted" not in request for request in server.requests)


def test_redirects_stay_on_the_host_and_are_not_followed_for_writes(peer):
    other = peer(answers("200 OK"))
    away = peer(answers(f"302 Found\r\nLocation: {other.url}/x"))
    session = session_for((), away.url, LIMITS)
    assert session.get(away.url).status_code == 302
    assert session.post(away.url).status_code == 302
    assert other.requests == []
    assert len(away.requests) == 2


def test_redirects_on_the_same_host_are_followed_for_reads_and_only_so_often(peer):
    loop = peer(answers("302 Found\r\nLocation: /again"))
    session = session_for((), loop.url, LIMITS)
    failed_call(session, "GET", loop.url)
    assert len(loop.requests) == 4
    assert session.post(loop.url).status_code == 302
    assert len(loop.requests) == 5


def test_the_answer_after_a_redirect_is_whole(peer):
    turns = iter([answers("302 Found\r\nLocation: /there"), answers("200 OK", b"arrived")])
    server = peer(lambda connection, stopped: next(turns)(connection, stopped))
    assert session_for((), server.url, LIMITS).get(server.url).content == b"arrived"


@pytest.mark.parametrize("encoding", ["gzip", "chunked", "until_close"])
def test_answers_in_other_forms_are_whole(peer, encoding):
    text = b'{"a": "' + b"x" * 200_000 + b'"}'
    if encoding == "gzip":
        script = answers("200 OK\r\nContent-Encoding: gzip", gzip.compress(text))
    elif encoding == "chunked":
        body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (text[:7], text[7:100_000], text[100_000:]))
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        script = lambda connection, stopped: connection.sendall(head + body + b"0\r\n\r\n")  # noqa: E731
    else:
        script = lambda connection, stopped: connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + text)  # noqa: E731
    server = peer(script)
    assert session_for((), server.url, LIMITS).get(server.url).content == text


def test_a_packed_bomb_is_given_up(peer):
    server = peer(answers("200 OK\r\nContent-Encoding: gzip", gzip.compress(b"\0" * (MAX_ANSWER_BYTES * 4))))
    assert failed_call(session_for((), server.url, LIMITS), "GET", server.url).kind == "AnswerTooLarge"


def test_the_environment_cannot_change_a_call(peer, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    server = peer(answers("200 OK"))
    session_for((), server.url, LIMITS).get(server.url, headers={"Authorization": "Bearer ours"})
    assert b"Authorization: Bearer ours" in server.requests[0]


def test_what_a_failure_means():
    sent, unsent = CallFailed("x", maybe_sent=True), CallFailed("x", maybe_sent=False)
    assert type(failure(sent, repeatable=False)) is OutcomeUnknown
    assert type(failure(sent, repeatable=True)) is RetryLater
    assert type(failure(unsent, repeatable=False)) is RetryLater
    assert type(failure(requests.RequestException(), repeatable=False)) is OutcomeUnknown
    refused = failure(HostRefused(), repeatable=False)
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.code) == (RejectReason.REFUSED, "host_not_allowed")


@pytest.mark.parametrize(("given", "segment"), [("122_887", "122_887"), ("a/../b", "a%2F..%2Fb"), ("?x#y", "%3Fx%23y")])
def test_an_identifier_stays_one_step_of_the_path(given, segment):
    assert path_segment(given) == segment


@pytest.mark.parametrize("given", ["", ".", ".."])
def test_an_identifier_that_would_climb_is_refused(given):
    with pytest.raises(Rejected):
        path_segment(given)
