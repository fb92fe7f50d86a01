"""From the open comment to the private talk in one step, and back by one undo."""

import uuid
from datetime import timedelta

import pytest

from connectors.operations.moving_private import PublicLine, move_to_private
from connectors.operations.replying import retry_reply, take_back_reply
from connectors.queries.reply_ways import get_missing_private
from core.audit.models import AuditEntry
from core.errors import Conflict, Invalid
from tickets.models import Draft, Message, Part, Thread, Ticket, TicketEvent
from tickets.queries.case import get_case

pytestmark = pytest.mark.django_db
KEY = uuid.UUID(int=9)
LINE = "Hei Aino, vi har sendt deg en privat melding."


@pytest.fixture
def move(case, now):
    """move() → the private reply, with the public line beside it."""

    def make(text="Skriv ordrenummeret her.", line=LINE, client_key=KEY):
        return move_to_private(
            actor=case.actor, ticket_id=case.ticket.pk, thread_id=case.thread.pk, text=text, client_key=client_key,
            undo_seconds=10, now=now, line=PublicLine(case.thread.pk, line) if line else None,
        )  # fmt: skip

    return make


def said():
    return list(Message.objects.filter(direction="out").order_by("pk").values_list("visibility", "text"))


def test_both_are_stored_and_the_line_waits_for_the_private_one(case, move, now):
    before = AuditEntry.objects.count()

    message = move()

    assert said() == [("public", LINE), ("private", "Skriv ordrenummeret her.")]
    waiting = list(
        Part.objects.order_by("pk").values_list("message__visibility", "waits_for__message", "not_before_at")
    )
    later = now + timedelta(seconds=10)
    assert waiting == [("public", message.pk, later), ("private", None, later)]
    assert AuditEntry.objects.count() == before + 2
    assert list(TicketEvent.objects.filter(kind="moved_private").values_list("data__line", flat=True)) == [True]


def test_the_line_alone_is_not_tried_again_while_its_message_failed(case, move, now):
    message = move()
    Part.objects.update(state="failed")
    line = Message.objects.get(parts__waits_for__message=message)
    ids = {"actor": case.actor, "ticket_id": case.ticket.pk, "now": now}

    with pytest.raises(Conflict) as refused:
        retry_reply(message_id=line.pk, **ids)
    assert refused.value.code == "waits"
    assert set(Part.objects.values_list("state", flat=True)) == {"failed"}

    retry_reply(message_id=message.pk, **ids)
    assert list(Part.objects.values_list("state", flat=True)) == ["queued", "queued"]


def test_the_line_alone_can_be_taken_back(case, move, now):
    message = move()
    line = Message.objects.get(parts__waits_for__message=message)
    take_back_reply(actor=case.actor, ticket_id=case.ticket.pk, message_id=line.pk, now=now)
    assert said() == [("private", "Skriv ordrenummeret her.")]


def test_a_repeat_stores_nothing_twice(move):
    assert move() == move()
    assert len(said()) == 2
    assert TicketEvent.objects.filter(kind="moved_private").count() == 1


def test_without_the_line_only_the_customer_hears(move):
    move(line="")
    assert said() == [("private", "Skriv ordrenummeret her.")]


@pytest.mark.parametrize("wrong", [{"text": " "}, {"line": " "}])
def test_where_one_cannot_be_stored_neither_is(move, wrong):
    with pytest.raises(Invalid):
        move(**wrong)
    assert (said(), TicketEvent.objects.filter(kind="moved_private").count()) == ([], 0)


def test_a_comment_is_moved_once(move):
    move()
    with pytest.raises(Conflict):
        move(client_key=uuid.uuid4())
    assert len(said()) == 2


def test_the_case_stays_one_and_the_turn_is_drawn(case, move):
    move()
    view = get_case(actor=case.actor, number=case.ticket.number)
    kinds = [(entry.entry, getattr(entry, "visibility", "")) for entry in view.entries if entry.entry != "event"]
    assert kinds == [("message", "public"), ("message", "public"), ("turn", ""), ("message", "private")]
    assert Ticket.objects.get().status == "waiting"  # for the customer, as after any reply
    assert view.row.moved_private


def test_one_undo_takes_both_back_and_keeps_the_private_text_alone(case, move, now):
    message = move()
    take_back_reply(actor=case.actor, ticket_id=case.ticket.pk, message_id=message.pk, now=now)

    assert said() == []
    assert TicketEvent.objects.filter(kind="moved_private").count() == 0
    assert [draft.mode for draft in Draft.objects.all() if draft.sealed] == ["private"]


def test_a_conversation_that_another_program_has_is_said(case, move, now):
    message = move()
    view = get_case(actor=case.actor, number=case.ticket.number)
    assert get_missing_private(view) is None

    Thread.objects.filter(pk=message.thread_id).update(external_root="7392015648120394", standby=True)

    missing = get_missing_private(get_case(actor=case.actor, number=case.ticket.number))
    assert missing.reason == "Another program of yours has this conversation at the moment."
