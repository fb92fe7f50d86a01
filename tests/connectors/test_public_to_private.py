"""One case from the open comment to the private talk: what a private answer opens goes on in the same case."""

import json
from datetime import timedelta

import pytest

from connectors.kit.base import Receipt
from connectors.operations.channels import add_channel
from connectors.operations.sending import store_receipt
from connectors.queries.outgoing import get_outgoing
from core.actors import SYSTEM
from core.audit.models import AuditEntry
from core.errors import Conflict, NotFound
from tickets.models import Customer, Identity, Message, Part, Thread, Ticket, TicketThread
from tickets.operations.linking_people import separate_identity

PAGE, AINO = "104000000000001", "7392015648120394"
pytestmark = pytest.mark.django_db


@pytest.fixture
def messenger(connected, now):
    """The page's Messenger channel, behind the same address."""
    values = {"external_id": PAGE, "name": "Havbris", "app_secret": "shh", "verify_token": "tok", "access_token": "t"}
    from connectors.models import Account
    from core import secrets

    endpoint = Account.objects.get(channel_id=connected.id).endpoint
    for field in ("app_secret", "verify_token"):
        values[field] = secrets.unseal(getattr(endpoint, field), context=endpoint.context(field)).decode()
    made = add_channel(actor=SYSTEM, platform="messenger", values=values, now=now)
    assert made.endpoint_key == endpoint.key
    return made


@pytest.fixture
def dm(now):
    """dm("m_1", "Kiitos") → the body of a webhook that tells of a private message; out=True of one from the page."""

    def make(mid, text="", *, out=False, at=now, person=AINO, **more):
        sides = ({"id": PAGE}, {"id": person}) if out else ({"id": person}, {"id": PAGE})
        message = {"mid": mid, "text": text, **({"is_echo": True} if out else {}), **more}
        event = {"sender": sides[0], "recipient": sides[1], "timestamp": int(at.timestamp() * 1000), "message": message}
        return json.dumps({"object": "page", "entry": [{"id": PAGE, "time": 1, "messaging": [event]}]}).encode()

    return make


@pytest.fixture
def answered(case, reply, now):
    """answered() → a private answer to the comment, taken by Facebook, which names the person."""

    def make(recipient=AINO):
        message = reply(case, "Hei, kirjoita tilausnumero tähän.", visibility="private")
        Part.objects.filter(message=message).update(state="sending", attempts=1)
        store_receipt(part_id=message.parts.get().pk, receipt=Receipt("m_ours", now, recipient), now=now)
        return Message.objects.get(pk=message.pk)

    return make


def test_the_customers_answer_lands_in_the_case_of_the_comment(messenger, case, answered, take_in, dm, now):
    message = answered()
    take_in(dm("m_answer", "Tilaus 4711", at=now + timedelta(minutes=5)), at=now + timedelta(minutes=6))
    # then
    answer = Message.objects.get(external_id="m_answer")
    assert answer.ticket == case.ticket
    assert answer.thread == message.thread
    assert (message.channel.platform, message.thread.external_root) == ("messenger", AINO)
    assert (Ticket.objects.count(), Customer.objects.count()) == (1, 1)
    identity = Identity.objects.get(platform="messenger")
    assert identity.evidence == {"because": "private_reply", "message": message.pk}
    assert AuditEntry.objects.filter(action="identity.linked").count() == 1


@pytest.mark.parametrize("echo_first", [True, False])
def test_the_echo_of_the_private_answer_is_recognised(messenger, case, answered, take_in, dm, now, echo_first):
    echo = dm("m_ours", "Hei, kirjoita tilausnumero tähän.", out=True)
    if echo_first:
        take_in(echo)
    answered()
    if not echo_first:
        take_in(echo)
    said = Message.objects.filter(direction="out")
    assert [(m.external_id, m.origin, m.ticket_id) for m in said] == [("m_ours", "ours", case.ticket.pk)]
    assert TicketThread.objects.filter(ticket=case.ticket, thread__external_root=AINO).count() == 1


def test_the_talk_goes_on_over_messenger_and_once_only_holds_for_the_comment(
    messenger, case, answered, take_in, dm, reply, now
):
    from connectors.queries.reply_ways import get_reply_ways
    from tickets.queries.case import get_case

    message = answered()
    take_in(dm("m_answer", "Tilaus 4711", at=now + timedelta(minutes=5)), at=now + timedelta(minutes=6))
    ways = {way.visibility: way for way in get_reply_ways(get_case(actor=case.actor, number=case.ticket.number))}
    assert (ways["private"].thread_id, ways["private"].platform) == (message.thread_id, "messenger")
    assert (ways["private"].opens_private, ways["public"].platform) == (False, "facebook")
    # when
    talk = type(case)(case.ticket, message.thread, case.actor)
    second = reply(talk, "Kiitos, katson.", visibility="private", at=now + timedelta(minutes=10))
    # then
    part = Part.objects.select_related("message__channel__brand", "message__thread").get(message=second)
    outgoing = get_outgoing(part)
    assert second.channel.platform == "messenger"
    assert (outgoing.thread_root, outgoing.heard_at) == (AINO, now + timedelta(minutes=5))
    with pytest.raises(Conflict) as refused:
        reply(case, "Vielä kerran", visibility="private")
    assert refused.value.code == "once_only"


def test_without_a_messenger_channel_the_answer_stays_where_it_was(case, answered, now):
    message = answered()
    assert (message.channel.platform, message.thread.is_opening) == ("facebook", True)
    assert Identity.objects.count() == 1


def test_an_open_talk_of_that_person_keeps_its_own_case(messenger, case, answered, take_in, dm, now):
    take_in(dm("m_before", "Toinen asia"))
    other = Message.objects.get(external_id="m_before").ticket
    assert other != case.ticket
    answered()
    take_in(dm("m_answer", "Tilaus 4711", at=now + timedelta(minutes=5)), at=now + timedelta(minutes=6))
    assert Message.objects.get(external_id="m_answer").ticket == other
    assert TicketThread.objects.filter(thread__external_root=AINO, is_open=True).count() == 1


def test_a_conversation_that_another_program_has_takes_no_reply(messenger, case, answered, take_in, dm, reply, now):
    message = answered()
    Thread.objects.filter(pk=message.thread_id).update(standby=True)
    with pytest.raises(Conflict) as refused:
        reply(type(case)(case.ticket, message.thread, case.actor), "Hei", visibility="private")
    assert refused.value.code == "standby"
    assert Message.objects.filter(direction="out").count() == 1


def test_a_link_is_taken_apart_and_the_talk_leaves_the_case(messenger, case, answered, take_in, dm, now):
    message = answered()
    take_in(dm("m_answer", "Tilaus 4711", at=now + timedelta(minutes=5)), at=now + timedelta(minutes=6))
    identity = Identity.objects.get(platform="messenger")
    # when
    person = separate_identity(actor=case.actor, ticket_id=case.ticket.pk, identity_id=identity.pk, now=now)
    # then
    answer = Message.objects.get(external_id="m_answer")
    assert answer.customer == person
    assert answer.ticket != case.ticket
    assert answer.ticket.customer == person
    assert Message.objects.get(pk=message.pk).ticket == answer.ticket
    take_in(dm("m_more", "Haloo?", at=now + timedelta(minutes=9)), at=now + timedelta(minutes=9))
    assert Message.objects.get(external_id="m_more").ticket == answer.ticket
    assert Message.objects.get(external_id="1_10").ticket == case.ticket


def test_the_first_handle_cannot_leave_nor_one_of_another_case(messenger, case, answered, open_case, make_user, now):
    answered()
    other = open_case("2_10", "Toinen", person="7300", name="Olli")
    first = Identity.objects.get(platform="facebook", external_key="7100")
    linked = Identity.objects.get(platform="messenger")
    before = Customer.objects.count()
    for ticket, identity in ((case.ticket, first), (other.ticket, linked)):
        with pytest.raises(Conflict):
            separate_identity(actor=case.actor, ticket_id=ticket.pk, identity_id=identity.pk, now=now)
    with pytest.raises(NotFound):
        separate_identity(actor=make_user("privacy_officer"), ticket_id=case.ticket.pk, identity_id=linked.pk, now=now)
    assert Customer.objects.count() == before
