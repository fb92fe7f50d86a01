"""Renewing access tokens, by a fake token service on loopback that the guarded session is led to."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest
import requests
from requests.adapters import HTTPAdapter

from connectors.kit.base import Account
from connectors.kit.errors import ConnectorError, NeedsReconnect, RateLimited, RetryLater
from connectors.kit.http import session_for
from connectors.platforms.email import connector
from connectors.platforms.email.manifest import MANIFEST
from tests.mail.servers import ADDRESS

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CREDENTIALS = {
    "provider": "microsoft", "tenant": "havbris", "client_id": "app", "client_secret": "planted-client-secret",
    "refresh_token": "planted-refresh-token", "imap_host": "outlook.office365.com", "smtp_host": "smtp.office365.com",
}  # fmt: skip


class TokenService:
    """Answers each call with `answer`, and keeps what it was asked."""

    def __init__(self):
        self.answer: tuple[int, bytes] = (200, b"{}")
        self.asked: list[tuple[str, dict[str, str]]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                service.asked.append((self.path, dict(parse_qsl(body))))
                status, told = service.answer
                self.send_response_only(status)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}).start()

    def says(self, status: int, **words):
        self.answer = (status, json.dumps(words).encode())

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Led(HTTPAdapter):
    """Brings a call for any of the manifest's hosts to the fake; that it names an allowed host is seen to before."""

    def __init__(self, port):
        super().__init__()
        self.port = port

    def send(self, request: requests.PreparedRequest, **options):
        host, _, path = request.url.removeprefix("https://").partition("/")
        request.url = f"http://127.0.0.1:{self.port}/{host}/{path}"
        return super().send(request, **options)


@pytest.fixture
def service():
    running = TokenService()
    yield running
    running.close()


@pytest.fixture
def account(service):
    session = session_for(MANIFEST.hosts)
    session.mount("https://", Led(service.server.server_port))
    yield Account(ADDRESS, CREDENTIALS, "planted-app-secret", None, session, lambda: NOW)
    session.close()


def test_a_new_token_keeps_everything_else_and_its_end(account, service):
    service.says(200, access_token="new", expires_in=3599, token_type="Bearer")
    fresh = connector.refresh(account)
    moment = int(NOW.timestamp())
    assert fresh == {
        **CREDENTIALS, "access_token": "new", "expires_at": str(moment + 3599), "refreshed_at": str(moment),
    }  # fmt: skip
    path, form = service.asked[0]
    assert path == "/login.microsoftonline.com/havbris/oauth2/v2.0/token"
    assert form["grant_type"] == "refresh_token"
    assert (form["refresh_token"], form["client_id"]) == ("planted-refresh-token", "app")
    assert "https://outlook.office.com/SMTP.Send" in form["scope"].split()


def test_a_rotated_refresh_token_is_kept(account, service):
    service.says(200, access_token="new", refresh_token="next one")
    fresh = connector.refresh(account)
    assert fresh["refresh_token"] == "next one"
    assert fresh["expires_at"] == str(int(NOW.timestamp()) + 3600)


def test_google_is_asked_at_its_own_address(account, service):
    service.says(200, access_token="new")
    connector.refresh(replace(account, credentials={**CREDENTIALS, "provider": "google"}))
    path, form = service.asked[0]
    assert path == "/oauth2.googleapis.com/token"
    assert "scope" not in form


def test_a_tenant_cannot_bend_the_address(account, service):
    service.says(200, access_token="new")
    connector.refresh(replace(account, credentials={**CREDENTIALS, "tenant": "../../x?y=z"}))
    assert service.asked[0][0] == "/login.microsoftonline.com/..%2F..%2Fx%3Fy%3Dz/oauth2/v2.0/token"


@pytest.mark.parametrize(
    ("status", "words", "kind", "code"),
    [
        (400, {"error": "invalid_grant", "error_description": "words of the service"}, NeedsReconnect, "invalid_grant"),
        (401, {"error": "invalid_client"}, NeedsReconnect, "invalid_client"),
        (400, {"error": "temporarily_unavailable"}, RetryLater, "http/400"),
        (429, {"error": "slow_down"}, RateLimited, "http/429"),
        (503, {}, RetryLater, "http/503"),
        (200, {}, RetryLater, "http/200"),
        (200, {"access_token": 7}, RetryLater, "http/200"),
    ],
)
def test_each_refusal_becomes_its_class(account, service, status, words, kind, code):
    service.says(status, **words)
    with pytest.raises(ConnectorError) as failed:
        connector.refresh(account)
    error = failed.value
    assert (type(error), error.code) == (kind, code)
    assert "planted" not in f"{error!r} {error.__context__!r}"
    assert "words of" not in f"{error!r} {error.__context__!r}"


def test_what_is_no_json_or_no_answer_is_tried_again(account, service):
    service.answer = (200, b"<html>")
    with pytest.raises(RetryLater):
        connector.refresh(account)
    service.close()
    with pytest.raises(RetryLater) as failed:
        connector.refresh(account)
    assert failed.value.__context__ is None


@pytest.mark.parametrize(
    ("others", "code"),
    [({"provider": ""}, "password"), ({"client_id": ""}, "settings/client_id"),
     ({"refresh_token": ""}, "settings/refresh_token")],
)  # fmt: skip
def test_without_what_is_needed_no_call_is_made(account, service, others, code):
    with pytest.raises(NeedsReconnect) as failed:
        connector.refresh(replace(account, credentials={**CREDENTIALS, **others}))
    assert (failed.value.code, service.asked) == (code, [])
