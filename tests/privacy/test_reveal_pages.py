"""Reveals and value searches by page and by API: no answer holds a value that its own request did not ask for."""

import json
import logging

import pytest

from core.audit.models import AuditEntry
from privacy.models import Reveal
from tests.privacy.conftest import MAIL, MARKERS, PHONE
from tickets.models import Ticket

JSON = {"Accept": "application/json"}


@pytest.fixture
def number(message):
    return Ticket.objects.get(pk=message.ticket_id).number


def holds_marker(answer):
    sent = answer.content + str(answer.headers).encode()
    return [marker for marker in MARKERS if marker.encode() in sent]


def test_the_page_has_a_button_for_each_mask_and_no_value(message, number, agent, browser_of):
    page = browser_of(agent).get(f"/case/{number}").content.decode()

    for index in (0, 1):
        assert f'form="case-{number}-reveal" name="of" value="message-{message.pk}-{index}"' in page
    assert page.count('class="redact"') == 2
    assert f'id="case-{number}-ask"' in page


@pytest.mark.parametrize("role", ["admin", "auditor"])
def test_who_may_not_reveal_has_chips_and_no_buttons(message, number, make_user, browser_of, role):
    page = browser_of(make_user(role)).get(f"/case/{number}").content.decode()

    assert page.count('<span class="redact">') == 2
    assert "data-reveal" not in page
    assert "-ask" not in page


def test_other_peoples_words_have_no_buttons(message, number, said, agent, browser_of):
    said(root="root-1")
    page = browser_of(agent).get(f"/case/{number}").content.decode()

    assert (page.count('class="redact" form='), page.count('<span class="redact">')) == (2, 2)  # the thread's own


EVERYWHERE = (
    "/inbox/all", "/inbox/all?q=Ring", "/case/{number}", "/fragments/case/{number}", "/live/since/0",
    "/inbox/all?case={number}", "/api/v1/tickets/", "/api/v1/tickets/{ticket}/", "/api/v1/tickets/{ticket}/messages/",
    "/api/v1/customers/", "/search/value", "/case/{number}/reveal?of=message-{message}-0",
)  # fmt: skip


def test_no_answer_holds_a_value_before_or_after_it_was_revealed(message, number, agent, browser_of):
    browser = browser_of(agent)
    names = {"number": number, "ticket": message.ticket_id, "message": message.pk}
    paths = [path.format(**names) for path in EVERYWHERE]
    assert {path: holds_marker(browser.get(path)) for path in paths} == {path: [] for path in paths}
    for index in (0, 1):
        browser.post(f"/case/{number}/reveal/open", {"of": f"message-{message.pk}-{index}", "reason": "legal_request"})
    assert Reveal.objects.count() == 2

    answers = {path: browser.get(path) for path in paths}

    assert {answer.status_code for answer in answers.values()} == {200}
    assert {path: holds_marker(answer) for path, answer in answers.items()} == {path: [] for path in paths}


def test_by_script_of_the_page(message, number, agent, browser_of):
    answer = browser_of(agent).post(
        f"/case/{number}/reveal/open", {"of": f"message-{message.pk}-0", "reason": "answer_customer"}, headers=JSON
    )

    told = json.loads(answer.content)
    assert (answer.status_code, told["value"], told["label"]) == (200, PHONE, "PHONE")
    assert "no-store" in answer["Cache-Control"]
    assert MAIL not in answer.content.decode()
    assert AuditEntry.objects.filter(action="reveal.made").count() == 1


def test_without_javascript(message, number, agent, browser_of):
    browser, of = browser_of(agent), f"message-{message.pk}-1"
    asked = browser.get(f"/case/{number}/reveal?of={of}")
    assert (asked.status_code, "no-store" in asked["Cache-Control"]) == (200, True)
    assert "email address" in asked.content.decode()
    assert "Show again" not in asked.content.decode()

    refused = browser.post(f"/case/{number}/reveal/open", {"of": of, "reason": "other", "reason_text": "kort"})
    assert (refused.status_code, MAIL in refused.content.decode()) == (422, False)
    assert "at least 10 characters" in refused.content.decode()
    shown = browser.post(f"/case/{number}/reveal/open", {"of": of, "reason": "answer_customer"})

    assert (shown.status_code, MAIL in shown.content.decode()) == (200, True)
    assert "no-store" in shown["Cache-Control"]
    assert "Show again" in browser.get(f"/case/{number}/reveal?of={of}").content.decode()


def test_the_same_tab_gets_it_again_without_a_reason_while_it_lasts(message, number, agent, lead, browser_of):
    path, body = f"/case/{number}/reveal/open", {"of": f"message-{message.pk}-0"}
    browser = browser_of(agent)
    assert browser.post(path, body, headers=JSON).status_code == 422
    browser.post(path, body | {"reason": "answer_customer"}, headers=JSON)

    assert json.loads(browser.post(path, body, headers=JSON).content)["value"] == PHONE
    assert browser_of(lead).post(path, body, headers=JSON).status_code == 422
    assert AuditEntry.objects.filter(action="reveal.made").count() == 1


@pytest.mark.parametrize("of", ["", "message-1", "post-1-0", "message-x-0", "message--1-0", "message-1-0; DROP"])
def test_a_form_that_names_no_mask(number, agent, browser_of, of):
    browser = browser_of(agent)
    assert browser.get(f"/case/{number}/reveal", {"of": of}).status_code == 422
    answer = browser.post(f"/case/{number}/reveal/open", {"of": of, "reason": "legal_request"}, headers=JSON)
    assert (answer.status_code, json.loads(answer.content)["error"]["code"]) == (422, "invalid")


def test_too_often(message, number, agent, browser_of, settings):
    settings.REVEALS_PER_HOUR = 1
    browser, path = browser_of(agent), f"/case/{number}/reveal/open"
    body = {"of": f"message-{message.pk}-0", "reason": "answer_customer"}
    browser.post(path, body)

    as_json, as_page = browser.post(path, body, headers=JSON), browser.post(path, body)

    assert (as_json.status_code, as_page.status_code) == (429, 429)
    assert "within an hour" in as_page.content.decode()
    assert holds_marker(as_json) == holds_marker(as_page) == []


def test_the_lists_search_field_never_searches_texts_for_a_value(message, agent, browser_of):
    browser = browser_of(agent)
    offered = browser.post("/search", {"q": PHONE, "list": "/inbox/mine?status=open&sort=newest"})
    assert offered.status_code == 200
    assert f'value="{PHONE}"' in offered.content.decode()
    assert 'action="/search/value/find"' in offered.content.decode()
    assert "no-store" in offered["Cache-Control"]

    typed = browser.get("/inbox/all", {"q": PHONE})
    assert (typed.status_code, typed["Location"]) == (302, "/search/value")
    words = browser.post("/search", {"q": "pakke nå", "list": "/inbox/mine?status=open&sort=newest&q=x"})
    assert words["Location"] == "/inbox/mine?status=open&sort=newest&q=pakke+n%C3%A5"
    assert browser.post("/search", {"q": "pakke", "list": "https://evil.example/inbox/"})["Location"] == (
        "/inbox/all?q=pakke"
    )


def test_search_for_a_value_by_page(message, number, agent, make_user, browser_of):
    browser = browser_of(agent)
    without = browser.post("/search/value/find", {"value": PHONE})
    assert (without.status_code, f"/case/{number}" in without.content.decode()) == (422, False)

    met = browser.post("/search/value/find", {"value": "+47 40000012", "reason": "identify_customer"})

    assert (met.status_code, f'href="/case/{number}"' in met.content.decode()) == (200, True)
    assert AuditEntry.objects.filter(action="value.searched").count() == 1
    assert browser.get("/search/value/find").status_code == 405
    admin = browser_of(make_user("admin"))
    assert [admin.get("/search/value").status_code, admin.post("/search", {"q": PHONE}).status_code] == [403, 403]


def test_reveal_by_api(message, agent, script_of):
    call = script_of(agent)
    path = f"/api/v1/tickets/{message.ticket_id}/reveals/"

    shown = call(path, {"message_id": message.pk, "index": 1, "reason": "answer_customer"})

    told = json.loads(shown.content)
    assert (shown.status_code, shown["Cache-Control"]) == (201, "no-store")
    assert (told.keys(), told["value"], told["label"]) == ({"value", "label", "until"}, MAIL, "EMAIL")
    refusals = [
        ({"message_id": message.pk, "index": 0}, 422, "reason"),
        ({"message_id": message.pk, "index": 0, "reason": "nosy"}, 422, "reason"),
        ({"message_id": message.pk, "index": 0, "reason": "other"}, 422, "reason_text"),
        ({"index": 0, "reason": "legal_request"}, 422, "message_id"),
        ({"message_id": message.pk, "index": 2, "reason": "legal_request"}, 404, None),
        ({"message_id": message.pk, "index": "x", "reason": "legal_request"}, 422, "index"),
    ]
    for body, status, field in refusals:
        answer = call(path, body)
        assert (answer.status_code, json.loads(answer.content)["error"].get("field")) == (status, field)
        assert holds_marker(answer) == []
    assert Reveal.objects.count() == 1


def test_a_token_needs_the_scope(message, agent, script_of):
    body = {"message_id": message.pk, "index": 0, "reason": "answer_customer"}
    path = f"/api/v1/tickets/{message.ticket_id}/reveals/"

    assert script_of(agent, scopes=["tickets:read", "tickets:write"])(path, body).status_code == 403
    assert Reveal.objects.count() == 0
    assert script_of(agent, scopes=["values:reveal"])(path, body).status_code == 201


def test_search_by_api(message, agent, script_of):
    call = script_of(agent)
    asked = call("/api/v1/tickets/?q=400%2000%20012")
    assert (asked.status_code, json.loads(asked.content)["error"]["code"]) == (422, "personal")

    found = call("/api/v1/value-searches/", {"value": PHONE, "reason": "legal_request"})

    assert (found.status_code, found["Cache-Control"]) == (200, "no-store")
    assert [row["id"] for row in json.loads(found.content)["results"]] == [message.ticket_id]
    assert holds_marker(found) == []
    assert call("/api/v1/value-searches/", {"value": PHONE}).status_code == 422


def test_no_log_line_holds_a_value(message, number, agent, script_of, browser_of, caplog, settings):
    caplog.set_level(logging.DEBUG)
    settings.REVEALS_PER_HOUR = 2
    browser, call = browser_of(agent), script_of(agent)
    for _ in range(3):  # the last is one too many
        of = {"of": f"message-{message.pk}-0", "reason": "other", "reason_text": f"Kunden har {PHONE} i dag"}
        browser.post(f"/case/{number}/reveal/open", of)
        call("/api/v1/value-searches/", {"value": PHONE, "reason": "legal_request"})
    browser.post("/search", {"q": PHONE})
    browser.post("/search/value/find", {"value": PHONE, "reason": "?"})

    lines = [str(vars(record)) for record in caplog.records if not record.name.startswith("django.db")]
    assert [line for line in lines for marker in MARKERS if marker in line] == []
    assert AuditEntry.objects.filter(action="reveal.limited").count() == 4
