"""Settings that may be left empty, and those that are one of a few: what is kept, and what is refused by name."""

import json

import pytest

from connectors.models import Account
from connectors.operations.channels import add_channel, reconnect_channel
from core.actors import SYSTEM
from core.errors import Invalid
from core.secrets import unseal
from tickets.models import Channel

NEEDED = {"external_id": "support@havbris.example", "name": "Havbris", "imap_host": "imap.havbris.example",
          "smtp_host": "smtp.havbris.example"}  # fmt: skip
DEFAULTS = {
    "imap_port": "993", "imap_security": "tls", "smtp_port": "587", "smtp_security": "starttls", "username": "",
    "password": "", "provider": "", "tenant": "common", "client_id": "", "client_secret": "", "refresh_token": "",
    "folders": "INBOX", "sent_folder": "", "keep_sent": "yes", "tag_replies": "no",
}  # fmt: skip
HOSTS = {"imap_host": "imap.havbris.example", "smtp_host": "smtp.havbris.example"}


def add(now, **values):
    return add_channel(actor=SYSTEM, platform="email", values={**NEEDED, **values}, now=now)


def kept():
    account = Account.objects.get()
    return json.loads(unseal(account.credentials, context=account.context))


def test_what_is_left_empty_has_its_default(teams, now):
    add(now, password="secret", imap_port="", folders=" ")
    assert kept() == {**HOSTS, **DEFAULTS, "password": "secret"}


def test_a_choice_is_kept(teams, now):
    add(now, imap_security="starttls", provider="google")
    assert kept() == {**HOSTS, **DEFAULTS, "imap_security": "starttls", "provider": "google"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("imap_security", "ssl"), ("smtp_security", "TLS"), ("keep_sent", "maybe"), ("provider", "yahoo"),
     ("imap_host", ""), ("smtp_host", "  ")],
)  # fmt: skip
def test_another_choice_or_nothing_at_all_is_refused_by_name(teams, now, name, value):
    with pytest.raises(Invalid) as refused:
        add(now, **{name: value})
    assert refused.value.field == name
    assert Channel.objects.count() == 0


def test_a_reconnection_takes_the_same_rules(teams, now):
    channel = add(now, password="old", folders="INBOX,Desk")
    with pytest.raises(Invalid) as refused:
        reconnect_channel(actor=SYSTEM, channel_id=channel.id, values={**HOSTS, "keep_sent": "x"}, now=now)
    assert refused.value.field == "keep_sent"
    assert kept()["password"] == "old"
    reconnect_channel(
        actor=SYSTEM, channel_id=channel.id, values={**HOSTS, "folders": "INBOX", "password": "new"}, now=now
    )
    assert kept() == {**HOSTS, **DEFAULTS, "password": "new"}
