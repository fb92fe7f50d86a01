"""Giving, moving, closing and noting: done, refused, and done again."""

import pytest

from core.audit.models import AuditEntry
from core.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.live.models import Hint
from tickets.models import Note, Status, Ticket, TicketEvent, TicketThread
from tickets.operations.assigning import assign_ticket, move_ticket, take_ticket
from tickets.operations.closing import reopen_ticket, resolve_ticket
from tickets.operations.noting import NOTE_LIMIT, add_note
from tickets.sealing import original_text


@pytest.fixture
def ticket(case_of):
    return case_of("c1")


def _last():
    audit, event, hint = (model.objects.order_by("pk").last() for model in (AuditEntry, TicketEvent, Hint))
    return audit, event, hint


def test_giving_a_case_to_a_colleague(ticket, agent, lead, now, footprint):
    before = footprint()
    given = assign_ticket(actor=lead, ticket_id=ticket.pk, assignee_id=agent.pk, now=now)
    assert (given.assignee, given.version) == (agent, ticket.version + 1)
    audit, event, hint = _last()
    assert (audit.action, audit.actor_id, audit.object_id, audit.at) == ("ticket.assigned", lead.pk, ticket.pk, now)
    assert audit.data == {"team_id": ticket.team_id, "assignee_id": agent.pk}
    assert (event.kind, event.actor, event.data) == ("assigned", lead, {"to": "Ingrid Solvang"})
    assert (hint.kind, hint.left_scopes) == ("assigned", [])
    assert hint.scopes == ["all", f"team:{ticket.team_id}", f"user:{agent.pk}"]
    assert footprint() == tuple(a + b for a, b in zip(before, (1, 1, 0, 1), strict=True))


def test_the_same_colleague_again_changes_nothing(ticket, agent, lead, now, footprint):
    assign_ticket(actor=lead, ticket_id=ticket.pk, assignee_id=agent.pk, now=now)
    before = footprint()
    again = assign_ticket(actor=lead, ticket_id=ticket.pk, assignee_id=agent.pk, now=now)
    assert (footprint(), again.version) == (before, ticket.version + 1)


def test_letting_go_tells_the_one_who_had_it(ticket, agent, lead, now):
    assign_ticket(actor=lead, ticket_id=ticket.pk, assignee_id=agent.pk, now=now)
    assign_ticket(actor=lead, ticket_id=ticket.pk, assignee_id=None, now=now)
    audit, event, hint = _last()
    assert (audit.action, event.kind, event.data) == ("ticket.unassigned", "unassigned", {})
    assert hint.left_scopes == [f"user:{agent.pk}"]


@pytest.mark.parametrize("unfit", ["auditor", "privacy_officer", "inactive", "absent"])
def test_a_case_is_given_only_to_who_answers_customers(ticket, make_user, lead, now, footprint, unfit):
    person = {
        "auditor": lambda: make_user("auditor").pk,
        "privacy_officer": lambda: make_user("privacy_officer").pk,
        "inactive": lambda: make_user("agent", is_active=False).pk,
        "absent": lambda: 10**9,
    }[unfit]()
    before = footprint()
    with pytest.raises(Invalid) as refused:
        assign_ticket(actor=lead, ticket_id=ticket.pk, assignee_id=person, now=now)
    assert refused.value.field == "assignee"
    ticket.refresh_from_db()
    assert (ticket.assignee, footprint()) == (None, before)


def test_taking_a_case(ticket, agent, now):
    taken = take_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    assert taken.assignee == agent
    assert take_ticket(actor=agent, ticket_id=ticket.pk, now=now).version == taken.version


def test_a_taken_case_says_who_has_it(ticket, agent, lead, now, footprint):
    take_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    before = footprint()
    with pytest.raises(Conflict, match=r"^Ingrid Solvang has taken this case\.$") as refused:
        take_ticket(actor=lead, ticket_id=ticket.pk, now=now)
    ticket.refresh_from_db()
    assert (refused.value.code, ticket.assignee, footprint()) == ("taken", agent, before)


def test_moving_a_case_tells_those_who_lose_sight_of_it(ticket, agent, lead, teams, now):
    take_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    moved = move_ticket(actor=lead, ticket_id=ticket.pk, team_id=teams["marketing"].pk, now=now)
    assert (moved.team, moved.assignee) == (teams["marketing"], None)
    audit, event, hint = _last()
    assert (audit.action, event.kind, event.data) == ("ticket.moved", "moved", {"to": "Marketing"})
    assert hint.scopes == ["all", f"team:{teams['marketing'].pk}"]
    assert hint.left_scopes == [f"team:{teams['first-line'].pk}", f"user:{agent.pk}"]
    before = AuditEntry.objects.count()
    move_ticket(actor=lead, ticket_id=ticket.pk, team_id=teams["marketing"].pk, now=now)
    assert AuditEntry.objects.count() == before
    with pytest.raises(NotFound):
        take_ticket(actor=agent, ticket_id=ticket.pk, now=now)


def test_a_member_of_the_new_team_keeps_the_case(ticket, make_user, teams, now):
    both = make_user("agent", *teams.values())
    take_ticket(actor=both, ticket_id=ticket.pk, now=now)
    moved = move_ticket(actor=both, ticket_id=ticket.pk, team_id=teams["marketing"].pk, now=now)
    assert moved.assignee == both
    assert Hint.objects.order_by("pk").last().left_scopes == [f"team:{teams['first-line'].pk}"]


def test_a_case_moves_only_to_a_team_there_is(ticket, lead, now, footprint):
    before = footprint()
    with pytest.raises(Invalid) as refused:
        move_ticket(actor=lead, ticket_id=ticket.pk, team_id=10**9, now=now)
    assert (refused.value.field, footprint()) == ("team", before)


def test_resolving_and_reopening(ticket, agent, now):
    done = resolve_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    assert (done.status, done.closed_at, done.due_at) == (Status.DONE, now, None)
    assert not TicketThread.objects.get().is_open
    assert [row.action if hasattr(row, "action") else row.kind for row in _last()] == [
        "ticket.resolved", "resolved", "status",
    ]  # fmt: skip
    opened = reopen_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    assert (opened.status, opened.closed_at, opened.due_at) == (Status.OPEN, None, ticket.due_at)
    assert TicketThread.objects.get().is_open
    assert _last()[0].action == "ticket.reopened"


def test_resolving_or_reopening_twice_changes_nothing(ticket, agent, now, footprint):
    before = footprint()
    reopen_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    assert footprint() == before
    done = resolve_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    before = footprint()
    again = resolve_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    assert (footprint(), again.closed_at, again.version) == (before, done.closed_at, done.version)


def test_an_old_case_stays_closed_beside_a_newer_open_one(ticket, agent, town, take_in, now, footprint):
    from datetime import timedelta

    resolve_ticket(actor=agent, ticket_id=ticket.pk, now=now)
    later = now + timedelta(days=20)
    take_in(town.comment("c2", external_root="c1", minute=20 * 24 * 60), at=later)
    before = footprint()
    with pytest.raises(Conflict) as refused:
        reopen_ticket(actor=agent, ticket_id=ticket.pk, now=later)
    ticket.refresh_from_db()
    assert (refused.value.code, ticket.status, footprint()) == ("newer_case", Status.DONE, before)
    assert TicketThread.objects.filter(is_open=True).count() == 1


def test_a_note(ticket, agent, key, now):
    note = add_note(actor=agent, ticket_id=ticket.pk, text="  Soita 040 123 4567 \n", client_key=key(), now=now)
    assert (note.text, note.author, note.at) == ("Soita [PHONE]", agent, now)
    assert original_text(note) == "Soita 040 123 4567"
    audit, _, hint = _last()
    assert (audit.action, audit.data, hint.kind) == ("note.added", {"note_id": note.pk}, "note")
    assert Ticket.objects.get().version == ticket.version + 1


def test_a_note_with_the_same_key_is_the_same_note(ticket, agent, key, now, footprint):
    chosen = key()
    first = add_note(actor=agent, ticket_id=ticket.pk, text="Hei", client_key=chosen, now=now)
    before = footprint()
    again = add_note(actor=agent, ticket_id=ticket.pk, text="Hei", client_key=chosen, now=now)
    assert (again, footprint()) == (first, before)
    add_note(actor=agent, ticket_id=ticket.pk, text="Hei", client_key=key(), now=now)
    assert Note.objects.count() == 2


@pytest.mark.parametrize("whose", ["another case", "another colleague"])
def test_a_key_used_elsewhere_is_refused(ticket, case_of, agent, lead, key, now, footprint, whose):
    chosen, other = key(), case_of("c2")
    add_note(actor=agent, ticket_id=ticket.pk, text="Hei", client_key=chosen, now=now)
    before = footprint()
    actor, place = (agent, other) if whose == "another case" else (lead, ticket)
    with pytest.raises(Conflict) as refused:
        add_note(actor=actor, ticket_id=place.pk, text="Hei", client_key=chosen, now=now)
    assert (refused.value.code, footprint()) == ("key_reused", before)


@pytest.mark.parametrize("text", ["", "  \n", "\x00\u202e", "x" * (NOTE_LIMIT + 1)])
def test_an_empty_or_endless_note_is_refused(ticket, agent, key, now, footprint, text):
    before = footprint()
    with pytest.raises(Invalid) as refused:
        add_note(actor=agent, ticket_id=ticket.pk, text=text, client_key=key(), now=now)
    assert (refused.value.field, footprint()) == ("text", before)


def test_a_note_of_the_full_length_is_kept(ticket, agent, key, now):
    assert len(add_note(actor=agent, ticket_id=ticket.pk, text="å" * NOTE_LIMIT, client_key=key(), now=now).text) == (
        NOTE_LIMIT
    )


ACTS = {
    "assign": lambda actor, pk, now, key: assign_ticket(actor=actor, ticket_id=pk, assignee_id=actor.pk, now=now),
    "take": lambda actor, pk, now, key: take_ticket(actor=actor, ticket_id=pk, now=now),
    "move": lambda actor, pk, now, key: move_ticket(actor=actor, ticket_id=pk, team_id=1, now=now),
    "resolve": lambda actor, pk, now, key: resolve_ticket(actor=actor, ticket_id=pk, now=now),
    "reopen": lambda actor, pk, now, key: reopen_ticket(actor=actor, ticket_id=pk, now=now),
    "note": lambda actor, pk, now, key: add_note(actor=actor, ticket_id=pk, text="Hei", client_key=key(), now=now),
}


@pytest.mark.parametrize("act", sorted(ACTS))
@pytest.mark.parametrize(
    ("role", "refusal"), [("auditor", Forbidden), ("agent", NotFound), ("privacy_officer", NotFound)]
)
def test_who_may_not_is_refused_and_nothing_changes(ticket, make_user, teams, key, now, footprint, act, role, refusal):
    stranger = make_user(role, teams["marketing"])
    before, row = footprint(), Ticket.objects.values().get()
    with pytest.raises(refusal):
        ACTS[act](stranger, ticket.pk, now, key)
    assert (footprint(), Ticket.objects.values().get()) == (before, row)
