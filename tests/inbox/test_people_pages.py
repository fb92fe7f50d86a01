"""People and teams, for admins: invited, given a role, away, switched off."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.audit.models import AuditEntry
from core.errors import Conflict
from core.users.models import ApiToken, DeviceSession, SignInLink, User
from core.users.operations.people import change_role, deactivate_person
from tests.inbox.conftest import PASSWORD
from tickets.models import Team
from tickets.queries.choices import get_choices

WORD = "quite another long word"


@pytest.fixture
def astrid(people, browser_of):
    """The admin's browser."""
    return browser_of(people["admin"])


def last_act():
    entry = AuditEntry.objects.latest("pk")
    return entry.action, entry.actor_id, entry.object_id


def token_in(page):
    return page.content.decode().partition("/invitation#")[2].partition('"')[0]


def save(browser, user, **words):
    return browser.post(f"/admin/people/{user.pk}", {"role": user.role} | words)


def test_somebody_is_invited_and_comes_in(astrid, client, people):
    words = {"email": " Kari@Havbris.example ", "name": "Kari  Nordmann", "role": "marketer"}
    page = astrid.post("/admin/people", words)
    kari = User.objects.get(email="kari@havbris.example")
    token = token_in(page)

    assert (kari.name, kari.role, kari.has_usable_password()) == ("Kari Nordmann", "marketer", False)
    assert last_act() == ("person.invited", people["admin"].pk, kari.pk)
    assert token not in str(SignInLink.objects.values())
    weak = client.post("/invitation", {"token": token, "new": "short"})
    right = client.post("/invitation", {"token": token, "new": WORD})
    again = client.post("/invitation", {"token": token, "new": "a third long word"})

    assert (weak.status_code, right.status_code, again.status_code) == (422, 302, 422)
    assert client.get("/inbox/all").status_code == 200
    kari.refresh_from_db()
    assert kari.check_password(WORD)


def test_an_invitation_cannot_sign_in_as_a_link_nor_a_link_choose_a_password(astrid, client, people, settings):
    token = token_in(astrid.post("/admin/people", {"email": "kari@havbris.example", "name": "Kari", "role": "agent"}))

    assert client.post("/sign-in/link/use", {"token": token}).status_code == 422
    assert "_auth_user_id" not in client.session


def test_a_new_link_ends_the_one_before(astrid, client, people):
    first = token_in(astrid.post("/admin/people", {"email": "kari@havbris.example", "name": "Kari", "role": "agent"}))
    kari = User.objects.get(email="kari@havbris.example")

    second = token_in(astrid.post(f"/admin/people/{kari.pk}/invitation"))

    assert client.post("/invitation", {"token": first, "new": WORD}).status_code == 422
    assert client.post("/invitation", {"token": second, "new": WORD}).status_code == 302
    assert astrid.post(f"/admin/people/{kari.pk}/invitation").status_code == 409


@pytest.mark.parametrize(
    "words",
    [{"email": "no address"}, {"name": "  "}, {"role": "king"}, {"email": "P1@havbris.example"}],
    ids=["address", "name", "role", "known"],
)
def test_what_cannot_be_invited_is_said_and_changes_nothing(astrid, people, words):
    before = User.objects.count()

    answer = astrid.post("/admin/people", {"email": "kari@havbris.example", "name": "Kari", "role": "agent"} | words)

    assert answer.status_code in (409, 422)
    assert 'role="alert"' in answer.content.decode()
    assert User.objects.count() == before


def test_role_teams_languages_and_absence_are_saved_together(astrid, people, teams):
    ingrid = people["agent"]

    answer = save(astrid, ingrid, role="lead", team=[teams["marketing"].pk], spoken=["fi", "no"],
                  absent_from="2026-12-21", absent_until="2027-01-03")  # fmt: skip

    ingrid.refresh_from_db()
    assert answer["Location"] == f"/admin/people/{ingrid.pk}?done=saved"
    assert (ingrid.role, ingrid.spoken_languages) == ("lead", ["no", "fi"])
    assert (str(ingrid.absent_from), str(ingrid.absent_until)) == ("2026-12-21", "2027-01-03")
    assert [team.slug for team in ingrid.teams.all()] == ["marketing"]
    acts = set(AuditEntry.objects.values_list("action", flat=True))
    assert acts == {f"person.{what}_changed" for what in ("role", "teams", "languages", "absence")}


def test_saving_the_same_again_leaves_nothing(astrid, people, teams):
    save(astrid, people["agent"], team=[teams["first-line"].pk])

    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize(
    "words",
    [{"absent_from": "2027-01-03", "absent_until": "2026-12-21"}, {"absent_from": "2026-12-21"},
     {"absent_until": "soon"}, {"spoken": ["xx"]}, {"role": "king"}, {"team": ["999999"]}],
)  # fmt: skip
def test_one_wrong_field_keeps_all_as_it_was(astrid, people, teams, words):
    ingrid = people["agent"]

    answer = save(astrid, ingrid, **{"team": [], "spoken": ["no"]} | words)

    assert answer.status_code == 422
    before, ingrid = ingrid, User.objects.get(pk=ingrid.pk)
    assert (ingrid.role, ingrid.spoken_languages, ingrid.absent_from) == (before.role, [], None)
    assert [team.slug for team in ingrid.teams.all()] == ["first-line"]
    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize(("first", "last", "offered"), [(-2, -1, True), (-1, 0, False), (0, 0, False), (1, 2, True)])
def test_nobody_away_is_offered_for_assignment(people, first, last, offered):
    today, ingrid = timezone.localdate(), people["agent"]
    days = [today + timedelta(days=number) for number in (first, last)]
    User.objects.filter(pk=ingrid.pk).update(absent_from=days[0], absent_until=days[1])

    names = [pk for pk, _name in get_choices(actor=people["lead"]).people]

    assert (ingrid.pk in names) == offered
    assert people["lead"].pk in names


def test_switching_off_ends_sessions_tokens_and_links(astrid, client, script_of, people):
    ingrid = people["agent"]
    client.post("/sign-in", {"email": ingrid.email, "password": PASSWORD})
    script = script_of(ingrid)
    assert (client.get("/inbox/all").status_code, script.get("/api/v1/me/").status_code) == (200, 200)

    astrid.post(f"/admin/people/{ingrid.pk}/deactivate")

    assert client.get("/inbox/all").status_code == 302
    assert script.get("/api/v1/me/").status_code == 401
    assert (DeviceSession.objects.count(), ApiToken.objects.filter(revoked_at__isnull=True).count()) == (0, 0)
    assert AuditEntry.objects.latest("pk").data == {"sessions": 1, "tokens": 1}
    astrid.post(f"/admin/people/{ingrid.pk}/reactivate")
    assert script.get("/api/v1/me/").status_code == 401
    assert client.post("/sign-in", {"email": ingrid.email, "password": PASSWORD}).status_code == 302


def test_the_last_admin_stays(astrid, people):
    admin = people["admin"]

    answers = [astrid.post(f"/admin/people/{admin.pk}/deactivate"), save(astrid, admin, role="agent")]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert "This is the last admin" in answers[0].content.decode()
    assert User.objects.get(pk=admin.pk).is_active
    assert User.objects.get(pk=admin.pk).role == "admin"
    assert AuditEntry.objects.count() == 0


def test_a_switched_off_admin_does_not_count_as_one(people, make_user, now):
    make_user("admin", is_active=False)

    with pytest.raises(Conflict):
        deactivate_person(actor=people["admin"], user_id=people["admin"].pk, now=now)


def test_of_two_admins_one_may_go(people, make_user, now):
    other = make_user("admin")

    change_role(actor=people["admin"], user_id=people["admin"].pk, role="agent", now=now)
    with pytest.raises(Conflict):
        deactivate_person(actor=other, user_id=other.pk, now=now)


def test_the_list_is_paged_by_key_and_costs_the_same(astrid, people, make_user, django_assert_num_queries):
    for number in range(60):
        make_user(name=f"Colleague {number}")
    with django_assert_num_queries(7):  # session, person; people, their teams; counts and teams beside them
        first = astrid.get("/admin/people").content.decode()
    cursor = first.partition("?cursor=")[2].partition('"')[0]
    second = astrid.get(f"/admin/people?cursor={cursor}").content.decode()

    assert (first.count('class="av team h-'), second.count('class="av team h-')) == (50, 16)
    assert "Colleague 59" in first
    assert "Colleague 0<" in second


def test_somebody_is_found_by_name_or_address(astrid, people, make_user):
    make_user(name="Kari Nordmann")

    assert astrid.get("/admin/people?q=nordm").content.decode().count("<b dir") == 1
    assert astrid.get("/admin/people?q=nobody").content.decode().count("<b dir") == 0


def test_teams_are_made_and_renamed(astrid, people, teams):
    made = astrid.post("/admin/teams", {"name": "Åpne saker"})
    team = Team.objects.get(name="Åpne saker")
    twin = astrid.post("/admin/teams", {"name": "åpne saker"})
    renamed = astrid.post(f"/admin/teams/{team.pk}", {"name": "Returer"})

    assert (made.status_code, twin.status_code, renamed.status_code) == (302, 422, 302)
    team.refresh_from_db()
    assert (team.name, team.slug) == ("Returer", "apne-saker")
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["team.created", "team.renamed"]


def test_a_move_between_teams_is_seen_at_once(astrid, browser_of, people, teams, case, elsewhere):
    marketing, ingrid = teams["marketing"].pk, people["agent"]
    browser = browser_of(ingrid)
    before = [browser.get(f"/case/{one.number}").status_code for one in (case, elsewhere)]

    save(astrid, ingrid, team=[marketing])

    assert before == [200, 404]
    assert [browser.get(f"/case/{one.number}").status_code for one in (case, elsewhere)] == [404, 200]
