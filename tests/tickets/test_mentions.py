"""@ in a note: kept, told, and only to those who see the case."""

import uuid

import pytest

from core.actors import SYSTEM
from core.errors import Conflict, Invalid
from tickets.models import Note, NoteMention, Notice, Team
from tickets.operations.assigning import assign_ticket, move_ticket
from tickets.operations.noting import add_note
from tickets.queries.nameable import list_choices
from tickets.queries.queue import QueueFilter, get_queue_page


@pytest.fixture
def case(case_of, teams, now):
    """A case of the first line."""
    ticket = case_of("c1")
    return move_ticket(actor=SYSTEM, ticket_id=ticket.pk, team_id=teams["first-line"].pk, now=now)


@pytest.fixture
def note(agent, case, now):
    """Write a note in it."""
    return lambda text, **more: add_note(
        actor=agent, ticket_id=case.pk, text=text, client_key=uuid.uuid4(), now=now, **more
    )


@pytest.fixture
def kari(make_user, teams):
    return make_user("agent", teams["first-line"], name="Kari Berg")


@pytest.fixture
def elias(make_user, teams):
    return make_user("marketer", teams["marketing"], name="Elias Vik")


def named():
    return sorted(Notice.objects.filter(kind="mentioned").values_list("recipient__name", "actor__name"))


def mentions_of(person):
    wanted = QueueFilter(view="mentions", status=None)
    return [row.number for row in get_queue_page(actor=person, wanted=wanted).rows]


def test_a_colleague_is_told_once_and_finds_the_case(note, case, kari, agent):
    note("@Kari Berg kan du se? Takk, @kari")

    assert named() == [(kari.name, agent.name)]
    assert list(NoteMention.objects.values_list("user", "team")) == [(kari.pk, None)]
    assert (mentions_of(kari), mentions_of(agent)) == ([case.number], [])


def test_a_team_reaches_its_members_but_not_the_writer(note, case, kari, agent, teams, make_user):
    make_user("agent", teams["first-line"], name="Ola Dahl", is_active=False)
    note(f"@{teams['first-line'].name} se her")

    assert named() == [(kari.name, agent.name)]
    assert list(NoteMention.objects.values_list("user", "team")) == [(None, teams["first-line"].pk)]
    assert mentions_of(agent) == mentions_of(kari) == [case.number]


def test_who_would_not_see_the_case_is_said_and_nothing_is_kept(note, elias, kari, footprint):
    before = footprint()

    with pytest.raises(Conflict) as refused:
        note("@Elias Vik og @Kari")

    assert refused.value.code == "unseeing"
    assert "Elias Vik" in refused.value.message
    assert "Kari" not in refused.value.message
    assert (footprint(), NoteMention.objects.count(), Notice.objects.count()) == (before, 0, 0)


def test_whoever_insists_reaches_the_others(note, elias, kari, agent):
    note("@Elias Vik og @Kari", insist=True)

    assert named() == [(kari.name, agent.name)]
    assert NoteMention.objects.count() == 1


def test_a_team_outside_is_no_reader_either(note, teams, elias):
    with pytest.raises(Conflict):
        note(f"@{teams['marketing'].name}")

    assert Note.objects.count() == 0


def test_a_first_name_that_two_have_is_asked_about(note, kari, make_user, teams):
    make_user("agent", teams["first-line"], name="Kari Moe")

    with pytest.raises(Invalid) as refused:
        note("@kari ser du?")

    assert refused.value.code == "ambiguous"
    assert "@Kari Berg, @Kari Moe" in refused.value.message
    assert Note.objects.count() == 0


def test_a_repeat_tells_nobody_again(agent, case, kari, now):
    key = uuid.uuid4()
    for _ in range(2):
        add_note(actor=agent, ticket_id=case.pk, text="@Kari", client_key=key, now=now)
        Notice.objects.update(seen_at=now)

    assert Notice.objects.filter(seen_at__isnull=True).count() == 0
    assert NoteMention.objects.count() == 1


def test_the_choices_say_who_sees_as_access_does(case, agent, kari, elias, lead, make_user, now):
    from core.users.models import User
    from tickets.access import visible_to

    make_user("privacy_officer", name="Jonas Holm")
    for assignee in (None, elias):
        place = assign_ticket(actor=SYSTEM, ticket_id=case.pk, assignee_id=assignee.pk if assignee else None, now=now)
        seen = {choice.id: choice.sees for choice in list_choices(ticket=place) if choice.kind == "user"}
        assert seen == {p.pk: visible_to(p).filter(pk=place.pk).exists() for p in User.objects.filter(is_active=True)}
        by_team = {choice.id: choice.sees for choice in list_choices(ticket=place) if choice.kind == "team"}
        assert by_team == {t.pk: any(seen[m.pk] for m in t.members.all()) for t in Team.objects.all()}
        assert seen[elias.pk] == bool(assignee)


def test_a_note_without_an_at_costs_nothing_more(note, django_assert_max_num_queries, kari):
    with django_assert_max_num_queries(40) as plain:
        note("Ringt lageret")
    with django_assert_max_num_queries(len(plain.captured_queries) + 5):  # people, teams, who sees; mention and notice
        note("@Kari ring lageret")
