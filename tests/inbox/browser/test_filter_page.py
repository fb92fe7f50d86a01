"""The filter field by keys and pointer, views that count by themselves, and rows that come to fit or no longer do."""

import re

import pytest
from playwright.sync_api import expect

from tickets.models import SavedView, Tag, Ticket
from tickets.operations.tagging import set_tags

LIST = "/inbox/all?sort=newest"


def shown(page):
    return [int(number) for number in page.locator(".row").evaluate_all("rows => rows.map(row => row.dataset.number)")]


def find_field(page):
    page.locator(".find > summary").click()
    field = page.get_by_role("combobox", name="Search in this list")
    expect(field).to_be_focused()
    return field


def applied(page):
    return page.locator(".filter-chips .chip .cut")


@pytest.fixture
def town(written):
    """One public case and one private."""
    return written("Hei"), written("Hallo", visibility="private")


def test_a_token_by_keyboard_alone_and_removed_again(open_page, people, town):
    page = open_page(people["agent"], LIST)
    field = find_field(page)
    options = page.locator("#q-options [role=option]")

    page.keyboard.type("pub")
    expect(options).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "q-option-1")
    page.keyboard.press("Enter")
    expect(field).to_have_value("public:")
    expect(options).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("public:yes ")
    page.keyboard.press("Enter")

    expect(applied(page)).to_have_text(["public: yes"])
    assert shown(page) == [town[0].number]
    assert "q=public%3Ayes" in page.url
    expect(page.locator("#tab-count-open")).to_have_text("1")

    page.get_by_role("link", name="Remove public: yes").click()
    expect(page.locator(".row")).to_have_count(2)
    expect(applied(page)).to_have_count(0)


def test_a_tag_is_chosen_with_the_pointer_and_escape_closes_one_thing_at_a_time(open_page, people, town, aside):
    aside(lambda: Tag.objects.create(name="Fri Fart")).result()
    page = open_page(people["agent"], LIST)
    field = find_field(page)
    page.keyboard.type("kari tag:fa")
    page.locator("#q-options [role=option]", has_text="Fri Fart").click()
    expect(field).to_have_value('kari tag:"Fri Fart" ')
    expect(field).to_be_focused()

    page.keyboard.type("is:")
    expect(page.locator("#q-options")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#q-options")).to_be_hidden()
    expect(field).to_be_visible()
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()


def test_without_javascript_the_field_is_text_and_chips_are_links(open_page, people, town):
    page = open_page(people["agent"], "/inbox/all?sort=newest&q=hei", javascript=False)
    page.locator("#q").fill("public:yes")
    page.locator("#q").press("Enter")
    expect(applied(page)).to_have_text(["public: yes"])
    page.get_by_role("link", name="Remove public: yes").click()
    expect(page.locator(".row")).to_have_count(2)


def test_a_view_is_saved_and_counts_by_itself(open_page, people, town, written, aside):
    page = open_page(people["agent"], f"{LIST}&q=public:yes")
    page.locator(".save-view > summary").click()
    page.get_by_label("Name", exact=True).fill("In the open")
    page.get_by_role("button", name="Save view").click()

    page.wait_for_url("**/view/in-the-open")
    count = page.locator("#nav-count-view-in-the-open")
    expect(count).to_have_text("1")
    assert SavedView.objects.get().sort == "newest"

    aside(lambda: (written("Enda en"), written("En til, privat", visibility="private"))).result()
    expect(count).to_have_text("2")
    expect(page.locator("#tab-count-open")).to_have_text("2")
    expect(page.locator("#fresh span")).to_have_text("1 new")
    page.locator("#fresh").click()
    expect(page.locator(".row")).to_have_count(2)


def test_rows_come_to_fit_and_no_longer_fit_as_the_server_says(open_page, people, town, aside, now):
    public, private = town

    def tag(case, *names):
        aside(lambda: set_tags(actor=people["lead"], ticket_id=case.pk, names=names, now=now)).result()

    tag(public, "retur")
    asked = []
    page = open_page(people["agent"], f"{LIST}&q=tag:retur")
    page.on("request", lambda one: asked.append(one.url) if "only=" in one.url else None)
    assert shown(page) == [public.number]

    tag(private, "retur")
    expect(page.locator("#fresh span")).to_have_text("1 new")
    tag(public)
    expect(page.locator(f"#row-{public.number} .left-word")).to_have_text("No longer fits")
    assert shown(page) == [public.number]
    tag(public, "retur")
    expect(page.locator(f"#row-{public.number} .left-word")).to_have_count(0)
    assert 1 <= len(asked) <= 6
    assert all(re.search(r"only=[\d%C2,]+$", url) for url in asked)


def test_time_alone_takes_a_row_out_of_a_filter(open_page, people, town, aside):
    aside(lambda: Ticket.objects.update(due_at="2001-01-01T00:00Z")).result()
    page = open_page(people["agent"], f"{LIST}&q=is:late", clock=True)
    expect(page.locator(".row")).to_have_count(2)

    aside(lambda: Ticket.objects.filter(pk=town[0].pk).update(due_at="2999-01-01T00:00Z")).result()
    page.clock.fast_forward("01:01")
    page.clock.run_for(2000)

    expect(page.locator(f"#row-{town[0].number} .left-word")).to_have_text("No longer fits")
    expect(page.locator(".left-word")).to_have_count(1)
