"""What a list says to one person: unread, late, the order and density they chose; and what all that costs."""

import gzip
import re

import pytest

from tickets.models import Priority, Ticket, TicketEvent, Visit


@pytest.fixture
def browser(browser_of, people):
    return browser_of(people["agent"])


def unread(browser, path="/inbox/all"):
    html = browser.get(path).content.decode()
    return {
        int(number) for number, names in re.findall(r'<li id="row-(\d+)" class="([^"]+)"', html) if "unread" in names
    }


def order(answer):
    return [int(number) for number in re.findall(r'<li id="row-(\d+)"', answer.content.decode())]


def line_at(answer):
    return re.findall(r'id="unread-(\d+)"', answer.content.decode())


def test_a_case_is_unread_until_it_is_opened_and_again_when_the_customer_goes_on(browser, written):
    case, other = written("Hei", root="r", who="kari"), written("Hallo")
    assert unread(browser) == {case.number, other.number}

    browser.get(f"/case/{case.number}")
    assert unread(browser) == {other.number}

    written("Er dere der?", root="r", who="kari", minutes=5)
    assert unread(browser) == {case.number, other.number}


def test_a_late_webhook_is_news_although_its_time_is_old(browser, written):
    case = written("Hei", root="r", who="kari", minutes=30)
    browser.get(f"/case/{case.number}")

    written("Sendt før, kom etter", root="r", who="kari", minutes=-30)

    assert unread(browser) == {case.number}


def test_what_one_has_read_another_has_not(browser, browser_of, people, case):
    browser.get(f"/case/{case.number}")

    assert unread(browser) == set()
    assert unread(browser_of(people["lead"])) == {case.number}


def test_an_answered_case_is_not_unread(browser, case, people, now):
    from connectors.operations.replying import queue_reply
    from core.ids import new_uid

    thread = case.ticket_threads.get().thread_id
    queue_reply(actor=people["lead"], ticket_id=case.pk, thread_id=thread, visibility="public", text="Svar",
                client_key=new_uid(), undo_seconds=0, now=now)  # fmt: skip

    assert unread(browser, "/inbox/all?status=waiting") == set()


def test_marked_unread_it_is_as_never_seen(browser, case):
    browser.get(f"/case/{case.number}")

    assert browser.post(f"/case/{case.number}/unread", headers={"HX-Request": "true"}).status_code == 204

    assert unread(browser) == {case.number}
    assert Visit.objects.count() == 0


def test_the_line_stands_where_the_visit_began_and_stays_until_the_next(browser, written):
    case = written("Hei", root="r", who="kari")
    first = browser.get(f"/case/{case.number}")
    written("Er dere der?", root="r", who="kari", minutes=5)
    news = case.messages.order_by("pk").last().pk

    second = browser.get(f"/case/{case.number}")
    written("Hallo?", root="r", who="kari", minutes=6)
    live = browser.get(f"/fragments/case/{case.number}")
    third = browser.get(f"/case/{case.number}")

    assert line_at(first) == []
    assert line_at(second) == [str(news)]
    assert line_at(live) == [str(news)]
    assert line_at(third) == []


def test_the_post_is_folded_from_the_second_visit_on(browser, written, channel, now):
    from tickets.models import Post

    case = written("Hei", post_external_id="p")
    Post.objects.create(channel=channel, external_id="p", text="Vår nyhet", ours=True, version_at=now)

    pages = [browser.get(f"/case/{case.number}").content.decode() for _ in range(2)]

    assert [bool(re.search(r'<details class="ctx"[^>]* open>', page)) for page in pages] == [True, False]


def test_another_teams_case_keeps_no_visit(browser, elsewhere):
    assert browser.get(f"/case/{elsewhere.number}").status_code == 404
    assert browser.post(f"/case/{elsewhere.number}/unread").status_code == 404
    assert Visit.objects.count() == 0


def test_the_order_is_remembered_for_the_person(browser, browser_of, people, written):
    first, second = written("1"), written("2")

    assert order(browser.get("/inbox/all")) == [first.number, second.number]
    browser.get("/inbox/all?sort=newest")

    assert order(browser.get("/inbox/unassigned")) == [second.number, first.number]
    assert order(browser_of(people["lead"]).get("/inbox/all")) == [first.number, second.number]


def test_who_waits_longest_comes_first_whatever_the_target(browser, written):
    early, late = written("1"), written("2", minutes=30)
    Ticket.objects.filter(pk=late.pk).update(due_at=early.waiting_since)

    assert order(browser.get("/inbox/all?sort=sla")) == [late.number, early.number]
    assert order(browser.get("/inbox/all?sort=waiting")) == [early.number, late.number]


def test_where_nobody_waits_for_us_the_newest_come_first_and_the_order_chosen_stays(browser, people, written):
    first, second = written("1"), written("2")
    for case in (first, second):
        Ticket.objects.filter(pk=case.pk).update(status="done", closed_at=case.opened_at, due_at=None)
    browser.get("/inbox/all?sort=waiting")

    done = browser.get("/inbox/all?status=done")

    html = done.content.decode()
    menu = html.partition('<details class="sort"')[2].partition("</details>")[0]
    assert order(done) == [second.number, first.number]
    assert set(re.findall(r"status=done&amp;sort=(\w+)", menu)) == {"newest", "oldest"}
    assert "status=open&amp;sort=waiting" in html
    assert people["agent"].__class__.objects.get(pk=people["agent"].pk).queue_sort == "waiting"


@pytest.mark.parametrize(("path", "title"), [
    ("/inbox/all", "All quiet"), ("/inbox/all?status=waiting", "Nothing is waiting"), ("/inbox/drafts", "No drafts"),
    ("/inbox/all?status=done", "Nothing resolved"), ("/inbox/drafts?q=public:yes", "Nothing matches"),
])  # fmt: skip
def test_an_empty_list_says_what_it_is_for(browser, channel, path, title):
    html = browser.get(path).content.decode()

    assert title in html.partition('id="empty-list"')[2].partition("</p>")[0]


def test_density_is_kept_and_said_on_every_page(browser, people, case):
    assert 'data-density="' not in browser.get("/inbox/all").content.decode()

    browser.post("/preferences", {"density": "compact"})
    browser.post("/preferences", {"density": "sparse"})

    assert 'data-density="compact"' in browser.get("/inbox/all").content.decode()


def test_a_count_is_red_where_somebody_waits_too_long(browser, written, people, now):
    from tickets.operations.assigning import take_ticket

    mine, free = written("Min"), written("Ingens")
    take_ticket(actor=people["agent"], ticket_id=mine.pk, now=now)
    Ticket.objects.update(due_at="2999-01-01T00:00Z")
    assert re.findall(r'class="count late"', browser.get("/inbox/all").content.decode()) == []

    Ticket.objects.filter(pk=free.pk).update(due_at="2001-01-01T00:00Z")
    late = re.findall(r'class="count late" id="nav-count-([\w-]+)"', browser.get("/inbox/all").content.decode())

    assert sorted(late) == ["all", "team-first-line", "unassigned"]
    fragment = browser.get("/fragments/counts").content.decode()
    assert sorted(re.findall(r'id="nav-count-([\w-]+)" class="late"', fragment)) == sorted(late)


def test_a_case_that_went_private_says_so(browser, written):
    case = written("Hei", root="r", who="kari")
    Ticket.objects.filter(pk=case.pk).update(visibility="private")
    quiet = written("Bare privat", visibility="private")

    html = browser.get("/inbox/all").content.decode()

    chips = dict(re.findall(r'id="row-(\d+)-foot">(.*?)<span class="when">', html, re.DOTALL))
    assert "Moved to private" in chips[str(case.number)]
    assert "chip" not in chips[str(quiet.number)]


@pytest.mark.parametrize(("chosen", "status"), [("3", 302), ("9", 422), ("", 422), ("x", 422)])
def test_priority(browser, case, chosen, status):
    assert browser.post(f"/case/{case.number}/priority", {"priority": chosen}).status_code == status

    case.refresh_from_db()
    assert case.priority == (Priority.URGENT if status == 302 else Priority.NORMAL)
    assert TicketEvent.objects.filter(ticket=case, kind="prioritised").count() == (status == 302)


def test_the_same_priority_changes_nothing(browser, case):
    before = case.version
    browser.post(f"/case/{case.number}/priority", {"priority": "1"})
    case.refresh_from_db()

    assert case.version == before


def test_tags_are_those_that_are_ticked_and_the_new_one(browser, case):
    browser.post(f"/case/{case.number}/tags", {"new_tag": "retur"})
    browser.post(f"/case/{case.number}/tags", {"tag": ["retur"], "new_tag": "faktura"})
    browser.post(f"/case/{case.number}/tags", {"tag": ["faktura"], "new_tag": " "})

    assert re.findall(r'name="tag" value="(\w+)" checked', browser.get(f"/case/{case.number}").content.decode()) == [
        "faktura"
    ]


def test_moving_a_case_out_of_ones_sight_leads_back_to_the_list(browser, case, teams):
    answer = browser.post(f"/case/{case.number}/team", {"team": teams["marketing"].pk}, headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/")
    assert browser.get(f"/case/{case.number}").status_code == 404


def test_the_styleguide_is_for_the_demo_only(browser, client, settings):
    assert browser.get("/styleguide/").status_code == 200
    settings.DEMO, settings.DEBUG = False, False
    assert browser.get("/styleguide/").status_code == 404
    assert client.get("/styleguide/").status_code == 404


def test_no_page_leads_to_the_styleguide(browser, case):
    for path in ("/inbox/all", f"/case/{case.number}", "/search/value"):
        assert "styleguide" not in browser.get(path).content.decode()


SESSION_AND_USER, CASE = 2, 12


def test_opening_a_case_in_the_pane_costs_twelve_queries_with_its_posts_and_its_visit(
    browser, written, channel, now, django_assert_max_num_queries
):
    from tickets.models import Post

    Post.objects.create(channel=channel, external_id="p", text="Nyhet", version_at=now)
    for n in range(6):
        case = written(f"Og så {n}", root="r", who="kari", post_external_id="p")
    pane = {"HX-Request": "true", "HX-Target": "case-pane"}
    with django_assert_max_num_queries(SESSION_AND_USER + CASE):
        first = browser.get(f"/inbox/all?case={case.number}", headers=pane)
    with django_assert_max_num_queries(SESSION_AND_USER + CASE):
        browser.get(f"/inbox/all?case={case.number}", headers=pane)

    assert "Nyhet" in first.content.decode()


def test_a_full_list_is_under_60_kb_on_the_wire(browser, written):
    for n in range(52):
        written(f"Hei, her er en ganske lang melding nummer {n}, som fyller hele linjen i listen.", name=f"Kunde {n}")

    page = browser.get("/inbox/all").content

    assert page.count(b'<li id="row-') == 50
    assert len(gzip.compress(page, 6)) < 60_000
