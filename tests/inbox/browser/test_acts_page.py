"""Snooze and spam with their undo, naming a colleague, and the bell, by keyboard and by mouse."""

import uuid
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.clock import now as now_
from tickets.models import NoteMention, Notice, Ticket
from tickets.operations.assigning import assign_ticket, move_ticket
from tickets.operations.noting import add_note

LIST = "/inbox/all?sort=newest"


def at(case):
    return f"{LIST}&case={case.number}"


@pytest.fixture
def status(aside):
    """What a case is now."""
    return lambda case: aside(lambda: Ticket.objects.get(pk=case.pk).status).result()


def test_snoozed_from_the_header_and_undone(open_page, people, written, status, wait_until):
    case, other = written("En"), written("To")
    page = open_page(people["agent"], at(case))

    page.get_by_role("button", name="Snooze", exact=True).click()
    page.keyboard.press("Tab")
    expect(page.locator(".promise")).to_contain_text("The customer is promised an answer by")
    page.get_by_role("button", name="Tomorrow morning").click()

    expect(page.locator("#toast")).to_contain_text("Snoozed until")
    expect(page.locator(f"#row-{case.number}")).to_have_count(0)
    expect(page.locator(f"#row-{other.number}")).to_have_count(1)
    expect(page.locator("#nav-count-snoozed")).to_have_text("1")
    assert status(case) == "snoozed"

    page.locator("#toast").get_by_role("button", name="Undo").click()
    wait_until(lambda: status(case) == "open", "it is open again")
    expect(page.locator("#nav-count-snoozed")).to_have_text("0")
    expect(page.locator(f"#case-{case.number}-facts")).not_to_contain_text("Snoozed")
    assert page.evaluate("document.activeElement !== document.body")


def test_a_time_that_is_typed(open_page, people, case, status, wait_until):
    page = open_page(people["agent"], at(case))
    page.get_by_role("button", name="Snooze", exact=True).click()

    page.get_by_label("Another time").fill("whenever")
    page.keyboard.press("Enter")
    expect(page.locator("#alert")).to_contain_text("Write a time such as")
    open_page.troubles.clear()  # the browser's own line about 422
    expect(page.get_by_label("Another time")).to_have_value("whenever")

    page.get_by_label("Another time").fill("in 2 days")
    page.keyboard.press("Enter")
    wait_until(lambda: status(case) == "snoozed", "it is snoozed")
    expect(page.locator(".snooze-menu")).to_be_hidden()


def test_spam_from_the_rows_menu_and_undone(open_page, people, written, status, wait_until):
    case = written("Vinn en telefon")
    written("Noe annet")
    page = open_page(people["agent"], LIST)

    page.locator(f"#row-{case.number}").click(button="right")
    page.get_by_role("menuitem", name="Mark as spam").click()

    expect(page.locator("#toast")).to_contain_text("Marked as spam")
    wait_until(lambda: status(case) == "spam", "it is spam")
    page.locator("#toast").get_by_role("button", name="Undo").click()
    wait_until(lambda: status(case) == "open", "it is back")
    expect(page.locator("#toast")).to_have_text("Undone")


def test_spam_takes_no_answer(open_page, people, case):
    page = open_page(people["agent"], at(case))
    page.get_by_role("button", name="More for this case").click()
    page.get_by_role("menuitem", name="Mark as spam").click()

    expect(page.locator(f"#case-{case.number}-closing")).to_contain_text("This case is marked as spam")
    page.get_by_role("button", name="Not spam").click()
    expect(page.locator(f"#case-{case.number}-closing")).to_be_empty()


def test_naming_a_colleague_by_keys_and_by_mouse(open_page, people, case, aside, make_user, teams, wait_until):
    first = teams["first-line"]
    aside(lambda: move_ticket(actor=people["lead"], ticket_id=case.pk, team_id=first.pk, now=now_())).result()
    kari = aside(lambda: make_user("agent", first, name="Kari Åsen")).result()
    inga = aside(lambda: make_user("agent", first, name="Inga Lie")).result()
    aside(lambda: make_user("agent", teams["marketing"], name="Kaja Vik")).result()
    page = open_page(people["agent"], at(case))
    box = page.locator("form.composer textarea")

    box.click()
    page.keyboard.type("post@ka")
    expect(page.locator("#name-list")).to_have_count(0)
    box.fill("")
    page.locator(".mode.for-note").click()
    box.focus()
    page.keyboard.type("Kan du se, @ka")
    names = page.get_by_role("listbox", name="Colleagues and teams").get_by_role("option")
    expect(names).to_have_text(["Kari Åsen", "Kaja Vikwould not see this case"])
    expect(box).to_have_attribute("aria-activedescendant", "name-0")
    expect(names.nth(1)).to_have_attribute("aria-disabled", "true")
    names.nth(1).click(force=True)
    assert box.input_value() == "Kan du se, @ka"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert box.input_value() == "Kan du se, @Kari Åsen "

    page.keyboard.type("og @in")
    names.filter(has_text="Inga Lie").click()
    page.keyboard.type("?")
    assert box.input_value() == "Kan du se, @Kari Åsen og @Inga Lie ?"
    page.keyboard.type(" @k")
    page.keyboard.press("Escape")
    expect(page.locator("#name-list")).to_be_hidden()
    page.keyboard.press("Control+Enter")

    expect(page.locator("article.note")).to_contain_text("@Kari Åsen og @Inga Lie")
    kept = aside(lambda: sorted(NoteMention.objects.values_list("user", flat=True))).result()
    assert kept == sorted([kari.pk, inga.pk])


def test_who_would_not_see_it_is_asked_about(open_page, people, elsewhere, aside, make_user, teams):
    aside(lambda: make_user("agent", teams["first-line"], name="Kari Berg")).result()
    page = open_page(people["lead"], at(elsewhere))
    page.locator(".mode.for-note").click()
    page.locator("form.composer textarea").fill("@Kari Berg se her")
    page.get_by_role("button", name="Add note", exact=False).first.click()

    expect(page.locator(".objection[data-code=unseeing]")).to_contain_text("Kari Berg would not see this case")
    open_page.troubles.clear()  # the browser's own line about 409
    page.get_by_role("button", name="Add the note all the same").click()
    expect(page.locator("article.note")).to_contain_text("@Kari Berg se her")


def test_the_bell_rings_in_every_tab_until_the_case_is_seen_in_one(open_page, people, written, aside):
    agent, lead = people["agent"], people["lead"]
    case, other = written("En"), written("To")
    first = open_page(agent, LIST)
    second = open_page(agent, at(other), context=first.context)
    plain = first.title()
    expect(first.locator("#nav-count-notices")).to_be_empty()
    first.wait_for_timeout(500)

    aside(lambda: assign_ticket(actor=lead, ticket_id=case.pk, assignee_id=agent.pk, now=now_())).result()
    for page in (first, second):
        expect(page.locator("#nav-count-notices")).to_have_text("1")
    assert first.title() == f"(1) {plain}"

    name = f"@{agent.name} ser du?"
    aside(lambda: add_note(actor=lead, ticket_id=other.pk, text=name, client_key=uuid.uuid4(), now=now_())).result()
    expect(second.locator("article.note")).to_contain_text("ser du?")  # it is open and looked at here
    expect(first.locator("#nav-count-notices")).to_have_text("1")
    expect(first.locator("#nav-count-mentions")).to_have_text("0")

    second.locator(f"#row-{case.number} .r").click()
    for page in (first, second):
        expect(page.locator("#nav-count-notices")).to_be_empty()
    assert first.title() == plain


def test_a_hidden_tab_does_not_see_for_its_person(open_page, people, written, aside, wait_until):
    agent, case = people["agent"], written("En")
    aside(lambda: assign_ticket(actor=agent, ticket_id=case.pk, assignee_id=agent.pk, now=now_())).result()
    page = open_page(agent, at(case))
    page.wait_for_timeout(500)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    number = case.ticket_threads.get().thread.external_root.removeprefix("root-")
    aside(lambda: written("Hallo?", who=f"customer-{number}", root=f"root-{number}", minutes=3)).result()

    expect(page.locator("#nav-count-notices")).to_have_text("1")
    assert page.title().startswith("(1) ")
    assert aside(lambda: Notice.objects.filter(seen_at=None).count()).result() == 1

    page.evaluate(
        "() => { Object.defineProperty(document, 'hidden', {value: false, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    expect(page.locator("#nav-count-notices")).to_be_empty()


def test_the_list_of_notices_marks_all_as_seen(open_page, people, written, aside):
    agent, cases = people["agent"], [written(f"Sak {n}") for n in range(2)]
    for n, case in enumerate(cases):
        at_ = now_() - timedelta(minutes=2 - n)
        aside(lambda c=case, t=at_: Notice.objects.create(recipient=agent, ticket=c, kind="woke", at=t)).result()
    page = open_page(agent, "/inbox/all")

    page.get_by_role("link", name="Notices").click()
    expect(page.locator(".told.unseen")).to_have_count(2)
    page.get_by_role("button", name="Mark all seen").click()
    expect(page.locator(".told")).to_have_count(2)
    expect(page.locator(".told.unseen")).to_have_count(0)
    expect(page.locator("#nav-count-notices")).to_be_empty()
    page.locator(".told a").first.click()
    expect(page).to_have_url(f"{page.url.split('/case')[0]}/case/{cases[1].number}")
