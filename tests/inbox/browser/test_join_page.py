"""Splitting a case and linking two, over the open case: by mouse, on a phone and by keys alone (ui.md 5.2, 8.3)."""

import pytest
from playwright.sync_api import expect

from tickets.models import Ticket, TicketLink

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])


@pytest.fixture
def talk(aside, written):
    """A case of three messages, of which the last two are about something else."""

    def write():
        words = ("Pakken er borte", "Noe helt annet: fakturaen", "Den er dobbel")
        return [written(text, who="kari", root="r1", name="Kari Berg") for text in words][-1]

    return aside(write).result(20)


def open_dialog(page, item):
    page.locator("#case-pane").get_by_role("button", name="More for this case").click()
    page.get_by_role("menuitem", name=item).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    return page.get_by_role("dialog")


def said(page):
    return page.locator(".thread > .msg .bubble")


def folded(page):
    return page.locator(".thread > .fold > summary")


def sizes():
    return sorted(ticket.messages.count() for ticket in Ticket.objects.exclude(status="merged"))


@SIZES
def test_from_one_message_on_goes_to_a_new_case_and_back(open_page, people, talk, wait_until, size):
    page = open_page(people["agent"], f"/inbox/all?sort=newest&case={talk.number}")
    page.set_viewport_size(size)
    dialog = open_dialog(page, "Split off a new case")
    dialog.get_by_role("radio").nth(1).check()
    dialog.get_by_role("button", name="Split off from there on").click()

    # the page goes on in the new case, with both messages, linked to the old one
    new = wait_until(lambda: Ticket.objects.exclude(pk=talk.pk).first(), "there is a new case")
    expect(page.locator(f'#case-pane .case[data-number="{new.number}"]')).to_be_visible()
    expect(said(page)).to_have_text(["Noe helt annet: fakturaen", "Den er dobbel"])
    expect(folded(page)).to_have_text(["1 message in a linked case"])
    expect(dialog).to_have_count(0)
    assert sizes() == [1, 2]

    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(page.locator(f'#case-pane .case[data-number="{talk.number}"]')).to_be_visible()
    expect(said(page)).to_have_text(["Pakken er borte", "Noe helt annet: fakturaen", "Den er dobbel"])
    wait_until(lambda: sizes() == [3], "all three are one case again")


def test_chosen_messages_by_keys_alone(open_page, people, talk, wait_until):
    page = open_page(people["agent"], f"/inbox/all?sort=newest&case={talk.number}")
    dialog = open_dialog(page, "Split off a new case")
    dialog.get_by_role("link", name="Chosen messages").press("Enter")
    expect(dialog.get_by_role("checkbox")).to_have_count(3)

    # none chosen says so and keeps the dialog
    dialog.get_by_role("button", name="Split off the chosen ones").press("Enter")
    expect(dialog.get_by_role("alert")).to_be_visible()
    assert "422" in open_page.troubles.pop()  # the browser's own line about the refusal

    dialog.get_by_role("checkbox").nth(1).press("Space")
    dialog.get_by_role("button", name="Split off the chosen ones").press("Enter")
    expect(said(page)).to_have_text(["Noe helt annet: fakturaen"])
    expect(folded(page)).to_have_count(2)
    wait_until(lambda: sizes() == [1, 2], "one message is a case of its own")


@SIZES
def test_two_cases_stand_beside_each_other_until_the_link_is_taken_away(open_page, people, talk, written, aside, size):
    other = aside(lambda: written("Faktura fra i fjor", who="kari", root="r2", name="Kari Berg")).result(10)
    page = open_page(people["agent"], f"/inbox/all?sort=newest&case={talk.number}")
    page.set_viewport_size(size)
    dialog = open_dialog(page, "Link with a related case")
    dialog.get_by_role("link", name="Faktura fra i fjor").click()
    with page.expect_response(lambda answer: "case=" in answer.url):  # the case is drawn anew
        dialog.get_by_role("button", name="Link ").click()
    expect(page.locator("#toast")).to_contain_text("are linked")
    expect(dialog).to_have_count(0)
    assert TicketLink.objects.count() == 1
    if size is PHONE:
        page.get_by_role("button", name="About the customer").click()
    page.get_by_role("tab", name="Case").click()
    linked = page.locator(".linked li", has_text="Faktura fra i fjor")
    expect(linked).to_be_visible()
    expect(linked.get_by_role("link")).to_have_attribute("href", f"/case/{other.number}")

    linked.get_by_role("button", name="Take away the link").click()
    expect(linked).to_have_count(0)
    assert TicketLink.objects.count() == 0
    assert sizes() == [1, 3]
