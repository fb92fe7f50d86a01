"""Raw pieces that were fetched: stored once, read like webhooks, kept whole when they cannot be read."""

from datetime import timedelta

import pytest

from connectors.kit.base import Page, Raw
from connectors.models import Account, Delivery, DeliveryState
from connectors.operations import ingesting
from connectors.operations.fetching import keep_pieces
from connectors.operations.ingesting import ingest_waiting, replay_deliveries
from connectors.operations.polling import store_page
from tickets.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(connected):
    return Account.objects.select_related("channel", "endpoint").get(channel_id=connected.id)


def test_the_same_bytes_are_one_delivery_however_often_they_are_fetched(account, comment, now):
    pieces = [Raw(comment("1_10", "Hei!"), {"folder": "a"}), Raw(comment("1_10", "Hei!"), {"folder": "b"})]

    assert keep_pieces(account=account, pieces=pieces, now=now) == 1
    assert keep_pieces(account=account, pieces=pieces, now=now + timedelta(hours=1)) == 0

    assert Delivery.objects.count() == 1
    assert b"Hei!" not in bytes(Delivery.objects.get().body)
    ingest_waiting(now=now)
    assert Message.objects.get().text == "Hei!"


def test_pieces_and_cursor_stand_or_fall_together(account, comment, now):
    page = Page((), {"at": 1}, False, raw=(Raw(comment("1_10", "Hei!")),))

    assert store_page(account=account, page=page, before={}, now=now) is True
    assert store_page(account=account, page=page, before={}, now=now) is False

    account.refresh_from_db()
    assert (account.cursor, Delivery.objects.count()) == ({"at": 1}, 1)


def test_after_a_lost_cursor_and_expired_deliveries_nothing_is_doubled(account, comment, now):
    page = Page((), {"at": 1}, False, raw=(Raw(comment("1_10", "Hei!")),))
    store_page(account=account, page=page, before={}, now=now)
    ingest_waiting(now=now)
    Delivery.objects.all().delete()
    Account.objects.update(cursor={})

    assert store_page(account=account, page=page, before={}, now=now) is True
    ingest_waiting(now=now)

    assert Message.objects.count() == 1


def test_what_cannot_be_read_is_kept_whole_and_can_be_read_again(account, now, comment):
    keep_pieces(account=account, pieces=[Raw(b"not what was promised"), Raw(comment("1_10", "Hei!"))], now=now)

    ingest_waiting(now=now)

    assert sorted(Delivery.objects.values_list("state", flat=True)) == [DeliveryState.DONE, DeliveryState.UNREADABLE]
    assert Message.objects.count() == 1
    assert replay_deliveries(now=now) == 1
    assert ingest_waiting(now=now) == 1


def test_heavy_pieces_are_read_a_few_at_a_time(account, now, comment, monkeypatch):
    monkeypatch.setattr(ingesting, "SLICE_BYTES", 1500)
    pieces = [Raw(comment(f"1_{n}", f"Hei {n} " + "x" * 1000)) for n in range(5)]
    keep_pieces(account=account, pieces=pieces, now=now)

    assert ingesting._ingest_slice(now) == 1
    assert ingest_waiting(now=now) == 4
    assert Message.objects.count() == 5
