"""The pages of snooze, spam, mentions and the bell: what they say, what they cost, and without JavaScript."""

import json
import re
import uuid
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import now as now_
from tickets.models import Message, Note, NoteMention, Notice, Ticket
from tickets.operations.assigning import assign_ticket
from tickets.operations.following import follow_ticket
from tickets.operations.marking_spam import mark_spam
from tickets.operations.noting import add_note

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(browser_of, people):
    return browser_of(people["agent"])


def rows(answer):
    return [int(number) for number in re.findall(r'<li id="row-(\d+)"', answer.content.decode())]


def did(answer):
    return json.loads(answer["HX-Trigger"])["samsvar:did"]


def post(browser, case, act, headers=HTMX, **words):
    return browser.post(f"/case/{case.number}/{act}", words, headers=headers)


def tomorrow():
    return (now_() + timedelta(days=1)).replace(microsecond=0)


def test_a_pressed_time_is_kept_and_its_undo_is_told(browser, case):
    until = tomorrow()

    answer = post(browser, case, "snooze", until=until.isoformat())

    assert answer.status_code == 200
    assert Ticket.objects.get().snoozed_until == until
    assert did(answer) == {"did": "snoozed", "number": case.number, "at": until.isoformat(), "undo": "unsnooze"}
    assert "Snoozed until" in answer.content.decode()


def test_the_undo_of_a_second_choice_is_the_first(browser, case):
    first, second = tomorrow(), tomorrow() + timedelta(hours=3)
    post(browser, case, "snooze", until=first.isoformat())

    told = did(post(browser, case, "snooze", until=second.isoformat()))
    assert (told["undo"], told["until"]) == ("snooze", first.isoformat())

    post(browser, case, "snooze", until=told["until"])
    assert Ticket.objects.get().snoozed_until == first


def test_what_is_typed_is_read_on_the_persons_own_clock(browser, case):
    browser.cookies["samsvar_zone"] = "Asia/Tokyo"

    post(browser, case, "snooze", when="tomorrow 9:00")

    local = Ticket.objects.get().snoozed_until.astimezone(ZoneInfo("Asia/Tokyo"))
    assert (local.hour, local.minute) == (9, 0)


def test_what_is_picked_is_too(browser, case):
    browser.cookies["samsvar_zone"] = "America/Lima"
    day = (now_() + timedelta(days=3)).date().isoformat()

    post(browser, case, "snooze", exact=f"{day}T07:30")

    assert Ticket.objects.get().snoozed_until.isoformat() == f"{day}T12:30:00+00:00"


@pytest.mark.parametrize("zone", ["", "Nowhere/At all", "../../etc/passwd", "/etc/passwd", "x" * 500])
def test_a_zone_that_is_none_is_passed_over(browser, case, zone):
    browser.cookies["samsvar_zone"] = zone

    assert post(browser, case, "snooze", when="in 2 hours").status_code == 200


@pytest.mark.parametrize("words", [{}, {"when": "whenever"}, {"until": "2020-01-01T00:00:00Z"}, {"exact": "31.12."}])
def test_a_time_that_is_none_is_refused_in_words(browser, case, words):
    answer = post(browser, case, "snooze", **words)

    assert answer.status_code == 422
    assert Ticket.objects.get().status == "open"


def test_without_javascript_it_comes_back_to_the_list(browser, case):
    answer = post(browser, case, "snooze", headers={}, when="in 2 hours", next=f"/inbox/all?case={case.number}")

    assert (answer.status_code, answer["Location"]) == (302, f"/inbox/all?case={case.number}")
    assert rows(browser.get("/inbox/snoozed")) == [case.number]


def test_the_picker_says_the_promise_only_where_somebody_waits(browser, written, people):
    waits, answered = written("Hei"), written("Takk")
    Ticket.objects.filter(pk=answered.pk).update(waiting_since=None, due_at=None, status="waiting")

    assert "promised an answer by" in browser.get(f"/case/{waits.number}").content.decode()
    assert "promised an answer by" not in browser.get(f"/case/{answered.number}").content.decode()


@pytest.mark.parametrize("view", ["snoozed", "spam", "mentions"])
def test_each_list_holds_its_own_and_costs_the_same(browser, written, people, teams, view, django_assert_num_queries):
    def fill(count):
        for _ in range(count):
            case = written("Hei")
            if view == "spam":
                mark_spam(actor=people["lead"], ticket_id=case.pk, now=now_())
            elif view == "snoozed":
                Ticket.objects.filter(pk=case.pk).update(status="snoozed", snoozed_until=tomorrow())
            else:
                note = Note.objects.create(ticket=case, text="@", at=now_())
                NoteMention.objects.create(note=note, user=people["agent"])

    written("Noe annet")
    fill(2)
    browser.get(f"/inbox/{view}")
    with django_assert_num_queries(7) as seen:  # the five of a list, and the session's two
        assert len(rows(browser.get(f"/inbox/{view}"))) == 2
    fill(9)
    with django_assert_num_queries(len(seen)):
        assert len(rows(browser.get(f"/inbox/{view}"))) == 11


def test_the_snoozed_are_in_order_of_their_time_and_of_others(browser, written, people):
    late, soon = written("1"), written("2")
    for case, hours in ((late, 9), (soon, 1)):
        until = now_() + timedelta(hours=hours)
        Ticket.objects.filter(pk=case.pk).update(status="snoozed", snoozed_until=until)

    assert rows(browser.get("/inbox/snoozed")) == [soon.number, late.number]
    assert rows(browser.get("/inbox/snoozed?sort=oldest")) == [late.number, soon.number]
    assert browser.get("/inbox/snoozed?sort=loudest").status_code == 422
    assert browser.get("/inbox/all?sort=wake").status_code == 422
    people["agent"].refresh_from_db()
    assert people["agent"].queue_sort != "wake"


def test_a_case_with_news_costs_one_more_once(browser, case, people):
    for _ in range(2):  # the visit itself is remembered first
        browser.get(f"/case/{case.number}")
    follow_ticket(actor=people["lead"], ticket_id=case.pk, now=now_())
    assign_ticket(actor=people["lead"], ticket_id=case.pk, assignee_id=people["agent"].pk, now=now_())
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as seen:
            page = browser.get(f"/case/{case.number}").content.decode()
        counts.append(sum("SAVEPOINT" not in query["sql"] for query in seen.captured_queries))
    assert people["lead"].name in page
    assert counts[0] - counts[1] == 1
    assert Notice.objects.get().seen_at is not None


def test_spam_refuses_replies_with_a_reason(browser, case, people):
    mark_spam(actor=people["lead"], ticket_id=case.pk, now=now_())
    page = browser.get(f"/case/{case.number}").content.decode()
    thread = case.ticket_threads.get().thread_id

    answer = post(browser, case, "reply", mode="public", text="Hei", thread_id=thread, client_key=str(uuid.uuid4()))

    assert answer.status_code == 409
    assert "spam" in json.loads(answer["HX-Trigger"])["samsvar:refused"]["sentence"]
    assert Message.objects.filter(direction="out").count() == 0
    assert "This case is marked as spam. Say that it is not to reply." in page
    assert f"/case/{case.number}/unspam" in page
    assert f"case-{case.number}-snooze" not in page
    assert did(post(browser, case, "unspam"))["undo"] == "spam"


def test_a_note_for_somebody_who_sees_nothing_of_it_comes_back_with_a_way_on(browser_of, people, elsewhere, make_user):
    browser, number = browser_of(people["lead"]), elsewhere.number
    make_user("privacy_officer", name="Jonas Holm")
    words = {"mode": "note", "text": "@Jonas Holm se her", "client_key": str(uuid.uuid4())}

    plain = browser.post(f"/case/{number}/note", words)
    page = plain.content.decode()
    again = re.search(r'hx-post="(/case/\d+/note\?sure=unseeing)"', page).group(1)

    assert plain.status_code == 409
    assert "Jonas Holm would not see this case" in page
    assert "@Jonas Holm se her" in page
    assert Note.objects.count() == 0
    assert browser.post(again, words).status_code == 302
    assert (Note.objects.count(), NoteMention.objects.count()) == (1, 0)


def test_the_bell_page_groups_by_case_and_quotes_nobody(browser, written, people, django_assert_num_queries):
    cases = [written(f"Hemmelig {n}") for n in range(3)]
    for case in cases:
        assign_ticket(actor=people["lead"], ticket_id=case.pk, assignee_id=people["agent"].pk, now=now_())
        note = f"@{people['agent'].name} se"
        add_note(actor=people["lead"], ticket_id=case.pk, text=note, client_key=uuid.uuid4(), now=now_())
    browser.get("/notices")

    with django_assert_num_queries(9):  # session, person, teams; head; surroundings; two of notices; counts; drafts
        page = browser.get("/notices").content.decode()

    assert page.count('class="told unseen"') == 3
    assert f"{people['lead'].name} assigned it to you" in page
    assert f"{people['lead'].name} mentioned you in a note" in page
    assert "Hemmelig" not in page
    assert 'id="nav-count-notices" data-n="3">3<' in page


def test_seen_up_to_when_the_list_was_drawn(browser, written, people):
    for n, case in enumerate((written("1"), written("2"))):
        Notice.objects.create(recipient=people["agent"], ticket=case, kind="woke", at=now_() + timedelta(hours=n))

    answer = browser.post("/notices/seen", {"until": now_().isoformat()})

    assert (answer.status_code, answer["Location"]) == (302, "/notices")
    assert Notice.objects.filter(seen_at=None).count() == 1
    browser.post("/notices/seen", {"until": "yesterday"})
    assert Notice.objects.filter(seen_at=None).count() == 0


def test_a_window_nobody_sees_leaves_the_bell_ringing(browser, case, people):
    Notice.objects.create(recipient=people["agent"], ticket=case, kind="woke", at=now_())

    browser.get(f"/fragments/case/{case.number}?looking=0")
    assert Notice.objects.get().seen_at is None
    browser.get(f"/fragments/case/{case.number}?looking=1")
    assert Notice.objects.get().seen_at is not None


def test_who_may_be_named_is_told_to_those_who_may_note(browser, case, people):
    told = browser.get(f"/case/{case.number}/nameable").json()["choices"]

    assert {choice["name"] for choice in told if not choice["sees"]} == {people["privacy_officer"].name, "Marketing"}
    assert [choice["sees"] for choice in told] == sorted((choice["sees"] for choice in told), reverse=True)
