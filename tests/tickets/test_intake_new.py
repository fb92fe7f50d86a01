"""New words from the network become people, threads and cases."""

from datetime import timedelta

import pytest

from inbox.live.models import Hint
from tickets.models import (
    Customer,
    Identity,
    Message,
    MessageState,
    Origin,
    PartState,
    Status,
    Thread,
    Ticket,
    TicketEvent,
    TicketThread,
    Tombstone,
)

PAGE = "104000000000001"


def test_a_new_comment_becomes_a_case(town, take_in, channel, teams, now):
    applied = take_in(
        town.comment("c1", "Hei, missä minun pakettini on? Odotan jo toista viikkoa.", name="Kari Laine", minute=-30,
                     post_external_id="P1")
    )  # fmt: skip
    identity, thread, message, ticket = (
        Identity.objects.get(),
        Thread.objects.get(),
        Message.objects.get(),
        Ticket.objects.get(),
    )
    assert (identity.platform, identity.scope, identity.external_key) == ("facebook", PAGE, "p1")
    assert identity.customer == Customer.objects.get(name="Kari Laine")
    assert (thread.channel, thread.external_root, thread.post_external_id) == (channel, "c1", "P1")
    assert (message.ticket, message.customer, message.thread) == (ticket, identity.customer, thread)
    assert (message.direction, message.origin, message.state) == ("in", Origin.CUSTOMER, MessageState.VISIBLE)
    assert ticket.number >= 10001
    assert (ticket.team, ticket.assignee, ticket.status) == (teams["first-line"], None, Status.OPEN)
    assert (ticket.language, ticket.customer_name, ticket.platform) == ("fi", "Kari Laine", "facebook")
    assert ticket.preview == message.text
    assert ticket.opened_at == ticket.waiting_since == ticket.last_message_at == town.time(-30)
    assert ticket.due_at == town.time(-30) + timedelta(minutes=channel.reply_target_minutes)
    assert TicketThread.objects.get().is_open
    kinds = TicketEvent.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["opened", "routed"]
    assert TicketEvent.objects.get(kind="routed").data == {"because": "channel_default", "team": "First line"}
    hint = Hint.objects.get()
    assert (hint.kind, hint.ticket_id, hint.left_scopes) == ("opened", ticket.pk, [])
    assert hint.scopes == ["all", f"team:{teams['first-line'].pk}"]
    assert (applied.taken, applied.new_messages, applied.changed_messages) == (1, 1, 0)
    assert applied.tickets == {ticket.pk}


def test_a_channel_without_a_team_gives_cases_to_all(town, take_in, channel):
    channel.team = None
    channel.save()
    take_in(town.comment())
    assert Ticket.objects.get().team is None
    assert list(TicketEvent.objects.values_list("kind", flat=True)) == ["opened"]
    assert Hint.objects.get().scopes == ["all", "open"]


def test_two_authors_in_one_thread_are_two_cases(town, take_in):
    take_in(town.comment("c1", by="p1"), town.comment("c2", by="p2", external_root="c1"))
    assert Thread.objects.count() == 1
    assert sorted(Ticket.objects.values_list("customer__identities__external_key", flat=True)) == ["p1", "p2"]
    assert TicketThread.objects.filter(is_open=True).count() == 2


@pytest.mark.parametrize("together", [True, False])
def test_one_author_twice_in_a_thread_is_one_case(town, take_in, together):
    first, second = town.comment("c1", minute=-30), town.comment("c2", "Vieläkin", external_root="c1", minute=-5)
    for batch in [[first, second]] if together else [[first], [second]]:
        take_in(*batch)
    ticket = Ticket.objects.get()
    assert (ticket.waiting_since, ticket.last_message_at, ticket.preview) == (town.time(-30), town.time(-5), "Vieläkin")
    assert TicketEvent.objects.get(kind="opened").at == town.time(-30)
    assert Message.objects.filter(ticket=ticket).count() == 2


def test_one_author_in_two_threads_is_one_customer_with_two_cases(town, take_in):
    take_in(town.comment("c1"), town.comment("c2"))
    assert (Customer.objects.count(), Identity.objects.count(), Ticket.objects.count()) == (1, 1, 2)


def test_the_same_batch_again_changes_nothing(town, take_in):
    items = [town.comment("c1"), town.native("n1"), town.reaction(), town.post()]
    take_in(*items)
    before = list(Ticket.objects.values()), list(Message.objects.values()), TicketEvent.objects.count()
    again = take_in(*items)
    assert (list(Ticket.objects.values()), list(Message.objects.values()), TicketEvent.objects.count()) == before
    assert (again.new_messages, again.changed_messages, again.tickets) == (0, 0, frozenset())
    assert Hint.objects.count() == 1


def test_a_native_answer_belongs_to_the_case_it_answers_and_turns_it_to_waiting(town, take_in):
    take_in(town.comment("c1", by="p1"), town.comment("c2", by="p2", external_root="c1"))
    take_in(town.native("n1", to="c2", root="c1", minute=-20))
    answered, other = (Message.objects.get(external_id=one).ticket for one in ("c2", "c1"))
    reply = Message.objects.get(external_id="n1")
    assert (reply.ticket, reply.customer, reply.origin) == (answered, None, Origin.NATIVE_APP)
    assert (answered.status, answered.waiting_since, answered.due_at) == (Status.WAITING, None, None)
    assert answered.first_reply_at == town.time(-20)
    assert (other.status, other.waiting_since) == (Status.OPEN, town.time(-30))


def test_an_answer_before_its_comment_waits_for_it_and_answers_to_answers_follow(town, take_in):
    take_in(town.native("n2", to="n1", minute=-10), town.native("n1", to="c1"))
    assert Ticket.objects.count() == 0
    take_in(town.comment("c1"))
    ticket = Ticket.objects.get()
    assert Message.objects.filter(ticket=ticket).count() == 3
    assert ticket.status == Status.WAITING


def test_a_word_after_the_answer_opens_the_case_again(town, take_in):
    take_in(town.comment("c1"), town.native("n1", minute=-20))
    take_in(town.comment("c2", external_root="c1", minute=-10))
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.waiting_since) == (Status.OPEN, town.time(-10))


def test_a_hidden_author_is_one_voice_per_thread(town, take_in):
    take_in(
        town.comment("c1", by=None),
        town.comment("c2", by=None, external_root="c1"),
        town.comment("c3", by=None),
    )
    assert (Customer.objects.count(), Ticket.objects.count()) == (2, 2)
    keys = sorted(Identity.objects.values_list("external_key", "scope"))
    assert keys == [("unknown:c1", PAGE), ("unknown:c3", PAGE)]
    assert set(Ticket.objects.values_list("customer_name", flat=True)) == {""}


@pytest.mark.parametrize("together", [True, False])
def test_a_name_that_comes_later_is_learnt(town, take_in, together):
    from tickets.intake.items import Author

    bare = town.comment("c1", by=None, author=Author("p1", scope=PAGE))
    named = town.comment("c2", name="Kari Laine", external_root="c1")
    for batch in [[bare, named]] if together else [[bare], [named]]:
        take_in(*batch)
    assert Customer.objects.get().name == Ticket.objects.get().customer_name == "Kari Laine"


def test_a_future_time_is_held_to_now(town, take_in, now):
    take_in(town.comment("c1", minute=60 * 24 * 365))
    ticket = Ticket.objects.get()
    assert Message.objects.get().at == ticket.last_message_at == ticket.waiting_since == ticket.opened_at == now


def test_items_of_strangers_pages_are_left_out(town, take_in):
    stranger = town.comment("c1", account_external_id="999")
    twitter = town.comment("c2", platform="elsewhere")
    applied = take_in(stranger, twitter, town.comment("c3"))
    assert applied.taken == 1
    assert list(Message.objects.values_list("external_id", flat=True)) == ["c3"]
    assert take_in(stranger).taken == 0
    assert (Customer.objects.count(), Thread.objects.count()) == (1, 1)


@pytest.mark.parametrize("state", [PartState.SENDING, PartState.UNKNOWN, PartState.SENT])
def test_our_own_echo_is_recognised(town, take_in, case_of, our_reply, state):
    message = our_reply(case_of(), state)
    applied = take_in(town.native("n1", "Paketti  on\nmatkalla", minute=-1, permalink="https://fb.example/n1"))
    message.refresh_from_db()
    part = message.parts.get()
    assert (message.external_id, message.permalink, message.origin) == ("n1", "https://fb.example/n1", Origin.OURS)
    assert (part.state, part.reason) == (PartState.SENT, "")
    assert (applied.new_messages, applied.changed_messages) == (0, 1)
    assert Message.objects.filter(direction="out").count() == 1


@pytest.mark.parametrize("state", [PartState.QUEUED, PartState.CLAIMED, PartState.FAILED])
def test_a_like_worded_answer_by_a_colleague_is_no_echo(town, take_in, case_of, our_reply, state):
    message = our_reply(case_of(), state)
    take_in(town.native("n1", "Paketti on matkalla", minute=-1))
    message.refresh_from_db()
    assert (message.external_id, message.parts.get().state) == (None, state)
    assert Message.objects.get(external_id="n1").origin == Origin.NATIVE_APP


def test_an_echo_takes_the_first_of_two_equal_sends_and_another_text_none(town, take_in, case_of, our_reply):
    ticket = case_of()
    first, second = (our_reply(ticket, PartState.UNKNOWN) for _ in range(2))
    take_in(town.native("n0", "Jotain muuta", minute=-1), town.native("n1", "Paketti on matkalla", minute=-1))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.external_id, second.external_id) == ("n1", None)
    assert Message.objects.get(external_id="n0").origin == Origin.NATIVE_APP


def test_an_echo_deleted_before_it_came_is_deleted(town, take_in, case_of, our_reply):
    message = our_reply(case_of(), PartState.UNKNOWN)
    take_in(town.state("n1", "deleted", minute=-1))
    assert Tombstone.objects.count() == 1
    take_in(town.native("n1", "Paketti on matkalla", minute=-2))
    message.refresh_from_db()
    assert (message.state, message.text) == (MessageState.DELETED, "")


def test_intake_takes_a_fixed_number_of_statements(town, take_in, django_assert_max_num_queries):
    with django_assert_max_num_queries(40):
        take_in(*(
            town.comment(f"c{n}", f"Soita 040 123 45{n:02}", by=f"p{n}", external_root=f"c{n // 3 * 3}")
            for n in range(90)
        ))  # fmt: skip
    assert Ticket.objects.count() == 90
