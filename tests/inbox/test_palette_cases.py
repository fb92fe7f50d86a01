"""What the palette asks the server: cases by number or customer, as far as the person sees them; no phone number."""

import re

import pytest

from tickets.models import Ticket
from tickets.queries.jumping import get_cases_called

WHO = ("Kari Øvrelid", "Annette Fjeldsø", "Mads Kjærbo")


@pytest.fixture
def browser(browser_of, people):
    return browser_of(people["agent"])


@pytest.fixture
def cases(written):
    return {name: written(name=name) for name in WHO}


def ask(browser, **body):
    return browser.post("/palette/cases", body, headers={"HX-Request": "true"})


def numbers(answer):
    return [int(number) for number in re.findall(r'data-number="(\d+)"', answer.content.decode())]


def test_by_any_part_of_the_name_the_newest_first(browser, cases, written):
    newer = written(name="Annette Berg", minutes=5)

    assert numbers(ask(browser, q="nette")) == [newer.number, cases["Annette Fjeldsø"].number]
    assert numbers(ask(browser, q="fjeld ann")) == [cases["Annette Fjeldsø"].number]
    assert numbers(ask(browser, q="øvrelid")) == [cases["Kari Øvrelid"].number]
    assert numbers(ask(browser, q="ingen")) == []


@pytest.mark.parametrize("form", ["{n}", "#{n}", "{a} {b}", "  {n} "])
def test_by_its_number_however_it_is_written(browser, cases, form):
    number = cases["Mads Kjærbo"].number
    text = form.format(n=number, a=str(number)[:2], b=str(number)[2:])

    assert numbers(ask(browser, q=text)) == [number]


def test_by_how_its_number_begins(browser, cases):
    Ticket.objects.filter(pk=cases["Mads Kjærbo"].pk).update(number=48213)
    Ticket.objects.filter(pk=cases["Kari Øvrelid"].pk).update(number=4821)

    assert set(numbers(ask(browser, q="482"))) == {48213, 4821}
    assert numbers(ask(browser, q="4822")) == []


def test_what_is_out_of_sight_is_not_found(browser_of, people, elsewhere):
    found = {role: numbers(ask(browser_of(user), q=str(elsewhere.number))) for role, user in people.items()}

    assert {role for role, some in found.items() if some} == {"lead", "admin", "auditor"}
    asked = {role: numbers(ask(browser_of(user), number=elsewhere.number)) for role, user in people.items()}
    assert asked == found


def test_those_this_browser_remembers_come_in_its_order(browser, cases, elsewhere):
    mine = [case.number for case in cases.values()]

    assert numbers(ask(browser, number=[mine[2], elsewhere.number, mine[0], "x", "9" * 30])) == [mine[2], mine[0]]
    assert numbers(ask(browser)) == []


def test_a_phone_number_is_not_looked_for_here(browser_of, people, written):
    written(name="91 23 45 67")

    for role, leads_on in (("agent", True), ("auditor", False)):
        answer = ask(browser_of(people[role]), q="91 23 45 67").content.decode()
        assert "91 23" not in answer
        assert "data-number" not in answer
        assert ('href="/search/value"' in answer) == leads_on


def test_it_is_a_post_with_a_token(client_class, people, case):
    strict = client_class(enforce_csrf_checks=True)
    strict.force_login(people["agent"])

    assert strict.post("/palette/cases", {"q": "kunde"}).status_code == 403
    assert strict.get("/palette/cases?q=kunde").status_code == 405


def test_at_most_six_and_two_queries(browser, people, written, django_assert_num_queries):
    for number in range(9):
        written(name=f"Kari {number}")
    with django_assert_num_queries(4):  # session, person; their teams, the cases
        assert len(numbers(ask(browser, q="kari"))) == 6
    with django_assert_num_queries(1):
        get_cases_called(actor=people["lead"], text="kari")


def test_signs_of_a_pattern_are_plain_signs(browser, cases):
    assert numbers(ask(browser, q="%")) == []
    assert numbers(ask(browser, q="_")) == []
    assert ask(browser, q="\0").status_code == 200


def test_without_a_script_the_button_leads_to_a_page_that_searches(browser, cases):
    listed = browser.get("/inbox/all").content.decode()
    assert '<a class="jump" href="/search"' in listed

    page = browser.get("/search").content.decode()
    assert 'method="post" action="/search"' in page
    assert browser.post("/search", {"q": "Annette"})["Location"] == "/inbox/all?q=Annette"
