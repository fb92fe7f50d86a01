"""What keys do in the list and the case, where focus goes, and tooltips (ui.md 8.2, 9)."""

import re

import pytest
from playwright.sync_api import expect

from core.clock import now as clock_now

WIDE = "/inbox/all?sort=oldest"
FOCUS_ON_BODY = "document.activeElement === document.body"


@pytest.fixture
def cases(aside, written):
    return aside(lambda: [written(f"Melding {n}", name=f"Kunde {n}", minutes=n) for n in range(4)]).result()


@pytest.fixture
def at_list(open_page, people, cases):
    return open_page(people["agent"], WIDE)


@pytest.fixture
def at_first(open_page, people, cases):
    page = open_page(people["agent"], f"{WIDE}&case={cases[0].number}")
    page.locator(".thread").focus()
    return page


def row(page, case):
    return page.locator(f"#row-{case.number} .r")


def order(page):
    return [each.get_attribute("id") for each in page.locator(".row").all()]


def box(page):
    return page.locator("textarea[name=text]")


def test_j_and_k_walk_and_nothing_is_sorted_anew(at_list, cases, aside, written):
    before = order(at_list)
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("k", 1), ("ArrowDown", 2), ("ArrowUp", 1)):
        at_list.keyboard.press(key)
        expect(row(at_list, cases[at])).to_be_focused()
    aside(lambda: written("Nok en", root="root-4", who="customer-4", minutes=9)).result()
    expect(at_list.locator(f"#row-{cases[3].number}")).to_contain_text("Nok en")
    at_list.keyboard.press("j")

    expect(row(at_list, cases[2])).to_be_focused()
    assert order(at_list) == before
    at_list.keyboard.press("o")
    expect(at_list.locator(".thread")).to_contain_text("Melding 2")


def test_e_goes_on_with_the_next_case_and_z_takes_it_back(at_first, cases):
    at_first.keyboard.press("e")

    expect(at_first.locator(".thread")).to_contain_text("Melding 1")
    expect(row(at_first, cases[1])).to_be_focused()
    expect(at_first.locator(f"#row-{cases[0].number}")).to_have_count(0)
    expect(at_first.locator("#toast")).to_contain_text("Kunde 0 is resolved")

    at_first.keyboard.press("z")
    expect(at_first.locator(".thread")).to_contain_text("Melding 0")
    expect(at_first.get_by_role("button", name="Resolve", exact=True)).to_be_visible()
    assert not at_first.evaluate(FOCUS_ON_BODY)


def test_after_the_last_case_comes_the_one_before(at_list, cases):
    at_list.locator(f"#row-{cases[3].number} .r").click()
    expect(at_list.locator(".thread")).to_contain_text("Melding 3")
    at_list.keyboard.press("e")

    expect(at_list.locator(".thread")).to_contain_text("Melding 2")
    expect(row(at_list, cases[2])).to_be_focused()


def test_e_stays_where_it_is_when_the_next_is_not_wanted_and_shift_e_goes_on(at_first, cases, people, aside):
    from inbox.operations.choosing_keys import choose_keys

    aside(
        lambda: choose_keys(actor=people["agent"], single_keys=True, open_next=False, own={}, now=clock_now())
    ).result()
    at_first.reload()
    at_first.locator(".thread").focus()
    at_first.keyboard.press("e")
    expect(row(at_first, cases[1])).to_be_focused()
    expect(at_first.get_by_role("button", name="Reopen")).to_be_visible()
    expect(at_first.locator(".thread")).to_contain_text("Melding 0")

    at_first.keyboard.press("o")
    expect(at_first.locator(".thread")).to_contain_text("Melding 1")
    at_first.keyboard.press("Shift+E")
    expect(at_first.locator(".thread")).to_contain_text("Melding 2")


def test_a_case_that_has_just_come_takes_a_command_at_once(at_list, cases):
    """Not as a plain form, which would lead away from the list."""
    at_list.evaluate("""() => document.addEventListener("htmx:afterSwap", () => queueMicrotask(() => {
      document.querySelector("#case-pane [data-command=resolve]").click();
    }), { once: true })""")
    row(at_list, cases[0]).click()

    expect(at_list.get_by_role("button", name="Reopen")).to_be_visible()
    expect(at_list.locator("#rows")).to_be_visible()


def test_the_mouse_resolves_and_the_case_stays_under_it(at_first):
    at_first.get_by_role("button", name="Resolve", exact=True).click()

    expect(at_first.get_by_role("button", name="Reopen")).to_be_visible()
    expect(at_first.locator(".thread")).to_contain_text("Melding 0")


def test_a_key_is_about_the_row_in_focus_not_about_the_case_beside_it(at_first, cases):
    row(at_first, cases[2]).focus()
    at_first.keyboard.press("e")

    expect(row(at_first, cases[3])).to_be_focused()
    expect(at_first.locator("#toast")).to_contain_text("Kunde 2 is resolved")
    expect(at_first.get_by_role("button", name="Resolve", exact=True)).to_be_visible()
    expect(at_first.locator(".thread")).to_contain_text("Melding 0")
    at_first.keyboard.press("n")  # it has to be open to be written in
    expect(at_first.locator(".thread")).to_contain_text("Melding 3")
    expect(box(at_first)).to_be_focused()
    expect(at_first.locator("[name=mode][value=note]")).to_be_checked()


def test_the_readers_have_keys(at_first):
    for key, mode in (("n", "note"), ("p", "public"), ("m", "private"), ("n", "note")):
        at_first.keyboard.press(key)
        expect(box(at_first)).to_be_focused()
        expect(at_first.locator(f"[name=mode][value={mode}]")).to_be_checked()
        at_first.keyboard.press("Escape")
        expect(at_first.locator(".thread")).to_be_focused()
    at_first.keyboard.press("r")
    expect(at_first.locator("[name=mode][value=public]")).to_be_checked()
    expect(box(at_first)).to_have_value("")


def test_what_is_selected_is_quoted_into_the_answer_that_was_begun(at_first):
    box(at_first).fill("Hei")
    at_first.locator(".thread").focus()
    at_first.evaluate("getSelection().selectAllChildren(document.querySelector('.thread .said'))")
    at_first.keyboard.press("q")

    expect(box(at_first)).to_have_value("Hei\n> Melding 0\n\n")
    expect(box(at_first)).to_be_focused()
    at_first.evaluate("getSelection().removeAllRanges()")
    at_first.keyboard.press("Escape")
    at_first.keyboard.press("q")
    expect(at_first.locator("#toast")).to_have_text("Select words of the conversation to quote them.")


def test_take_tag_assign_priority_and_side_have_keys(at_first):
    at_first.keyboard.press("i")
    expect(at_first.get_by_role("button", name="Take", exact=True)).to_have_count(0)
    assert not at_first.evaluate(FOCUS_ON_BODY)
    at_first.locator(".thread").focus()
    at_first.keyboard.press("t")
    expect(at_first.get_by_role("dialog", name="Tags")).to_be_visible()
    at_first.locator("[name=new_tag]").fill("retur")
    at_first.keyboard.press("Enter")
    expect(at_first.locator(".tags-open")).to_contain_text("retur")
    assert not at_first.evaluate(FOCUS_ON_BODY)
    for key, name in (("a", "Assigned to"), ("!", "Priority")):
        at_first.locator(".thread").focus()
        at_first.keyboard.press(key)
        expect(at_first.get_by_role("combobox", name=name)).to_be_focused()
        at_first.keyboard.press("Escape")
    at_first.locator(".thread").focus()
    at_first.keyboard.press("b")
    expect(at_first.locator(".side")).not_to_be_visible()
    at_first.keyboard.press("b")
    expect(at_first.locator(".side")).to_be_focused()


def test_i_takes_what_is_somebody_elses(at_first, cases, people, aside):
    from tickets.operations.assigning import assign_ticket

    lead = people["lead"]
    aside(lambda: assign_ticket(actor=lead, ticket_id=cases[0].pk, assignee_id=lead.pk, now=clock_now())).result()
    expect(at_first.get_by_role("combobox", name="Assigned to")).to_have_value(str(lead.pk))
    at_first.keyboard.press("i")

    expect(at_first.get_by_role("combobox", name="Assigned to")).to_have_value(str(people["agent"].pk))


def test_panes_are_walked_and_each_remembers_its_place(at_first, cases):
    at_first.locator(".skip").focus()
    seen = []
    for _ in range(6):
        at_first.keyboard.press("F6")
        seen.append(
            at_first.evaluate(
                "document.activeElement.closest('.nav, #list, .live, .composer, .side').className.split(' ').at(-1)"
            )
        )
    assert seen == ["nav", "list", "live", "composer", "side", "nav"]
    at_first.keyboard.press("F6")
    expect(row(at_first, cases[0])).to_be_focused()
    at_first.keyboard.press("j")
    at_first.keyboard.press("Shift+F6")
    at_first.keyboard.press("F6")
    expect(row(at_first, cases[1])).to_be_focused()


def test_f8_goes_to_the_toast_which_waits_and_escape_leads_back(at_first, cases):
    at_first.keyboard.press("e")
    expect(at_first.locator(".thread")).to_contain_text("Melding 1")
    at_first.keyboard.press("F8")
    expect(at_first.locator("#toast button")).to_be_focused()
    at_first.wait_for_timeout(8500)
    expect(at_first.locator("#toast")).to_be_visible()

    at_first.keyboard.press("Escape")
    expect(row(at_first, cases[1])).to_be_focused()


def test_escape_leaves_the_text_then_closes_the_case_and_the_draft_is_kept(at_first, cases):
    at_first.keyboard.press("r")
    box(at_first).press_sequentially("Hei")
    at_first.keyboard.press("Escape")
    expect(at_first.locator(".thread")).to_be_focused()
    at_first.keyboard.press("Escape")

    expect(row(at_first, cases[0])).to_be_focused()
    expect(at_first.locator(".thread")).to_have_count(0)
    at_first.keyboard.press("Enter")
    expect(box(at_first)).to_have_value("Hei")


def test_ctrl_enter_sends_once_and_escape_in_a_menu_closes_only_the_menu(at_first):
    at_first.keyboard.press("s")
    expect(at_first.get_by_role("link", name="Newest")).to_be_visible()
    at_first.keyboard.press("Escape")
    expect(at_first.get_by_role("link", name="Newest")).not_to_be_visible()
    expect(at_first.locator(".thread")).to_be_visible()

    at_first.keyboard.press("n")
    box(at_first).fill("Ringt")
    at_first.keyboard.press("Control+Enter")
    expect(at_first.locator("article.note")).to_have_count(1)
    expect(box(at_first)).to_have_value("")


def test_u_walks_what_is_unread(at_first, cases, aside, written):
    at_first.keyboard.press("u")
    expect(at_first.locator("#toast")).to_have_text("Everything here is read.")
    at_first.goto("/me/keys")  # what comes while a case is open counts as seen
    aside(
        lambda: [written(text, root="root-1", who="customer-1", minutes=n) for n, text in ((7, "Ny en"), (8, "Ny to"))]
    ).result()
    at_first.goto(f"{WIDE}&case={cases[0].number}")
    expect(at_first.locator(".unread-line")).to_be_visible()
    at_first.locator(".thread").focus()

    for text in ("Ny en", "Ny to"):
        at_first.keyboard.press("u")
        assert text in at_first.evaluate("document.activeElement.textContent")


def test_focus_is_never_lost_when_what_had_it_goes(at_first):
    at_first.get_by_role("button", name="Take", exact=True).focus()
    at_first.evaluate("document.activeElement.remove()")
    at_first.wait_for_timeout(100)
    expect(at_first.locator(".thread")).to_be_focused()
    at_first.locator(".row .r").nth(2).focus()
    at_first.keyboard.press(".")
    at_first.wait_for_timeout(500)
    assert at_first.evaluate("document.activeElement.closest('.row') !== null")


def test_a_tooltip_comes_on_hover_and_focus_with_its_key_and_escape_takes_it(at_first):
    tip = at_first.get_by_role("tooltip")
    side = at_first.get_by_role("button", name="More for this case")
    side.hover()
    at_first.wait_for_timeout(250)
    expect(tip).to_have_count(0)
    expect(tip).to_have_text("More for this case")
    at_first.keyboard.press("Escape")
    expect(tip).not_to_be_visible()
    expect(at_first.locator(".thread")).to_be_visible()  # that Escape closed nothing else

    at_first.mouse.move(700, 500)
    at_first.locator(".list .find > summary").hover()
    expect(tip).to_have_text(re.compile("Search in this list\\s*F"))
    assert at_first.locator(".list .find > summary").get_attribute("title") is None
    tip.hover()
    at_first.wait_for_timeout(400)
    expect(tip).to_be_visible()
    at_first.locator("#list-heading").hover()
    expect(tip).not_to_be_visible()

    at_first.locator(".row-more").first.focus()
    at_first.keyboard.press("Tab")
    at_first.keyboard.press("Shift+Tab")
    expect(tip).to_contain_text("Actions for Kunde 0")


def test_no_tooltip_under_a_finger(at_first):
    button = at_first.get_by_role("button", name="More for this case")
    for kind in ("pointerover", "pointerdown", "pointerup"):
        button.dispatch_event(kind, {"pointerType": "touch", "bubbles": True})
    at_first.wait_for_timeout(700)

    expect(at_first.get_by_role("tooltip")).to_have_count(0)
