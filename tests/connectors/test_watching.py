"""Looks beside the poll: hooks that Meta dropped, tokens about to end, mentions that were only named."""

import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread as Worker
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.models import Account, Health
from connectors.operations import polling, watching
from connectors.operations.channels import add_channel
from core import secrets
from core.actors import SYSTEM
from core.audit.models import AuditEntry
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
IG = "17841400000000000"
REFUSED = {"error": {"code": 100, "message": "no"}}


class Meta:
    """A small Graph API whose answers are set by (method, path); everything else is an empty listing."""

    def __init__(self):
        self.calls, self.answers = [], {}

    def take(self, method, target, body):
        parts = urlsplit(target)
        form = {name: values[0] for name, values in parse_qs(body or parts.query).items()}
        self.calls.append((method, parts.path, form))
        answer = self.answers.get((method, parts.path), {"data": []})
        return answer.pop(0) if isinstance(answer, list) else answer

    def asked(self, method, path):
        return [form for m, p, form in self.calls if (m, p) == (method, path)]


@pytest.fixture
def meta(settings, now, monkeypatch):
    monkeypatch.setattr("connectors.operations.polling.clock_now", lambda: now)
    served = Meta()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            told = served.take(self.command, self.path, body)
            data = json.dumps(told).encode()
            self.send_response(400 if "error" in told else 200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Worker(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    settings.DEMO, settings.PLATFORM_URLS = True, {"facebook": url, "instagram": url}
    yield served
    server.shutdown()
    server.server_close()


@pytest.fixture
def instagram(connected, now):
    """make(expires_at=…, login=…) → the account of an Instagram channel."""

    def make(**more):
        values = {"external_id": IG, "name": "havbris", "app_secret": "app-secret", "verify_token": "verify-token"}
        made = add_channel(
            actor=SYSTEM, platform="instagram", values={**values, "access_token": "old", **more}, now=now
        )
        return Account.objects.select_related("channel", "endpoint").get(channel_id=made.id)

    return make


def credentials_of(account):
    account.refresh_from_db()
    return json.loads(secrets.unseal(account.credentials, context=account.context))


SUBSCRIBED = "/v26.0/104000000000001/subscribed_apps"
FIELDS = {"data": [{"subscribed_fields": ["feed", "mention", "messages"]}]}


def page():
    return Account.objects.select_related("channel", "endpoint").get(channel__platform="facebook")


def test_a_dropped_subscription_is_made_again_and_kept_for_the_sister(connected, meta, now):
    meta.answers[("GET", SUBSCRIBED)] = [{"data": [{"subscribed_fields": ["messages"]}]}, FIELDS]
    meta.answers[("POST", SUBSCRIBED)] = {"success": True}
    assert watching.watch_account(page(), now=now) is True
    assert meta.asked("POST", SUBSCRIBED)[0]["subscribed_fields"] == "feed,mention,messages"
    assert AuditEntry.objects.filter(action="channel.resubscribed").count() == 1
    assert page().health == Health.OK


def test_it_is_looked_at_once_an_hour(connected, meta, now):
    meta.answers[("GET", SUBSCRIBED)] = FIELDS
    for minutes in (0, 30, 59, 60, 61):
        assert watching.watch_account(page(), now=now + timedelta(minutes=minutes)) is False
    assert len(meta.asked("GET", SUBSCRIBED)) == 2
    assert meta.asked("POST", SUBSCRIBED) == []


def test_a_refused_subscription_shows_on_the_channel_until_it_is_mended(connected, meta, now):
    meta.answers[("GET", SUBSCRIBED)] = {"data": []}
    meta.answers[("POST", SUBSCRIBED)] = REFUSED
    watching.watch_account(page(), now=now)
    assert (page().health, page().health_code) == (Health.SILENT, "100")
    watching.watch_account(page(), now=now + timedelta(hours=2))
    assert AuditEntry.objects.filter(action="channel.silent").count() == 1
    meta.answers[("GET", SUBSCRIBED)] = FIELDS
    watching.watch_account(page(), now=now + timedelta(hours=4))
    assert (page().health, page().health_code) == (Health.OK, "")


def test_a_subscription_that_is_taken_and_not_kept_is_no_repair(connected, meta, now):
    meta.answers[("GET", SUBSCRIBED)] = {"data": []}
    meta.answers[("POST", SUBSCRIBED)] = {"success": True}
    watching.watch_account(page(), now=now)
    assert (page().health, page().health_code) == (Health.SILENT, "not_subscribed")


@pytest.mark.parametrize(("days", "renewed"), [(8, False), (7, True), (1, True)])
def test_a_token_is_renewed_a_week_ahead(instagram, meta, now, days, renewed):
    ends = now + timedelta(days=days)
    account = instagram(login="instagram", expires_at=str(int(ends.timestamp())))
    path = "/graph.instagram.com/refresh_access_token"
    meta.answers[("GET", path)] = {"access_token": "new", "expires_in": 5184000}
    polling.poll_account(account)
    kept = credentials_of(account)
    assert kept["access_token"] == ("new" if renewed else "old")
    assert len(meta.asked("GET", path)) == renewed
    assert all("access_token" not in form for _, _, form in meta.calls)
    if renewed:
        assert int(kept["expires_at"]) > (now + timedelta(days=59)).timestamp()
        assert kept["login"] == "instagram"


def test_a_refused_renewal_holds_nothing_while_the_token_lives(instagram, meta, now):
    path = "/graph.instagram.com/refresh_access_token"
    meta.answers[("GET", path)] = {"error": {"code": 190}}
    account = instagram(login="instagram", expires_at=str(int((now + timedelta(days=2)).timestamp())))
    watching.refresh_ahead(account, now=now)
    account.refresh_from_db()
    assert account.health == Health.OK
    watching.refresh_ahead(account, now=now + timedelta(days=3))
    account.refresh_from_db()
    assert account.health == Health.RECONNECT


def test_each_login_has_its_host(instagram, meta, now):
    polling.poll_account(instagram())
    assert {path.split("/")[1] for _, path, _ in meta.calls} == {"v26.0"}
    meta.calls.clear()
    Account.objects.filter(channel__platform="instagram").delete()
    from tickets.models import Channel

    Channel.objects.filter(platform="instagram").delete()
    polling.poll_account(instagram(login="instagram"))
    assert {path.split("/")[1] for _, path, _ in meta.calls} == {"graph.instagram.com"}


@pytest.fixture
def mention(instagram, take_in, now):
    """A webhook that names a mention, and the account it is for."""
    account = instagram()
    value = {"comment_id": "1790", "media_id": "1792"}
    entry = {"id": IG, "time": int(now.timestamp()), "changes": [{"field": "mentions", "value": value}]}
    take_in(json.dumps({"object": "instagram", "entry": [entry]}).encode())
    account.refresh_from_db()
    return account


def test_a_named_mention_is_read_and_becomes_a_case(mention, meta, now):
    assert (mention.to_read, mention.next_poll_at) == (["mention:1792:1790"], now)
    assert Message.objects.count() == 0
    told = {"id": "1790", "text": "@havbris missä?", "username": "aino.k", "timestamp": "2026-11-20T09:00:00+0000",
            "media": {"id": "1792", "permalink": "https://www.instagram.com/p/X/"}}  # fmt: skip
    meta.answers[("GET", f"/v26.0/{IG}")] = {"mentioned_comment": told, "id": IG}
    polling.poll_account(mention)
    mention.refresh_from_db()
    message = Message.objects.get()
    assert (mention.to_read, message.kind, message.text) == ([], "mention", "@havbris missä?")
    assert Ticket.objects.get().customer_name == "aino.k"


def test_a_mention_that_is_gone_is_passed_over_and_one_that_has_to_wait_is_kept(mention, meta):
    meta.answers[("GET", f"/v26.0/{IG}")] = {"error": {"code": 4}}
    polling.poll_account(mention)
    mention.refresh_from_db()
    assert (mention.to_read, mention.health) == (["mention:1792:1790"], Health.LIMITED)
    meta.answers[("GET", f"/v26.0/{IG}")] = {"error": {"code": 100, "error_subcode": 33}}
    polling.poll_account(mention)
    mention.refresh_from_db()
    assert (mention.to_read, Message.objects.count()) == ([], 0)
