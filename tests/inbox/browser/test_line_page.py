"""The line breaks, sleeps, lags and comes back; counts and company come over it (ui.md L9 to L11, L14, L16)."""

import re
from datetime import UTC, datetime, timedelta

from django.db import transaction
from playwright.sync_api import expect

from core.broker import broker
from inbox.live.hints import write_hints
from tests.inbox.browser.seen import LIST, again, at, box, connected, shown
from tickets.events import TicketChange, TicketPlace, TicketsChanged

# The line


def test_offline_is_said_after_a_second_and_a_half_and_back_is_said_once(open_page, people, case):
    page = open_page(people["agent"], at(case))
    page.wait_for_timeout(300)
    page.context.set_offline(True)
    page.wait_for_timeout(700)
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator("#banner")).to_have_text("You are offline. Keep writing, your text stays here.", timeout=4000)

    page.context.set_offline(False)
    expect(page.locator("#banner")).to_contain_text("Connected again", timeout=10_000)
    expect(page.locator("#banner")).to_be_hidden(timeout=8000)
    open_page.troubles.clear()


def test_a_line_that_comes_up_and_stays_silent_is_said_too(open_page, people, case, new_line):
    """So it is while a web process is killed and its listener goes on taking connections."""
    line = new_line()
    line.asleep = True
    page = open_page(people["agent"], at(case), line=line, clock=True)
    page.clock.run_for(3000)
    expect(page.locator("#banner")).to_be_hidden()
    page.clock.run_for(1500)
    expect(page.locator("#banner")).to_contain_text("No live connection")

    line.asleep = False
    page.clock.run_for(51_000)
    expect(page.locator("#banner")).to_contain_text("Connected again")


def server_rows(page):
    html = page.request.get(LIST, headers={"HX-Request": "true", "HX-Target": "queue-rows"}).text()
    return [int(number) for number in re.findall(r'<li id="row-(\d+)"', html)]


def test_an_hour_of_sleep(open_page, people, town, aside, written, new_line, wait_until):
    """L11, and the fourth of the five: awake again, list and thread are the server's, with one line said."""
    line, case = new_line(), town[0]
    page = open_page(people["agent"], at(case), line=line, clock=True)
    connected(page, line, wait_until)
    page.evaluate("""() => { window.banners = new Set(); const banner = document.getElementById('banner');
        new MutationObserver(() => banner.textContent.startsWith('Caught up') && window.banners.add(banner.textContent))
            .observe(banner, {childList: true, characterData: true, subtree: true}); }""")

    line.asleep = True
    aside(lambda: [again(written, case, f"Mens du sov {n}") for n in range(3)]).result()
    aside(lambda: [written(f"Ny mens du sov {n}") for n in range(4)]).result()
    page.wait_for_timeout(500)
    page.clock.fast_forward("01:00:00")
    line.asleep = False
    page.clock.run_for(6000)

    expect(page.locator(".thread")).to_contain_text("Mens du sov 2")
    expect(page.locator("#fresh span")).to_have_text("4 new")
    page.clock.run_for(2000)
    page.locator("#fresh").click()
    wait_until(lambda: shown(page) == server_rows(page), "the list is the server's")
    messages = page.locator(".thread .msg").count()
    assert messages == 4
    page.clock.run_for(3000)
    assert page.locator(".thread .msg").count() == messages


def test_more_than_five_hundred_missed_changes_load_what_is_shown(
    open_page, people, town, aside, written, new_line, wait_until
):
    """L9."""
    line, case = new_line(), town[0]
    page = open_page(people["agent"], at(case), line=line)
    connected(page, line, wait_until)
    line.asleep = True

    def miss():
        place = TicketPlace(case.team_id, None)
        with transaction.atomic():
            write_hints(TicketsChanged([TicketChange(case.pk, "message", place) for _ in range(520)]))
        again(written, case, "Det siste")

    aside(miss).result()
    page.wait_for_timeout(1500)
    line.asleep = False
    with page.expect_response(re.compile("/live/since/")) as caught:
        pass
    assert caught.value.json()["reload"] is True
    expect(page.locator(".thread")).to_contain_text("Det siste")
    expect(page.locator(".row").first).to_contain_text("Det siste")


def test_a_lost_frame_is_noticed_and_fetched(open_page, people, town, aside, written, new_line, wait_until):
    """L9: a hint lost on purpose between the server and the page."""
    line, case = new_line(), town[0]
    page = open_page(people["agent"], at(case), line=line)
    connected(page, line, wait_until)
    line.rob = lambda frame: '"kind": "row"' in str(frame) or '"kind": "case"' in str(frame)
    aside(lambda: again(written, case, "Tapt på veien")).result()

    expect(page.locator(f"#row-{case.number}-text")).to_have_text("Tapt på veien")
    expect(page.locator(".thread")).to_contain_text("Tapt på veien")


def test_valkey_emptied_and_silent_loses_nothing(open_page, people, town, aside, written, new_line, wait_until):
    line, case = new_line(), town[0]
    page = open_page(people["agent"], at(case), line=line)
    connected(page, line, wait_until)
    broker().flushdb()
    broker().client_kill_filter(_type="pubsub")
    aside(lambda: again(written, case, "Etter tømmingen")).result()

    expect(page.locator(".thread")).to_contain_text("Etter tømmingen")


def test_the_web_process_starts_anew_and_the_page_goes_on(open_page, people, town, aside, written, web, wait_until):
    """L9 and L10."""
    case = town[0]
    page = open_page(people["agent"], at(case))
    page.evaluate("window.same = 'yes'")
    page.wait_for_timeout(300)
    web.kill()
    aside(lambda: again(written, case, "Mens den var nede")).result()
    web.start()

    expect(page.locator(".thread")).to_contain_text("Mens den var nede", timeout=40_000)
    assert page.evaluate("window.same") == "yes"
    open_page.troubles.clear()


def test_counts_come_at_most_once_a_second_and_not_while_nobody_looks(open_page, people, town, aside, written):
    """L16."""
    page, asked = open_page(people["agent"], LIST, clock=True), []
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=5))
    page.on("request", lambda request: asked.append(request) if "/fragments/counts" in request.url else None)
    page.clock.run_for(1000)
    asked.clear()

    for n in range(6):
        aside(lambda n=n: written(f"Ny {n}")).result()
    expect(page.locator("#fresh span")).to_have_text("6 new")
    page.clock.run_for(999)
    assert asked == []
    page.clock.run_for(1)
    expect(page.locator("#nav-count-all")).to_have_text("12")
    assert len(asked) == 1

    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    aside(lambda: written("Ingen ser på")).result()
    expect(page.locator("#fresh span")).to_have_text("7 new")
    page.clock.run_for(3000)
    assert len(asked) == 1


# Who is here


def test_who_looks_and_who_writes_is_seen_in_row_header_and_composer(open_page, people, case, wait_until):
    """L14 and C16."""
    agent, lead = open_page(people["agent"], at(case)), open_page(people["lead"], LIST)
    expect(lead.locator(f"#row-{case.number} [data-here]")).to_have_attribute("title", "Person 1 has this case open")
    lead.locator(f"#row-{case.number} .r").click()
    expect(lead.locator(f"#case-{case.number}-head [data-here] .av")).to_have_count(1)
    expect(agent.locator(f"#case-{case.number}-head [data-here]")).to_have_attribute(
        "title", "Person 2 has this case open"
    )

    box(agent).type("Hei")
    expect(lead.locator(f"#row-{case.number} [data-typing]")).to_have_text("Person 1 is typing")
    expect(lead.locator("[data-beside]")).to_have_text("Person 1 is writing a public reply")
    expect(agent.locator("[data-beside]")).to_be_hidden()
    agent.locator(".mode.for-note").click()
    box(agent).type("!")
    expect(lead.locator("[data-beside]")).to_have_text("Person 1 is writing a note")

    box(agent).fill("")
    expect(lead.locator("[data-beside]")).to_be_hidden()
    agent.context.close()
    expect(lead.locator(f"#case-{case.number}-head [data-here] .av")).to_have_count(0)
