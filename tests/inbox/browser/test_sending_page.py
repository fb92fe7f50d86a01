"""A text on its way to its reader: sent unsaved, once, and never a draft of what had gone out (decision 0016)."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.inbox.browser.seen import at, box, kept_texts, local_copies

QUIET = 600  # milliseconds without a key before a text is saved


@pytest.fixture
def sender(open_page, people, case):
    """A page with the case open, the posts it made in `asked`."""
    page = open_page(people["agent"], at(case), clock=True)
    page.asked = []
    ends = ("/draft", "/drafts", "/reply", "/note")
    page.on("request", lambda one: page.asked.append(one.url.rpartition("/")[2]) if one.url.endswith(ends) else None)
    return page


def ours(case):
    return [message.text for message in case.messages.filter(direction="out")]


@pytest.fixture
def held(sender, wait_until):
    """The request of a reply that was pressed and that the server has not had yet; the next ones pass."""
    held = []
    sender.route("**/reply", lambda route: held.append(route), times=1)
    box(sender).fill("Pakken er på vei")
    box(sender).press("Control+Enter")
    wait_until(lambda: held, "it is on its way")
    return held[0]


def open_anew(page):
    """Close the case and open it again, while its answer is still out."""
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".thread")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value("Pakken er på vei")


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
def test_an_answer_that_is_lost_leaves_nothing_to_send_twice(sender, held, case, open_page, wait_until, typed):
    box(sender).press_sequentially(typed)
    held.fetch()
    assert ours(case) == ["Pakken er på vei"]
    held.abort()

    expect(sender.locator("#toast")).to_have_text("It had been sent after all.")
    expect(box(sender)).to_have_value(typed.strip())
    expect(sender.locator(".composer-error")).to_have_text("")
    wait_until(lambda: kept_texts() == ({"public": typed.strip()} if typed else {}), "only what is left is kept")
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


def test_a_second_press_sends_what_was_typed_since_and_nothing_twice(sender, held, case, wait_until):
    box(sender).press("Control+Enter")
    box(sender).press_sequentially(" og kommer i dag")
    box(sender).press("Control+Enter")
    held.continue_()

    expect(box(sender)).to_have_value("")
    wait_until(lambda: ours(case) == ["Pakken er på vei", "og kommer i dag"], "each is sent once")
    sender.wait_for_timeout(QUIET + 200)
    assert len(ours(case)) == 2
    assert kept_texts() == {}


def test_a_composer_opened_anew_while_an_answer_is_out_is_emptied_by_it(sender, held, case, wait_until):
    open_anew(sender)
    box(sender).press("Control+Enter")  # an impatient press is no second sending
    held.continue_()

    expect(box(sender)).to_have_value("")
    sender.wait_for_timeout(QUIET + 200)
    assert (ours(case), kept_texts()) == (["Pakken er på vei"], {})


def test_a_composer_opened_anew_sends_under_the_same_key(sender, held, case, wait_until):
    """However long the first request takes, and whichever comes first."""
    open_anew(sender)
    wait_until(lambda: kept_texts() == {"public": "Pakken er på vei"}, "nobody waits for it any more")
    box(sender).press("Control+Enter")
    expect(box(sender)).to_have_value("")
    with sender.expect_response("**/reply"):
        held.continue_()

    assert (ours(case), kept_texts()) == (["Pakken er på vei"], {})


def test_a_text_whose_answer_takes_long_is_saved_meanwhile(sender, held, case, open_page, wait_until):
    wait_until(lambda: kept_texts() == {"public": "Pakken er på vei"}, "it is saved")

    held.continue_()
    expect(box(sender)).to_have_value("")
    expect(sender.locator("#toast")).not_to_contain_text("after all")
    wait_until(lambda: kept_texts() == {}, "it is gone")
    assert ours(case) == ["Pakken er på vei"]


def test_leaving_while_an_answer_is_out_leaves_no_draft_of_what_was_sent(
    sender, held, case, open_page, people, wait_until
):
    held.fetch()
    sender.goto("/inbox/mine")
    wait_until(lambda: "draft" in sender.asked, "it asks to be saved")
    sender.goto(at(case))

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
    page = open_page(people["agent"], at(case))
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


def test_ones_own_sending_is_no_news(open_page, people, case, new_line, wait_until):
    """The server tells every window that the draft is gone; the one that sent it need not ask what became of it."""
    line, asked = new_line(), []
    page = open_page(people["agent"], at(case), line=line)
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
