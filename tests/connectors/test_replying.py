"""A colleague's reply until it leaves: stored once, masked, taken back, tried again, settled by hand."""

import uuid
from datetime import timedelta

import pytest

from connectors.jobs import SEND
from connectors.operations.replying import confirm_reply, queue_reply, retry_reply, take_back_reply
from core.audit.models import AuditEntry
from core.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.live.models import Hint
from tickets import sealing
from tickets.models import Message, Part, Status, Thread, Ticket

KEY = uuid.UUID("11111111-2222-4333-8444-555555555555")


def world():
    """What a refusal must leave as it was."""
    tickets = list(Ticket.objects.order_by("pk").values())
    parts = list(Part.objects.order_by("pk").values())
    messages = list(Message.objects.order_by("pk").values_list("pk", "text", "external_id"))
    return tickets, parts, messages, AuditEntry.objects.count(), Hint.objects.count()


def acts():
    return list(AuditEntry.objects.exclude(action="channel.added").order_by("pk").values_list("action", "actor_id"))


def test_a_reply_is_a_message_with_one_queued_part(
    case, reply, part_of, now, valkey, django_capture_on_commit_callbacks
):
    hints = Hint.objects.count()
    # when
    with django_capture_on_commit_callbacks(execute=True):
        message = reply(case, "Hei, se lähti eilen.", undo=10)
    # then
    part = part_of(message)
    assert (part.state, part.action, part.kind, part.attempts) == ("queued", "reply_public", "text", 0)
    assert (part.target_external_id, part.not_before_at) == ("1_10", now + timedelta(seconds=10))
    assert (message.direction, message.origin, message.external_id, message.sealed) == ("out", "ours", None, None)
    assert (message.author, message.thread, message.visibility, message.at) == (case.actor, case.thread, "public", now)
    assert acts() == [("reply.queued", case.actor.pk)]
    assert Hint.objects.count() == hints + 1
    assert (valkey.llen("send"), valkey.get(SEND.pending_key)) == (1, "1")
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.waiting_since, ticket.preview) == ("waiting", None, "Hei, se lähti eilen.")


def test_a_reply_takes_a_bounded_number_of_statements(case, reply, django_assert_max_num_queries):
    with django_assert_max_num_queries(24):
        reply(case)


def test_it_answers_the_customers_latest_word(case, reply, take_in, comment, part_of, now):
    take_in(comment("1_11", "Haloo?", parent="1_10", at=now + timedelta(minutes=1)), at=now + timedelta(minutes=2))
    take_in(comment("1_12", "Minäkin", parent="1_10", person="7300", name="Olli", at=now + timedelta(minutes=2)),
            at=now + timedelta(minutes=3))  # fmt: skip
    assert part_of(reply(case)).target_external_id == "1_11"


def test_it_answers_the_root_when_the_customers_words_are_gone(case, reply, take_in, page_of, part_of, now):
    gone = {"item": "comment", "verb": "remove", "comment_id": "1_10", "from": {"id": "7100", "name": "Aino"}}
    take_in(page_of({"field": "feed", "value": gone}, at=now))
    assert part_of(reply(case)).target_external_id == "1_10"
    assert Thread.objects.get().external_root == "1_10"


def test_our_own_text_is_masked_and_sealed_but_the_companys_numbers_are_not(case, reply, channel):
    # given
    channel.own_values = ["+47 22 00 11 22"]
    channel.save()
    text = "Ring 22 00 11 22, eller skriv til ola.nordmann@example.no – hilsen +47 912 34 567"
    # when
    message = reply(case, text)
    # then
    kept = Message.objects.get(pk=message.pk)
    assert "22 00 11 22" in kept.text
    assert "ola.nordmann" not in kept.text
    assert "912 34 567" not in kept.text
    assert len(kept.masks) == 2
    assert b"ola.nordmann" not in bytes(kept.sealed)
    assert sealing.original_text(kept) == text
    assert "ola.nordmann" not in Ticket.objects.get().preview


@pytest.mark.parametrize("text", ["Hei sa\u0308hko\u0308posti", "Hei\x00 nul\u202e", "  reunat  ", "kaksi\r\nriviä"])
def test_the_same_key_is_the_same_reply(case, reply, text):
    first = reply(case, text, client_key=KEY)
    after = world()
    again = reply(case, text, client_key=KEY)
    assert again.pk == first.pk
    assert world() == after


def test_the_same_key_after_it_was_sent_and_the_case_closed_is_still_the_same_reply(case, reply, part_of, now):
    first = reply(case, "Hei", client_key=KEY)
    Part.objects.update(state="sent")
    Ticket.objects.update(status=Status.DONE, closed_at=now)
    assert reply(case, "Hei", client_key=KEY).pk == first.pk


def test_the_same_key_with_another_text_case_or_audience_is_a_conflict(case, reply, open_case):
    other = open_case("2_10", "Toinen asia", person="7300", name="Olli")
    reply(case, "Hei", client_key=KEY)
    before = world()
    for where, text, audience in (
        (case, "Hei taas", "public"),
        (other, "Hei", "public"),
        (case, "Hei", "private"),
    ):
        with pytest.raises(Conflict) as refused:
            reply(where, text, client_key=KEY, visibility=audience)
        assert refused.value.code == "key_reused"
    assert world() == before


@pytest.mark.parametrize(("text", "code"), [("", "empty"), (" \n\t ", "empty"), ("\x00\u202e", "empty"),
                                            ("x" * 8001, "too_long"), ("👍" * 8001, "too_long")])  # fmt: skip
def test_what_cannot_be_sent_is_refused_before_it_is_stored(case, reply, text, code):
    before = world()
    with pytest.raises(Invalid) as refused:
        reply(case, text)
    assert (refused.value.field, refused.value.code) == ("text", code)
    assert world() == before


def test_the_limit_itself_fits_in_the_platforms_unit(case, reply):
    assert len(reply(case, "å" * 8000).text) == 8000


def test_a_closed_case_a_foreign_thread_and_a_wrong_role_are_refused(case, reply, open_case, make_user, teams, now):
    # given
    other = open_case("2_10", "Toinen asia", person="7300", name="Olli")
    stranger = make_user("agent", teams["marketing"])
    away = make_user("lead", is_active=False)
    officer, auditor = make_user("privacy_officer"), make_user("auditor")
    before = world()

    def attempt(actor=None, ticket=None, thread=None):
        queue_reply(
            actor=actor or case.actor,
            ticket_id=(ticket or case.ticket).pk,
            thread_id=(thread or case.thread).pk,
            visibility="public",
            text="Hei",
            client_key=uuid.uuid4(),
            undo_seconds=0,
            now=now,
        )

    # then
    with pytest.raises(NotFound):
        attempt(thread=other.thread)
    for hidden in (stranger, officer, away):
        with pytest.raises(NotFound):
            attempt(actor=hidden)
    with pytest.raises(Forbidden):
        attempt(actor=auditor)
    assert world() == before
    Ticket.objects.filter(pk=case.ticket.pk).update(status=Status.DONE, closed_at=now)
    before = world()
    with pytest.raises(Conflict) as refused:
        attempt()
    assert refused.value.code == "closed"
    assert world() == before


def take_back(case, message, now, actor=None):
    return take_back_reply(actor=actor or case.actor, ticket_id=case.ticket.pk, message_id=message.pk, now=now)


@pytest.mark.parametrize("after", [0, 9, 60])
def test_a_reply_that_has_not_left_can_be_taken_back_as_it_was_written(case, reply, now, after):
    text = "Soita 040 123 4567 tai aino@example.fi"
    message = reply(case, text, undo=10)
    hints = Hint.objects.count()
    # when
    given = take_back(case, message, now + timedelta(seconds=after))
    # then
    assert given == text
    assert (Message.objects.filter(direction="out").count(), Part.objects.count()) == (0, 0)
    assert acts() == [("reply.queued", case.actor.pk), ("reply.undone", case.actor.pk)]
    assert Hint.objects.count() == hints + 1
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.preview) == ("open", "Missä tilaukseni on?")
    assert ticket.waiting_since == now


@pytest.mark.parametrize("state", ["claimed", "sending", "sent", "failed", "unknown"])
def test_a_reply_on_its_way_is_too_late_to_undo(case, reply, now, state):
    message = reply(case)
    Part.objects.update(state=state, attempts=1)
    before = world()
    with pytest.raises(Conflict) as refused:
        take_back(case, message, now)
    assert refused.value.code == "too_late"
    assert world() == before


def test_a_reply_that_was_tried_once_is_too_late_to_undo(case, reply, now):
    message = reply(case)
    Part.objects.update(attempts=1)
    with pytest.raises(Conflict):
        take_back(case, message, now)


def test_only_whoever_may_reply_to_this_case_may_undo_retry_or_confirm(case, reply, make_user, teams, now, open_case):
    other = open_case("2_10", "Toinen asia", person="7300", name="Olli")
    message = reply(case)
    Part.objects.update(state="unknown")
    stranger, auditor = make_user("agent", teams["marketing"]), make_user("auditor")
    incoming = Message.objects.get(external_id="1_10")
    before = world()
    for act in (take_back_reply, retry_reply, confirm_reply):
        for actor, ticket, target, error in (
            (stranger, case.ticket, message, NotFound),
            (auditor, case.ticket, message, Forbidden),
            (case.actor, other.ticket, message, NotFound),
            (case.actor, case.ticket, incoming, NotFound),
        ):
            with pytest.raises(error):
                act(actor=actor, ticket_id=ticket.pk, message_id=target.pk, now=now)
    assert world() == before


@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_a_colleague_tries_again(case, reply, part_of, now, state, valkey, django_capture_on_commit_callbacks):
    message = reply(case)
    Part.objects.update(state=state, reason="no_answer", platform_code="1", attempts=3)
    later = now + timedelta(hours=1)
    with django_capture_on_commit_callbacks(execute=True):
        retry_reply(actor=case.actor, ticket_id=case.ticket.pk, message_id=message.pk, now=later)
    part = part_of(message)
    assert (part.state, part.reason, part.platform_code, part.not_before_at) == ("queued", "", "", later)
    assert acts()[-1] == ("reply.retried", case.actor.pk)
    assert valkey.llen("send") == 1


@pytest.mark.parametrize("state", ["queued", "claimed", "sending", "sent"])
def test_what_needs_no_second_try_gets_none(case, reply, now, state):
    message = reply(case)
    Part.objects.update(state=state)
    before = world()
    with pytest.raises(Conflict) as refused:
        retry_reply(actor=case.actor, ticket_id=case.ticket.pk, message_id=message.pk, now=now)
    assert refused.value.code == "not_failed"
    assert world() == before


def test_a_colleague_has_seen_it_on_the_network(case, reply, part_of, now):
    message = reply(case)
    Part.objects.update(state="unknown", reason="no_answer")
    confirm_reply(actor=case.actor, ticket_id=case.ticket.pk, message_id=message.pk, now=now)
    assert (part_of(message).state, part_of(message).reason) == ("sent", "")
    assert acts()[-1] == ("reply.confirmed", case.actor.pk)
    # and it cannot be confirmed twice, nor any other state
    before = world()
    with pytest.raises(Conflict) as refused:
        confirm_reply(actor=case.actor, ticket_id=case.ticket.pk, message_id=message.pk, now=now)
    assert refused.value.code == "not_unknown"
    assert world() == before
