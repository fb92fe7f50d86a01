"""Unsent texts in real browsers: two windows, lost lines, killed processes (ui.md L7, §16.7)."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tickets.models import Draft

QUIET = 600  # milliseconds without a key before a text is saved


def box(page):
    return page.locator("textarea[name=text]")


def kept_texts():
    from tickets.drafts import text_of

    return {draft.mode: text_of(draft) for draft in Draft.objects.all() if draft.sealed}


def address(case):
    return f"/inbox/all?sort=newest&case={case.number}"


@pytest.fixture
def windows(open_page, people, case):
    """Two browsers of one colleague with the same case open."""
    return [open_page(people["agent"], address(case)) for _ in range(2)]


def test_a_text_is_saved_once_it_is_quiet_and_is_there_in_every_view(open_page, people, case, new_line, wait_until):
    line, saves = new_line(), []
    page = open_page(people["agent"], address(case), line=line, clock=True)
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
    page = open_page(people["agent"], address(case))
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


def test_ones_own_sending_is_no_news(open_page, people, case, new_line, wait_until):
    """The server tells every window that the draft is gone; the one that sent it need not ask what became of it."""
    line, asked = new_line(), []
    page = open_page(people["agent"], address(case), line=line)
    page.on("request", lambda one: asked.append(one.url.rpartition("/")[2]) if "/draft" in one.url else None)
    box(page).fill("Pakken er på vei")
    wait_until(lambda: kept_texts() == {"public": "Pakken er på vei"}, "it is saved")
    page.locator(".send:visible").click()
    expect(page.locator(".thread")).to_contain_text("Pakken er på vei")
    expect(box(page)).to_have_value("")
    wait_until(lambda: sum('"draft"' in frame for frame in line.heard) >= 2, "it is told that it was saved and is gone")
    page.wait_for_timeout(200)
    assert "drafts" not in asked
    assert kept_texts() == {}


@pytest.fixture
def sender(open_page, people, case):
    """A page with the case open, the posts it made in `asked`."""
    page = open_page(people["agent"], address(case), clock=True)
    page.asked = []
    ends = ("/draft", "/drafts", "/reply", "/note")
    page.on("request", lambda one: page.asked.append(one.url.rpartition("/")[2]) if one.url.endswith(ends) else None)
    return page


def ours(case):
    return [message.text for message in case.messages.filter(direction="out")]


@pytest.mark.parametrize("key", ["", "Control+Enter"])
def test_a_text_is_sent_without_being_saved_first(sender, case, key, wait_until):
    sender.clock.pause_at(datetime.now(UTC) + timedelta(seconds=5))
    box(sender).fill("Pakken er på vei")
    if key:
        box(sender).press(key)
    else:
        sender.locator(".send:visible").click()
    wait_until(lambda: sender.asked, "it is on its way")
    sender.clock.resume()
    expect(sender.locator(".thread")).to_contain_text("Pakken er på vei")
    expect(box(sender)).to_have_value("")
    sender.wait_for_timeout(QUIET + 200)
    assert (sender.asked, kept_texts()) == (["reply"], {})


@pytest.mark.parametrize("typed", ["", " og så dette"])
def test_an_answer_lost_after_the_sending_leaves_nothing_to_send_twice(sender, case, open_page, wait_until, typed):
    held = []
    sender.route("**/reply", lambda route: held.append(route))
    box(sender).fill("Pakken er på vei")
    box(sender).press("Control+Enter")
    wait_until(lambda: held, "it is on its way")
    box(sender).press_sequentially(typed)
    held[0].fetch()
    assert ours(case) == ["Pakken er på vei"]
    held[0].abort()

    expect(sender.locator("#toast")).to_have_text("It had been sent after all.")
    expect(box(sender)).to_have_value(typed.strip())
    expect(sender.locator(".composer-error")).to_have_text("")
    wait_until(lambda: kept_texts() == ({"public": typed.strip()} if typed else {}), "only what is left is kept")
    sender.unroute("**/reply")
    box(sender).fill("Noe helt annet")
    box(sender).press("Control+Enter")
    expect(box(sender)).to_have_value("")
    wait_until(lambda: ours(case) == ["Pakken er på vei", "Noe helt annet"], "the next one is another one")
    assert kept_texts() == {}
    open_page.troubles.clear()


def test_a_sending_that_never_came_is_kept_and_sent_once_by_hand(sender, case, open_page, wait_until):
    sender.route("**/reply", lambda route: route.abort())
    box(sender).fill("Pakken er på vei")
    box(sender).press("Control+Enter")

    wait_until(lambda: kept_texts() == {"public": "Pakken er på vei"}, "it is saved")
    expect(box(sender)).to_have_value("Pakken er på vei")
    expect(sender.locator(".composer-error")).to_contain_text("What you wrote is kept.")
    assert ours(case) == []
    sender.unroute("**/reply")
    box(sender).press("Control+Enter")
    expect(box(sender)).to_have_value("")
    wait_until(lambda: kept_texts() == {}, "it is gone")
    assert ours(case) == ["Pakken er på vei"]
    open_page.troubles.clear()


def test_a_second_press_sends_what_was_typed_since_and_nothing_twice(sender, case, wait_until):
    held = []
    sender.route("**/reply", lambda route: held.append(route), times=1)
    box(sender).fill("Pakken er på vei")
    box(sender).press("Control+Enter")
    wait_until(lambda: held, "it is on its way")
    box(sender).press("Control+Enter")
    box(sender).press_sequentially(" og kommer i dag")
    box(sender).press("Control+Enter")
    held.pop().continue_()

    expect(box(sender)).to_have_value("")
    wait_until(lambda: ours(case) == ["Pakken er på vei", "og kommer i dag"], "each is sent once")
    sender.wait_for_timeout(QUIET + 200)
    assert len(ours(case)) == 2
    assert kept_texts() == {}


def test_a_composer_opened_anew_while_an_answer_is_out_is_emptied_by_it(sender, case, wait_until):
    held = []
    sender.route("**/reply", lambda route: held.append(route), times=1)
    box(sender).fill("Pakken er på vei")
    box(sender).press("Control+Enter")
    wait_until(lambda: held, "it is on its way")
    sender.keyboard.press("Escape")
    sender.keyboard.press("Escape")
    expect(sender.locator(".thread")).to_have_count(0)
    sender.keyboard.press("Enter")
    expect(box(sender)).to_have_value("Pakken er på vei")
    box(sender).press("Control+Enter")  # an impatient press is no second sending
    held.pop().continue_()

    expect(box(sender)).to_have_value("")
    sender.wait_for_timeout(QUIET + 200)
    assert (ours(case), kept_texts()) == (["Pakken er på vei"], {})


def test_a_text_whose_answer_takes_long_is_saved_meanwhile(sender, case, open_page, wait_until):
    held = []
    sender.route("**/reply", lambda route: held.append(route))
    box(sender).fill("Pakken er på vei")
    box(sender).press("Control+Enter")
    wait_until(lambda: held, "it is on its way")
    wait_until(lambda: kept_texts() == {"public": "Pakken er på vei"}, "it is saved")

    held.pop().continue_()
    expect(box(sender)).to_have_value("")
    expect(sender.locator("#toast")).not_to_contain_text("after all")
    wait_until(lambda: kept_texts() == {}, "it is gone")
    assert ours(case) == ["Pakken er på vei"]


def test_leaving_while_an_answer_is_out_leaves_no_draft_of_what_was_sent(sender, case, open_page, people, wait_until):
    held = []
    sender.route("**/reply", lambda route: held.append(route))
    box(sender).fill("Pakken er på vei")
    box(sender).press("Control+Enter")
    wait_until(lambda: held, "it is on its way")
    held[0].fetch()
    sender.goto("/inbox/mine")
    wait_until(lambda: "draft" in sender.asked, "it asks to be saved")
    sender.goto(address(case))

    expect(sender.locator(".thread")).to_contain_text("Pakken er på vei")
    expect(box(sender)).to_have_value("")
    assert (ours(case), kept_texts(), local_copies(sender)) == (["Pakken er på vei"], {}, [])
    open_page.troubles.clear()


def test_a_refused_text_is_saved_at_once(sender, case, open_page, people, wait_until):
    from core.clock import now
    from tickets.operations.closing import resolve_ticket

    resolve_ticket(actor=people["lead"], ticket_id=case.pk, now=now())
    box(sender).fill("Pakken er på vei")
    box(sender).press("Control+Enter")

    wait_until(lambda: kept_texts() == {"public": "Pakken er på vei"}, "it is saved")
    assert ours(case) == []
    open_page.troubles.clear()


def test_what_was_sent_is_no_draft_though_its_writer_went_on_meanwhile(open_page, people, case, written, wait_until):
    other, asked, held = written("En annen sak"), [], []
    page = open_page(people["agent"], address(case))
    page.route(f"**/case/{case.number}/reply", lambda route: held.append(route))
    box(page).fill("Pakken er på vei")
    page.locator(".send:visible").click()
    wait_until(lambda: held, "it is on its way")
    page.locator(f"#row-{other.number} .r").click()
    expect(page.locator(f"#case-{other.number}-live")).to_be_attached()
    page.on("request", lambda one: asked.append(one.url) if one.url.endswith("/draft") else None)

    with page.expect_response(f"**/case/{case.number}/reply"):
        held.pop().continue_()
    page.wait_for_timeout(QUIET + 200)
    assert (asked, kept_texts()) == ([], {})
    page.locator(f"#row-{case.number} .r").click()
    expect(page.locator(f"#case-{case.number}-thread")).to_contain_text("Pakken er på vei")
    expect(box(page)).to_have_value("")


def test_a_colleague_sees_nothing_of_it(open_page, people, case, wait_until):
    page = open_page(people["agent"], address(case))
    box(page).fill("Bare mitt")
    wait_until(lambda: kept_texts() != {}, "it is saved")

    other = open_page(people["lead"], address(case))
    expect(box(other)).to_have_value("")
    assert "Bare mitt" not in other.content()


def test_leaving_saves_at_once(open_page, people, case, wait_until):
    page = open_page(people["agent"], address(case))
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
    page = open_page(people["agent"], address(case))
    box(page).fill("Skrevet før fallet")
    wait_until(lambda: kept_texts() != {}, "it is saved")
    page.context.close()
    open_page.pages.clear()

    expect(box(open_page(people["agent"], address(case)))).to_have_value("Skrevet før fallet")


def local_copies(page):
    return page.evaluate("Object.entries(sessionStorage).filter(([key]) => key.startsWith('samsvar:draft'))")


def test_offline_keeps_a_copy_for_this_session_only_and_merges_when_back(open_page, people, case, wait_until):
    page = open_page(people["agent"], address(case))
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
    page = open_page(people["agent"], address(case))
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
    page = open_page(people["agent"], address(case))
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
