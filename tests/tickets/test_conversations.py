"""Private conversations: who has them, what was read of them, and whose case an answer from elsewhere belongs to."""

from datetime import timedelta
from itertools import permutations

import pytest

from tickets.intake.items import Attachment, HandoverItem, ReceiptItem
from tickets.models import Message, Part, Thread, Ticket


@pytest.fixture
def say(town):
    """say("m1", standby=True) → an item of the conversation with p1."""

    def make(external_id, text="Hei", *, out=False, minute=-30, **extra):
        kind = {"external_root": "p1", "visibility": "private", "kind": "dm", "minute": minute, **extra}
        return (
            town.native(external_id, text, to="", root="p1", minute=minute, **extra_of(kind))
            if out
            else (town.comment(external_id, text, **kind))
        )

    def extra_of(kind):
        return {name: value for name, value in kind.items() if name not in ("external_root", "minute")}

    return make


@pytest.fixture
def handed(town):
    """handed(standby, minute=…) → the conversation with p1 went to another program, or to us."""
    return lambda standby, minute: HandoverItem(**town._base("p1", minute, minute), standby=standby)


@pytest.fixture
def read_up_to(town):
    """All was read up to this minute."""
    return lambda minute, outcome="read": ReceiptItem(
        **town._base("p1", minute, minute), outcome=outcome, whole_thread=True
    )


def held():
    return Thread.objects.get().standby


@pytest.mark.django_db
def test_who_has_the_conversation_is_the_same_whatever_the_order(say, handed, take_in, now):
    # given: ours, theirs, passed to us, theirs again
    told = [say("m1", standby=False, minute=-30), say("m2", standby=True, minute=-20),
            handed(False, -15), say("m3", standby=True, minute=-10)]  # fmt: skip
    for place, order in enumerate(permutations(told)):
        Message.objects.all().delete()
        Thread.objects.all().delete()
        # when
        take_in(say(f"first{place}", minute=-40))  # a poll: does not say who has it
        for item in order:
            take_in(item)
        # then
        assert held() is True, order


@pytest.mark.django_db
def test_a_late_standby_takes_nothing_away_from_us(say, take_in):
    take_in(say("m2", standby=False, minute=-10))
    take_in(say("m1", standby=True, minute=-20))
    assert held() is False


@pytest.mark.django_db
def test_a_conversation_comes_back_and_the_case_hears_of_it(say, handed, take_in):
    take_in(say("m1", standby=True))
    assert held() is True
    applied = take_in(handed(False, -5))
    assert held() is False
    assert applied.tickets == {Ticket.objects.get().pk}
    assert take_in(handed(False, -5)).tickets == frozenset()


@pytest.mark.django_db
def test_a_word_without_news_of_that_kind_costs_no_statement(say, take_in, django_assert_num_queries):
    from tickets.intake.handovers import apply_handovers
    from tickets.intake.prepare import find_channels, prepare

    take_in(say("m1", standby=False))
    items = [say("m2", standby=False)]
    thread = Thread.objects.get()
    prepared = prepare(items, find_channels(items))
    with django_assert_num_queries(0):
        apply_handovers(prepared, {(thread.channel_id, "p1"): thread})


@pytest.mark.django_db
def test_an_answer_from_the_networks_own_app_joins_the_case_of_who_spoke_last(say, take_in):
    take_in(say("m1", minute=-30), say("m2", "Vastaus", out=True, minute=-20))
    ticket = Ticket.objects.get()
    assert Message.objects.get(external_id="m2").ticket == ticket
    assert (ticket.waiting_since, ticket.status) == (None, "waiting")


@pytest.mark.django_db
def test_read_up_to_a_moment_leaves_out_what_left_later(say, take_in, our_reply, read_up_to, now):
    take_in(say("m1", minute=-30))
    ticket = Ticket.objects.get()
    early = our_reply(ticket, "sent", "Ensin", at=now - timedelta(minutes=25), claimed_at=now - timedelta(minutes=25))
    late = our_reply(ticket, "sent", "Sitten", at=now - timedelta(minutes=24), claimed_at=now - timedelta(minutes=10))
    Message.objects.filter(pk=early.pk).update(external_id="o1")
    Message.objects.filter(pk=late.pk).update(external_id="o2")
    # when
    take_in(read_up_to(-15), read_up_to(-5, "delivered"))
    # then
    assert Message.objects.get(pk=early.pk).outcome == "read"
    assert Message.objects.get(pk=late.pk).outcome == "delivered"
    assert take_in(read_up_to(-15)).changed_messages == 0
    take_in(read_up_to(-1))
    assert Message.objects.get(pk=late.pk).outcome == "read"


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_our_file_coming_back_settles_its_piece_and_is_no_second_message(say, take_in, our_reply, state, key):
    take_in(say("m1"))
    message = our_reply(Ticket.objects.get(), "sent", "Kuitti ohessa")
    Message.objects.filter(pk=message.pk).update(external_id="o1")
    thread = Thread.objects.get()
    shared = {"message": message, "thread": thread, "not_before_at": message.at, "action": "attach"}
    piece = Part.objects.create(kind="attachment", position=1, file_uid=key(), state=state, **shared)
    picture = (Attachment("image", url="https://scontent.example/k.jpg"),)
    # when
    for _ in range(2):
        take_in(say("f1", "", out=True, attachments=picture))
    # then
    piece.refresh_from_db()
    assert (piece.state, piece.external_id) == ("sent", "f1")
    assert Message.objects.count() == 2
    take_in(say("f2", "", out=True, attachments=picture))  # a colleague's, in the network's own app
    assert Message.objects.count() == 3
