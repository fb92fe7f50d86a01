"""One act on many cases: each once, by the operation for one case, with one undo for all."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from core.audit.models import AuditEntry
from core.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.pages.bulk import said
from tickets import bulk_acts
from tickets.models import BulkJob, BulkRow, Ticket, TicketEvent, UndoRecord
from tickets.models.bulk_job import Outcome
from tickets.operations import bulk
from tickets.operations.assigning import assign_ticket
from tickets.operations.bulk import SLICE, drop_old_bulk, settle_bulk, start_bulk, work_bulk
from tickets.operations.closing import resolve_ticket
from tickets.operations.prioritising import set_priority
from tickets.operations.tagging import set_tags
from tickets.operations.undoing import undo
from tickets.queries.bulk import count_listed, get_bulk, list_bulk_rows
from tickets.queries.queue import QueueFilter


@pytest.fixture
def cases(case_of):
    """Six open cases of six people."""
    return [case_of(f"c{n}", by=f"p{n}", minute=-60 + n) for n in range(6)]


def seen(*tickets):
    return {ticket.number: Ticket.objects.get(pk=ticket.pk).version for ticket in tickets}


def finish(now):
    turns = 0
    while work_bulk(now=now):
        turns += 1
    return turns


def outcomes(job):
    return list(BulkRow.objects.filter(job=job).order_by("pk").values_list("outcome", flat=True))


def statuses(cases):
    return [Ticket.objects.get(pk=case.pk).status for case in cases]


def resolve_all(agent, cases, now):
    return start_bulk(actor=agent, act="resolve", choice={}, chosen=seen(*cases), now=now)


def test_each_is_done_by_its_own_operation_and_those_that_changed_are_left(cases, agent, lead, now):
    job = resolve_all(agent, cases, now)
    set_priority(actor=lead, ticket_id=cases[1].pk, priority=3, now=now)
    resolve_ticket(actor=lead, ticket_id=cases[2].pk, now=now)

    finish(now)

    assert outcomes(job) == ["done", "changed", "changed", "done", "done", "done"]
    assert statuses(cases) == ["done", "open", "done", "done", "done", "done"]
    assert AuditEntry.objects.filter(action="ticket.resolved").count() == 5
    assert AuditEntry.objects.get(action="bulk.started").data == {"act": "resolve", "count": 6}
    view = get_bulk(actor=agent, uid=job.uid, now=now)
    assert (view.done, view.total, view.ended) == (6, 6, True)
    assert said(view) == "4 resolved, 2 changed meanwhile and were left"
    rows = list_bulk_rows(actor=agent, uid=job.uid)
    assert [row.number for row in rows[:2]] == [cases[1].number, cases[2].number]


@pytest.mark.parametrize(
    ("act", "choice", "fact"),
    [
        ("assign", lambda s: {"assignee": str(s["lead"].pk)}, lambda t: t.assignee_id is not None),
        ("assign", lambda s: {"assignee": ""}, lambda t: t.assignee_id is None),
        ("tag", lambda _s: {"tag": "retur, levering"}, lambda t: t.tags.count() == 3),
        ("priority", lambda _s: {"priority": "0"}, lambda t: t.priority == 0),
        ("move", lambda s: {"team": str(s["teams"]["marketing"].pk)}, lambda t: t.team.slug == "marketing"),
        ("resolve", lambda _s: {}, lambda t: t.status == "done"),
    ],
)
def test_every_act_and_its_undo(cases, agent, lead, teams, now, act, choice, fact):
    # given cases that differ, so that an undo has something to put back
    assign_ticket(actor=lead, ticket_id=cases[0].pk, assignee_id=agent.pk, now=now)
    set_priority(actor=lead, ticket_id=cases[1].pk, priority=2, now=now)
    for case in cases:
        set_tags(actor=lead, ticket_id=case.pk, names=["kø"], now=now)
    before = [bulk_acts.ACTS[act].facts(Ticket.objects.get(pk=case.pk)) for case in cases]

    job = start_bulk(actor=lead, act=act, choice=choice({"lead": lead, "teams": teams}), chosen=seen(*cases), now=now)
    finish(now)
    assert all(fact(Ticket.objects.get(pk=case.pk)) for case in cases)

    undo(actor=lead, uid=job.undo.uid, now=now)
    finish(now)

    assert [bulk_acts.ACTS[act].facts(Ticket.objects.get(pk=case.pk)) for case in cases] == before
    assert get_bulk(actor=lead, uid=job.uid, now=now).undo_uid is None
    assert set(outcomes(job)) <= {"undone", "same"}


def test_an_undo_leaves_what_changed_since_and_stops_what_waits(cases, agent, lead, now, town, take_in):
    job = resolve_all(agent, cases, now)
    for _turn in range(3):
        bulk._work_row(now)
    take_in(town.comment("later", by="p1", external_root="c1", minute=1), at=town.time(1))  # opens it again

    undone = undo(actor=agent, uid=job.undo.uid, now=now)
    finish(now)

    assert undone.done == 6
    assert outcomes(job) == ["undone", "kept", "undone", "undone", "undone", "undone"]
    assert set(statuses(cases)) == {"open"}
    reopened = TicketEvent.objects.filter(kind="reopened", actor=agent)
    assert sorted(reopened.values_list("ticket_id", flat=True)) == [cases[0].pk, cases[2].pk]
    assert said(get_bulk(actor=agent, uid=job.uid, now=now)) == "5 undone, 1 changed since and was left"


def test_undo_is_ones_own_and_lasts_half_an_hour(cases, agent, lead, now):
    job = resolve_all(agent, cases, now)
    with pytest.raises(NotFound):
        undo(actor=lead, uid=job.undo.uid, now=now)
    with pytest.raises(NotFound):
        get_bulk(actor=lead, uid=job.uid, now=now)
    with pytest.raises(Conflict):
        undo(actor=agent, uid=job.undo.uid, now=now + timedelta(minutes=30))
    undo(actor=agent, uid=job.undo.uid, now=now + timedelta(minutes=29))
    with pytest.raises(Conflict):
        undo(actor=agent, uid=job.undo.uid, now=now)
    assert finish(now) == 0


def test_what_went_out_of_sight_or_cannot_be_done_is_said_and_holds_nothing_up(cases, agent, teams, now):
    for case in cases:
        set_tags(
            actor=agent, ticket_id=case.pk, names=[f"t{n}" for n in range(20)] if case is cases[0] else [], now=now
        )
    job = start_bulk(actor=agent, act="tag", choice={"tag": "enda en"}, chosen=seen(*cases), now=now)
    Ticket.objects.filter(pk=cases[1].pk).update(team=teams["marketing"])

    finish(now)

    assert outcomes(job) == ["refused", "refused", "done", "done", "done", "done"]
    reasons = list(BulkRow.objects.filter(outcome="refused").order_by("pk").values_list("reason", flat=True))
    assert reasons == ["invalid", "not_found"]
    assert [row.number for row in list_bulk_rows(actor=agent, uid=job.uid)[:2]] == [cases[0].number, None]


def test_a_fault_of_ours_with_one_case_holds_nothing_up(cases, agent, now, monkeypatch):
    def broken(actor, ticket, values, now):
        if ticket.pk == cases[0].pk:
            raise ValueError(ticket.preview)
        return resolve_ticket(actor=actor, ticket_id=ticket.pk, now=now)

    from dataclasses import replace

    monkeypatch.setitem(bulk_acts.ACTS, "resolve", replace(bulk_acts.ACTS["resolve"], apply=broken))
    job = resolve_all(agent, cases, now)

    finish(now)

    assert outcomes(job) == ["refused", *["done"] * 5]
    assert BulkRow.objects.get(outcome="refused").reason == "our_fault"


def test_a_whole_list_is_taken_as_it_is_now_and_as_the_person_sees_it(cases, agent, teams, now):
    Ticket.objects.filter(pk=cases[0].pk).update(team=teams["marketing"])
    resolve_ticket(actor=agent, ticket_id=cases[1].pk, now=now)
    wanted = QueueFilter(view="all")
    assert count_listed(actor=agent, wanted=wanted) == 4
    assert count_listed(actor=agent, wanted=QueueFilter(text="Person p3")) == 1

    job = start_bulk(actor=agent, act="priority", choice={"priority": "2"}, wanted=wanted, now=now)
    finish(now)

    assert job.total == 4
    assert list(Ticket.objects.filter(priority=2).order_by("pk")) == cases[2:]


@pytest.mark.parametrize(
    ("act", "choice", "chosen"),
    [
        ("dance", {}, True),
        ("assign", {"assignee": "99999"}, True),
        ("assign", {}, True),
        ("move", {"team": "0"}, True),
        ("priority", {"priority": "9"}, True),
        ("priority", {}, True),
        ("tag", {"tag": " , "}, True),
        ("tag", {"tag": "ring 91 23 45 67"}, True),
        ("resolve", {}, False),
    ],
)
def test_a_wrong_choice_starts_nothing(cases, agent, now, act, choice, chosen):
    choice = {"assignee": "x"} if act == "assign" and not choice else choice
    with pytest.raises(Invalid):
        start_bulk(actor=agent, act=act, choice=choice, chosen=seen(*cases) if chosen else {1: 1}, now=now)
    assert (BulkJob.objects.count(), UndoRecord.objects.count()) == (0, 0)


def test_who_only_reads_starts_nothing(cases, make_user, now):
    with pytest.raises(Forbidden):
        resolve_all(make_user("auditor"), cases, now)


def test_too_many_are_refused(cases, agent, now, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 5)
    with pytest.raises(Invalid):
        start_bulk(actor=agent, act="resolve", choice={}, wanted=QueueFilter(), now=now)


def test_nothing_of_a_person_is_stored_with_a_job(cases, agent, now):
    resolve_all(agent, cases, now)
    finish(now)

    kept = str(list(BulkRow.objects.values())) + str(list(BulkJob.objects.values())) + str(UndoRecord.objects.values())
    assert not re.search("Person p|Hei", kept)


def test_old_jobs_are_forgotten(cases, agent, now):
    resolve_all(agent, cases, now)
    finish(now)
    assert drop_old_bulk(now=now + timedelta(days=29)) == 0
    assert drop_old_bulk(now=now + timedelta(days=31)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_in_the_middle_has_done_no_half_and_another_goes_on(cases, agent, now):
    """Killed between the act and the commit: the case is as it was, and it is done once in the end."""
    job = resolve_all(agent, cases, now)
    bulk._work_row(now)

    class Killed(BaseException):
        pass

    def dies_before_the_commit():
        with transaction.atomic():
            bulk._work_row(now)
            assert TicketEvent.objects.filter(kind="resolved").count() == 2
            raise Killed

    with pytest.raises(Killed):
        dies_before_the_commit()
    assert TicketEvent.objects.filter(kind="resolved").count() == 1

    finish(now)
    assert outcomes(job) == ["done"] * 6
    assert TicketEvent.objects.filter(kind="resolved").count() == 6
    job.refresh_from_db()
    assert job.ended_at == now


@pytest.mark.django_db(transaction=True)
def test_one_that_died_before_it_could_tell_is_ended_by_the_sweeper(cases, agent, now):
    job = resolve_all(agent, cases, now)
    while bulk._work_row(now):
        pass
    assert settle_bulk(now=now) == 1
    job.refresh_from_db()
    assert (job.ended_at, settle_bulk(now=now)) == (now, 0)


@pytest.mark.django_db(transaction=True)
def test_many_workers_and_an_undo_at_once_do_each_case_once(case_of, agent, now):
    cases = [case_of(f"c{n}", by=f"p{n}") for n in range(2 * SLICE)]
    job = resolve_all(agent, cases, now)

    def work(_hand):
        try:
            return finish(now)
        finally:
            connection.close()

    def take_back(_hand):
        try:
            return undo(actor=agent, uid=job.undo.uid, now=now).done
        except Conflict:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as hands:
        working = [hands.submit(work, n) for n in range(3)]
        taken = [hands.submit(take_back, n) for n in range(2)]
        for each in working:
            each.result(timeout=60)
        taken = [each.result(timeout=60) for each in taken]
    finish(now)

    assert sorted(map(bool, taken)) == [False, True]
    assert set(outcomes(job)) == {Outcome.UNDONE}
    assert set(statuses(cases)) == {"open"}
    resolved = list(TicketEvent.objects.filter(kind="resolved").values_list("ticket_id", flat=True))
    reopened = list(TicketEvent.objects.filter(kind="reopened").values_list("ticket_id", flat=True))
    assert len(resolved) == len(set(resolved))
    assert sorted(resolved) == sorted(reopened)


def test_a_thousand_cases_cost_a_steady_number_of_queries_each(cases, agent, now, django_assert_max_num_queries):
    first = Ticket.objects.get(pk=cases[0].pk)
    Ticket.objects.bulk_create(
        Ticket(
            customer=first.customer, channel=first.channel, team=first.team, opened_at=now, platform=first.platform,
            visibility=first.visibility, last_message_at=now,
        )
        for _n in range(994)
    )  # fmt: skip
    with django_assert_max_num_queries(12):
        job = start_bulk(actor=agent, act="priority", choice={"priority": "3"}, wanted=QueueFilter(), now=now)
    assert job.total == 1000
    with django_assert_max_num_queries(SLICE * 22 + 10):
        work_bulk(now=now)

    assert Ticket.objects.filter(priority=3).count() == SLICE
    left = BulkRow.objects.filter(job=job, outcome="waiting").order_by("pk").values("pk")[: 975 - 2 * SLICE]
    BulkRow.objects.filter(pk__in=left).delete()  # the rest goes the same way
    finish(now)

    assert Ticket.objects.filter(priority=3).count() == 3 * SLICE
    with django_assert_max_num_queries(2):
        assert get_bulk(actor=agent, uid=job.uid, now=now).ended
