"""Selecting rows, one act on all of them, and joining cases, as people do it (ui.md 5.1, 8.3, 10 L1 to L3, L12)."""

import re

import pytest
from playwright.sync_api import expect

from core.clock import now
from tickets.models import Ticket, TicketEvent
from tickets.operations.bulk import work_bulk
from tickets.operations.prioritising import set_priority

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])


@pytest.fixture
def town(written):
    """Five cases of five people; the last one is the newest."""
    return [written(f"Sak {n}") for n in range(5)]


def box(page, case):
    return page.locator(f"#row-{case.number} .pick-row")


def ticked(page):
    return [
        int(n)
        for n in page.locator(".row:has(.pick-row :checked)").evaluate_all("rows => rows.map(r => r.dataset.number)")
    ]


def work():
    while work_bulk(now=now()):
        pass


def status(case):
    return Ticket.objects.values_list("status", flat=True).get(pk=case.pk)


@SIZES
def test_two_are_resolved_one_that_changed_is_left_and_all_is_undone(open_page, people, town, aside, wait_until, size):
    page = open_page(people["agent"])
    page.set_viewport_size(size)
    expect(page.locator(".select-bar")).to_be_hidden()
    for case in town[:3]:
        box(page, case).click()
    expect(page.locator("[data-selected]")).to_have_text("3 selected")
    expect(page.locator(".sub")).to_be_hidden()
    expect(page.locator("[data-all-words]")).to_have_text("Select all 5 in this view")

    # when a colleague changes one of them, its row says so in place and stays selected
    aside(lambda: set_priority(actor=people["lead"], ticket_id=town[1].pk, priority=3, now=now())).result(10)
    expect(page.locator(f"#row-{town[1].number}")).to_contain_text("Urgent")
    assert sorted(ticked(page)) == [case.number for case in town[:3]]

    page.locator(".select-bar").get_by_role("button", name="Resolve").click()
    expect(page.locator("#toast")).to_contain_text("0 of 3 done")
    aside(work).result(30)

    expect(page.locator("#toast")).to_contain_text("2 resolved, 1 changed meanwhile and was left")
    expect(page.locator("#rows-list .row")).to_have_count(3)
    expect(page.locator(".select-bar")).to_be_hidden()
    assert [status(case) for case in town] == ["done", "open", "done", "open", "open"]

    page.locator("#toast").get_by_role("button", name="Undo").click()
    wait_until(lambda: aside(work_bulk_once).result(10), "the undo is asked for")
    expect(page.locator("#toast")).to_contain_text("2 undone")
    expect(page.locator("#rows-list .row")).to_have_count(5)
    assert {status(case) for case in town} == {"open"}


def work_bulk_once():
    return work_bulk(now=now())


def test_all_in_the_view_are_assigned_in_a_dialog(open_page, people, town, aside):
    page = open_page(people["agent"])
    box(page, town[0]).click()
    page.get_by_label("Select all 5 in this view").check()
    expect(page.locator("[data-selected]")).to_have_text("5 selected")
    page.locator(".select-bar").get_by_role("button", name="Assign").click()
    dialog = page.get_by_role("dialog", name="Assign 5 cases")
    dialog.get_by_label("Colleague").select_option(str(people["lead"].pk))
    dialog.get_by_role("button", name="Assign").click()
    expect(dialog).to_be_hidden()
    aside(work).result(30)

    expect(page.locator("#toast")).to_contain_text("5 assigned")
    assert set(Ticket.objects.values_list("assignee_id", flat=True)) == {people["lead"].pk}


def test_keys_reach_the_selection_by_events_and_escape_clears_it(open_page, people, town):
    page = open_page(people["agent"])
    page.locator(f"#row-{town[4].number} .r").focus()
    tell = "detail => document.dispatchEvent(new CustomEvent('samsvar:select', { detail }))"
    page.evaluate(tell, {"what": "extend", "step": 1})
    page.evaluate(tell, {"what": "extend", "step": 1})
    assert ticked(page) == [town[4].number, town[3].number, town[2].number]
    expect(page.locator(f"#row-{town[2].number} .r")).to_be_focused()
    page.evaluate(tell, {"what": "toggle", "number": town[3].number})
    assert ticked(page) == [town[4].number, town[2].number]
    page.keyboard.press("Escape")
    assert ticked(page) == []
    page.evaluate(tell, {"what": "page"})
    assert len(ticked(page)) == 5
    page.evaluate("document.getElementById('select-form').reset()")


def test_what_is_selected_survives_rows_that_are_drawn_again_and_a_list_in_another_order(
    open_page, people, town, written
):
    page = open_page(people["agent"])
    box(page, town[0]).click()
    written("Helt ny")
    expect(page.locator("#fresh")).to_be_visible()
    assert page.locator("#rows-list .row").count() == 5  # nothing enters while something is selected
    page.locator("#fresh").click()
    expect(page.locator("#rows-list .row")).to_have_count(6)
    assert ticked(page) == [town[0].number]
    expect(page.locator("[data-selected]")).to_have_text("1 selected")


def test_without_javascript_boxes_form_and_result_are_a_page(open_page, people, town, aside):
    page = open_page(people["agent"], javascript=False)
    page.get_by_label(re.compile("Select ")).nth(0).check(force=True)
    page.get_by_label(re.compile("Select ")).nth(1).check(force=True)
    page.locator(".select-bar").get_by_role("button", name="Tag").click()
    page.get_by_label("Tag to add").fill("retur")
    page.get_by_role("button", name="Tag").click()
    aside(work).result(30)
    page.wait_for_timeout(2500)  # the page asks again by itself
    expect(page.get_by_role("heading", level=1)).to_have_text("2 tagged")
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_role("button", name="Undo all").click()
    aside(work).result(30)
    page.wait_for_timeout(2500)
    expect(page.get_by_role("heading", level=1)).to_have_text("2 undone")
    open_page.troubles.clear()  # Chromium notes that scripts are off


@SIZES
def test_merging_by_number_and_taking_it_back(open_page, people, town, aside, size):
    kept, other = town[0], town[1]
    page = open_page(people["agent"], f"/inbox/all?sort=newest&case={kept.number}")
    page.set_viewport_size(size)
    page.get_by_role("button", name="More for this case").click()
    page.get_by_role("menuitem", name="Merge with another case").click()
    dialog = page.locator("#case-dialog")
    dialog.get_by_label("Case number or customer").fill(str(other.number))
    dialog.get_by_role("button", name="Search").click()
    dialog.locator(".join-list a").click()
    expect(dialog.locator(".dialog-title")).to_have_text("Merge the two cases?")
    dialog.get_by_label("Both people’s words may stand in one case").check()
    dialog.get_by_role("button", name=re.compile(r"Merge .* into")).click()

    expect(page.locator(".thread .msg")).to_have_count(2)
    expect(page.locator("#toast")).to_contain_text("is part of")
    expect(page.locator(f"#row-{other.number}")).to_contain_text("Merged")
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".thread .msg")).to_have_count(1)
    assert status(other) == "open"
    assert TicketEvent.objects.filter(kind="unmerged").count() == 1


def test_whoever_has_the_merged_case_open_is_led_on(open_page, people, town, aside):
    kept, other = town[0], town[1]
    page = open_page(people["agent"], f"/inbox/all?sort=newest&case={other.number}")
    from tickets.operations.merging import merge_tickets

    ids = {"keep_id": kept.pk, "merge_id": other.pk, "other_person": True}
    aside(lambda: merge_tickets(actor=people["lead"], now=now(), **ids)).result(10)

    gone = page.locator(f"#case-{other.number}-gone")
    expect(gone).to_contain_text("This case was merged into")
    gone.get_by_role("link", name="Open").click()
    expect(page).to_have_url(re.compile(f"/case/{kept.number}"))
