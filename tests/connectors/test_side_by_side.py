"""Two workers at once: nobody takes what another holds, and nobody waits for it."""

import threading

import pytest
from django.db import connection, transaction

from connectors.models import Delivery, Endpoint, Lane
from connectors.operations import sending
from connectors.operations.channels import add_channel
from connectors.operations.draining import claim_row
from connectors.operations.ingesting import ingest_waiting
from connectors.operations.replying import take_back_reply
from connectors.operations.sending import send_next, send_waiting
from core.actors import SYSTEM
from core.errors import Conflict
from core.pool.base import drain
from tickets.models import Message, Part, Ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at_once():
    """at_once(call, call, …) → their results or errors, each in a thread and connection of its own."""

    def run(*calls):
        results = [None] * len(calls)
        begin = threading.Barrier(len(calls))

        def one(place, call):
            try:
                begin.wait(10)
                results[place] = call()
            except Exception as error:
                results[place] = error
            finally:
                connection.close()

        threads = [threading.Thread(target=one, args=pair, daemon=True) for pair in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        waits = [thread for thread in threads if thread.is_alive()]
        assert waits == [], "somebody waits for what another holds"
        return results

    yield run
    drain()


@pytest.fixture
def second(connected, now):
    """Another page on an endpoint, and so a lane, of its own."""
    values = {"external_id": "104000000000002", "name": "Norge", "app_secret": "b", "verify_token": "v",
              "access_token": "t"}  # fmt: skip
    other = add_channel(actor=SYSTEM, platform="facebook", values=values, now=now)
    return Endpoint.objects.select_related("data_key").get(key=other.endpoint_key)


def states(endpoint):
    return sorted(set(Delivery.objects.filter(endpoint=endpoint).values_list("state", flat=True)))


def test_a_held_lane_is_passed_over_and_the_next_is_worked(
    endpoint, second, keep, comment, change, page_of, now, at_once
):
    # given work in two lanes, and a worker that holds the first
    keep(endpoint, comment("1_10", "a"))
    keep(second, page_of(change("2_10", "b"), page="104000000000002"))
    with transaction.atomic():
        Lane.objects.select_for_update().get(pk=endpoint.lane_id)
        # when another comes
        (settled,) = at_once(lambda: ingest_waiting(now=now))
        # then
        assert settled == 1
        assert (states(endpoint), states(second)) == (["new"], ["done"])
    assert at_once(lambda: ingest_waiting(now=now)) == [1]
    assert states(endpoint) == ["done"]


def test_three_workers_settle_each_delivery_once(endpoint, second, keep, comment, change, page_of, now, at_once):
    # given more than a slice in one lane and some in the other
    keep(endpoint, *(comment(f"1_{100 + i}", f"Ord {i}", person=str(7000 + i % 7)) for i in range(320)))
    keep(second, *(page_of(change(f"2_{i}", "b", person="7001"), page="104000000000002") for i in range(40)))
    # when
    settled = at_once(*[lambda: ingest_waiting(now=now)] * 3)
    ingest_waiting(now=now)
    # then
    assert sum(settled) == 360
    assert (Message.objects.count(), set(Delivery.objects.values_list("state", flat=True))) == (360, {"done"})
    assert Message.objects.filter(ticket=None).count() == 0
    assert Ticket.objects.count() == 360


def test_workers_that_race_for_one_part_make_one_call(case, reply, graph, clock, part_of, at_once):
    message = reply(case)
    assert sum(at_once(*[send_waiting] * 4)) == 1
    assert (part_of(message).state, part_of(message).attempts, len(graph.calls)) == ("sent", 1, 1)


def test_workers_that_race_through_a_thread_keep_its_order(case, reply, graph, clock, at_once):
    for number in range(6):
        reply(case, f"Osa {number}")
    at_once(*[send_waiting] * 3)
    send_waiting()
    assert [text for _, text in graph.said] == [f"Osa {number}" for number in range(6)]
    assert set(Part.objects.values_list("state", flat=True)) == {"sent"}


def test_taking_back_races_with_the_claim_and_exactly_one_wins(case, reply, graph, clock, now, at_once):
    for _ in range(4):
        message = reply(case)
        before = len(graph.calls)
        # when
        undone, sent = at_once(
            lambda pk=message.pk: take_back_reply(actor=case.actor, ticket_id=case.ticket.pk, message_id=pk, now=now),
            send_next,
        )
        # then
        if isinstance(undone, Conflict):
            assert (sent, len(graph.calls), Part.objects.get(message=message).state) == (True, before + 1, "sent")
        else:
            assert (undone, len(graph.calls)) == ("Hei, se lähti eilen.", before)
            assert not Message.objects.filter(pk=message.pk).exists()


def test_a_part_that_is_being_taken_back_is_not_claimed(case, reply, graph, clock, now, at_once):
    # given a colleague in the middle of taking it back
    message = reply(case)
    with transaction.atomic():
        take_back_reply(actor=case.actor, ticket_id=case.ticket.pk, message_id=message.pk, now=now)
        assert at_once(lambda: claim_row(sending._CLAIM, now=now)) == [None]
    assert at_once(send_waiting) == [0]
    assert graph.calls == []


def test_an_echo_that_races_with_the_receipt_leaves_one_row(
    case, reply, graph, clock, echo, keep, endpoint, part_of, now, at_once
):
    # given a page that tells before it answers: the webhook is kept while the call is open
    sent = [f"Hei numero {number}" for number in range(5)]
    messages = [reply(case, text) for text in sent]

    def told_early(number, text):
        try:
            keep(endpoint, echo(number, text, parent="1_10"))
        finally:
            connection.close()

    graph.before_answer = told_early
    # when sender and intake work at the same time
    at_once(send_waiting, lambda: [ingest_waiting(now=now) for _ in range(20)])
    ingest_waiting(now=now)
    # then
    assert [part_of(message).state for message in messages] == ["sent"] * 5
    assert Message.objects.filter(direction="out").count() == 5
    assert sorted(Message.objects.filter(direction="out").values_list("external_id", flat=True)) == [
        f"1_{901 + i}" for i in range(5)
    ]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
