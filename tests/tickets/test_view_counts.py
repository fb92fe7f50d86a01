"""The counts of saved views equal COUNT(*) for everybody, whatever is done and however late the worker is."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Count
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actors import SYSTEM
from tickets.access import visible_to
from tickets.filters import parse_filter
from tickets.models import Customer, SavedView, Tag, Team, Ticket
from tickets.operations.assigning import assign_ticket, move_ticket
from tickets.operations.closing import reopen_ticket, resolve_ticket
from tickets.operations.noting import add_note
from tickets.operations.prioritising import set_priority
from tickets.operations.recounting import fold_touched, recount_views
from tickets.operations.tagging import set_tags
from tickets.operations.viewing import change_view, delete_view, restore_view, save_view
from tickets.operations.visiting import remember_visit
from tickets.queries.counts import get_counts
from tickets.queries.saved_views import is_kept, list_views
from tickets.queries.view_counts import view_branches, view_condition, view_numbers

FILTERS = (
    "public:yes", "tag:retur", "-tag:retur,bytte", "assignee:me", "-assignee:me is:unanswered", "assignee:none,me",
    "team:mine", "team:first-line status:any", "status:done", "-status:open", "priority:high,urgent", "lang:no",
    "has:note", "has:tag -has:reply", "pakken", '"hvor er" from:p1', "channel:facebook -public:no",
    "is:late", "sla:30m", "older:2d -assignee:me", "newer:3d", "waiting:1h", "is:unread", "has:draft",
)  # fmt: skip


def save(actor, text, now, **more):
    return save_view(actor=actor, name=text[:50], text=text, now=now, **{"scope": "all"} | more)


def read(actor, now):
    views = list_views(actor=actor)
    cells = get_counts(actor=actor, now=now, more=view_branches(actor=actor, views=views, now=now)).more
    return {
        view.slug: n for view in views for n, _late in [view_numbers(actor=actor, views=views, cells=cells)[view.id]]
    }


def late(actor, now):
    views = list_views(actor=actor)
    cells = get_counts(actor=actor, now=now, more=view_branches(actor=actor, views=views, now=now)).more
    numbers = view_numbers(actor=actor, views=views, cells=cells)
    return {view.slug for view in views if numbers[view.id][1]}


def counted(actor, now):
    """What the list of each view would show, by COUNT(*)."""
    asked = {f"n{view.id}": Count("pk", filter=view_condition(actor=actor, wanted=view.filter, now=now))
             for view in list_views(actor=actor)}  # fmt: skip
    found = visible_to(actor).aggregate(**asked)
    return {view.slug: found[f"n{view.id}"] for view in list_views(actor=actor)}


@pytest.fixture
def readers(teams, make_user):
    """A lead, an agent of the first line, a marketer of the other team, and an agent of none."""
    return [
        make_user("lead", name="Mikko"),
        make_user("agent", teams["first-line"], name="Ingrid"),
        make_user("marketer", teams["marketing"], name="Elias"),
        make_user("agent", name="Una"),
    ]


ACTS = ("intake", "write again", "assign", "let go", "move", "move out", "resolve", "reopen", "tag", "untag", "note",
        "priority", "language", "reply", "visit", "delete customer", "delete team", "delete tag", "save", "change",
        "delete view", "restore view", "fold", "recount")  # fmt: skip
steps = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 5)), min_size=3, max_size=12)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(todo=steps)
def test_every_view_counts_right_for_everybody_after_anything(town, take_in, teams, readers, our_reply, key, todo):
    lead, now = readers[0], town.now
    with transaction.atomic():
        Tag.objects.bulk_create(Tag(name=name) for name in ("retur", "bytte"))
        for text in FILTERS:
            save(lead, text, now)
        for n, (act, which) in enumerate([("intake", 2), ("intake", 1), *todo]):
            _do(act, which, n, town, take_in, readers, our_reply, key)
            reader = readers[n % 4]
            assert read(reader, now) == counted(reader, now), (act, reader.name)
        for reader in readers:
            assert read(reader, now) == counted(reader, now), reader.name
        transaction.set_rollback(True)


def _do(act, which, n, town, take_in, readers, our_reply, key):
    now, lead = town.now, readers[0]
    ticket = Ticket.objects.order_by("pk")[which : which + 1].first() or Ticket.objects.first()
    if act == "intake" or ticket is None:
        take_in(
            *(
                town.comment(f"c{n}.{m}", "Hvor er pakken?", by=f"p{which}", minute=-40 * m * m * m)
                for m in range(which + 1)
            )
        )
        return
    pk, groups = ticket.pk, list(Team.objects.order_by("pk"))
    view = SavedView.objects.order_by("pk")[which * 3]
    {
        "write again": lambda: take_in(
            town.comment(f"w{n}", by=ticket.customer.identities.get().external_key, external_root="c0.0")
        ),
        "assign": lambda: assign_ticket(actor=SYSTEM, ticket_id=pk, assignee_id=readers[which % 3].pk, now=now),
        "let go": lambda: assign_ticket(actor=SYSTEM, ticket_id=pk, assignee_id=None, now=now),
        "move": lambda: groups and move_ticket(actor=SYSTEM, ticket_id=pk, team_id=groups[-1].pk, now=now),
        "move out": lambda: Ticket.objects.filter(pk=pk).update(team=None),
        "resolve": lambda: resolve_ticket(actor=SYSTEM, ticket_id=pk, now=now),
        "reopen": lambda: reopen_ticket(actor=SYSTEM, ticket_id=pk, now=now),
        "tag": lambda: set_tags(actor=lead, ticket_id=pk, names=["retur", "bytte"][: 1 + which % 2], now=now),
        "untag": lambda: set_tags(actor=lead, ticket_id=pk, names=[], now=now),
        "note": lambda: add_note(actor=lead, ticket_id=pk, text="Ringt", client_key=key(), now=now),
        "priority": lambda: set_priority(actor=lead, ticket_id=pk, priority=which % 4, now=now),
        "language": lambda: Ticket.objects.filter(pk=pk).update(language=["no", "sv", ""][which % 3]),
        "reply": lambda: our_reply(ticket, "sent") and take_in(town.state(f"c0.{which}", "visible")),
        "visit": lambda: remember_visit(actor=readers[which % 3], ticket_id=pk, message_id=10**9, before_id=0),
        "delete customer": lambda: Customer.objects.filter(tickets=pk).delete(),
        "delete team": lambda: groups and groups[which % len(groups)].delete(),
        "delete tag": lambda: Tag.objects.all()[:1] and Tag.objects.all()[0].delete(),
        "save": lambda: save(lead, f"older:{which}h assignee:#{readers[1].pk}", now),
        "change": lambda: view.deleted_at or change_view(actor=lead, view_id=view.pk, text="lang:no", now=now),
        "delete view": lambda: view.deleted_at or delete_view(actor=lead, view_id=view.pk, now=now),
        "restore view": lambda: view.deleted_at and restore_view(actor=lead, view_id=view.pk, now=now),
        "fold": lambda: fold_touched(now=now),
        "recount": lambda: recount_views(now=now),
    }[act]()


def _rows(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


def test_folding_empties_the_list_and_changes_no_number(case_of, lead, now):
    view = save(lead, "public:yes", now)
    case_of("c1")
    before = read(lead, now)
    assert _rows("tickets_touched") > 0
    assert fold_touched(now=now) > 0
    assert (_rows("tickets_touched"), read(lead, now)) == (0, before)
    assert before == {view.slug: 1}
    assert fold_touched(now=now) == 0


def test_what_has_drifted_is_found_and_healed(case_of, lead, now):
    save(lead, "public:yes", now)
    case_of("c1")
    fold_touched(now=now)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_view_count SET n = 7")
    assert read(lead, now) != counted(lead, now)
    assert recount_views(now=now) == 1
    assert read(lead, now) == counted(lead, now)
    assert recount_views(now=now) == 0


def test_the_clock_moves_a_case_without_a_change(case_of, lead, now):
    save(lead, "is:late", now)
    save(lead, "older:2d", now)
    case_of("c1")
    fold_touched(now=now)
    assert read(lead, now) == {"islate": 0, "older2d": 0}
    assert read(lead, now + timedelta(days=3)) == {"islate": 1, "older2d": 1}
    assert late(lead, now + timedelta(days=3)) == {"islate", "older2d"}


def test_a_view_is_red_when_a_case_in_it_is_late(case_of, lead, now):
    save(lead, "public:yes", now)
    save(lead, "public:no", now)
    case_of("c1")
    fold_touched(now=now)
    assert late(lead, now - timedelta(hours=1)) == set()
    assert late(lead, now + timedelta(days=3)) == {"publicyes"}


def test_all_views_are_one_more_statement_in_none(case_of, lead, now, django_assert_num_queries):
    for text in FILTERS[4:]:
        if not text.startswith("tag"):
            save(lead, text, now)
    case_of("c1")
    views = list_views(actor=lead)
    branches = view_branches(actor=lead, views=views, now=now)
    with django_assert_num_queries(1):
        get_counts(actor=lead, now=now, more=branches)


def test_a_touched_case_costs_intake_no_statement(town, take_in, lead, now, django_assert_max_num_queries):
    for text in ("public:yes", "lang:no", "assignee:me"):
        save(lead, text, now)
    with django_assert_max_num_queries(40):
        take_in(*(town.comment(f"c{n}", by=f"p{n}", external_root=f"c{n}") for n in range(90)))
    assert read(lead, now)["publicyes"] == 90


@pytest.mark.parametrize("text", FILTERS)
def test_what_is_kept_is_what_only_a_change_can_change(text):
    clock = ("is:late", "sla:", "older:", "newer:", "waiting:", "is:unread", "has:draft")
    assert is_kept(parse_filter(text)) == (not text.startswith(clock))


@pytest.mark.django_db(transaction=True)
def test_emptying_the_tickets_empties_what_is_kept(case_of, lead, now):
    case_of("c1")
    save(lead, "public:yes", now)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE tickets_ticket CASCADE")
    assert [_rows(f"tickets_{table}") for table in ("touched", "view_case", "view_count")] == [0, 0, 0]
