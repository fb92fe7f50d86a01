"""One case as its page shows it: turns, asides, deliveries, relations, in a bounded number of queries."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import NotFound
from core.users.models import User
from tickets.models import Message, Part, Ticket
from tickets.operations.noting import add_note
from tickets.queries.case import get_case


def _messages(view):
    return [entry for entry in view.entries if entry.entry == "message"]


def _texts(view):
    return ["".join(piece.text for piece in one.text) for one in _messages(view)]


def test_a_case_takes_the_same_few_queries_whatever_its_size(town, take_in, lead, agent, key, now, our_reply):
    items = [town.post("P1"), town.reaction("c0"), town.comment("c0", post_external_id="P1")]
    take_in(*items, town.comment("x", by="p2", external_root="c0"), town.native("n1", to="c0", root="c0"))
    ticket = Message.objects.get(external_id="c0").ticket
    our_reply(ticket, "queued")
    add_note(actor=agent, ticket_id=ticket.pk, text="Hei", client_key=key(), now=now)
    counts = []
    for batch in ([], [town.comment(f"c{n}", f"sana {n}", external_root="c0", minute=-29) for n in range(1, 78)]):
        take_in(*batch)
        actor = User.objects.get(pk=agent.pk)  # nothing remembered
        with CaptureQueriesContext(connection) as seen:
            view = get_case(actor=actor, number=ticket.number)
        counts.append(len(seen))
    assert len(_messages(view)) == 81
    assert counts[0] == counts[1] <= 12


def test_entries_stand_in_order_of_time(town, take_in, agent, key, now):
    take_in(town.comment("c2", "toinen", external_root="c1", minute=-10), town.native("n1", "kolmas", minute=-5))
    take_in(town.comment("c1", "ensin", minute=-30))
    ticket = Ticket.objects.get()
    add_note(actor=agent, ticket_id=ticket.pk, text="Soita 040 123 4567", client_key=key(), now=now)
    view = get_case(actor=agent, number=ticket.number)
    assert _texts(view) == ["ensin", "toinen", "kolmas"]
    assert [entry.at for entry in view.entries] == sorted(entry.at for entry in view.entries)
    assert view.entries[-1].entry == "note"
    assert [(piece.text, piece.label) for piece in view.entries[-1].text] == [("Soita ", ""), ("[PHONE]", "PHONE")]
    assert [entry.kind for entry in view.entries if entry.entry == "event"] == ["opened", "routed"]
    assert _messages(view)[2].author_name == "Havbris"


def test_strangers_words_and_answers_to_them_are_asides(town, take_in, lead):
    take_in(
        town.comment("c1", by="p1"),
        town.comment("c2", by="p2", external_root="c1", minute=-25),
        town.native("n1", to="c2", minute=-20),
        town.native("n2", to="c1", minute=-19),
        town.native("n3", to="", minute=-18),
    )
    view = get_case(actor=lead, number=Message.objects.get(external_id="c1").ticket.number)
    assert {one.external_id: one.aside for one in _messages(view)} == {
        "c1": False, "c2": True, "n1": True, "n2": False, "n3": False,
    }  # fmt: skip


def test_a_line_marks_where_the_talk_turns_private_and_back(town, take_in, lead):
    take_in(
        town.comment("c1"),
        town.comment("c2", external_root="c1", minute=-25, visibility="private"),
        town.comment("x1", by="p2", external_root="c1", minute=-24),
        town.native("n1", minute=-23, visibility="private"),
        town.comment("c3", external_root="c1", minute=-22),
    )
    view = get_case(actor=lead, number=Message.objects.get(external_id="c1").ticket.number)
    told = [getattr(e, "external_id", None) or f"→{e.to}" for e in view.entries if e.entry in ("message", "turn")]
    assert told == ["c1", "→private", "c2", "x1", "n1", "→public", "c3"]


@pytest.mark.parametrize("state", ["queued", "claimed", "sending", "sent", "failed", "unknown"])
def test_delivery_words(case_of, our_reply, lead, now, state):
    ticket = case_of("c1")
    our_reply(ticket, state, reason="refused" if state == "failed" else "")
    said = _messages(get_case(actor=lead, number=ticket.number))[-1]
    assert (said.delivery, said.reason) == (state, "refused" if state == "failed" else "")
    assert said.undo_until == (now if state == "queued" else None)
    assert said.author_name == "Ingrid Solvang"
    inbound = _messages(get_case(actor=lead, number=ticket.number))[0]
    assert (inbound.delivery, inbound.undo_until) == ("", None)


def test_what_was_tried_once_can_no_longer_be_undone(case_of, our_reply, lead):
    ticket = case_of("c1")
    message = our_reply(ticket, "queued", attempts=1)
    assert _messages(get_case(actor=lead, number=ticket.number))[-1].undo_until is None
    Part.objects.create(
        message=message, thread=message.thread, position=1, action="x", state="failed", not_before_at=message.at
    )
    Part.objects.filter(message=message, position=0).update(state="sent")
    assert _messages(get_case(actor=lead, number=ticket.number))[-1].delivery == "failed"


def test_the_version_of_a_message_moves_with_all_that_is_shown(town, take_in, case_of, lead):
    ticket = case_of("c1")
    seen = [_messages(get_case(actor=lead, number=ticket.number))[0].version]
    for item in (
        town.comment("c1", "Uusi", version=-5),
        town.state("c1", "hidden"),
        town.reaction("c1"),
        town.reaction("c1", delta=-1, minute=-1),
    ):
        take_in(item)
        seen.append(_messages(get_case(actor=lead, number=ticket.number))[0].version)
    assert [a != b for a, b in pairwise(seen)] == [True] * 4
    assert seen[2] == seen[4]


def test_the_post_and_its_reactions(town, take_in, lead):
    take_in(town.post("P1", "Soita 040 123 4567"), town.comment("c1", post_external_id="P1"))
    take_in(town.reaction("P1"), town.reaction("P1", actor="p8"), town.reaction("c1"))
    view = get_case(actor=lead, number=Ticket.objects.get().number)
    (post,) = view.posts
    assert ([piece.label for piece in post.text], post.reactions, post.deleted) == (["", "PHONE"], 2, False)
    assert _messages(view)[0].reactions == 1


def test_related_cases_are_those_one_may_see(case_of, make_user, lead, teams):
    shown, near, far = case_of("c1"), case_of("c2"), case_of("c3")
    case_of("c4", by="p2")
    Ticket.objects.filter(pk=far.pk).update(team=teams["marketing"])
    agent = make_user("agent", teams["first-line"])
    assert {one.number for one in get_case(actor=agent, number=shown.number).related} == {near.number}
    assert {one.number for one in get_case(actor=lead, number=shown.number).related} == {near.number, far.number}


def test_the_newest_five_related_cases_are_shown(case_of, lead):
    shown = case_of("c0", minute=-100)
    numbers = [case_of(f"c{n}", minute=-100 + n).number for n in range(1, 8)]
    assert [one.number for one in get_case(actor=lead, number=shown.number).related] == numbers[:1:-1]


def test_what_may_be_done_is_said(case_of, agent, make_user):
    ticket = case_of("c1")
    view = get_case(actor=agent, number=ticket.number)
    assert (view.may_reply, view.may_note, view.may_assign, view.may_resolve) == (True,) * 4
    view = get_case(actor=make_user("auditor"), number=ticket.number)
    assert (view.may_reply, view.may_note, view.may_assign, view.may_resolve) == (False,) * 4


def test_absent_and_invisible_cases_answer_alike(case_of, make_user, teams):
    ticket = case_of("c1")
    answers = set()
    for user, number in [
        (make_user("agent", teams["marketing"]), ticket.number),
        (make_user("privacy_officer"), ticket.number),
        (make_user("lead"), ticket.number + 1),
    ]:
        with pytest.raises(NotFound) as refused:
            get_case(actor=user, number=number)
        answers.add((refused.value.code, refused.value.message))
    assert len(answers) == 1


def test_a_failed_reply_troubles_the_line_and_leaves_the_customer_waiting(town, case_of, take_in, our_reply, now):
    ticket = case_of("c1")
    our_reply(ticket, "failed")
    take_in(town.comment("c2", external_root="c1", minute=-3), at=now + timedelta(minutes=1))
    ticket.refresh_from_db()
    assert (ticket.trouble, ticket.waiting_since, ticket.first_reply_at) == ("failed", town.time(-30), None)
