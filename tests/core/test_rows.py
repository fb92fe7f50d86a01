"""Many rows written in one statement."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DataError

from core.rows import update_rows
from tickets.models import Customer, Message, Thread


@pytest.fixture
def messages(channel, now):
    thread = Thread.objects.create(channel=channel, external_root="r", visibility="public", created_at=now)
    common = {"channel": channel, "thread": thread, "direction": "in", "origin": "customer", "visibility": "public"}
    times = {"at": now, "received_at": now, "version_at": now}
    return Message.objects.bulk_create(
        Message(uid=uuid.uuid4(), external_id=f"m{n}", content_hash=b"", **common, **times) for n in range(3)
    )


def test_every_row_gets_its_own_values_of_every_kind(messages, now, django_assert_num_queries):
    customer = Customer.objects.create(name="Kari", created_at=now)
    for n, message in enumerate(messages):
        message.text, message.masks, message.sealed = f"tekst {n} 'x' %s", [[0, n, "PHONE"]], bytes([n, 0, 255])
        message.customer = customer if n else None
        message.edited_at, message.fold_at = now + timedelta(hours=n), n or None
    with django_assert_num_queries(1):
        update_rows(messages, ["text", "masks", "sealed", "customer", "edited_at", "fold_at"])
    for n, stored in enumerate(Message.objects.order_by("pk")):
        assert (stored.text, stored.masks, bytes(stored.sealed)) == (
            f"tekst {n} 'x' %s",
            [[0, n, "PHONE"]],
            bytes([n, 0, 255]),
        )
        assert stored.customer_id == (customer.pk if n else None)
        assert (stored.edited_at, stored.fold_at) == (now + timedelta(hours=n), n or None)


def test_other_rows_and_other_columns_stay(messages):
    for message in messages:
        message.text, message.language = "ny", "nb"
    update_rows(messages[1:], ["text"])
    assert list(Message.objects.order_by("pk").values_list("text", "language")) == [("", ""), ("ny", ""), ("ny", "")]


def test_nothing_for_no_rows(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        update_rows([], ["text"])


def test_a_value_too_long_for_its_column_is_refused_not_cut(messages):
    messages[0].language = "x" * 11
    with pytest.raises(DataError):
        update_rows(messages, ["language"])


def test_times_keep_their_zone(messages):
    messages[0].edited_at = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    update_rows(messages[:1], ["edited_at"])
    assert Message.objects.get(pk=messages[0].pk).edited_at == messages[0].edited_at
