"""Cases whose customers wrote personal values, browsers and scripts of colleagues, and a scan of every table."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection

PAGE = "104000000000001"
PHONE, MAIL = "400 00 012", "kari.marker@post.example"
TEXT = f"Ring meg på {PHONE} eller skriv til {MAIL}, takk"
MARKERS = ("400 00 012", "40000012", "kari.marker")


def signed_request(user, *, secret="app-secret", **changed):
    """What Meta posts about one of its people, and to which address of ours; signed here and not by the kit."""
    from connectors.models import Endpoint

    told = {"algorithm": "HMAC-SHA256", "expires": 1, "issued_at": 1, "user_id": user, **changed}
    payload = base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=")
    signature = base64.urlsafe_b64encode(hmac.new(secret.encode(), payload, hashlib.sha256).digest()).rstrip(b"=")
    endpoint = Endpoint.objects.get()
    return {"family": "meta", "key": endpoint.key, "signed_request": f"{signature.decode()}.{payload.decode()}"}


@pytest.fixture(scope="session", autouse=True)
def _collected():
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)


@pytest.fixture(autouse=True)
def _nobody_has_tried():
    from core.broker import broker

    for key in broker().scan_iter("samsvar:try:*"):
        broker().delete(key)


@pytest.fixture
def said(channel, now):
    """A customer writes: said(TEXT) gives the inbound message. Each call is another customer unless `who` says so."""
    from tickets.intake.apply import apply_items
    from tickets.intake.items import Author, MessageItem
    from tickets.models import Message

    numbers = count(1)

    def say(text=TEXT, *, who="", root="", external_id="", minutes=0, **more):
        number = next(numbers)
        at = now + timedelta(minutes=minutes)
        item = MessageItem(
            platform="facebook",
            account_external_id=PAGE,
            external_id=external_id or f"m{number}",
            external_root=root or f"root-{number}",
            text=text,
            author=Author(who or f"customer-{number}", f"Kunde {number}", scope=PAGE),
            at=at,
            **more,
        )
        apply_items([item], now=at)
        return Message.objects.get(external_id=item.external_id)

    return say


@pytest.fixture
def message(said):
    """One message with a phone number and a mail address, in a case of the first line."""
    return said()


@pytest.fixture
def browser_of():
    """A signed-in browser: browser_of(user)."""
    from django.test import Client

    def open_browser(user):
        browser = Client()
        browser.force_login(user)
        return browser

    return open_browser


@pytest.fixture
def script_of():
    """A program with a token: script_of(user)(path, body) posts JSON; without a body it gets."""
    from django.test import Client

    from core.ids import new_token, token_digest
    from core.users.models import ApiToken

    def make(user, scopes=("tickets:read", "customers:read", "values:reveal")):
        token = new_token("sv_")
        ApiToken.objects.create(user=user, name="script", digest=token_digest(token), scopes=list(scopes))
        headers = {"Authorization": f"Bearer {token}"}

        def call(path, body=None):
            if body is None:
                return Client().get(path, headers=headers)
            return Client().post(path, json.dumps(body), content_type="application/json", headers=headers)

        return call

    return make


@pytest.fixture
def audited():
    """The audit log so far, without the channel's own line: (action, actor id, object type, object id, data)."""
    from core.audit.models import AuditEntry

    def entries():
        rows = AuditEntry.objects.order_by("pk").exclude(action="channel.added")
        return list(rows.values_list("action", "actor_id", "object_type", "object_id", "data"))

    return entries


@pytest.fixture
def traces():
    """Where any of these strings stands in the database: traces("x") gives {"table.column"}."""

    def search(*needles):
        found = set()
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            for (table,) in cursor.fetchall():
                cursor.execute(f'SELECT * FROM "{table}"')
                names = [column.name for column in cursor.description]
                for row in cursor.fetchall():
                    for name, value in zip(names, row, strict=True):
                        raw = bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
                        found |= {f"{table}.{name}" for needle in needles if needle.encode() in raw}
        return found

    return search
