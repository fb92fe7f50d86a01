"""Hints may be lost, doubled or late: rows are the truth and the sweepers find them."""

import json
import logging

import pytest
from django.db import transaction

from connectors import tasks
from connectors.jobs import INGEST, SEND
from connectors.models import Delivery
from core.broker import broker
from core.jobs import clear_pending, enqueue, send_hint
from tickets.models import Message


def waiting(valkey, queue="ingest"):
    """What lies in a worker's queue."""
    return [json.loads(raw)["headers"]["task"] for raw in valkey.lrange(queue, 0, -1)]


def test_one_hint_waits_at_a_time_and_its_flag_lives_five_seconds(valkey):
    for _ in range(100):
        send_hint(INGEST)
    assert waiting(valkey) == ["connectors.ingest"]
    assert 0 < valkey.ttl(INGEST.pending_key) <= 5
    # when the worker has begun its last look
    clear_pending(INGEST)
    send_hint(INGEST)
    assert len(waiting(valkey)) == 2


def test_flags_of_different_jobs_do_not_meet(valkey):
    send_hint(INGEST)
    send_hint(SEND)
    assert (waiting(valkey), waiting(valkey, "send")) == (["connectors.ingest"], ["connectors.send"])


@pytest.mark.django_db(transaction=True)
def test_a_hint_leaves_after_commit_only(valkey):
    with transaction.atomic():
        enqueue(INGEST)
        assert waiting(valkey) == []
    assert waiting(valkey) == ["connectors.ingest"]
    clear_pending(INGEST)
    with transaction.atomic():
        enqueue(INGEST)
        transaction.set_rollback(True)
    assert len(waiting(valkey)) == 1


def test_a_delivery_whose_hint_was_lost_is_swept_even_while_a_flag_stands(endpoint, keep, comment, valkey):
    # given a flag that a dead worker left
    keep(endpoint, comment("1_10", "Hei"))
    valkey.set(INGEST.pending_key, 1, ex=5)
    # when
    tasks.sweep_ingest()
    # then
    assert Delivery.objects.get().state == "done"
    assert Message.objects.count() == 1
    tasks.sweep_ingest()
    tasks.ingest(stray="keyword of an older version")
    assert Message.objects.count() == 1


def test_sweeping_an_empty_house_asks_little(connected, valkey, django_assert_max_num_queries):
    with django_assert_max_num_queries(1):
        tasks.sweep_ingest()
    with django_assert_max_num_queries(12):
        tasks.sweep_send()


def test_a_reply_whose_hint_was_lost_is_swept(case, reply, graph, clock, part_of, valkey, monkeypatch):
    # given a reply whose undo window ends later, which nobody will say
    monkeypatch.setattr("connectors.tasks.now", clock)
    message = reply(case, undo=10)
    tasks.sweep_send()
    assert graph.calls == []
    # when
    clock.forward(seconds=10)
    tasks.sweep_send()
    assert (part_of(message).state, len(graph.calls)) == ("sent", 1)
    tasks.sweep_send()
    tasks.send(stray=1)
    assert len(graph.calls) == 1


def test_a_broker_that_is_down_is_forgiven_and_said(case, reply, settings, caplog, django_capture_on_commit_callbacks):
    # given
    settings.REDIS_URL = "unix:///nowhere/valkey.sock?db=0"
    broker.cache_clear()
    try:
        # when
        with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):
            message = reply(case)
    finally:
        broker.cache_clear()
    # then
    assert Message.objects.filter(pk=message.pk).exists()
    assert "hint connectors.send not sent: ConnectionError" in caplog.text
