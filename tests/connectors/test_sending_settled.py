"""How a send is settled after its call: by the receipt, by the echo, by a sweeper, by a colleague; one row each."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from connectors.kit import errors
from connectors.kit.base import Receipt
from connectors.models import Account, Health
from connectors.operations.replying import confirm_reply
from connectors.operations.sending import _conclude as conclude
from connectors.operations.sending import recover_stuck, send_next, send_waiting, store_receipt
from tickets.models import Message, Part, Ticket


def texts(graph):
    return [text for _, text in graph.said]


@pytest.fixture
def under_way(reply, part_of):
    """under_way(case, "text") → a message whose call has left and has no answer yet, as the worker commits it."""

    def make(case, text, now):
        message = reply(case, text)
        Part.objects.filter(message=message).update(state="sending", attempts=1, claimed_at=now)
        return message, part_of(message).pk

    return make


def test_the_echo_settles_an_unknown_without_a_second_row(case, reply, graph, clock, part_of, take_in, echo, now):
    # given
    message, following = reply(case, "Hei, se lähti."), reply(case, "Vielä yksi asia")
    graph.plan = ["drop_after"]
    send_waiting()
    rows = Message.objects.count()
    # when the page tells what it has
    take_in(echo("1_901", "Hei,  se lähti.", parent="1_10"))
    # then
    assert Message.objects.count() == rows
    assert Message.objects.get(pk=message.pk).external_id == "1_901"
    assert (part_of(message).state, part_of(message).reason) == ("sent", "")
    assert Ticket.objects.get().trouble == ""
    # and the next goes out, the same echo again changes nothing
    assert send_waiting() == 1
    take_in(echo("1_901", "Hei,  se lähti.", parent="1_10", at=now + timedelta(seconds=1)))
    assert Message.objects.count() == rows
    assert (part_of(following).state, texts(graph)) == ("sent", ["Hei, se lähti.", "Vielä yksi asia"])


def test_a_colleagues_answer_on_facebook_itself_is_not_taken_for_ours(
    case, reply, graph, clock, part_of, take_in, echo
):
    message = reply(case, "Hei, se lähti.")
    graph.plan = ["drop"]
    send_waiting()
    take_in(echo("1_950", "Ihan toinen vastaus", parent="1_10"))
    assert part_of(message).state == "unknown"
    assert Message.objects.get(external_id="1_950").origin == "native_app"


@pytest.mark.parametrize("told", ["Hei, se lähti.", "Hei – se lähti!"], ids=["same words", "changed by the platform"])
def test_an_echo_before_the_receipt_leaves_one_row(case, under_way, part_of, take_in, echo, now, told):
    # given
    message, part_id = under_way(case, "Hei, se lähti.", now)
    rows = Message.objects.count()
    # when the page tells before it answers
    take_in(echo("1_901", told, parent="1_10"))
    store_receipt(part_id=part_id, receipt=Receipt("1_901", now), now=now)
    # then
    assert Message.objects.count() == rows
    kept = Message.objects.get(pk=message.pk)
    assert (kept.external_id, kept.origin, kept.text) == ("1_901", "ours", "Hei, se lähti.")
    assert part_of(message).state == "sent"


@pytest.mark.parametrize("echo_too", [True, False])
def test_a_reply_deleted_on_the_page_before_its_receipt_is_deleted(
    case, under_way, take_in, echo, page_of, now, echo_too
):
    # given
    message, part_id = under_way(case, "Hei, se lähti.", now)
    gone = {"item": "comment", "verb": "remove", "comment_id": "1_901", "from": {"id": "104000000000001", "name": "H"}}
    # when somebody removes it on Facebook at once
    if echo_too:
        take_in(echo("1_901", "Hei – se lähti!", parent="1_10"))
    take_in(page_of({"field": "feed", "value": gone}))
    store_receipt(part_id=part_id, receipt=Receipt("1_901", now), now=now)
    # then
    kept = Message.objects.get(pk=message.pk)
    assert (kept.external_id, kept.state) == ("1_901", "deleted")
    assert Message.objects.filter(external_id="1_901").count() == 1


@pytest.mark.parametrize(
    "error",
    [
        errors.RetryLater(),
        errors.RateLimited(60),
        errors.NeedsReconnect(),
        errors.Rejected(errors.RejectReason.REFUSED),
        errors.OutcomeUnknown(),
    ],
)
def test_what_the_echo_has_settled_no_late_answer_unsettles(case, under_way, part_of, take_in, echo, now, clock, error):
    # given a call whose effect has come back as an echo
    message, part_id = under_way(case, "Hei, se lähti.", now)
    take_in(echo("1_901", "Hei, se lähti.", parent="1_10"))
    assert part_of(message).state == "sent"
    part = Part.objects.select_related("message").get(pk=part_id)
    # when the call ends badly after all
    conclude(part, Account.objects.select_related("channel").get(), error)
    # then it stays sent, and is never sent again
    assert part_of(message).state == "sent"
    assert Ticket.objects.get().trouble == ""


def test_a_receipt_that_meets_another_worker_is_kept_all_the_same(case, reply, graph, clock, part_of, trap):
    message = reply(case)
    trap.set(OperationalError("deadlock detected"), times=2)
    assert send_waiting() == 1
    assert (part_of(message).state, len(graph.said)) == ("sent", 1)
    assert Message.objects.get(pk=message.pk).external_id == "1_901"


def test_a_claim_that_a_dead_worker_left_is_queued_again_and_sent_once(case, reply, graph, clock, part_of):
    message = reply(case)
    Part.objects.update(state="claimed", claimed_at=clock(), attempts=1)
    clock.forward(minutes=2, seconds=59)
    assert recover_stuck(now=clock()) == 0
    clock.forward(seconds=2)
    assert recover_stuck(now=clock()) == 1
    assert send_next()
    assert (part_of(message).state, part_of(message).attempts, len(graph.said)) == ("sent", 2, 1)


def test_a_call_that_a_dead_worker_left_is_unknown(case, under_way, graph, clock, part_of):
    message, _ = under_way(case, "Hei", clock())
    clock.forward(minutes=3, seconds=1)
    assert recover_stuck(now=clock()) == 1
    assert (part_of(message).state, part_of(message).reason) == ("unknown", "no_answer")
    assert (recover_stuck(now=clock()), send_waiting(), graph.calls) == (0, 0, [])


def test_a_nearly_used_up_allowance_pauses_after_the_send(case, under_way, account, now):
    _, part_id = under_way(case, "Hei", now)
    store_receipt(part_id=part_id, receipt=Receipt("1_901", now, pause_seconds=300), now=now)
    assert account().held_until == now + timedelta(seconds=300)
    assert account().health in (Health.OK, Health.LIMITED)


def test_a_reply_that_a_colleague_confirmed_takes_its_echo_as_its_own(
    case, reply, graph, clock, part_of, take_in, echo
):
    # given an unclear end, and a colleague who has looked
    message = reply(case, "Hei, se lähti.")
    graph.plan = ["drop_after"]
    send_waiting()
    confirm_reply(actor=case.actor, ticket_id=case.ticket.pk, message_id=message.pk, now=clock())
    # when the webhook or a poll tells of it after all
    take_in(echo("1_901", "Hei, se lähti.", parent="1_10"))
    # then
    assert Message.objects.filter(direction="out").count() == 1
    assert Message.objects.get(pk=message.pk).external_id == "1_901"


def test_an_unknown_reply_that_was_removed_on_the_page_before_its_echo_is_deleted(
    case, reply, graph, clock, part_of, take_in, echo, page_of
):
    message = reply(case, "Hei, se lähti.")
    graph.plan = ["drop_after"]
    send_waiting()
    gone = {"item": "comment", "verb": "remove", "comment_id": "1_901", "from": {"id": "104000000000001", "name": "H"}}
    take_in(page_of({"field": "feed", "value": gone}))
    take_in(echo("1_901", "Hei, se lähti.", parent="1_10"))
    assert (part_of(message).state, Message.objects.get(pk=message.pk).state) == ("sent", "deleted")
