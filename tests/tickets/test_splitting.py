"""Cases of two people, splitting and linking, and taking each back."""

import uuid

import pytest

from connectors.operations.replying import queue_reply
from core.audit.models import AuditEntry
from core.errors import Conflict, Invalid
from inbox.pages.composer import composer_for
from privacy.operations.erasing import erase_on_platform
from tickets import absorbing
from tickets.models import Message, Note, Status, Ticket, TicketEvent, TicketLink, TicketThread
from tickets.operations.closing import resolve_ticket
from tickets.operations.merging import merge_tickets
from tickets.operations.noting import add_note
from tickets.operations.relating import link_tickets, unlink_tickets
from tickets.operations.splitting import split_ticket
from tickets.operations.undoing import undo
from tickets.queries.case import get_case


def said(ticket):
    return list(Message.objects.filter(ticket=ticket).order_by("at", "pk").values_list("external_id", flat=True))


# Two people


@pytest.fixture
def strangers(case_of):
    """Two people's cases under one comment."""
    return case_of("c1", by="p1", minute=-40), case_of("c2", by="p2", external_root="c1", minute=-30)


def test_two_people_are_merged_only_when_that_was_agreed_to(strangers, agent, now):
    kept, other = strangers
    both = {"actor": agent, "keep_id": kept.pk, "merge_id": other.pk, "now": now}
    with pytest.raises(Conflict) as refused:
        merge_tickets(**both)
    assert refused.value.code == "other_person"

    merge_tickets(**both, other_person=True)

    assert AuditEntry.objects.get(action="ticket.merged").data["two_people"] == 1


def test_two_people_in_one_thread_speak_to_one_case_and_come_apart(strangers, town, take_in, agent, now):
    kept, other = strangers
    undoable = merge_tickets(actor=agent, keep_id=kept.pk, merge_id=other.pk, now=now, other_person=True)
    take_in(town.comment("c3", by="p1", external_root="c1"), town.comment("c4", by="p2", external_root="c1"))
    take_in(town.native("n1", to="c4", root="c1"), town.native("n2", to="c3", root="c1"))
    assert sorted(said(kept)) == ["c1", "c2", "c3", "c4", "n1", "n2"]
    assert len(get_case(actor=agent, number=kept.number).threads) == 1

    undo(actor=agent, uid=undoable.uid, now=now)

    assert (sorted(said(kept)), sorted(said(other))) == (["c1", "c3", "n2"], ["c2", "c4", "n1"])


def test_a_private_answer_goes_to_the_one_who_spoke_and_says_so(strangers, agent, key, now):
    kept, other = strangers
    merge_tickets(actor=agent, keep_id=kept.pk, merge_id=other.pk, now=now, other_person=True)
    case = get_case(actor=agent, number=kept.number)
    private = next(mode for mode in composer_for(case).modes if mode.key == "private")
    assert "Person p2" in private.reader  # who spoke last

    thread = kept.ticket_threads.first().thread_id
    queue_reply(
        actor=agent, ticket_id=kept.pk, thread_id=thread, visibility="private", text="Hei", client_key=key(),
        undo_seconds=0, now=now,
    )  # fmt: skip

    opened = TicketThread.objects.get(thread__visibility="private")
    assert opened.customer_id == other.customer_id


def test_erasing_one_of_two_takes_the_notes_of_the_shared_case(strangers, agent, now):
    kept, other = strangers
    merge_tickets(actor=agent, keep_id=kept.pk, merge_id=other.pk, now=now, other_person=True)
    add_note(actor=agent, ticket_id=kept.pk, text="Begge vil ha svar", client_key=uuid.uuid4(), now=now)

    erase_on_platform(actor=agent, customer_id=other.customer_id, platform="facebook", now=now)

    assert Note.objects.count() == 0
    states = dict(Message.objects.values_list("external_id", "state"))
    assert states == {"c1": "visible", "c2": "deleted"}


# Splitting


@pytest.fixture
def long_case(case_of, town, take_in):
    """One case of five messages in one thread."""
    case = case_of("c1", by="p1", minute=-50)
    for n in range(2, 6):
        take_in(town.comment(f"c{n}", by="p1", external_root="c1", minute=-50 + n))
    return case


def pk_of(*names):
    return list(Message.objects.filter(external_id__in=names).values_list("pk", flat=True))


def test_from_a_message_onward_a_new_case_hears_what_comes_next(long_case, agent, now, town, take_in):
    undoable = split_ticket(actor=agent, ticket_id=long_case.pk, onward_from=pk_of("c3")[0], now=now)

    new = undoable.other
    assert (said(long_case), said(new)) == (["c1", "c2"], ["c3", "c4", "c5"])
    assert (new.customer_id, new.team_id, new.status) == (long_case.customer_id, long_case.team_id, Status.OPEN)
    take_in(town.comment("c6", by="p1", external_root="c1"))
    assert said(new)[-1] == "c6"
    assert absorbing.related_ids(new) == {long_case.pk}
    assert AuditEntry.objects.get(action="ticket.split").data == {"new": new.pk, "messages": 3}

    undo(actor=agent, uid=undoable.uid, now=now)
    new.refresh_from_db()
    assert said(long_case) == ["c1", "c2", "c3", "c4", "c5", "c6"]
    assert (new.status, new.merged_into, TicketLink.objects.count()) == (Status.MERGED, long_case, 0)
    assert [link.is_open for link in TicketThread.objects.all()] == [True]


def test_chosen_ones_leave_the_last_word_where_it_is(long_case, agent, now, town, take_in):
    undoable = split_ticket(actor=agent, ticket_id=long_case.pk, message_ids=pk_of("c2", "c4"), now=now)

    assert (said(long_case), said(undoable.other)) == (["c1", "c3", "c5"], ["c2", "c4"])
    take_in(town.comment("c6", by="p1", external_root="c1"))
    assert said(long_case)[-1] == "c6"
    resolve_ticket(actor=agent, ticket_id=long_case.pk, now=now)
    take_in(town.comment("c7", by="p1", external_root="c1", minute=5), at=town.time(5))
    assert said(undoable.other)[-1] == "c7"  # of the two that share the thread this one is still worked in
    assert Ticket.objects.count() == 2


def test_a_split_needs_words_of_the_customer_on_both_sides(long_case, case_of, agent, now, our_reply):
    elsewhere = case_of("x1", by="p2")
    mine = our_reply(long_case, "sent")
    ids = {"actor": agent, "ticket_id": long_case.pk, "now": now}
    for wrong in (
        {"message_ids": []},
        {"message_ids": [mine.pk]},
        {"message_ids": pk_of("x1")},
        {"message_ids": pk_of("c1", "c2", "c3", "c4", "c5")},
        {"onward_from": pk_of("c1")[0]},
        {"onward_from": elsewhere.pk + 10_000},
    ):
        with pytest.raises(Invalid):
            split_ticket(**ids, **wrong)
    assert Ticket.objects.count() == 2


def test_a_reply_in_its_undo_window_goes_with_the_words_it_answers(long_case, agent, now, our_reply):
    waiting = our_reply(long_case, "queued", at=now)

    undoable = split_ticket(actor=agent, ticket_id=long_case.pk, onward_from=pk_of("c5")[0], now=now)

    waiting.refresh_from_db()
    assert waiting.ticket == undoable.other
    undoable.other.refresh_from_db()
    assert undoable.other.status == Status.WAITING


# Linking


@pytest.fixture
def pair(case_of):
    """Two cases of one customer, in two threads."""
    return case_of("c1", by="p1", minute=-40), case_of("c2", by="p1", minute=-30)


def test_linked_cases_stand_beside_each_other_until_unlinked(pair, agent, now):
    one, two = pair
    first = link_tickets(actor=agent, ticket_id=two.pk, other_id=one.pk, now=now)
    assert link_tickets(actor=agent, ticket_id=one.pk, other_id=two.pk, now=now) is None
    for here, there in ((one, two), (two, one)):
        assert [other.number for other in get_case(actor=agent, number=here.number).linked] == [there.number]

    undo(actor=agent, uid=first.uid, now=now)
    assert get_case(actor=agent, number=one.number).linked == ()
    second = link_tickets(actor=agent, ticket_id=one.pk, other_id=two.pk, now=now)
    assert unlink_tickets(actor=agent, ticket_id=one.pk, other_id=two.pk, now=now)
    assert not unlink_tickets(actor=agent, ticket_id=one.pk, other_id=two.pk, now=now)
    with pytest.raises(Conflict):
        undo(actor=agent, uid=second.uid, now=now)
    kinds = TicketEvent.objects.filter(ticket=one, kind__in=["linked", "unlinked"]).order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == ["linked", "unlinked", "linked", "unlinked"]


def test_a_linked_case_out_of_sight_is_not_shown(pair, agent, lead, teams, now):
    one, two = pair
    link_tickets(actor=lead, ticket_id=one.pk, other_id=two.pk, now=now)
    Ticket.objects.filter(pk=two.pk).update(team=teams["marketing"])

    assert get_case(actor=agent, number=one.number).linked == ()
    assert len(get_case(actor=lead, number=one.number).linked) == 1
