"""Nothing you read, type or point at moves, and nothing is lost (ui.md L1 to L16), in a real browser."""

import json
import re
import threading
import time

import pytest
from django.db import transaction
from django.db.models import F
from playwright.sync_api import expect

from core.clock import now as clock_now
from inbox.live.hints import write_hints
from inbox.live.models import Hint
from tests.inbox.browser.seen import LIST, again, at, box, shown
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.models import Ticket
from tickets.operations.assigning import take_ticket
from tickets.operations.closing import resolve_ticket
from tickets.operations.prioritising import set_priority

# The list


def test_rows_change_in_place_and_keep_their_order(open_page, people, town, aside, written):
    """L1, and the first of the five: the server's order is another one between drawing and click."""
    page = open_page(people["agent"], LIST)
    before = shown(page)
    oldest = town[0]
    aside(lambda: again(written, oldest, "Jeg venter ennå")).result()
    expect(page.locator(f"#row-{oldest.number}-text")).to_have_text("Jeg venter ennå")

    assert shown(page) == before
    page.locator(".row .r").nth(3).click()

    expect(page.locator(f"#case-{before[3]}-live")).to_be_visible()
    page.reload()
    assert shown(page) == [oldest.number, *(number for number in before if number != oldest.number)]


def test_a_rows_link_is_its_own(open_page, people, town):
    """L2."""
    page = open_page(people["agent"], LIST)
    for row in page.locator(".row").all():
        assert row.locator("a.r").get_attribute("href") == f"/case/{row.get_attribute('data-number')}"


def test_new_cases_wait_behind_the_pill_until_it_is_pressed(open_page, people, town, aside, written):
    """L3 and L15: counted, announced once, never pushed in."""
    page = open_page(people["agent"], LIST)
    before = shown(page)
    page.locator(".row .r").nth(2).focus()
    for n in range(3):
        aside(lambda n=n: written(f"Ny {n}")).result()
    expect(page.locator("#fresh span")).to_have_text("3 new")

    assert shown(page) == before
    expect(page.locator("#spoken")).to_have_text(re.compile("^[123] new cases? in this list$"))
    assert not page.title().startswith("(")  # it counts what waits for this person, not for everybody
    page.keyboard.press(".")
    expect(page.locator(".row")).to_have_count(9)
    assert len(shown(page)) == 9


def test_a_list_is_announced_at_most_once_a_minute(open_page, people, town, aside, written, wait_until):
    """L15."""
    page = open_page(people["agent"], LIST, clock=True)
    page.evaluate(
        """() => { window.said = []; const spoken = document.getElementById('spoken');
        new MutationObserver(() => spoken.textContent && window.said.push(spoken.textContent))
            .observe(spoken, {childList: true, characterData: true, subtree: true}); }"""
    )
    for n in range(4):
        aside(lambda n=n: written(f"Ny {n}")).result()
        expect(page.locator("#fresh span")).to_have_text(f"{n + 1} new")
    assert len(page.evaluate("window.said")) == 1
    page.clock.fast_forward(61_000)
    aside(lambda: written("Senere")).result()
    expect(page.locator("#fresh span")).to_have_text("5 new")
    assert len(page.evaluate("window.said")) == 2


def test_nobody_elses_command_takes_a_row_away(open_page, people, town, aside):
    """L1: a case that a colleague resolves stays where it is, and says so."""
    page = open_page(people["agent"], LIST)
    before = shown(page)
    aside(lambda: resolve_ticket(actor=people["lead"], ticket_id=town[2].pk, now=clock_now())).result()

    expect(page.locator(f"#row-{town[2].number} .left-word")).to_have_text("Done")
    assert shown(page) == before


def test_ones_own_command_lets_the_row_go_and_keeps_the_pointers(open_page, people, town):
    """L13."""
    page = open_page(people["agent"], at(town[5]))
    page.locator(f"#row-{town[2].number}").hover()
    place = page.locator(f"#row-{town[2].number}").bounding_box()
    page.get_by_role("button", name="Resolve").focus()
    page.keyboard.press("Enter")

    expect(page.locator(f"#row-{town[5].number}")).to_have_count(0)
    assert page.locator(f"#row-{town[2].number}").bounding_box() == place


# What has focus


def test_what_is_in_use_is_not_replaced_and_comes_up_to_date_after(open_page, people, case, aside):
    """L4: the latest waits until nobody is in it."""
    page = open_page(people["agent"], at(case))
    select = page.locator(f"#case-{case.number}-assignee")
    select.focus()
    select.evaluate("element => { element.dataset.same = 'yes'; }")
    aside(lambda: take_ticket(actor=people["lead"], ticket_id=case.pk, now=clock_now())).result()
    expect(page.locator(".thread")).to_contain_text("Person 2")

    assert select.evaluate("element => element.dataset.same") == "yes"
    expect(select).to_be_focused()
    box(page).focus()
    expect(page.locator(f"#case-{case.number}-assignee")).to_have_value(str(people["lead"].pk))


def test_a_change_shows_though_the_server_does_not_know_yet_which_case_is_open(
    open_page, people, case, aside, new_line, wait_until
):
    line = new_line()
    line.mute = True
    page = open_page(people["agent"], at(case), line=line)
    wait_until(lambda: line.sent, "the page says hello")
    aside(lambda: set_priority(actor=people["lead"], ticket_id=case.pk, priority=3, now=clock_now())).result(10)

    expect(page.get_by_role("combobox", name="Priority")).to_have_value("3")


@pytest.mark.parametrize("fault", ["no line", "a fault of ours"])
def test_a_change_that_could_not_be_fetched_is_asked_for_again(open_page, people, case, aside, fault):
    page = open_page(people["agent"], at(case))
    asked = []

    def refuse_first(route):
        """Twice: two frames tell of one change."""
        asked.append(route)
        if len(asked) > 2:
            route.continue_()
        elif fault == "no line":
            route.abort()
        else:
            route.fulfill(status=503)

    page.route("**/fragments/case/*", refuse_first)
    aside(lambda: set_priority(actor=people["lead"], ticket_id=case.pk, priority=3, now=clock_now())).result(10)

    expect(page.get_by_role("combobox", name="Priority")).to_have_value("3")
    assert len(asked) == 3
    open_page.troubles.clear()  # of the one that was refused


def test_an_older_answer_does_not_undo_what_the_answer_to_a_command_showed(open_page, people, case, aside, wait_until):
    page = open_page(people["agent"], at(case))
    held = []
    page.route("**/fragments/case/*", lambda route: held.append(route))
    aside(lambda: set_priority(actor=people["lead"], ticket_id=case.pk, priority=3, now=clock_now())).result(10)
    wait_until(lambda: held, "the page asks for what changed")
    drawn_before = held[0].fetch()

    page.get_by_role("combobox", name="Assigned to").select_option("You")
    expect(page.get_by_role("button", name="Take", exact=True)).to_have_count(0)
    expect(page.get_by_role("combobox", name="Priority")).to_have_value("3")
    assert "Take" in drawn_before.text()
    held[0].fulfill(response=drawn_before)

    with page.expect_response("**/fragments/counts*"):  # the page goes on for a second
        page.evaluate("document.dispatchEvent(new CustomEvent('samsvar:draft-saved', { detail: { text: 'x' } }))")
    expect(page.get_by_role("button", name="Take", exact=True)).to_have_count(0)
    expect(page.get_by_role("combobox", name="Assigned to")).to_have_value(str(people["agent"].pk))


def test_the_composer_is_made_once_and_keeps_caret_and_selection(open_page, people, case, aside, written):
    """L5."""
    page = open_page(people["agent"], at(case))
    box(page).fill("Hei på deg")
    page.evaluate("""() => { const area = document.querySelector('textarea'); area.setSelectionRange(4, 6);
        document.querySelector('.composer').dataset.same = 'yes'; }""")
    aside(lambda: again(written, case)).result()
    aside(lambda: take_ticket(actor=people["lead"], ticket_id=case.pk, now=clock_now())).result()
    expect(page.locator(".thread")).to_contain_text("Og en ting til")
    expect(page.locator(".thread")).to_contain_text("Person 2")

    state = page.evaluate("""() => { const area = document.querySelector('textarea');
        return [document.activeElement === area, area.selectionStart, area.selectionEnd,
                document.querySelector('.composer').dataset.same]; }""")
    assert state == [True, 4, 6, "yes"]


def test_ten_events_a_second_while_five_hundred_characters_are_typed(open_page, people, town, aside, written):
    """The second of the five: no character, no caret, no focus lost; and the text field has not moved by a pixel."""
    case = town[0]
    page = open_page(people["agent"], at(case))
    text = ("Hei, takk for at du skrev til oss. Vi har sett på saken din og skal ordne det i dag. " * 6)[:500]
    stop = threading.Event()

    def storm():
        """News of three cases four times a second; now and then real words in the open one, and a new case."""
        place = TicketPlace(case.team_id, None)
        for turn in range(10_000):
            began = time.monotonic()
            three = [town[(turn * 3 + n) % 6].pk for n in range(3)]
            with transaction.atomic():
                Ticket.objects.filter(pk__in=three).update(version=F("version") + 1, preview=f"Nytt {turn}")
                write_hints(TicketsChanged([TicketChange(pk, "message", place) for pk in three]))
            if turn % 12 == 5:
                again(written, case, f"Mer {turn}")
            if turn % 12 == 11:
                written(f"Helt ny {turn}")
            if stop.wait(max(0, 0.24 - (time.monotonic() - began))):
                return

    box(page).focus()
    place = box(page).bounding_box()
    page.evaluate("() => { window.left = 0; document.addEventListener('focusout', () => { window.left += 1; }); }")
    running = aside(storm)
    began, before = time.monotonic(), Hint.objects.count()
    try:
        for start in range(0, 500, 10):
            page.keyboard.type(text[start : start + 10], delay=12)
    finally:
        took = time.monotonic() - began
        stop.set()
        running.result(10)

    assert (Hint.objects.count() - before) / took > 10
    expect(box(page)).to_have_value(text)
    expect(box(page)).to_be_focused()
    assert page.evaluate("[document.querySelector('textarea').selectionStart, window.left]") == [500, 0]
    assert box(page).bounding_box()["x"] == place["x"]
    assert page.locator(".msg").count() > 2


# The thread


def long_talk(written, case, count=25):
    for n in range(count):
        again(written, case, f"Linje {n}\nog en til\nog en til")


def test_at_the_end_the_thread_follows_and_elsewhere_it_stays(open_page, people, case, aside, written):
    """L8."""
    long_talk(written, case)
    page = open_page(people["agent"], at(case))
    thread = page.locator(".thread")
    aside(lambda: again(written, case, "Ved enden")).result()
    expect(thread).to_contain_text("Ved enden")
    assert thread.evaluate("t => t.scrollHeight - t.scrollTop - t.clientHeight") < 80

    thread.evaluate("t => { t.scrollTop = 100; }")
    page.wait_for_timeout(50)
    for n in range(2):
        aside(lambda n=n: again(written, case, f"Under {n}")).result()
        expect(thread).to_contain_text(f"Under {n}")
    assert thread.evaluate("t => t.scrollTop") == 100
    pill = page.locator(f"#case-{case.number}-below")
    expect(pill).to_have_text("2 new messages")

    seen = int(page.locator("[name=seen]").input_value())
    assert seen < int(page.locator(f"#case-{case.number}-live").get_attribute("data-seen"))
    pill.click()
    expect(pill).to_be_hidden()
    expect(page.locator("[name=seen]")).not_to_have_value(str(seen))


def test_ones_own_answer_always_shows(open_page, people, case, written):
    """L8 and L12: it is shown once, though its echo comes as well."""
    long_talk(written, case)
    page = open_page(people["agent"], at(case))
    page.locator(".thread").evaluate("t => { t.scrollTop = 0; }")
    box(page).fill("Mitt svar")
    box(page).press("Control+Enter")

    expect(page.locator(".msg.out")).to_be_in_viewport()
    page.wait_for_timeout(500)
    assert page.locator(".msg.out", has_text="Mitt svar").count() == 1


def test_the_thread_is_a_log(open_page, people, case):
    """L15."""
    page = open_page(people["agent"], at(case))

    expect(page.get_by_role("log", name="Messages")).to_be_visible()
    assert page.locator(".sla [aria-live], .sla[aria-live], .sla [role=status]").count() == 0


@pytest.fixture
def overtaken(open_page, people, case, wait_until):
    """(page, held): a priority was chosen, the answer to *Take* has replaced its control, and its own is held."""
    page, held = open_page(people["agent"], at(case)), {}
    page.route("**/take", lambda route: held.update(take=route))
    page.route("**/priority", lambda route: held.update(priority=route))
    page.get_by_role("button", name="Take").click()
    page.get_by_role("combobox", name="Priority").select_option("2")
    wait_until(lambda: len(held) == 2, "both are on their way")
    held["take"].continue_()
    expect(page.get_by_role("button", name="Take")).to_have_count(0)
    return page, held["priority"]


def test_two_commands_at_once_leave_the_page_alive(overtaken, case, aside, written):
    page, held = overtaken
    with page.expect_response("**/priority"):
        held.continue_()
    expect(page.get_by_role("combobox", name="Priority")).to_have_value("2")

    aside(lambda: again(written, case, "Er dere der?")).result()

    expect(page.locator(".thread")).to_contain_text("Er dere der?")


REFUSED = {"HX-Trigger": json.dumps({"samsvar:refused": {"sentence": "Somebody was faster.", "code": "x"}})}
FAILED = "That did not go through. What you wrote is kept. Try again."


@pytest.mark.parametrize(("end", "said"), [
    ({"status": 409, "headers": REFUSED}, "Somebody was faster."), ({"status": 500}, FAILED), (None, FAILED),
])  # fmt: skip
def test_what_became_of_a_command_is_said_though_its_control_is_gone(overtaken, open_page, end, said):
    page, held = overtaken
    held.fulfill(**end) if end else held.abort()

    expect(page.locator("#alert")).to_have_text(said)
    open_page.troubles.clear()


def test_a_refused_command_says_why_and_changes_nothing(open_page, people, case, aside):
    """L12: taken back in place."""
    page = open_page(people["agent"], at(case))
    page.route("**/take", lambda route: route.fulfill(status=409, headers={
        "HX-Trigger": json.dumps({"samsvar:refused": {"sentence": "Somebody was faster.", "code": "x"}})}))  # fmt: skip
    page.get_by_role("button", name="Take").click()

    expect(page.locator("#alert")).to_have_text("Somebody was faster.")
    expect(page.get_by_role("button", name="Take")).to_be_visible()
    open_page.troubles.clear()
