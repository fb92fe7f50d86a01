"""Who sees a case and who may do what with it; lists, locks and live scopes agree."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actors import SYSTEM
from core.errors import Forbidden, NotFound
from core.users.models import Role, User
from tickets.access import Action, demand, may, scopes_for, scopes_of, visible_to
from tickets.models import Ticket
from tickets.queries.counts import get_counts
from tickets.queries.queue import QueueFilter, get_queue_page

PLACES = ["own team", "other team", "assigned in other team", "no team", "assigned without team"]
SEEN = {
    Role.LEAD: PLACES,
    Role.ADMIN: PLACES,
    Role.AUDITOR: PLACES,
    Role.AGENT: ["own team", "assigned in other team", "no team", "assigned without team"],
    Role.MARKETER: ["own team", "assigned in other team", "no team", "assigned without team"],
    Role.PRIVACY_OFFICER: [],
}
WORKING = {Role.AGENT, Role.LEAD, Role.MARKETER, Role.ADMIN}


@pytest.fixture
def placed(case_of, teams, make_user):
    """A case at a place, as seen by a colleague of the first line."""

    def make(place, role, **extra):
        user = make_user(role, teams["first-line"], **extra)
        team = {"own": teams["first-line"], "other": teams["marketing"]}.get(place.split()[0])
        if place == "assigned in other team":
            team = teams["marketing"]
        ticket = case_of("c1")
        assignee = user if place.startswith("assigned") else None
        Ticket.objects.filter(pk=ticket.pk).update(team=team, assignee=assignee)
        ticket.refresh_from_db()
        return user, ticket

    return make


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("place", PLACES)
def test_who_sees_a_case_follows_from_role_and_place(placed, role, place):
    user, ticket = placed(place, role)
    seen = place in SEEN[role]
    assert list(visible_to(user)) == ([ticket] if seen else [])
    assert len(get_queue_page(actor=user, wanted=QueueFilter()).rows) == seen
    assert get_counts(actor=user).all_open == seen
    assert bool(scopes_of(user) & scopes_for(ticket.team_id, ticket.assignee_id)) is seen


@pytest.mark.parametrize("role", Role.values)
def test_who_is_no_longer_active_sees_nothing(placed, role):
    user, ticket = placed("assigned without team", role, is_active=False)
    assert not visible_to(user).exists()
    assert scopes_of(user) == frozenset()
    assert get_counts(actor=user).all_open == 0
    assert not any(may(user, action) for action in Action)
    with pytest.raises(NotFound):
        demand(user, Action.READ, ticket.pk)


@pytest.mark.parametrize("action", list(Action))
def test_what_may_be_done_follows_from_the_role(make_user, action):
    allowed = {role for role in Role.values if may(make_user(role), action)}
    also = {Role.AUDITOR} if action == Action.READ else set()
    assert allowed == WORKING - ({Role.ADMIN} if action == Action.REVEAL else set()) | also
    assert may(SYSTEM, action)


def test_the_system_sees_all(case_of):
    ticket = case_of()
    assert list(visible_to(SYSTEM)) == [ticket]
    assert demand(SYSTEM, Action.RESOLVE, ticket.pk) == ticket


@pytest.mark.parametrize("action", list(Action))
def test_absent_and_invisible_answer_alike(placed, action):
    user, ticket = placed("other team", Role.AGENT)
    answers = []
    for number in (ticket.pk, ticket.pk + 1000):
        with pytest.raises(NotFound) as refused:
            demand(user, action, number)
        answers.append((type(refused.value), refused.value.code, refused.value.message))
    assert answers[0] == answers[1]
    assert not hasattr(refused.value, "field")


def test_visible_but_not_allowed_is_forbidden(placed):
    user, ticket = placed("other team", Role.AUDITOR)
    assert demand(user, Action.READ, ticket.pk) == ticket
    for action in set(Action) - {Action.READ}:
        with pytest.raises(Forbidden):
            demand(user, action, ticket.pk)


people = st.tuples(st.sampled_from(Role.values), st.sets(st.integers(0, 2)), st.booleans())
spots = st.tuples(st.sampled_from([None, 0, 1, 2]), st.sampled_from([None, 0, 1]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(who=st.lists(people, min_size=2, max_size=2), where=st.lists(spots, min_size=1, max_size=4))
def test_live_scopes_are_the_mirror_of_sight(case_of, who, where):
    from tickets.models import Membership, Team

    with transaction.atomic():
        teams = [Team.objects.create(name=f"T{n}", slug=f"t{n}") for n in range(3)]
        users = [
            User.objects.create(email=f"x{n}@havbris.example", name="X", role=role, is_active=active)
            for n, (role, _, active) in enumerate(who)
        ]
        for user, (_, member, _) in zip(users, who, strict=True):
            Membership.objects.bulk_create(Membership(user=user, team=teams[n]) for n in member)
        for n, (team, person) in enumerate(where):
            ticket = case_of(f"c{n}")
            ticket.team = None if team is None else teams[team]
            ticket.assignee = None if person is None else users[person]
            ticket.save()
        for user in users:
            seen = set(visible_to(user))
            told = {t for t in Ticket.objects.all() if scopes_of(user) & scopes_for(t.team_id, t.assignee_id)}
            assert seen == told
            assert get_counts(actor=user).all_open == len(seen)
        transaction.set_rollback(True)
