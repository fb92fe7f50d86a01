"""The kept counters equal COUNT(*), whatever is done and however often they are folded."""

import pytest
from django.db import connection, transaction
from django.db.models import Count
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actors import SYSTEM
from inbox.operations import housekeeping
from tickets.models import Customer, Team, Ticket
from tickets.operations.assigning import assign_ticket, move_ticket
from tickets.operations.closing import reopen_ticket, resolve_ticket
from tickets.queries.counts import get_counts
from tickets.queries.queue import QueueFilter, get_queue_page


def kept():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status, team_id, assignee_id, sum(n) FROM tickets_count GROUP BY 1, 2, 3 HAVING sum(n) <> 0"
        )
        return {row[:3]: int(row[3]) for row in cursor.fetchall()}


def counted():
    rows = Ticket.objects.order_by().values_list("status", "team_id", "assignee_id").annotate(n=Count("pk"))
    return {row[:3]: row[3] for row in rows}


def _rows():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tickets_count")
        return cursor.fetchone()[0]


ACTS = ["intake", "assign", "let go", "move", "resolve", "reopen", "write again", "delete customer", "delete team"]
steps = st.lists(st.tuples(st.sampled_from([*ACTS, "fold"]), st.integers(0, 3)), min_size=3, max_size=10)


@settings(
    max_examples=25,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(todo=steps)
def test_counters_equal_a_count_after_anything(town, take_in, teams, make_user, todo):
    above = housekeeping.FOLD_ABOVE
    with transaction.atomic():
        housekeeping.FOLD_ABOVE = 0
        people, groups = [make_user("agent") for _ in range(2)], [team.pk for team in teams.values()]
        for n, (act, which) in enumerate([("intake", 0), ("intake", 1), *todo]):
            _do(act, which, n, town, take_in, people, groups)
            assert kept() == counted(), act
        transaction.set_rollback(True)
    housekeeping.FOLD_ABOVE = above


def _do(act, which, n, town, take_in, people, groups):
    ticket = Ticket.objects.order_by("pk")[which : which + 1].first() or Ticket.objects.first()
    if act == "intake" or ticket is None:
        take_in(*(town.comment(f"c{n}.{m}", by=f"p{which}") for m in range(which + 1)))
        return
    pk = ticket.pk
    {
        "assign": lambda: assign_ticket(actor=SYSTEM, ticket_id=pk, assignee_id=people[which % 2].pk, now=town.now),
        "let go": lambda: assign_ticket(actor=SYSTEM, ticket_id=pk, assignee_id=None, now=town.now),
        "move": lambda: move_ticket(actor=SYSTEM, ticket_id=pk, team_id=groups[0], now=town.now) if groups else None,
        "resolve": lambda: resolve_ticket(actor=SYSTEM, ticket_id=pk, now=town.now),
        "reopen": lambda: reopen_ticket(actor=SYSTEM, ticket_id=pk, now=town.now),
        "write again": lambda: take_in(
            town.comment(f"w{n}", by=ticket.customer.identities.get().external_key, external_root="c0.0")
        ),
        "delete customer": lambda: Customer.objects.filter(tickets=pk).delete(),
        "delete team": lambda: Team.objects.filter(pk=groups.pop()).delete() if groups else None,
        "fold": housekeeping.fold_counters,
    }[act]()


def test_folding_waits_until_it_pays_and_then_leaves_one_row_per_cell(case_of, lead, now, settings):
    ticket = case_of("c1")
    for n in range(300):
        assign_ticket(actor=lead, ticket_id=ticket.pk, assignee_id=lead.pk if n % 2 else None, now=now)
    rows = _rows()
    housekeeping.fold_counters()
    assert _rows() == (rows if rows <= housekeeping.FOLD_ABOVE else 1)
    assert rows > housekeeping.FOLD_ABOVE
    assert kept() == counted()


def test_a_batch_adds_one_row_per_cell(town, take_in):
    take_in(*(town.comment(f"c{n}", by=f"p{n}") for n in range(60)))
    assert (_rows(), sum(kept().values())) == (1, 60)


def test_counts_of_a_list_equal_the_list(town, take_in, teams, make_user, now):
    take_in(*(town.comment(f"c{n}", by=f"p{n}") for n in range(12)))
    agent = make_user("agent", teams["first-line"])
    lead = make_user("lead")
    for n, ticket in enumerate(Ticket.objects.order_by("pk")):
        if n % 3 == 0:
            assign_ticket(actor=lead, ticket_id=ticket.pk, assignee_id=agent.pk, now=now)
        if n % 4 == 0:
            move_ticket(actor=lead, ticket_id=ticket.pk, team_id=teams["marketing"].pk, now=now)
        if n % 5 == 0:
            resolve_ticket(actor=lead, ticket_id=ticket.pk, now=now)
    for actor in (agent, lead, make_user("marketer", teams["marketing"]), make_user("auditor")):
        for view, team in [("all", None), ("mine", None), ("unassigned", None), ("team", teams["marketing"].pk)]:
            wanted = QueueFilter(view=view, team_id=team)
            counts = get_counts(actor=actor, wanted=wanted)
            for status in ("open", "waiting", "done"):
                shown = get_queue_page(actor=actor, wanted=QueueFilter(view=view, team_id=team, status=status)).rows
                assert getattr(counts, status) == len(shown), (actor.role, view, status)
        everything = get_counts(actor=actor)
        opened = get_queue_page(actor=actor, wanted=QueueFilter()).rows
        assert everything.all_open == everything.open == len(opened)
        assert everything.mine == sum(row.assignee_id == actor.pk for row in opened)
        assert everything.unassigned == sum(row.assignee_id is None for row in opened)
        by_team = {pk: sum(row.team_id == pk for row in opened) for pk in {row.team_id for row in opened}}
        assert {pk: n for pk, n in everything.teams.items() if n} == by_team


def test_counts_are_one_query_and_never_touch_the_tickets(case_of, lead, django_assert_num_queries):
    case_of("c1")
    with django_assert_num_queries(1) as seen:
        get_counts(actor=lead)
    assert "tickets_ticket" not in seen[0]["sql"]


@pytest.mark.django_db(transaction=True)
def test_emptying_the_table_empties_the_counters(case_of):
    case_of("c1")
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE tickets_ticket CASCADE")
    assert kept() == {}
