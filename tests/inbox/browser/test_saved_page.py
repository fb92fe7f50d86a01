"""Saved replies behind `/` in a real browser (ui.md C9), and the split send button (C15)."""

import re

import pytest
from playwright.sync_api import expect

from core.clock import now as clock_now
from tickets.models import FollowUp, Part, SavedReplyUse, Ticket
from tickets.operations.following_up import do_follow_ups
from tickets.operations.saved_replies import Content, Variant, create_saved_reply


@pytest.fixture
def saved(people, now):
    """Two for everyone."""
    texts = {"Pakken": "Hei {{customer.first_name}}, pakken kommer i dag.", "Retur": "Du kan returnere innen 30 dager."}
    return [
        create_saved_reply(actor=people["lead"], content=Content(title, [Variant("nb", text)], scope="all"), now=now)
        for title, text in texts.items()
    ]


@pytest.fixture
def at_case(open_page, people, case, saved):
    """A page of the agent with the case open, typing."""
    page = open_page(people["agent"], f"/inbox/all?sort=newest&case={case.number}")
    box(page).click()
    return page


def box(page):
    return page.locator("textarea[name=text]")


def search(page):
    return page.get_by_role("combobox", name="Search saved replies")


def options(page):
    return page.locator(".saved-option")


def test_by_keyboard_alone(at_case, wait_until):
    box(at_case).press_sequentially("Takk! /")
    expect(search(at_case)).to_be_focused()
    expect(options(at_case)).to_have_count(2)
    expect(options(at_case).first).to_have_attribute("aria-selected", "true")
    expect(at_case.locator(".saved-preview")).to_have_text("Hei Kunde, pakken kommer i dag.")
    at_case.keyboard.press("ArrowDown")
    expect(options(at_case).nth(1)).to_have_attribute("aria-selected", "true")
    active = search(at_case).get_attribute("aria-activedescendant")
    assert active == options(at_case).nth(1).get_attribute("id")
    at_case.keyboard.type("pakk")
    expect(options(at_case)).to_have_count(1)
    at_case.keyboard.press("Enter")

    expect(box(at_case)).to_be_focused()
    expect(box(at_case)).to_have_value("Takk! Hei Kunde, pakken kommer i dag.")
    at_case.keyboard.type(" Ha det.")
    at_case.keyboard.press("Control+Enter")
    wait_until(lambda: Part.objects.count() == 1, "it is queued")
    assert list(SavedReplyUse.objects.values_list("edited", "changed")) == [(True, 0)]


def test_by_mouse_and_by_the_button(at_case):
    box(at_case).fill("Kjære kunde. ")
    at_case.get_by_role("button", name="Saved replies").click()
    options(at_case).filter(has_text="Retur").click()
    expect(box(at_case)).to_have_value("Kjære kunde. Du kan returnere innen 30 dager.")
    expect(box(at_case)).to_be_focused()
    expect(at_case.locator("[name=saved_reply]")).to_have_count(1)
    box(at_case).fill("")
    expect(at_case.locator("[name=saved_reply]")).to_have_count(0)


def test_escape_leaves_the_slash_and_a_space_means_a_slash(at_case):
    box(at_case).press_sequentially("/")
    expect(search(at_case)).to_be_focused()
    at_case.keyboard.press("Escape")
    expect(box(at_case)).to_be_focused()
    expect(box(at_case)).to_have_value("/")
    at_case.keyboard.type(" og /")
    expect(search(at_case)).to_be_focused()
    at_case.keyboard.type(" eller")
    expect(box(at_case)).to_have_value("/ og / eller")
    at_case.keyboard.type(" /")
    expect(search(at_case)).to_be_focused()
    at_case.keyboard.press("Backspace")
    expect(box(at_case)).to_have_value("/ og / eller ")


def test_a_slash_in_a_word_or_an_address_opens_nothing(at_case):
    text = "og/eller 24/7 https://havbris.example/retur 1/2"
    box(at_case).press_sequentially(text)
    expect(box(at_case)).to_be_focused()
    expect(box(at_case)).to_have_value(text)
    expect(at_case.locator(".saved-picker")).not_to_be_visible()


def test_a_place_left_open_is_marked_and_stops_the_send(open_page, people, written, saved, wait_until):
    case = written(name="")
    page = open_page(people["agent"], f"/inbox/all?sort=newest&case={case.number}")
    box(page).press_sequentially("/")
    options(page).filter(has_text="Pakken").click()
    expect(page.locator(".places mark")).to_have_text("{{customer.first_name}}")
    assert page.evaluate("getSelection().toString()") == "{{customer.first_name}}"
    page.keyboard.press("Control+Enter")
    expect(page.locator(".objection:visible")).to_contain_text("{{customer.first_name}}")
    expect(page.locator(".objection:visible").get_by_role("button")).to_have_count(0)
    assert Part.objects.count() == 0
    expect(box(page)).to_be_focused()
    page.keyboard.type("Kari")
    expect(box(page)).to_have_value("Hei Kari, pakken kommer i dag.")
    expect(page.locator(".places mark")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    wait_until(lambda: Part.objects.count() == 1, "it is queued")
    open_page.troubles.clear()  # the browser notes the 409


def test_send_and_resolve_and_one_undo_for_both(at_case, case, wait_until):
    box(at_case).fill("Den kommer i dag.")
    at_case.get_by_role("button", name="Send, and then").click()
    at_case.get_by_role("menuitem", name="Send and resolve").click()
    expect(at_case.locator(".delivery")).to_contain_text("then the case is resolved")
    expect(at_case.locator("#toast")).to_contain_text("then the case is resolved")
    assert list(FollowUp.objects.values_list("kind", "state")) == [("resolve", "held")]
    at_case.locator("#toast").get_by_role("button", name="Undo").click()
    wait_until(lambda: Part.objects.count() == 0, "it is taken back")
    expect(box(at_case)).to_have_value("Den kommer i dag.")
    assert (FollowUp.objects.count(), Ticket.objects.get(pk=case.pk).status) == (0, "open")


def test_the_case_is_resolved_on_every_screen_once_the_reply_is_sent(at_case, case, aside):
    box(at_case).fill("Den kommer i dag.")
    at_case.get_by_role("button", name="Send, and then").click()
    at_case.get_by_role("menuitem", name="Send and resolve").click()
    expect(at_case.locator(".delivery")).to_contain_text("then the case is resolved")
    aside(lambda: Part.objects.update(state="sent")).result()
    aside(lambda: do_follow_ups(now=clock_now())).result()
    expect(at_case.locator(".closing")).to_contain_text("resolved")
    expect(at_case.get_by_role("button", name="Reopen")).to_be_visible()


def test_without_javascript_a_page_fills_the_box(open_page, people, case, saved):
    page = open_page(people["agent"], f"/case/{case.number}", javascript=False)
    box(page).fill("Takk.")
    page.get_by_role("button", name="Saved replies").click()
    page.get_by_role("button", name=re.compile("Retur")).click()
    expect(box(page)).to_have_value("Takk.\n\nDu kan returnere innen 30 dager.")


def test_the_editor_puts_variables_in_and_shows_how_it_reads(open_page, people):
    page = open_page(people["admin"], "/admin/saved-replies/new")
    page.get_by_label("Title").fill("Hilsen")
    page.locator(".saved-tabs label", has_text="Norsk bokmål").click()
    area = page.locator("section[data-tab=nb] textarea").first
    area.fill("Hei ")
    page.locator("section[data-tab=nb] [data-variable='{{customer.first_name}}']").first.click()
    expect(area).to_have_value("Hei {{customer.first_name}}")
    expect(page.locator("section[data-tab=nb] [data-shown]").first).to_contain_text("Hei Kari")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Hilsen")).to_be_visible()
