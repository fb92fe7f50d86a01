"""Merging, splitting, linking, undoing and bulk acts by plain pages, and what a merged case answers."""

import json

import pytest

from core.clock import now
from tickets.models import Draft, Ticket, TicketLink, UndoRecord
from tickets.operations.bulk import work_bulk
from tickets.operations.merging import merge_tickets


@pytest.fixture
def pair(written):
    """Two cases of one customer."""
    return written("Første sak", who="kari", root="r1"), written("Andre sak", who="kari", root="r2")


@pytest.fixture
def browser(browser_of, people):
    """Ingrid's."""
    return browser_of(people["agent"])


def test_merging_step_by_step_and_undoing_from_the_page(browser, pair):
    kept, other = pair
    picking = browser.get(f"/case/{kept.number}/merge").content.decode()
    assert f"?with={other.number}" in picking
    confirming = browser.get(f"/case/{kept.number}/merge?with={other.number}").content.decode()
    assert "Which one stays?" in confirming
    assert "two people" not in confirming

    done = browser.post(f"/case/{kept.number}/merge", {"with": other.number, "keep": "this"})

    record = UndoRecord.objects.get()
    assert done.url == f"/case/{kept.number}?done={record.uid}"
    page = browser.get(done.url).content.decode()
    assert "Merged with" in page
    assert f'action="/undo/{record.uid}"' in page
    gone = browser.get(f"/case/{other.number}")
    assert gone.status_code == 200
    assert f'href="/case/{kept.number}"' in gone.content.decode()
    assert "This case was merged into" in gone.content.decode()
    live = browser.get(f"/fragments/case/{other.number}").content.decode()
    assert f'id="case-{other.number}-gone"' in live

    back = browser.post(f"/undo/{record.uid}")
    assert back.url == f"/case/{kept.number}"
    other.refresh_from_db()
    assert other.status == "open"


def test_the_other_direction_and_the_answer_for_our_script(browser, pair):
    kept, other = pair
    body = {"with": other.number, "keep": "other"}
    done = browser.post(f"/case/{kept.number}/merge", body, headers={"HX-Request": "true"})

    assert done.status_code == 204
    told = json.loads(done["HX-Trigger"])["samsvar:done"]
    assert (told["number"], told["undo"]) == (other.number, str(UndoRecord.objects.get().uid))
    kept.refresh_from_db()
    assert kept.merged_into == other


def test_two_people_are_asked_about(browser, written):
    one, two = written("Første", who="kari", root="r1"), written("Andre", who="ola", root="r2")
    url = f"/case/{one.number}/merge"
    assert "These cases are of two people" in browser.get(f"{url}?with={two.number}").content.decode()

    refused = browser.post(url, {"with": two.number, "keep": "this"})
    assert refused.status_code == 409
    assert "Confirm that both may stand" in refused.content.decode()
    assert browser.post(url, {"with": two.number, "keep": "this", "other_person": "1"}).status_code == 302


def test_the_api_says_where_a_merged_case_went(browser, pair, people):
    kept, other = pair
    merge_tickets(actor=people["agent"], keep_id=kept.pk, merge_id=other.pk, now=now())

    answer = browser.get(f"/api/v1/tickets/{other.pk}/").json()
    assert (answer["status"], answer["merged_into"]) == ("merged", kept.number)
    listed = browser.get("/api/v1/tickets/").json()["results"]
    assert [row["id"] for row in listed] == [kept.pk]
    assert browser.get(f"/api/v1/tickets/{kept.pk}/").json()["merged_into"] is None


def test_what_is_typed_in_a_case_that_was_merged_meanwhile_is_kept_in_the_other(browser, pair, people):
    kept, other = pair
    merge_tickets(actor=people["agent"], keep_id=kept.pk, merge_id=other.pk, now=now())

    body = {"mode": "note", "text": "Påbegynt", "revision_note": "0"}
    saved = browser.post(f"/case/{other.number}/draft", body, headers={"Accept": "application/json"})

    assert saved.status_code == 200
    assert Draft.objects.get().ticket == kept
    late = browser.post(f"/case/{other.number}/note", body | {"client_key": "7b1c6f4e-7a53-4a43-9a4c-3a0a0f2b9b11"})
    assert late.status_code == 409


def test_splitting_and_linking_pages(browser, pair, written):
    case, other = pair
    written("Noe helt annet", who="kari", root="r1")
    page = browser.get(f"/case/{case.number}/split?how=chosen").content.decode()
    assert page.count('type="checkbox" name="message"') == 2
    wrong = browser.post(f"/case/{case.number}/split", {"how": "chosen"})
    assert wrong.status_code == 422

    last = case.messages.order_by("-at", "-pk").first()
    done = browser.post(f"/case/{case.number}/split", {"how": "onward", "from": last.pk})
    new = Ticket.objects.order_by("pk").last()
    assert done.url.startswith(f"/case/{new.number}?done=")
    assert "Linked cases" in browser.get(done.url).content.decode()

    assert browser.post(f"/case/{case.number}/link", {"with": other.number}).status_code == 302
    assert TicketLink.objects.count() == 2
    assert browser.post(f"/case/{case.number}/unlink", {"with": other.number}).status_code == 302
    assert TicketLink.objects.count() == 1


def test_a_bulk_act_as_plain_pages(browser, pair, people):
    ticked = [f"{case.number}:{Ticket.objects.get(pk=case.pk).version}" for case in pair]
    asked = browser.post("/bulk", {"act": "priority", "case": ticked}).content.decode()
    assert "Priority of 2 cases" in asked
    assert asked.count('name="case"') == 2

    begun = browser.post("/bulk", {"act": "priority", "case": ticked, "priority": "3"})
    assert 'http-equiv="refresh"' in browser.get(begun.url).content.decode()
    while work_bulk(now=now()):
        pass
    page = browser.get(begun.url).content.decode()
    assert "2 given a priority" in page
    facts = browser.get(f"{begun.url}/progress").json()
    assert (facts["done"], facts["total"], facts["ended"]) == (2, 2, True)
    assert browser.post(f"/undo/{facts['undo']}").url == begun.url


def test_a_whole_list_by_its_address_and_no_other_address(browser, pair):
    assert browser.get("/bulk/count?list=/inbox/all%3Fstatus%3Dopen").json() == {"count": 2}
    begun = browser.post("/bulk", {"act": "resolve", "all": "1", "list": "/inbox/all?status=open"})
    while work_bulk(now=now()):
        pass
    assert "2 resolved" in browser.get(begun.url).content.decode()
    for wrong in ("/admin/people", "/nowhere", "https://elsewhere.example/inbox/nothing", ""):
        assert browser.post("/bulk", {"act": "resolve", "all": "1", "list": wrong}).status_code == 404
