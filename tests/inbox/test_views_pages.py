"""Filters and saved views as pages: chips, what is proposed when nothing matches, who has what, and what it costs."""

import json
import re

import pytest
from django.utils.html import escape

from tickets.models import SavedView, Tag, Ticket
from tickets.operations.assigning import assign_ticket
from tickets.operations.tagging import set_tags

SESSION_AND_USER, LIST = 2, 6
FILTER = "public:yes"


@pytest.fixture
def lead(browser_of, people):
    return browser_of(people["lead"])


@pytest.fixture
def agent(browser_of, people):
    return browser_of(people["agent"])


def html_of(browser, path, *, status=200, **more):
    answer = browser.get(path, **more)
    assert answer.status_code == status
    return answer.content.decode()


def rows(html):
    return [int(number) for number in re.findall(r'<li id="row-(\d+)"', html)]


def chips(html):
    return re.findall(r'<span class="chip[^"]*"><span class="cut" dir="auto">([^<]+)</span><a class="chip-off"', html)


def tab(html, key):
    return re.search(rf'id="tab-count-{key}">([^<]*)<', html)[1]


def nav(html):
    return dict(re.findall(r'id="nav-count-view-([\w-]+)"[^>]*>(\d+)<', html))


def save(browser, name="Public", text=FILTER, scope="own", **more):
    return browser.post("/views", {"name": name, "text": text, "scope": scope, **more})


def test_tokens_narrow_the_list_and_stand_as_chips_that_go_one_by_one(agent, written):
    public, private = written("Hei", name="Kari"), written("Hallo", visibility="private")

    html = html_of(agent, "/inbox/all?q=public:yes lang:no,sv kari&sort=newest")
    assert (rows(html), chips(html)) == ([], ["public: yes", "lang: Norsk, Svenska"])
    html = html_of(agent, "/inbox/all?q=public:yes kari&sort=newest")

    assert (rows(html), chips(html)) == ([public.number], ["public: yes"])
    assert 'href="/inbox/all?status=open&amp;sort=newest&amp;q=kari"' in html
    assert 'name="q" type="search" value="kari"' in html
    assert rows(html_of(agent, "/inbox/all?q=-public:yes")) == [private.number]


def test_tabs_count_what_the_filter_shows(agent, written):
    cases = [written(f"Nummer {n}", visibility="public" if n < 3 else "private") for n in range(5)]
    Ticket.objects.filter(pk=cases[0].pk).update(status="waiting")

    html = html_of(agent, "/inbox/all?q=public:yes")
    assert [tab(html, key) for key in ("open", "waiting", "done")] == ["2", "1", "0"]
    live = html_of(agent, "/fragments/counts?view=all&status=open&q=public:yes")
    assert [tab(live, key) for key in ("open", "waiting", "done")] == ["2", "1", "0"]
    words = html_of(agent, "/inbox/all?q=nummer public:yes")
    assert [tab(words, key) for key in ("open", "waiting", "done")] == ["2", "", ""]
    assert 'class="tabs" aria-label="Status"></nav>' in html_of(agent, "/inbox/all?q=status:waiting")


def test_what_was_typed_goes_into_the_address_in_neutral_words(agent):
    def sent(text, base="/inbox/all?status=open&sort=sla"):
        return agent.post("/search", {"q": text, "list": base})["Location"]

    assert sent('TAG:"Fri Fart" kari') == "/inbox/all?status=open&sort=sla&q=tag%3A%22Fri+Fart%22+kari"
    assert sent("public:no ola", "/inbox/all?q=tag:x+kari") == "/inbox/all?q=tag%3Ax+public%3Ano+ola"
    assert sent("tag:x", "/view/late?q=is:late") == "/view/late?q=is%3Alate+tag%3Ax"
    assert sent("", "/view/late?q=is:late+x") == "/view/late?q=is%3Alate"
    assert sent("x", "https://evil.example/inbox/all") == "/inbox/all?q=x"


@pytest.mark.parametrize(
    "text", ["91 23 45 67", "from:kari@post.example", 'tag:"91 23 45 67" public:yes', "tag:+4791234567"]
)
def test_personal_values_are_in_no_address(agent, text):
    assert agent.get("/inbox/all", {"q": text})["Location"] == "/search/value"
    assert agent.post("/search", {"q": text}).status_code == 200
    assert save(agent, text=text).status_code == 422
    assert SavedView.objects.count() == 0


def test_when_nothing_matches_the_token_that_excludes_most_is_proposed(agent, written):
    for n in range(3):
        written(f"Nummer {n}")
    written("Privat", visibility="private")
    Ticket.objects.filter(visibility="private").update(language="sv")
    Ticket.objects.filter(visibility="public").update(language="no")

    html = html_of(agent, "/inbox/all?q=public:no lang:no")
    assert "Remove “public: no”" in html
    assert "Without one word there are 3 cases." in html
    none = html_of(agent, "/inbox/all?q=public:no lang:no is:failed")
    assert "Remove the filter" in none
    assert "Without one word" not in none
    assert "No case here holds" in html_of(agent, "/inbox/all?q=zzz")


def test_a_wrong_value_is_said_beside_its_token_and_matches_nothing(agent, case):
    html = html_of(agent, "/inbox/all?q=public:maybe")
    assert rows(html) == []
    assert "This word is not one of the choices." in html
    assert 'class="chip danger"' in html


def test_a_live_page_asks_which_cases_fit(agent, written, elsewhere):
    public, private = written("Hei"), written("Hei", visibility="private")
    check = {"HX-Request": "true", "HX-Target": "queue-check"}
    asked = ",".join(str(one.number) for one in (public, private, elsewhere))

    answer = agent.get(f"/inbox/all?q=public:yes&only={asked},x,-1,{'9' * 30}", headers=check)
    assert json.loads(answer.content) == {"here": [public.number]}
    assert json.loads(agent.get("/inbox/all?q=public:yes&only=", headers=check).content) == {"here": []}


def test_a_view_keeps_filter_sort_and_density(lead, people, written, case):
    assert save(lead, name="På svenska!", text="public:yes kari", sort="newest", density="compact")["Location"] == (
        "/view/pa-svenska"
    )
    kari = written("Hei", name="Kari")

    html = html_of(lead, "/view/pa-svenska")
    assert (rows(html), chips(html), nav(html)) == ([kari.number], ["public: yes"], {"pa-svenska": "1"})
    assert 'data-density="compact"' in html
    assert 'class="sort-word">Newest<' in html
    people["lead"].refresh_from_db()
    assert people["lead"].queue_sort == ""
    assert "As saved" not in html
    changed = html_of(lead, "/view/pa-svenska?q=public:no")
    assert (chips(changed), "As saved" in changed, "Save changes" in changed) == (["public: no"], True, True)
    assert chips(html_of(lead, "/view/pa-svenska?q=")) == []


def test_who_has_which_view(lead, agent, browser_of, people, teams, make_user):
    first, outsider = teams["first-line"].pk, browser_of(make_user("agent", teams["marketing"]))
    save(agent, "Mine alone")
    save(agent, "First", scope=f"team-{first}")
    save(lead, "All", scope="all")

    assert nav(html_of(agent, "/views")).keys() == {"mine-alone", "first", "all"}
    assert nav(html_of(browser_of(people["marketer"]), "/views")).keys() == {"first", "all"}
    assert nav(html_of(outsider, "/views")).keys() == nav(html_of(lead, "/views")).keys() == {"all"}
    for slug, status in (("mine-alone", 404), ("first", 404), ("all", 200)):
        html_of(outsider, f"/view/{slug}", status=status)
    assert save(agent, scope="all").status_code == 403
    assert save(outsider, scope=f"team-{first}").status_code == 403
    assert save(outsider, scope="team-999").status_code == 422
    assert SavedView.objects.count() == 3


def test_changing_deleting_and_putting_back(lead, agent):
    save(agent, "One")
    save(agent, "Two", text="is:late")
    one, two = SavedView.objects.order_by("pk")
    assert lead.post(f"/views/{one.pk}", {"name": "Taken"}).status_code == 404

    agent.post(f"/views/{one.pk}", {"name": "First", "scope": "own"})
    agent.post(f"/views/{two.pk}/move", {"to": "up"})
    assert list(nav(html_of(agent, "/views"))) == ["two", "one"]
    assert agent.post(f"/views/{one.pk}", {"text": "lang:no"})["Location"] == "/view/one"
    assert agent.post(f"/views/{one.pk}", {"name": " "}).status_code == 422

    assert agent.post(f"/views/{one.pk}/delete")["Location"] == "/views"
    html = html_of(agent, "/views")
    assert ("First is deleted" in html, list(nav(html))) == (True, ["two"])
    assert "is deleted" not in html_of(agent, "/views")
    html_of(agent, "/view/one", status=404)
    assert agent.post(f"/views/{one.pk}/restore")["Location"] == "/view/one"
    assert chips(html_of(agent, "/view/one")) == ["lang: Norsk"]


def test_a_deleted_tag_is_red_and_called_by_its_name(agent, people, case, now):
    set_tags(actor=people["agent"], ticket_id=case.pk, names=["Fri Fart"], now=now)
    save(agent, "Campaign", text='tag:"fri fart"')
    assert SavedView.objects.get().filter == f"tag:#{Tag.objects.get().pk}"
    assert rows(html_of(agent, "/view/campaign")) == [case.number]

    Tag.objects.update(name="Fri Fart 2")
    assert chips(html_of(agent, "/view/campaign")) == ["tag: Fri Fart 2"]
    Tag.objects.all().delete()

    html = html_of(agent, "/view/campaign")
    assert chips(html) == ["tag: Fri Fart"]
    assert "There is no such tag, or it was deleted." in html
    assert nav(html) == {"campaign": "0"}
    assert 'class="chip danger"' in html_of(agent, "/views")


def test_each_reader_counts_what_they_see(lead, agent, people, written, elsewhere, now):
    own = written("Hei")
    assign_ticket(actor=people["lead"], ticket_id=own.pk, assignee_id=people["agent"].pk, now=now)
    save(lead, "Public", scope="all")
    save(lead, "To me", text="assignee:me", scope="all")

    assert nav(html_of(lead, "/inbox/all")) == {"public": "2", "to-me": "0"}
    assert nav(html_of(agent, "/inbox/all")) == {"public": "1", "to-me": "1"}
    assert nav(html_of(agent, "/fragments/counts")) == {"public": "1", "to-me": "1"}


@pytest.mark.parametrize("role", ["agent", "lead", "admin"])
def test_a_filtered_list_with_views_costs_six_queries(browser_of, people, written, django_assert_max_num_queries, role):
    browser = browser_of(people[role])
    set_tags(actor=people["lead"], ticket_id=written("Hei").pk, names=["retur"], now=people["lead"].created_at)
    for n, text in enumerate(
        ("public:yes", "tag:retur", "is:late", "team:mine", "has:draft", "assignee:me -tag:retur")
    ):
        save(browser, f"View {n}", text)
    for path in (
        "/inbox/all?q=tag:retur team:mine assignee:me kari",
        "/view/view-1",
        "/view/view-3",
        "/view/view-1?q=zzz",
    ):
        with django_assert_max_num_queries(SESSION_AND_USER + LIST):
            html_of(browser, path)


@pytest.mark.parametrize(
    ("text", "inserts"),
    [
        ("pub", ["public:"]), ("-pri", ["-priority:"]), ("public:", ["public:yes", "public:no"]),
        ("lang:sv", ["lang:sv"]), ("lang:Sven", ["lang:sv"]), ("sla:3", ["sla:30m"]), ("tag:f", ['tag:"Fri Fart"']),
        ("tag:retur,fr", ['tag:retur,"Fri Fart"']), ("tag:\"fri", ['tag:"Fri Fart"']), ("assignee:m", ["assignee:me"]),
        ("team:first", ["team:first-line"]), ("channel:faceb", ["channel:facebook"]), ("from:kari", []), ("kari", []),
        ("x:y", []), ("status:wai", ["status:waiting"]), ("", None), ("\"", []), ("-", None),
    ],
)  # fmt: skip
def test_suggestions(agent, teams, text, inserts):
    Tag.objects.create(name="Fri Fart")

    answer = agent.post("/fragments/suggestions", {"text": text})

    found = re.findall(r'data-insert="([^"]*)"', answer.content.decode())
    assert len(found) == 15 if inserts is None else found == [escape(one) for one in inserts]


def test_suggestions_are_limited_and_say_no_address(agent, make_user, channel):
    for n in range(20):
        Tag.objects.create(name=f"Ord {n}")
    channel.name = "kunde@havbris.example"
    channel.save()
    twins = [make_user("agent", name="Tvilling") for _ in range(2)]

    assert agent.post("/fragments/suggestions", {"text": "tag:ord"}).content.decode().count("<li") == 8
    answer = agent.post("/fragments/suggestions", {"text": "channel:kunde"}).content.decode()
    assert f'data-insert="channel:#{channel.pk}"' in answer
    people = agent.post("/fragments/suggestions", {"text": "assignee:tvi"}).content.decode()
    assert {f"assignee:#{twin.pk}" for twin in twins} == set(re.findall(r'data-insert="([^"]*)"', people))
