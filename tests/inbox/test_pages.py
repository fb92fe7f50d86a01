"""The pages as people get them: lists, cases, sight, counts of queries, the strict policy, and hostile words."""

import re
import uuid
from html.parser import HTMLParser

import pytest

from tickets.models import Membership, Post

HOSTILE = "<script>alert(1)</script>\"' onmouseover=x {{ 7|add:7 }}"


@pytest.fixture
def browser(browser_of, people):
    return browser_of(people["agent"])


def rows(answer):
    assert answer.status_code == 200
    return [int(number) for number in re.findall(r'<li id="row-(\d+)"', answer.content.decode())]


def tab_counts(answer):
    return dict(re.findall(r'id="tab-count-(\w+)">(\d+)', answer.content.decode()))


def nav_counts(answer):
    return dict(re.findall(r'id="nav-count-([\w-]+)">(\d+)', answer.content.decode()))


def test_the_start_is_all_that_is_open(browser, case):
    assert browser.get("/")["Location"] == "/inbox/all"


def test_views_and_tabs(browser, written, people, now):
    from tickets.operations.assigning import take_ticket
    from tickets.operations.closing import resolve_ticket

    mine, done, free = written("Min"), written("Ferdig"), written("Ingens")
    take_ticket(actor=people["agent"], ticket_id=mine.pk, now=now)
    resolve_ticket(actor=people["agent"], ticket_id=done.pk, now=now)

    everything = browser.get("/inbox/all")

    assert rows(everything) == [mine.number, free.number]
    assert rows(browser.get("/inbox/mine")) == [mine.number]
    assert rows(browser.get("/inbox/unassigned")) == [free.number]
    assert rows(browser.get("/inbox/all?status=done")) == [done.number]
    assert rows(browser.get("/inbox/all?status=waiting")) == []
    assert rows(browser.get("/inbox/team/first-line")) == [mine.number, free.number]
    assert tab_counts(everything) == {"open": "2", "waiting": "0", "done": "1"}
    assert nav_counts(everything) == {
        "mine": "1",
        "unassigned": "1",
        "mentions": "0",
        "snoozed": "0",
        "drafts": "0",
        "all": "2",
        "team-first-line": "2",
    }
    assert tab_counts(browser.get("/inbox/mine")) == {"open": "1", "waiting": "0", "done": "0"}


def test_orders(browser, written):
    first, second, third = written("1"), written("2"), written("3")
    up = [first.number, second.number, third.number]

    assert rows(browser.get("/inbox/all?sort=sla")) == up
    assert rows(browser.get("/inbox/all?sort=oldest")) == up
    assert rows(browser.get("/inbox/all?sort=newest")) == up[::-1]


def test_search(browser, written):
    parcel = written("Pakken er borte", name="Kari")
    written("Faktura", name="Ola")

    assert rows(browser.get("/inbox/all?q=pakken")) == [parcel.number]
    assert rows(browser.get("/inbox/all", {"q": f"#{parcel.number}"})) == [parcel.number]
    assert rows(browser.get("/inbox/all", {"q": "pa\0kken"})) == [parcel.number]
    assert "No case here holds" in browser.get("/inbox/all?q=zzz").content.decode()


def test_pages_of_fifty(browser, written):
    made = [written(f"Nummer {n}").number for n in range(52)]

    first = browser.get("/inbox/all")
    following = re.search(r'<a class="btn more" href="([^"]+)"', first.content.decode()).group(1)
    second = browser.get(following.replace("&amp;", "&"))

    assert rows(first) + rows(second) == made
    assert len(rows(second)) == 2
    assert 'class="btn more"' not in second.content.decode()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/inbox/nothing", 404),
        ("/inbox/team/nothing", 404),
        ("/inbox/team/marketing", 404),
        ("/inbox/all?status=lost", 422),
        ("/inbox/all?sort=random", 422),
        ("/inbox/all?cursor=not-ours", 422),
        ("/inbox/all?cursor=" + "W1" * 3000, 422),
        ("/inbox/all?case=999999", 404),
        ("/inbox/all?case=" + "9" * 40, 200),
        ("/inbox/all?case=one", 200),
        ("/nothing", 404),
        ("/case/0", 404),
        ("/case/" + "9" * 40, 404),
        ("/live/since/" + "9" * 40, 200),
        ("/fragments/counts?view=x&team_id=" + "9" * 40, 200),
    ],
)
def test_addresses_somebody_made_up(browser, teams, db, path, status):
    assert browser.get(path).status_code == status


def test_a_list_with_a_case_beside_it(browser, case):
    html = browser.get(f"/inbox/all?case={case.number}").content.decode()

    assert f'id="row-{case.number}"' in html
    assert f'id="case-{case.number}-live"' in html
    assert f'id="case-{case.number}-composer"' in html


def test_htmx_gets_only_the_pane_it_asked_for(browser, case):
    answer = browser.get(f"/inbox/all?case={case.number}", headers={"HX-Request": "true", "HX-Target": "case-pane"})
    html = answer.content.decode()

    assert f'id="case-{case.number}-composer"' in html
    assert "<html" not in html
    assert 'id="rows-list"' not in html


def test_the_live_fragment_has_no_composer(browser, case):
    html = browser.get(f"/fragments/case/{case.number}").content.decode()

    assert f'id="case-{case.number}-live"' in html
    assert "<textarea" not in html
    assert "<html" not in html


def test_a_reader_has_no_composer_and_no_buttons(browser_of, people, case):
    html = browser_of(people["auditor"]).get(f"/case/{case.number}").content.decode()

    assert "<textarea" not in html
    for action in ("take", "assign", "resolve", "reply", "note"):
        assert f'action="/case/{case.number}/{action}"' not in html


def test_other_teams_cases_are_in_no_list_count_or_page(browser, case, elsewhere):
    answer = browser.get("/inbox/all")

    assert rows(answer) == [case.number]
    assert nav_counts(answer)["all"] == "1"
    assert "marketing" not in nav_counts(answer)
    assert rows(browser.get("/inbox/all?q=samarbeid")) == []
    pages = [browser.get(f"/case/{number}") for number in (elsewhere.number, 999_999)]
    assert [page.status_code for page in pages] == [404, 404]
    assert "samarbeid" not in pages[0].content.decode()
    fragments = [browser.get(f"/fragments/case/{number}").status_code for number in (elsewhere.number, 999_999)]
    assert fragments == [404, 404]


def test_joining_a_team_shows_its_cases(browser, people, case, elsewhere, teams):
    Membership.objects.create(user=people["agent"], team=teams["marketing"])

    assert sorted(rows(browser.get("/inbox/all"))) == sorted([case.number, elsewhere.number])
    assert browser.get(f"/case/{elsewhere.number}").status_code == 200


def test_a_lead_sees_every_team_and_an_officer_none(browser_of, people, case, elsewhere):
    lead, officer = (browser_of(people[role]) for role in ("lead", "privacy_officer"))

    assert len(rows(lead.get("/inbox/all"))) == 2
    assert rows(lead.get("/inbox/team/marketing")) == [elsewhere.number]
    assert rows(officer.get("/inbox/all")) == []
    assert nav_counts(officer.get("/inbox/all")) == {}


def test_the_counts_fragment_is_the_pages(browser, case):
    fragment = browser.get("/fragments/counts?view=all")

    assert tab_counts(fragment) == tab_counts(browser.get("/inbox/all"))
    assert "no-store" in fragment["Cache-Control"]


def test_a_broken_channel_is_said(browser, case, channel):
    from connectors.models import Account

    assert "needs a new sign-in" not in browser.get("/inbox/all").content.decode()
    Account.objects.filter(channel=channel).update(health="reconnect")
    assert "Havbris needs a new sign-in." in browser.get("/inbox/all").content.decode()


# Costs

SESSION_AND_USER = 2
LIST, CASE = 6, 12


def queries(browser, path, django_assert_max_num_queries, most):
    with django_assert_max_num_queries(most) as seen:
        assert browser.get(path).status_code == 200
    return len(seen.captured_queries)


@pytest.mark.parametrize("role", ["agent", "lead", "privacy_officer"])
def test_a_list_costs_six_queries_for_five_rows_and_for_sixty(
    browser_of, people, written, django_assert_max_num_queries, role
):
    browser = browser_of(people[role])
    costs = []
    for more in (5, 55):
        for n in range(more):
            written(f"Nummer {n}")
        costs.append(queries(browser, "/inbox/all", django_assert_max_num_queries, SESSION_AND_USER + LIST))

    assert costs[0] == costs[1]


def test_a_case_costs_twelve_queries_for_five_messages_and_for_sixty(
    browser, people, written, now, django_assert_max_num_queries
):
    from connectors.operations.replying import queue_reply
    from tickets.operations.noting import add_note

    costs = []
    for more in (5, 55):
        for n in range(more):
            case = written(f"Og så {n}", root="r", who="kari")
        thread = case.ticket_threads.get().thread_id
        for n in range(more // 5):
            common = {"actor": people["agent"], "ticket_id": case.pk, "client_key": uuid.uuid4(), "now": now}
            queue_reply(thread_id=thread, visibility="public", text=f"Svar {n}", undo_seconds=0, **common)
            add_note(text=f"Notat {n}", **common)
        costs.append(
            queries(browser, f"/fragments/case/{case.number}", django_assert_max_num_queries, SESSION_AND_USER + CASE)
        )

    assert costs[0] == costs[1]


# The strict policy, and words that want to be more than words


class Page(HTMLParser):
    """What of a page a strict policy would refuse, and every attribute name."""

    def __init__(self, html):
        super().__init__()
        self.refused, self.attributes, self.tags = [], set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        self.tags.append(tag)
        self.attributes |= set(names)
        self.refused += [f"{tag} {name}" for name in names if name == "style" or name.startswith(("on", "hx-on"))]
        if tag in ("style", "iframe", "object", "embed", "base", "img"):
            self.refused.append(tag)
        if tag == "script" and not (names.get("src") or "").startswith("/static/"):
            self.refused.append(tag)


@pytest.fixture
def hostile(written, people, channel, now):
    """A case whose every free word is an attack."""
    from tickets.operations.noting import add_note

    for user in people.values():
        user.name = HOSTILE[:120]
        user.save()
    case = written(HOSTILE, name=HOSTILE, root="r", who="eve", post_external_id="post-1")
    written(HOSTILE, name=HOSTILE + "2", root="r", who="mallory")
    Post.objects.create(channel=channel, external_id="post-1", text=HOSTILE, author_name=HOSTILE, version_at=now)
    add_note(actor=people["agent"], ticket_id=case.pk, text=HOSTILE, client_key=uuid.uuid4(), now=now)
    return case


PAGES = (
    "/inbox/all", "/inbox/mine", "/inbox/team/first-line", "/inbox/all?status=done", "/inbox/all?case={number}",
    "/inbox/all?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/case/{number}", "/fragments/case/{number}",
    "/fragments/counts", "/case/999999", "/nothing", "/inbox/all?sort=%3Cscript%3E", "/sign-in?next=%22%3E%3Cscript%3E",
)  # fmt: skip
POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data:",
    "font-src": "'self'", "connect-src": "'self'", "manifest-src": "'self'", "form-action": "'self'",
    "base-uri": "'none'", "frame-ancestors": "'none'",
}  # fmt: skip


@pytest.mark.parametrize("role", ["agent", "auditor", "lead"])
def test_every_page_keeps_to_the_strict_policy(client, browser_of, people, hostile, role):
    browser = browser_of(people[role])
    for path in PAGES:
        answer = (client if path.startswith("/sign-in") else browser).get(path.format(number=hostile.number))
        html = answer.content.decode()
        page = Page(html)

        policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
        assert policy == POLICY, path
        assert page.refused == [], path
        assert "<script>alert" not in html, path
        assert "onmouseover" not in page.attributes, path
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"


def test_hostile_words_are_shown_as_words(browser, hostile):
    html = browser.get(f"/case/{hostile.number}").content.decode()

    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 5
    assert "{{ 7|add:7 }}" in html


def test_the_watch_sees_what_it_watches_for():
    page = Page('<p style="x" onclick="y" hx-on:click="z"><style></style><script>1</script><script src="/static/a.js">')

    assert page.refused == ["p style", "p onclick", "p hx-on:click", "style", "script"]


@pytest.mark.parametrize("path", ["/inbox/all", "/case/{number}", "/fragments/case/{number}", "/fragments/counts"])
def test_masked_values_are_in_no_page(browser, written, path):
    case = written("Ring 91 23 45 67 eller kari.nordmann@post.example", name="Kari")

    html = browser.get(path.format(number=case.number)).content.decode()

    for secret in ("91 23", "91234567", "kari.nordmann", "post.example"):
        assert secret not in html


def test_every_language_has_its_pages(browser, people, hostile):
    for language in ("en", "nb", "sv", "da", "fi"):
        people["agent"].language = language
        people["agent"].save()
        answer = browser.get(f"/inbox/all?case={hostile.number}")
        assert (answer.status_code, answer["Content-Language"]) == (200, language)
        assert f'<html lang="{language}"' in answer.content.decode()
