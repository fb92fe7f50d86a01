"""Merging, splitting and linking cases, and taking each back."""

import uuid
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import models

from core.audit.models import AuditEntry
from core.errors import Conflict, Forbidden, Invalid, NotFound
from tickets import absorbing, drafts
from tickets.models import (
    Draft,
    Message,
    Status,
    Ticket,
    TicketEvent,
    TicketThread,
    UndoRecord,
    Visit,
)
from tickets.operations.assigning import assign_ticket
from tickets.operations.closing import reopen_ticket, resolve_ticket
from tickets.operations.drafting import save_draft
from tickets.operations.filing import put_up_file
from tickets.operations.merging import merge_tickets
from tickets.operations.noting import add_note
from tickets.operations.prioritising import set_priority
from tickets.operations.relating import link_tickets
from tickets.operations.splitting import split_ticket
from tickets.operations.tagging import set_tags
from tickets.operations.undoing import drop_old_undo, undo
from tickets.queries.case import get_case
from tickets.queries.queue import QueueFilter, get_queue_page

MONTH = timedelta(days=30)


def said(ticket):
    return list(Message.objects.filter(ticket=ticket).order_by("at", "pk").values_list("external_id", flat=True))


def reread(*tickets):
    for ticket in tickets:
        ticket.refresh_from_db()


@pytest.fixture
def pair(case_of):
    """Two cases of one customer, in two threads."""
    return case_of("c1", by="p1", minute=-40), case_of("c2", by="p1", minute=-30)


@pytest.fixture
def merged(pair, agent, now):
    """The second of them merged into the first: (kept, merged, what undoes it)."""
    kept, other = pair
    undoable = merge_tickets(actor=agent, keep_id=kept.pk, merge_id=other.pk, now=now)
    reread(kept, other)
    return kept, other, undoable


# Merging


def test_all_words_stand_in_the_kept_case_in_order_and_the_other_leads_there(merged, agent):
    kept, other, undoable = merged

    assert (said(kept), said(other)) == (["c1", "c2"], [])
    assert (other.status, other.merged_into, other.closed_at) == (Status.MERGED, kept, None)
    assert sorted(kept.ticket_threads.values_list("thread__external_root", "is_open")) == [("c1", True), ("c2", True)]
    shown = get_case(actor=agent, number=kept.number)
    assert [entry.id for entry in shown.entries if entry.entry == "message"] == list(
        Message.objects.order_by("at").values_list("pk", flat=True)
    )
    assert get_case(actor=agent, number=other.number).row.merged_number == kept.number
    events = TicketEvent.objects.filter(kind__startswith="merged").order_by("kind")
    assert [(e.ticket_id, e.kind, e.data) for e in events] == [
        (kept.pk, "merged", {"number": other.number}), (other.pk, "merged_into", {"number": kept.number}),
    ]  # fmt: skip
    assert AuditEntry.objects.get(action="ticket.merged").data == {"merged": other.pk, "two_people": 0}
    assert undoable.until - undoable.at == MONTH


def test_a_merged_case_is_in_no_list_and_takes_no_work(merged, lead, now):
    kept, other, _undoable = merged

    for status in ("open", "waiting", "done", None):
        page = get_queue_page(actor=lead, wanted=QueueFilter(status=status))
        assert other.number not in [row.number for row in page.rows]
    acts = (
        lambda: resolve_ticket(actor=lead, ticket_id=other.pk, now=now),
        lambda: reopen_ticket(actor=lead, ticket_id=other.pk, now=now),
        lambda: assign_ticket(actor=lead, ticket_id=other.pk, assignee_id=lead.pk, now=now),
        lambda: add_note(actor=lead, ticket_id=other.pk, text="Hei", client_key=uuid.uuid4(), now=now),
        lambda: merge_tickets(actor=lead, keep_id=kept.pk, merge_id=other.pk, now=now),
        lambda: merge_tickets(actor=lead, keep_id=other.pk, merge_id=kept.pk, now=now),
        lambda: split_ticket(actor=lead, ticket_id=other.pk, message_ids=[1], now=now),
        lambda: link_tickets(actor=lead, ticket_id=other.pk, other_id=kept.pk, now=now),
    )
    before = AuditEntry.objects.count()
    for act in acts:
        with pytest.raises(Conflict, match=str(kept.number)):
            act()
    assert AuditEntry.objects.count() == before


def test_what_the_customer_says_later_in_either_thread_is_said_to_the_kept_case(merged, town, take_in, agent, now):
    kept, _other, _undoable = merged

    take_in(town.comment("c3", by="p1", external_root="c2", minute=-5))
    take_in(town.comment("c3", by="p1", external_root="c2", minute=-5), town.comment("c4", external_root="c1", by="p1"))
    resolve_ticket(actor=agent, ticket_id=kept.pk, now=now)
    take_in(town.comment("c5", by="p1", external_root="c2", minute=60), at=town.time(60))

    assert sorted(said(kept)) == ["c1", "c2", "c3", "c4", "c5"]
    reread(kept)
    assert (kept.status, Ticket.objects.count()) == (Status.OPEN, 2)


def test_an_open_case_merged_into_a_resolved_one_opens_it(pair, agent, now, town, take_in):
    kept, other = pair
    resolve_ticket(actor=agent, ticket_id=kept.pk, now=now)

    undoable = merge_tickets(actor=agent, keep_id=kept.pk, merge_id=other.pk, now=now)
    reread(kept)
    assert (kept.status, kept.closed_at) == (Status.OPEN, None)

    undo(actor=agent, uid=undoable.uid, now=now)
    reread(kept, other)
    assert (kept.status, kept.closed_at, other.status) == (Status.DONE, now, Status.OPEN)
    take_in(town.comment("c3", by="p1", external_root="c1"), town.comment("c4", by="p1", external_root="c2"))
    assert (said(kept), said(other)) == (["c1", "c3"], ["c2", "c4"])


def test_a_resolved_case_goes_into_an_open_one_whose_thread_it_was_in_before(town, take_in, agent, now):
    """Two cases of one customer in one thread, the older long closed: the thread stands once."""
    take_in(town.comment("c1", by="p1", minute=-60 * 24 * 30))
    old = Ticket.objects.get()
    resolve_ticket(actor=agent, ticket_id=old.pk, now=town.time(-60 * 24 * 29))
    take_in(town.comment("c2", by="p1", external_root="c1", minute=-10))
    new = Ticket.objects.exclude(pk=old.pk).get()

    undoable = merge_tickets(actor=agent, keep_id=new.pk, merge_id=old.pk, now=now)
    assert said(new) == ["c1", "c2"]
    assert [link.is_open for link in TicketThread.objects.all()] == [True]

    take_in(town.comment("c3", by="p1", external_root="c1", minute=-1))
    undo(actor=agent, uid=undoable.uid, now=now)
    reread(old, new)
    assert (said(old), said(new)) == (["c1"], ["c2", "c3"])
    assert (old.status, old.closed_at) == (Status.DONE, town.time(-60 * 24 * 29))
    links = dict(TicketThread.objects.values_list("ticket_id", "is_open"))
    assert links == {old.pk: False, new.pk: True}


def test_notes_files_drafts_tags_and_links_go_along_and_come_back(pair, case_of, agent, lead, now):
    kept, other = pair
    third = case_of("c9", by="p9")
    set_tags(actor=agent, ticket_id=kept.pk, names=["retur"], now=now)
    set_tags(actor=agent, ticket_id=other.pk, names=["Retur", "levering"], now=now)
    note = add_note(actor=agent, ticket_id=other.pk, text="Ring 91 23 45 67", client_key=uuid.uuid4(), now=now)
    file = put_up_file(actor=agent, ticket_id=other.pk, name="a.txt", content=b"a", now=now)
    mine = {"mode": "note", "base_revision": 0, "now": now}
    moved = save_draft(actor=agent, ticket_id=other.pk, text="Påbegynt", **mine).draft
    save_draft(actor=lead, ticket_id=kept.pk, text="Her", **mine)
    save_draft(actor=lead, ticket_id=other.pk, text="Der", **mine)
    link_tickets(actor=agent, ticket_id=other.pk, other_id=third.pk, now=now)
    set_priority(actor=agent, ticket_id=other.pk, priority=2, now=now)
    assign_ticket(actor=agent, ticket_id=other.pk, assignee_id=lead.pk, now=now)

    undoable = merge_tickets(actor=agent, keep_id=kept.pk, merge_id=other.pk, now=now)

    reread(kept, note, file, moved)
    assert {note.ticket_id, file.ticket_id, moved.ticket_id} == {kept.pk}
    assert [drafts.text_of(d) for d in Draft.objects.filter(ticket=kept).order_by("author_id")] == [
        "Påbegynt", "Der\n\nHer",
    ]  # fmt: skip
    assert sorted(kept.tags.values_list("name", flat=True)) == ["levering", "retur"]
    assert absorbing.related_ids(kept) == {third.pk}
    assert (kept.priority, kept.assignee) == (2, lead)
    assert "91 23 45 67" not in str(UndoRecord.objects.values())
    assert "Påbegynt" not in str(UndoRecord.objects.values())

    done = undo(actor=agent, uid=undoable.uid, now=now)

    reread(kept, note, file, moved)
    assert {note.ticket_id, file.ticket_id, moved.ticket_id} == {other.pk}
    assert (done.done, done.left) == (3, 0)
    assert drafts.text_of(moved) == "Påbegynt"
    assert list(kept.tags.values_list("name", flat=True)) == ["retur"]
    assert sorted(other.tags.values_list("name", flat=True)) == ["levering", "retur"]
    assert (absorbing.related_ids(kept), absorbing.related_ids(other)) == (set(), {third.pk})
    assert (kept.priority, kept.assignee) == (1, None)


def test_undoing_leaves_what_somebody_changed_since(merged, agent, lead, now):
    kept, _other, undoable = merged
    set_priority(actor=lead, ticket_id=kept.pk, priority=3, now=now)
    Message.objects.filter(external_id="c2").update(ticket=None)

    done = undo(actor=agent, uid=undoable.uid, now=now)

    reread(kept)
    assert (done.done, done.left, kept.priority) == (0, 1, 3)


def test_what_came_after_goes_back_with_its_thread(merged, town, take_in, agent, now, our_reply):
    kept, other, undoable = merged
    take_in(town.comment("c3", by="p1", external_root="c2"), town.comment("c4", by="p1", external_root="c1"))

    undo(actor=agent, uid=undoable.uid, now=now)

    reread(kept, other)
    assert (said(kept), said(other)) == (["c1", "c4"], ["c2", "c3"])
    assert (kept.status, other.status, other.merged_into) == (Status.OPEN, Status.OPEN, None)
    take_in(town.comment("c5", by="p1", external_root="c2"))
    assert said(other) == ["c2", "c3", "c5"]
    assert AuditEntry.objects.filter(action="ticket.unmerged").count() == 1


def test_a_case_resolved_as_one_comes_back_resolved(merged, agent, now):
    kept, other, undoable = merged
    resolve_ticket(actor=agent, ticket_id=kept.pk, now=now)

    undo(actor=agent, uid=undoable.uid, now=now)

    reread(kept, other)
    assert (kept.status, other.status, other.closed_at) == (Status.DONE, Status.DONE, now)
    assert not TicketThread.objects.filter(is_open=True).exists()


def test_undo_works_once_and_in_time_for_those_who_see_both(merged, agent, make_user, teams, now):
    kept, other, undoable = merged
    outsider = make_user("agent", teams["marketing"])
    auditor = make_user("auditor")
    with pytest.raises(NotFound):
        undo(actor=outsider, uid=undoable.uid, now=now)
    with pytest.raises(Forbidden):
        undo(actor=auditor, uid=undoable.uid, now=now)
    with pytest.raises(Conflict) as late:
        undo(actor=agent, uid=undoable.uid, now=now + MONTH)
    with pytest.raises(NotFound):
        undo(actor=agent, uid=uuid.uuid4(), now=now)
    undo(actor=agent, uid=undoable.uid, now=now + MONTH - timedelta(seconds=1))
    with pytest.raises(Conflict) as again:
        undo(actor=agent, uid=undoable.uid, now=now)

    assert (late.value.code, again.value.code) == ("expired", "used")
    undoable.refresh_from_db()
    assert undoable.used_by == agent
    assert (said(kept), said(other)) == (["c1"], ["c2"])
    assert drop_old_undo(now=now + MONTH) == 0
    assert drop_old_undo(now=now + MONTH + timedelta(days=2)) == 1


def test_merging_asks_for_sight_of_both_and_the_right_to_work(pair, make_user, teams, agent, now):
    kept, other = pair
    Ticket.objects.filter(pk=other.pk).update(team=teams["marketing"])
    both = {"keep_id": kept.pk, "merge_id": other.pk, "now": now}
    with pytest.raises(NotFound):
        merge_tickets(actor=agent, **both)
    with pytest.raises(Forbidden):
        merge_tickets(actor=make_user("auditor"), **both)
    with pytest.raises(Invalid):
        merge_tickets(actor=agent, keep_id=kept.pk, merge_id=kept.pk, now=now)
    assert not UndoRecord.objects.exists()


def test_of_a_chain_each_number_leads_to_the_last_and_each_comes_back(case_of, agent, now):
    one, two, three = (case_of(f"c{n}", by="p1", minute=-n) for n in (3, 2, 1))
    first = merge_tickets(actor=agent, keep_id=two.pk, merge_id=one.pk, now=now)
    second = merge_tickets(actor=agent, keep_id=three.pk, merge_id=two.pk, now=now)
    reread(one, two)
    assert (one.merged_into, two.merged_into) == (three, three)

    undo(actor=agent, uid=first.uid, now=now)
    assert (said(one), said(two), said(three)) == (["c3"], [], ["c2", "c1"])
    undo(actor=agent, uid=second.uid, now=now)
    reread(one, two, three)
    assert (said(one), said(two), said(three)) == (["c3"], ["c2"], ["c1"])
    assert {one.status, two.status, three.status} == {Status.OPEN}


def test_nobody_is_said_to_have_read_what_they_have_not(pair, agent, lead, now):
    kept, other = pair
    first, second = Message.objects.order_by("pk").values_list("pk", flat=True)
    Visit.objects.create(user=agent, ticket=kept, message_id=second)
    Visit.objects.create(user=lead, ticket=kept, message_id=second)
    Visit.objects.create(user=lead, ticket=other, message_id=second)

    merge_tickets(actor=agent, keep_id=kept.pk, merge_id=other.pk, now=now)

    seen = dict(Visit.objects.filter(ticket=kept).values_list("user_id", "message_id"))
    assert seen == {agent.pk: second - 1, lead.pk: second}
    assert first < second


# Completeness


def test_everything_that_points_at_a_case_is_decided():
    pointing = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model is Ticket
    }

    assert pointing == set(absorbing.MOVES) | set(absorbing.STAYS)
    assert not set(absorbing.MOVES) & set(absorbing.STAYS)
