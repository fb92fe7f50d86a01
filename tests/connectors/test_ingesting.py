"""Raw deliveries → rows: each settled once, in order, one bad one never holds up the others."""

import json
import logging

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from psycopg2.errors import DeadlockDetected

from connectors.jobs import INGEST
from connectors.models import Account, Delivery, DeliveryState, Endpoint
from connectors.operations.channels import add_channel
from connectors.operations.ingesting import SLICE, ingest_waiting, replay_deliveries
from core.actors import SYSTEM
from core.audit.models import AuditEntry
from core.keys.models import DataKey
from inbox.live.models import Hint
from tickets.models import Message, Ticket

SECRETS = {"app_secret": "second-secret", "verify_token": "v", "access_token": "t"}


@pytest.fixture
def fragile_table(db):
    """The database itself refuses to store one marked message."""
    with connection.cursor() as cursor:
        cursor.execute("""
            CREATE FUNCTION refuse_marked() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.external_id = '1_13' THEN RAISE EXCEPTION 'value % refused', NEW.text; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER refuse_marked BEFORE INSERT ON tickets_message
            FOR EACH ROW EXECUTE FUNCTION refuse_marked();
        """)

    def mend():
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER refuse_marked ON tickets_message")

    return mend


def states():
    return list(Delivery.objects.order_by("pk").values_list("state", "error"))


def test_a_delivery_becomes_rows_and_is_done(take_in, comment, account, now):
    # when
    (delivery,) = take_in(comment("1_10", "Missä tilaukseni on?"))
    # then
    assert (delivery.state, delivery.error) == ("done", "")
    message = Message.objects.get()
    assert (message.external_id, message.text, message.direction) == ("1_10", "Missä tilaukseni on?", "in")
    assert Ticket.objects.count() == 1
    assert account().last_in_at == now


def test_a_lane_is_worked_in_the_order_of_arrival(take_in, comment):
    # given one more than fits in a slice, the first with the last id and the last with the first
    numbers = ["1_999", *(f"1_{100 + i}" for i in range(SLICE - 1)), "1_050"]
    # when
    take_in(*(comment(number, "Hei") for number in numbers))
    # then the late comer came in the second transaction
    assert Message.objects.count() == SLICE + 1
    assert Message.objects.order_by("pk").last().external_id == "1_050"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"not json, marker-1234", "Unreadable json"),
        (b'{"entry": 5}', "Unreadable entry"),
        (b'{"object": "page"}', "Unreadable entry"),
        (b'{"entry": [{"id": "104000000000001", "time": "noon marker"}]}', "Unreadable entry.0.time"),
        (b"", "Unreadable json"),
        (b'{"entry": [{"id": "1040', "Unreadable json"),
        (b'{"entry":' + b"[" * 5000 + b"]" * 5000 + b"}", "Unreadable"),
        (b"\xff\xfe\x00", "Unreadable json"),
    ],
)
def test_an_unreadable_body_says_class_and_path_and_keeps_its_bytes(take_in, stored, caplog, body, error):
    before = stored()
    # when
    with caplog.at_level(logging.DEBUG):
        (delivery,) = take_in(body)
    # then
    assert delivery.state == "unreadable"
    assert delivery.error.startswith(error)
    assert "marker" not in delivery.error + caplog.text
    assert len(bytes(delivery.body)) > len(body)
    assert stored() == before


def test_one_poison_delivery_among_300_and_299_done(endpoint, keep, comment):
    # given
    bodies = [comment(f"1_{100 + i}", f"Ord {i}") for i in range(300)]
    bodies[217] = b'{"entry": [{"id": "104000000000001", "changes": "marker"}]}'
    deliveries = keep(endpoint, *bodies)
    # when
    settled = ingest_waiting(now=deliveries[0].received_at)
    # then
    assert settled == 300
    assert Message.objects.count() == 299
    assert dict.fromkeys(states()).keys() == {("done", ""), ("unreadable", "Unreadable entry.0.changes")}
    poison = Delivery.objects.get(state=DeliveryState.UNREADABLE)
    assert poison.pk == deliveries[217].pk


def test_what_the_database_refuses_is_found_by_halving(fragile_table, take_in, comment, caplog):
    # given one among many that the database will not store
    bodies = [comment(f"1_{10 + i}", f"Salaisuus {i}") for i in range(40)]
    # when
    with caplog.at_level(logging.DEBUG, logger="connectors"):
        deliveries = take_in(*bodies)
    # then
    assert [d.state for d in deliveries] == ["done"] * 3 + ["unreadable"] + ["done"] * 36
    assert deliveries[3].error == "InternalError"
    assert "Salaisuus" not in caplog.text
    assert Message.objects.count() == 39


def test_items_of_one_delivery_stand_or_fall_together(fragile_table, take_in, change, page_of):
    (delivery,) = take_in(page_of(change("1_12", "a"), change("1_13", "b"), change("1_14", "c")))
    assert delivery.state == "unreadable"
    assert (Message.objects.count(), Ticket.objects.count()) == (0, 0)


def test_replay_after_the_fix(fragile_table, take_in, comment, now, valkey, django_capture_on_commit_callbacks):
    # given two unreadable ones and one done
    take_in(comment("1_12", "a"), comment("1_13", "b"), b"nonsense")
    # when one is mended and only that one is replayed
    fragile_table()
    culprit = Delivery.objects.get(error="InternalError")
    with django_capture_on_commit_callbacks(execute=True):
        count = replay_deliveries(now=now, delivery_ids=[culprit.pk])
    # then
    assert count == 1
    assert valkey.llen("ingest") == 1
    assert list(AuditEntry.objects.exclude(action="channel.added").values_list("action", "object_id")) == [
        ("delivery.replayed", culprit.pk)
    ]
    assert sorted(states()) == [("done", ""), ("new", ""), ("unreadable", "Unreadable json")]
    ingest_waiting(now=now)
    assert sorted(Message.objects.values_list("external_id", flat=True)) == ["1_12", "1_13"]
    # and all that are left can be asked for without naming them; done ones are never run again
    assert replay_deliveries(now=now) == 1
    assert ingest_waiting(now=now) == 1
    assert sorted(states()) == [("done", ""), ("done", ""), ("unreadable", "Unreadable json")]


def test_a_page_that_is_not_ours_is_ignored(take_in, change, page_of, stored):
    before = stored()
    (delivery,) = take_in(page_of(change("9_1", "Hei"), page="999"))
    assert (delivery.state, delivery.error) == ("ignored", "")
    assert stored() == before


@pytest.mark.parametrize("inside", [b"", b'{"id": "104000000000001", "changes": [{"field": "novelty"}]}'])
def test_what_holds_nothing_for_us_is_ignored(take_in, inside):
    assert [d.state for d in take_in(b'{"object": "page", "entry": [' + inside + b"]}")] == ["ignored"]


def test_an_unknown_kind_beside_a_known_one_costs_nothing(take_in, change, page_of):
    odd = {"field": "feed", "value": {"item": "hologram", "verb": "beam"}}
    (delivery,) = take_in(page_of(odd, change("1_10", "Hei"), {"field": "weather", "value": {}}))
    assert delivery.state == "done"
    assert Message.objects.get().external_id == "1_10"


def test_several_pages_in_one_body(connected, take_in, change, now):
    # given a second page on the same endpoint, and a third that is a stranger's
    second = add_channel(
        actor=SYSTEM,
        platform="facebook",
        values={"external_id": "104000000000002", "name": "Havbris Norge", "app_secret": "app-secret",
                "verify_token": "verify-token", "access_token": "t"},
        now=now,
    )  # fmt: skip
    entries = [
        {"id": page, "time": int(now.timestamp()), "changes": [change(f"{page}_7", f"Hei {page[-1]}")]}
        for page in ("104000000000001", "104000000000002", "999")
    ]
    # when
    (delivery,) = take_in(json.dumps({"object": "page", "entry": entries}).encode())
    # then
    assert delivery.state == "done"
    placed = Message.objects.order_by("pk").values_list("channel_id", "text")
    assert list(placed) == [(connected.id, "Hei 1"), (second.id, "Hei 2")]


def test_a_lost_endpoint_key_makes_its_deliveries_unreadable_and_nobody_elses(
    endpoint, keep, comment, change, page_of, now
):
    # given two lanes with work, the first with a key that no longer opens
    other = add_channel(
        actor=SYSTEM, platform="facebook",
        values={"external_id": "104000000000002", "name": "Norge", **SECRETS}, now=now,
    )  # fmt: skip
    second = Endpoint.objects.select_related("data_key").get(key=other.endpoint_key)
    keep(endpoint, comment("1_10", "a"), comment("1_11", "b"))
    keep(second, page_of(change("2_12", "c"), page="104000000000002"))
    DataKey.objects.filter(pk=endpoint.data_key_id).update(wrapped=b"\x01\x02k1" + bytes(60))
    # when
    settled = ingest_waiting(now=now)
    # then
    assert settled == 3
    assert states() == [("unreadable", "SealBroken"), ("unreadable", "SealBroken"), ("done", "")]


def test_killed_in_the_middle_and_run_again_gives_the_rows_of_one_run(
    endpoint, keep, comment, now, trap, power_cut, stored
):
    # given
    keep(endpoint, *(comment(f"1_{10 + i}", f"Ord {i}", person=str(7000 + i % 3)) for i in range(12)))
    before = stored()
    trap.set(power_cut())
    # when
    with pytest.raises(power_cut):
        ingest_waiting(now=now)
    # then nothing has happened
    assert states() == [("new", "")] * 12
    assert (stored(), Hint.objects.count()) == (before, 0)
    # and the next worker gives what one run would have given
    assert ingest_waiting(now=now) == 12
    once = stored()
    assert states() == [("done", "")] * 12
    assert [len(once[name]) for name in ("messages", "tickets", "customers")] == [12, 12, 3]
    # when it runs over all once more
    Delivery.objects.update(state=DeliveryState.NEW)
    ingest_waiting(now=now)
    assert stored() == once


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_is_tried_again_and_marks_nobody(take_in, comment, trap):
    knot = OperationalError("deadlock detected")
    knot.__cause__ = DeadlockDetected()
    trap.set(knot, times=2)
    deliveries = take_in(comment("1_10", "a"), comment("1_11", "b"))
    assert [d.state for d in deliveries] == ["done", "done"]


def test_a_database_that_stays_away_leaves_all_new(endpoint, keep, comment, now, trap):
    keep(endpoint, comment("1_10", "a"))
    trap.set(OperationalError("gone"), times=1)
    with pytest.raises(OperationalError):
        ingest_waiting(now=now)
    assert states() == [("new", "")]
    assert Message.objects.count() == 0


def test_a_batch_takes_as_many_statements_whatever_its_size(endpoint, keep, comment, now):
    # given a first batch, so that channel and people are known
    keep(endpoint, *(comment(f"1_{100 + i}", "Hei") for i in range(10)))
    ingest_waiting(now=now)
    counts = []
    for first, size in ((200, 2), (300, 290)):
        keep(endpoint, *(comment(f"1_{first + i}", "Hei") for i in range(size)))
        with CaptureQueriesContext(connection) as taken:
            ingest_waiting(now=now)
        counts.append(len(taken))
    # then it takes no more for 145 times as many
    assert counts == [25, 25]
    assert Message.objects.count() == 302


def test_a_single_comment_takes_few_statements(endpoint, keep, comment, now, django_assert_num_queries):
    keep(endpoint, comment("1_10", "Hei"))
    with django_assert_num_queries(27):  # of somebody new, in a new thread; the savepoint is the test's
        ingest_waiting(now=now)
    keep(endpoint, comment("1_11", "Hei", parent="1_10"))
    with django_assert_num_queries(24):  # of somebody known, under an open case
        ingest_waiting(now=now)
    assert (Message.objects.count(), Ticket.objects.count()) == (2, 1)


def test_the_pending_flag_falls_so_that_the_next_hint_gets_through(take_in, comment, valkey):
    valkey.set(INGEST.pending_key, 1)
    take_in(comment("1_10", "a"))
    assert valkey.get(INGEST.pending_key) is None
    assert Account.objects.filter(last_in_at=None).count() == 0
