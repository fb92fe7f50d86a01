"""Unsent texts in real browsers: two windows, lost lines, killed processes (ui.md L7, §16.7)."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.inbox.browser.seen import at, box, kept_texts, local_copies

QUIET = 600  # milliseconds without a key before a text is saved


@pytest.fixture
def windows(open_page, people, case):
    """Two browsers of one colleague with the same case open."""
    return [open_page(people["agent"], at(case)) for _ in range(2)]


def test_a_text_is_saved_once_it_is_quiet_and_is_there_in_every_view(open_page, people, case, new_line, wait_until):
    line, saves = new_line(), []
    page = open_page(people["agent"], at(case), line=line, clock=True)
    page.on("request", lambda asked: saves.append(asked.url) if asked.url.endswith("/draft") else None)
    wait_until(lambda: any('"beat"' in frame for frame in line.heard), "its first beat, at which it saves what it has")
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=5))
    box(page).fill("Ring meg på 91 23 45 6")
    page.clock.run_for(QUIET - 1)
    box(page).press("End")
    box(page).press("7")
    page.clock.run_for(QUIET - 1)
    assert (saves, kept_texts()) == ([], {})

    page.clock.run_for(1)
    wait_until(lambda: kept_texts() == {"public": "Ring meg på 91 23 45 67"}, "it is saved")
    page.clock.resume()
    assert len(saves) == 1

    expect(page.locator("#nav-count-drafts")).to_have_text("1")

    other = open_page(people["agent"], "/inbox/drafts")
    expect(other.locator(".row")).to_have_count(1)
    expect(other.locator("[data-draft]")).to_have_text("Draft Ring meg på [PHONE]")
    expect(other.locator("#nav-count-drafts")).to_have_text("1")
    assert "91 23 45 67" not in other.content()
    other.goto(f"/case/{case.number}")
    expect(box(other)).to_have_value("Ring meg på 91 23 45 67")


def test_a_page_drawn_before_the_save_came_through_does_not_take_the_text_away(open_page, people, case, wait_until):
    held = {}
    page = open_page(people["agent"], at(case))
    page.route(f"**/case/{case.number}/draft", lambda route: held.update(save=route))
    box(page).fill("Halvferdig")
    wait_until(lambda: "save" in held, "it is on its way")
    page.route("**/inbox/all?**case=*", lambda route: held.update(case=route))
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".thread")).to_have_count(0)
    page.keyboard.press("Enter")
    wait_until(lambda: "case" in held, "the case is asked for")
    drawn = held["case"].fetch()
    assert kept_texts() == {}
    assert "Halvferdig" not in drawn.text()

    held["save"].continue_()
    expect(page.locator("#nav-count-drafts")).to_have_text("1")  # the tab has read that it is saved
    held["case"].fulfill(response=drawn)

    expect(box(page)).to_have_value("Halvferdig")
    expect(page.locator("[name=revision_public]")).to_have_value("1")


def test_a_colleague_sees_nothing_of_it(open_page, people, case, wait_until):
    page = open_page(people["agent"], at(case))
    box(page).fill("Bare mitt")
    wait_until(lambda: kept_texts() != {}, "it is saved")

    other = open_page(people["lead"], at(case))
    expect(box(other)).to_have_value("")
    assert "Bare mitt" not in other.content()


def test_leaving_saves_at_once(open_page, people, case, wait_until):
    page = open_page(people["agent"], at(case))
    box(page).fill("Halvferdig")
    page.goto("/inbox/mine")

    wait_until(lambda: kept_texts() == {"public": "Halvferdig"}, "it is saved", 3)


def test_another_window_takes_a_saved_text_over(windows):
    first, second = windows
    second.locator("#rows").click(position={"x": 5, "y": 400})
    box(first).fill("Skrevet i det første")

    expect(box(second)).to_have_value("Skrevet i det første")
    expect(second.locator(".row [data-draft]")).to_have_text("Draft Skrevet i det første")


@pytest.mark.parametrize(("keep", "left"), [("mine", "Fra det andre"), ("other", "Fra det første")])
def test_an_older_window_never_overwrites_a_newer_text_silently(windows, wait_until, keep, left, open_page):
    first, second = windows
    second.route("**/drafts", lambda route: route.abort())  # it has not heard of the other one
    second.route("**/draft", lambda route: route.abort())
    box(second).fill("Fra det andre")
    box(first).fill("Fra det første")
    wait_until(lambda: kept_texts() == {"public": "Fra det første"}, "the first is saved")
    second.unroute("**/drafts")
    second.unroute("**/draft")

    box(second).press("End")
    box(second).type(" ")
    box(second).press("Backspace")
    shown = second.locator("[data-conflict]")
    expect(shown).to_contain_text("You have written something else here in another window.")
    expect(shown.locator("[data-other]")).to_have_text("Fra det første")
    expect(box(second)).to_have_value("Fra det andre")
    assert kept_texts() == {"public": "Fra det første"}

    second.locator(f"[data-keep={keep}]").click()

    expect(shown).to_be_hidden()
    expect(box(second)).to_have_value(left)
    wait_until(lambda: kept_texts() == {"public": left}, "the chosen one is kept")
    open_page.troubles.clear()


def test_a_text_sent_elsewhere_does_not_come_back(windows, wait_until, open_page):
    first, second = windows
    box(first).fill("Svaret")
    expect(box(second)).to_have_value("Svaret")
    first.get_by_role("button", name="Reply publicly").click()
    expect(first.locator(".msg.out")).to_have_count(1)

    expect(box(second)).to_have_value("")
    assert kept_texts() == {}


def test_a_kill_of_the_browser_loses_nothing(open_page, people, case, wait_until):
    page = open_page(people["agent"], at(case))
    box(page).fill("Skrevet før fallet")
    wait_until(lambda: kept_texts() != {}, "it is saved")
    page.context.close()
    open_page.pages.clear()

    expect(box(open_page(people["agent"], at(case)))).to_have_value("Skrevet før fallet")


def test_offline_keeps_a_copy_for_this_session_only_and_merges_when_back(open_page, people, case, wait_until):
    page = open_page(people["agent"], at(case))
    box(page).fill("På nett")
    wait_until(lambda: kept_texts() == {"public": "På nett"}, "it is saved")
    assert local_copies(page) == []

    page.context.set_offline(True)
    box(page).fill("På nett, og så uten")
    expect(page.locator(".kept")).to_have_text("Kept in this window until the line is back")
    assert len(local_copies(page)) == 1
    assert page.evaluate("localStorage.length") == 0

    page.context.set_offline(False)
    wait_until(lambda: kept_texts() == {"public": "På nett, og så uten"}, "it is saved")
    expect(page.locator(".kept")).to_have_text("Draft saved")
    assert local_copies(page) == []
    open_page.troubles.clear()


def test_the_web_process_dies_and_comes_back_and_the_text_with_it(open_page, people, case, web, wait_until):
    page = open_page(people["agent"], at(case))
    web.kill()
    try:
        box(page).fill("Skrevet uten tjener")
        expect(page.locator(".kept")).to_have_text("Kept in this window until the line is back", timeout=12_000)
        expect(page.locator("#banner")).to_contain_text("No live connection")
    finally:
        web.start()

    expect(page.locator("#banner")).to_contain_text("Connected again", timeout=20_000)
    wait_until(lambda: kept_texts() == {"public": "Skrevet uten tjener"}, "it is saved")
    expect(box(page)).to_have_value("Skrevet uten tjener")
    open_page.troubles.clear()


def test_signing_out_clears_what_this_window_kept(open_page, people, case):
    page = open_page(people["agent"], at(case))
    page.evaluate("sessionStorage.setItem('samsvar:draft:1:1:public', '{}')")
    page.locator("details.me summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")

    assert local_copies(page) == []


def test_without_scripts_a_button_saves_and_two_texts_are_shown(open_page, people, case):
    page = open_page(people["agent"], f"/case/{case.number}", javascript=False)
    old = open_page(people["agent"], f"/case/{case.number}", javascript=False)
    box(page).fill("Lagret\nfor hånd")
    page.get_by_role("button", name="Save draft").click()
    expect(box(page)).to_have_value("Lagret\nfor hånd")
    assert kept_texts() == {"public": "Lagret\nfor hånd"}

    box(old).fill("Noe annet")
    old.get_by_role("button", name="Save draft").click()
    expect(old.locator(".objection").first).to_contain_text("Lagret")
    expect(box(old)).to_have_value("Noe annet")
    assert kept_texts() == {"public": "Lagret\nfor hånd"}

    old.get_by_role("button", name="Save draft").click()
    assert kept_texts() == {"public": "Noe annet"}
    open_page.troubles.clear()
