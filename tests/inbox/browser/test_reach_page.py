"""Reconnecting, coming back after long, and reading upward (ui.md L1, L3, L8, L10)."""

import re

import pytest
from playwright.sync_api import expect

from tests.inbox.browser.seen import LIST, again, at, box, connected, shown

HIDE = "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});" \
       " document.dispatchEvent(new Event('visibilitychange')); }"  # fmt: skip


class Away:
    """A server that takes no socket: it closes each, and remembers the page's own time of every try."""

    def __init__(self):
        self.dials = 0
        self.away = False

    def route(self, page_side):
        self.dials += 1
        if self.away:
            page_side.close()
        else:
            page_side.connect_to_server()


# The line


def test_tries_to_reconnect_are_spread_wider_and_wider_up_to_half_a_minute(open_page, people, town):
    """L10: full jitter from 0.5 to 30 s, so that a thousand browsers do not come back in one second."""
    line = Away()
    page = open_page(people["agent"], LIST, line=line)
    page.wait_for_timeout(500)
    waits = {}
    for chance in (0, 0.999):
        waits[chance] = page.evaluate(
            """async chance => {
                const { retryAfter } = await import('/static/js/again_after.js');
                return Array.from({ length: 12 }, (_none, tries) => retryAfter(tries, () => chance));
            }""",
            chance,
        )

    assert waits[0] == [500] * 12
    assert waits[0.999] == sorted(waits[0.999])
    assert waits[0.999][0] <= 1000
    assert 29_000 < waits[0.999][-1] <= 30_000


def test_being_online_or_looked_at_is_reason_to_try_at_once(open_page, people, town, wait_until):
    """L10."""
    line = Away()
    line.away = True
    page = open_page(people["agent"], LIST, line=line, clock=True)
    wait_until(lambda: line.dials >= 1, "it has tried")
    page.evaluate("Math.random = () => 0.999")
    for _ in range(8):  # the clock stands: only these bring it to the long waits
        page.clock.run_for(31_000)
    before = line.dials
    page.clock.run_for(400)
    assert line.dials == before

    page.evaluate("window.dispatchEvent(new Event('online'))")
    wait_until(lambda: line.dials > before, "being online is reason enough")
    before = line.dials
    page.evaluate(HIDE, True)
    page.evaluate(HIDE, False)
    wait_until(lambda: line.dials > before, "so is being looked at")
    open_page.troubles.clear()


def test_a_line_that_is_silent_for_45_seconds_is_dead(open_page, people, town, aside, written, new_line, wait_until):
    """L10: half-open sockets say nothing for ever."""
    line = new_line()
    page = open_page(people["agent"], at(town[0]), line=line, clock=True)
    connected(page, line, wait_until)
    line.asleep = True
    aside(lambda: again(written, town[0], "I stillheten")).result()
    page.clock.run_for(40_000)
    assert len(line.routes) == 1
    line.asleep = False
    line.rob = lambda _frame: len(line.routes) == 1  # the old line stays silent
    page.clock.run_for(11_000)

    wait_until(lambda: len(line.routes) == 2, "a second line is opened")
    expect(page.locator(".thread")).to_contain_text("I stillheten")


def test_without_a_socket_all_that_is_done_still_goes_through(open_page, people, case, wait_until):
    """L10."""
    line = Away()
    line.away = True
    page = open_page(people["agent"], at(case), line=line)
    page.get_by_role("button", name="Take").click()
    expect(page.locator(f"#case-{case.number}-take")).to_have_count(0)
    box(page).fill("Svar uten linje")
    box(page).press("Control+Enter")

    expect(page.locator(".msg.out", has_text="Svar uten linje")).to_be_visible()
    open_page.troubles.clear()


# The list


@pytest.mark.parametrize(("minutes", "fresh"), [(9, False), (11, True)])
def test_a_list_nobody_looked_at_for_ten_minutes_is_the_servers(
    open_page, people, town, aside, written, minutes, fresh, wait_until
):
    """L1: the one reload without a command."""
    page = open_page(people["agent"], LIST, clock=True)
    before = shown(page)
    page.evaluate(HIDE, True)
    aside(lambda: again(written, town[0], "Jeg venter")).result()
    expect(page.locator(f"#row-{town[0].number}-text")).to_have_text("Jeg venter")
    page.clock.run_for(minutes * 60_000)
    page.evaluate(HIDE, False)

    if fresh:
        wait_until(lambda: shown(page)[0] == town[0].number, "the newest stands on top")
    else:
        page.wait_for_timeout(500)
        assert shown(page) == before


# Upward


def long_talk(written, case, count):
    for n in range(count):
        again(written, case, f"Linje {n}", minutes=10 + n)


def numbers(page):
    said = page.locator(".thread .msg").all_inner_texts()
    return [int(found[1]) for text in said if (found := re.search(r"Linje (\d+)", text))]


@pytest.fixture
def long_case(case, written):
    """A case of 130 messages; the page holds 100 entries."""
    long_talk(written, case, 130)
    return case


def test_earlier_messages_come_above_and_what_is_read_stays(open_page, people, long_case, aside, written):
    """L8."""
    page = open_page(people["agent"], at(long_case))
    thread = page.locator(".thread")
    before = numbers(page)
    assert before[-1] == 129
    assert before[0] > 0
    thread.evaluate("t => { t.scrollTop = 200; }")
    page.wait_for_timeout(100)
    read = page.locator(".thread .msg").nth(3)
    mark = read.get_attribute("id")
    place = read.bounding_box()["y"]
    page.locator(".thread .earlier").evaluate("link => link.click()")

    expect(page.locator(".thread .earlier")).to_have_count(0)
    assert abs(page.locator(f"#{mark}").bounding_box()["y"] - place) < 1
    assert numbers(page) == list(range(130))

    aside(lambda: again(written, long_case, "Linje 130", minutes=500)).result()
    expect(page.locator(".msg", has_text="Linje 130")).to_have_count(1)
    assert numbers(page) == list(range(131))
    expect(page.locator(".thread .earlier")).to_have_count(0)


def test_scrolling_to_the_top_fetches_what_lies_before(open_page, people, long_case):
    page = open_page(people["agent"], at(long_case))
    page.locator(".thread").evaluate("t => { t.scrollTop = 0; }")

    expect(page.locator(".thread .earlier")).to_have_count(0)
    assert numbers(page) == list(range(130))


def test_without_scripts_earlier_messages_are_a_page(open_page, people, long_case):
    page = open_page(people["agent"], f"/case/{long_case.number}", javascript=False)
    first = numbers(page)[0]
    page.locator(".thread .earlier").click()

    assert numbers(page) == list(range(first))
    page.get_by_role("link", name="Back to the case").click()
    assert numbers(page)[0] == first
