"""The queue's pages: in order, without gaps or repeats over ties, in one query."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from core.paging import encode_cursor
from tickets.access import team_ids_of, visible_to
from tickets.models import Customer, Membership, Ticket
from tickets.models.ticket import NO_DEADLINE
from tickets.queries.counts import get_counts
from tickets.queries.queue import SORTS, QueueFilter, get_queue_page, get_row


def _fill(channel, now, minutes):
    """Cases by (deadline or None, last word), in minutes; who waits has waited since an hour before it."""
    people = Customer.objects.bulk_create(Customer(name=f"P{n}", created_at=now) for n in range(len(minutes)))
    Ticket.objects.bulk_create(
        Ticket(
            customer=person,
            channel=channel,
            opened_at=now,
            due_at=None if due is None else now + timedelta(minutes=due),
            waiting_since=None if due is None else now + timedelta(minutes=due - 60),
            last_message_at=now + timedelta(minutes=last),
            platform="facebook",
            visibility="public",
            customer_name=person.name,
        )
        for person, (due, last) in zip(people, minutes, strict=True)
    )


def _paged(actor, wanted, size):
    rows, cursor = [], ""
    while True:
        page = get_queue_page(actor=actor, wanted=wanted, cursor=cursor, size=size)
        assert len(page.rows) <= size
        rows += page.rows
        if not page.next_cursor:
            return rows
        assert len(page.rows) == size
        cursor = page.next_cursor


ORDERS = {
    "sla": lambda row: (row.due_at or NO_DEADLINE, row.ticket_id),
    "waiting": lambda row: (row.waiting_since or NO_DEADLINE, row.ticket_id),
    "oldest": lambda row: (row.last_message_at, row.ticket_id),
    "newest": lambda row: (-row.last_message_at.timestamp(), -row.ticket_id),
}


@pytest.mark.parametrize("sort", SORTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minutes=st.lists(st.tuples(st.sampled_from([None, 0, 1, 2]), st.integers(0, 2)), max_size=14),
    size=st.integers(1, 5),
)
def test_paging_through_equals_the_sorted_whole(channel, lead, now, sort, minutes, size):
    with transaction.atomic():
        _fill(channel, now, minutes)
        rows = _paged(lead, QueueFilter(sort=sort), size)
        every = [get_row(ticket_id=pk) for pk in Ticket.objects.values_list("pk", flat=True)]
        assert rows == sorted(every, key=ORDERS[sort])
        transaction.set_rollback(True)


def _spread(places, now):
    """Put the cases into states, teams and hands, in turn."""
    tickets = Ticket.objects.order_by("pk")
    for ticket, (status, team, person) in zip(tickets, places, strict=False):
        closed = {"closed_at": now} if status == "done" else {}
        Ticket.objects.filter(pk=ticket.pk).update(status=status, team=team, assignee=person, **closed)


LISTED = {"newest": "newest", "oldest": "oldest", "sla": "newest", "waiting": "newest"}  # where nobody waits for us


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("status", [None, "waiting", "done"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cases=st.lists(st.tuples(st.sampled_from(["open", "waiting", "done", "spam"]), st.integers(0, 2)), max_size=12),
    size=st.integers(1, 4),
)
def test_lists_of_other_states_are_paged_through_too(channel, lead, now, sort, status, cases, size):
    order = ORDERS[LISTED[sort] if status else sort]
    with transaction.atomic():
        _fill(channel, now, [(None if state != "open" else last, last) for state, last in cases])
        _spread([(state, None, None) for state, _last in cases], now)
        rows = _paged(lead, QueueFilter(sort=sort, status=status), size)
        every = [get_row(ticket_id=pk) for pk in Ticket.objects.exclude(status="spam").values_list("pk", flat=True)]
        assert rows == sorted((row for row in every if status in (None, row.status)), key=order)
        transaction.set_rollback(True)


def test_the_page_of_all_states_is_one_query_that_sees_ones_own_cases_only(
    channel, agent, teams, now, django_assert_num_queries
):
    _fill(channel, now, [(0, n) for n in range(6)])
    _spread([("open", None, None), ("done", teams["marketing"], None), ("done", None, agent)] * 2, now)
    team_ids_of(agent)

    with django_assert_num_queries(1):
        page = get_queue_page(actor=agent, wanted=QueueFilter(status=None, sort="newest"), size=3)

    assert [row.status for row in page.rows] == ["done", "open", "done"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(st.tuples(st.sampled_from([None, -1, 1]), st.integers(0, 2), st.integers(0, 2)), max_size=6))
def test_where_somebody_waits_too_long_is_known_without_reading_all_who_do(channel, agent, lead, teams, now, cases):
    """Equal to looking at each case that is seen, whoever looks; cases by (minutes until due, team, person)."""
    own, other = list(teams.values())[:2]
    with transaction.atomic():
        Membership.objects.filter(user=agent).exclude(team=own).delete()
        _fill(channel, now, [(due, 0) for due, _team, _person in cases])
        groups, hands = (None, own, other), (None, agent, lead)
        _spread([("open", groups[team], hands[person]) for _due, team, person in cases], now)
        for actor in (agent, lead):
            late = visible_to(actor).filter(status="open", due_at__lt=now)
            told = get_counts(actor=actor, now=now).late
            assert told.all_open == late.exists()
            assert told.mine == late.filter(assignee=actor).exists()
            assert told.unassigned == late.filter(assignee=None).exists()
            assert {team.pk in told.teams for team in (own,)} == {late.filter(team=own).exists()}
        transaction.set_rollback(True)


def test_a_case_that_comes_in_between_pages_repeats_none(channel, lead, now):
    _fill(channel, now, [(n, 0) for n in range(6)])
    first = get_queue_page(actor=lead, wanted=QueueFilter(), size=3)
    _fill(channel, now, [(1, 0)])
    rest = get_queue_page(actor=lead, wanted=QueueFilter(), cursor=first.next_cursor, size=10)
    numbers = [row.number for row in (*first.rows, *rest.rows)]
    assert len(set(numbers)) == len(numbers) == 6
    assert rest.next_cursor == ""


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("count", [0, 3, 60])
def test_a_page_is_one_query(channel, lead, now, django_assert_num_queries, sort, count):
    _fill(channel, now, [(n, n) for n in range(count)])
    with django_assert_num_queries(1) as seen:
        page = get_queue_page(actor=lead, wanted=QueueFilter(sort=sort))
    assert len(page.rows) == min(count, 50)
    assert '"tickets_ticket"."id"' in seen[0]["sql"].rpartition("ORDER BY")[2]  # an index may hide that it is missing
    assert "OFFSET" not in seen[0]["sql"]
    assert "COUNT(" not in seen[0]["sql"].upper()


CROOKED = ["x", "bm9uZQ", "W10", "WzEsMl0", "é", "=", encode_cursor([1]), encode_cursor([1, 2]), "W1tbW1tb" * 500]


@pytest.mark.parametrize("cursor", CROOKED)
@pytest.mark.parametrize("sort", SORTS)
def test_a_crooked_cursor_is_invalid(lead, sort, cursor):
    with pytest.raises(Invalid) as refused:
        get_queue_page(actor=lead, wanted=QueueFilter(sort=sort), cursor=cursor)
    assert refused.value.field == "cursor"


def test_an_unknown_sort_is_invalid(lead):
    with pytest.raises(Invalid) as refused:
        get_queue_page(actor=lead, wanted=QueueFilter(sort="loudest"))
    assert refused.value.field == "sort"


def test_views_narrow_the_list(case_of, teams, lead, make_user):
    mine, theirs, free = (case_of(f"c{n}", by=f"p{n}") for n in range(3))
    other = make_user("agent")
    Ticket.objects.filter(pk=mine.pk).update(assignee=lead)
    Ticket.objects.filter(pk=theirs.pk).update(assignee=other, team=teams["marketing"])
    Ticket.objects.filter(pk=free.pk).update(status="waiting")

    def numbers(**wanted):
        return {row.number for row in get_queue_page(actor=lead, wanted=QueueFilter(**wanted)).rows}

    assert numbers() == {mine.number, theirs.number}
    assert numbers(status=None) == {mine.number, theirs.number, free.number}
    assert numbers(view="mine") == {mine.number}
    assert numbers(view="unassigned", status=None) == {free.number}
    assert numbers(view="team", team_id=teams["marketing"].pk) == {theirs.number}
    assert numbers(view="team") == set()


def test_words_search_numbers_names_and_masked_words(town, take_in, lead, make_user, teams):
    take_in(
        town.comment("c1", "Missä pakettini on? Soita 040 123 4567", by="p1", name="Kari Laine"),
        town.comment("c2", "100% alennus_koodi", by="p2", name="Åsa Öberg"),
    )
    kari, asa = Ticket.objects.order_by("customer_name")

    def found(text, actor=lead):
        return [row.number for row in get_queue_page(actor=actor, wanted=QueueFilter(text=text)).rows]

    assert found("PAKETTINI kari") == [kari.number]
    assert found("pakettini Åsa") == []
    assert found("öberg") == [asa.number]
    assert found(str(asa.number)) == found(f"#{asa.number}") == [asa.number]
    assert found("4567") == []  # what is masked is not found
    with pytest.raises(Invalid) as refused:
        found("040 123 4567")
    assert refused.value.code == "personal"
    assert found("PHONE") == [kari.number]
    assert found("%") == [asa.number]
    assert found("s_k") == [asa.number]
    assert found("pa_ettini") == []
    assert found("'; -- \\") == []
    assert found("9" * 40) == found("٣") == []
    assert len(found("   ")) == 2
    assert found("kari", make_user("agent", teams["marketing"])) == []


def test_a_line_says_what_the_queue_shows(town, case_of, agent, teams):
    ticket = case_of("c1", name="Kari Kalevi Laine")
    Ticket.objects.filter(pk=ticket.pk).update(assignee=agent)
    row = get_row(ticket_id=ticket.pk)
    assert (row.customer_initials, row.assignee_initials, row.team_name) == ("KL", "IS", "First line")
    assert (row.answered, row.waiting_since, row.trouble) == (False, town.time(-30), "")
    assert get_row(ticket_id=ticket.pk + 1) is None
