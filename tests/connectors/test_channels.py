"""Connecting a channel: what is stored, what is shared, what is refused, and that no secret stands in clear."""

import pytest
from django.db import connection

from connectors.models import Account, Endpoint, Lane
from connectors.operations.channels import add_channel
from core.actors import SYSTEM
from core.audit.models import AuditEntry
from core.errors import Conflict, Invalid
from core.keys.models import DataKey
from core.secrets import unseal
from tickets.models import Channel

OTHER = "104000000000002"
VALUES = {
    "external_id": OTHER,
    "name": "Havbris Norge",
    "app_secret": "marker-app-secret-8842",
    "verify_token": "marker-verify-8842",
    "access_token": "marker-access-8842",
}


def counts():
    return [model.objects.count() for model in (Channel, Account, Endpoint, Lane, DataKey, AuditEntry)]


def add(now, **values):
    return add_channel(actor=SYSTEM, platform="facebook", values={**VALUES, **values}, now=now)


def every_byte_of_the_database():
    """All rows of all tables as text; bytea in hex."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            for (row,) in cursor.fetchall():
                yield table, row


def test_what_whoever_connects_a_channel_is_told(teams, now):
    # when
    given = add(now)
    # then
    channel, account = Channel.objects.get(), Account.objects.get()
    endpoint = Endpoint.objects.get()
    assert (given.id, given.platform, given.external_id, given.name) == (
        channel.pk, "facebook", OTHER, "Havbris Norge")  # fmt: skip
    assert (given.endpoint_key, given.webhook_path) == (endpoint.key, f"/webhooks/meta/{endpoint.key}/")
    assert (account.channel_id, account.endpoint_id, account.lane_id) == (channel.pk, endpoint.pk, endpoint.lane_id)
    assert (account.health, account.missing, account.held_until) == ("ok", [], None)
    assert unseal(account.credentials, context=account.context) == b'{"access_token": "marker-access-8842"}'
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_id, entry.actor_id, entry.data) == ("channel.added", channel.pk, None, {})


def test_same_secrets_share_one_endpoint_and_lane(teams, now):
    first = add(now)
    second = add(now, external_id="104000000000003", access_token="another")
    assert first.endpoint_key == second.endpoint_key
    assert (Endpoint.objects.count(), Lane.objects.count(), Account.objects.count()) == (1, 1, 2)


@pytest.mark.parametrize("differs", ["app_secret", "verify_token"])
def test_another_secret_is_another_endpoint(teams, now, differs):
    first = add(now)
    second = add(now, external_id="104000000000003", **{differs: "different"})
    assert first.endpoint_key != second.endpoint_key
    assert (Endpoint.objects.count(), Lane.objects.count()) == (2, 2)


def test_an_endpoint_whose_key_is_lost_does_not_stand_in_the_way_of_a_new_channel(teams, now):
    # given an endpoint that no longer opens
    add(now)
    Endpoint.objects.update(app_secret=b"\x01\x02k9" + bytes(40))
    # when
    second = add(now, external_id="104000000000003")
    # then
    assert Endpoint.objects.count() == 2
    assert Account.objects.get(channel_id=second.id).endpoint.key == second.endpoint_key


def test_the_same_page_twice_is_a_conflict(connected, now):
    before = counts()
    with pytest.raises(Conflict) as refused:
        add(now, external_id="104000000000001")
    assert refused.value.code == "exists"
    assert counts() == before


@pytest.mark.parametrize("name", sorted(VALUES))
@pytest.mark.parametrize("value", [None, "", "   ", "\x00"])
def test_every_missing_value_is_named_and_nothing_is_stored(teams, now, name, value):
    values = {**VALUES, name: value} if value is not None else {k: v for k, v in VALUES.items() if k != name}
    before = counts()
    with pytest.raises(Invalid) as refused:
        add_channel(actor=SYSTEM, platform="facebook", values=values, now=now)
    assert refused.value.field == name
    assert counts() == before


@pytest.mark.parametrize("value", ["x" * 256, "10 4", " 104", "104\u202e", "1\ud800"])
def test_an_id_that_no_platform_gives_is_refused(teams, now, value):
    before = counts()
    with pytest.raises(Invalid) as refused:
        add(now, external_id=value.replace("10 4", "10  4"))
    assert refused.value.field == "external_id"
    assert counts() == before


def test_a_setting_the_platform_does_not_know_is_named_but_not_repeated(teams, now):
    before = counts()
    with pytest.raises(Invalid) as refused:
        add(now, acess_token="marker-typo")
    assert refused.value.field == "acess_token"
    assert "marker-typo" not in str(refused.value)
    assert counts() == before


def test_an_unknown_platform_is_refused(teams, now):
    before = counts()
    with pytest.raises(Invalid) as refused:
        add_channel(actor=SYSTEM, platform="myspace", values=VALUES, now=now)
    assert refused.value.field == "platform"
    assert counts() == before


def test_no_secret_stands_in_clear_anywhere_in_the_database(teams, now):
    # given
    add(now)
    secrets = [VALUES[name] for name in ("app_secret", "verify_token", "access_token")]
    marks = secrets + [secret.encode().hex() for secret in secrets]
    # when
    rows = list(every_byte_of_the_database())
    # then
    assert any("Havbris Norge" in row for _, row in rows)  # the scan sees what is stored
    assert [table for table, row in rows for mark in marks if mark in row] == []
