"""Waiting for news at Debian's dovecot, and at a server that offers no IDLE."""

from __future__ import annotations

import socketserver
import threading
import time
from contextlib import closing

import pytest

from connectors.kit.errors import NeedsReconnect, RetryLater
from connectors.platforms.email import idle
from connectors.platforms.email.idle import listen
from connectors.platforms.email.imap import poll


class Listener:
    """A thread that listens, as the listening process will."""

    def __init__(self, account):
        self.stopping = threading.Event()
        self.news: list[float] = []
        self.raised: BaseException | None = None
        self.thread = threading.Thread(target=self._run, args=(account,))
        self.thread.start()

    def _run(self, account):
        try:
            for piece in listen(account, self.stopping.is_set):
                assert piece is None
                self.news.append(time.monotonic())
        except Exception as error:
            self.raised = error

    def has_news(self, seconds=10.0):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.news and self.thread.is_alive():
            time.sleep(0.02)
        return bool(self.news)

    def stop(self):
        self.stopping.set()
        self.thread.join(timeout=10)
        assert not self.thread.is_alive()


@pytest.fixture
def listening(servers):
    made = []

    def start(account):
        made.append(Listener(account))
        before = servers.log().count("Login: user=")
        end = time.monotonic() + 5
        while servers.log().count("Login: user=") == before and time.monotonic() < end and not made[-1].raised:
            time.sleep(0.02)
        time.sleep(0.5)  # from signed in to idle
        return made[-1]

    yield start
    for each in made:
        each.stop()


@pytest.mark.parametrize(("port", "security"), [("imaps", "tls"), ("imap", "starttls")])
def test_a_mail_that_arrives_wakes_at_once(servers, account, mail, listening, port, security):
    reached = account(imap_port=str(servers.ports[port]), imap_security=security)
    listener = listening(reached)
    assert not listener.news
    servers.put(mail("Hei"))
    assert listener.has_news(5)
    listener.stop()
    assert listener.raised is None
    assert len(poll(reached, None).raw) == 1


def test_news_comes_after_the_wait_was_asked_for_anew(servers, account, mail, listening, monkeypatch):
    monkeypatch.setattr(idle, "REISSUE_SECONDS", 0.0)
    monkeypatch.setattr(idle, "WAKE_SECONDS", 0.2)
    listener = listening(account())
    time.sleep(1)
    assert not listener.news
    servers.put(mail("Hei"))
    assert listener.has_news(5)
    assert listener.raised is None


def test_listening_ends_within_five_seconds_of_the_word(account, listening):
    listener = listening(account())
    began = time.monotonic()
    listener.stop()
    assert time.monotonic() - began < 5.5
    assert listener.raised is None


def test_a_line_that_drops_is_told(servers, account, listening):
    listener = listening(account())
    servers.cut_lines()
    listener.thread.join(timeout=10)
    assert type(listener.raised) is RetryLater
    assert listener.raised.__context__ is None


def test_a_wrong_password_needs_a_person(account):
    with pytest.raises(NeedsReconnect), closing(listen(account(password="no"), lambda: False)) as heard:
        next(heard)


class Old(socketserver.StreamRequestHandler):
    """A server that lets everybody in and offers no IDLE, or takes it and says goodbye."""

    offers = b""

    def handle(self):
        self.wfile.write(b"* OK [CAPABILITY IMAP4rev1] old\r\n")
        for line in self.rfile:
            tag, verb = [*line.split(), b""][:2]
            if verb == b"CAPABILITY":
                self.wfile.write(b"* CAPABILITY IMAP4rev1" + self.offers + b"\r\n")
            elif verb == b"LOGOUT":
                self.wfile.write(b"* BYE\r\n")
            elif verb == b"IDLE":
                self.wfile.write(b"+ idling\r\n")
                time.sleep(0.2)
                self.wfile.write(b"* BYE closing\r\n")
                continue
            self.wfile.write(tag + b" OK done\r\n")


class Leaving(Old):
    offers = b" IDLE"


@pytest.fixture
def scripted(account):
    """An account at a scripted server."""
    servers = []

    def start(handler):
        servers.append(socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler))
        servers[-1].daemon_threads = True
        threading.Thread(target=servers[-1].serve_forever, kwargs={"poll_interval": 0.01}).start()
        port = servers[-1].server_address[1]
        return account(imap_host="127.0.0.1", imap_port=str(port), imap_security="none")

    yield start
    for each in servers:
        each.shutdown()
        each.server_close()


def test_without_idle_there_is_nothing_to_wait_for(scripted):
    assert list(listen(scripted(Old), lambda: False)) == []


def test_a_server_that_says_goodbye_is_told(scripted):
    with pytest.raises(RetryLater) as told:
        list(listen(scripted(Leaving), lambda: False))
    assert told.value.__context__ is None
