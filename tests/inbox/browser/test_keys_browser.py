"""The keyboard in a real browser: the rules K1 to K7 of ui.md 9, and the characters every Nordic layout must type."""

import re

import pytest
from playwright.sync_api import expect

from core.clock import now as clock_now

TYPED = "@£$€{[]}\\|~^åäöæøÅÄÖÆØ!?/.ejkrpmnaitz"

# A key as an operating system may report it: what was typed, and what was held.
STRIKE = """(element, [key, held]) => {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, composed: true, ...held });
  element.dispatchEvent(event);
  return event.defaultPrevented;
}"""
ALT_GR = [{"altKey": True}, {"ctrlKey": True, "altKey": True}, {"modifierAltGraph": True}]


@pytest.fixture
def at_case(open_page, people, case):
    """A page of the agent with the one case open and focus in the conversation."""
    page = open_page(people["agent"], f"/inbox/all?sort=newest&case={case.number}")
    page.locator(".thread").focus()
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    return page


def strike(page, key, held=None, at="body"):
    """Gives: whether the page took the key."""
    return page.locator(at).first.evaluate(STRIKE, [key, held or {}])


def is_open(page):
    page.wait_for_timeout(250)
    if any(address.endswith("/resolve") for address in page.asked):  # its answer may take longer
        return False
    return page.get_by_role("button", name="Resolve", exact=True).count() == 1


def focused(page):
    return page.evaluate(
        "document.activeElement.id || document.activeElement.className || document.activeElement.tagName"
    )


def keep_keys(aside, user, **chosen):
    from inbox.operations.choosing_keys import choose_keys

    words = {"single_keys": True, "open_next": True, "own": {}} | chosen
    aside(lambda: choose_keys(actor=user, now=clock_now(), **words)).result()


@pytest.mark.parametrize("sort", ["sla", "newest", "waiting"])
def test_the_menu_of_sorts_opens_at_the_one_in_use(open_page, people, sort):
    page = open_page(people["agent"], f"/inbox/all?sort={sort}")
    page.keyboard.press("s")
    expect(page.locator(f'.sort .menu a[href*="sort={sort}"]')).to_be_focused()


def test_a_letter_resolves_and_the_same_letter_reopens(at_case):
    at_case.keyboard.press("e")
    expect(at_case.get_by_role("button", name="Reopen")).to_be_visible()
    expect(at_case.locator(".thread")).to_be_focused()  # there is no next case

    at_case.keyboard.press("e")
    expect(at_case.get_by_role("button", name="Resolve", exact=True)).to_be_visible()


@pytest.mark.parametrize("open_it", ["r", "f", "t", "?", "s"])
def test_k1_letters_do_nothing_in_fields_menus_and_dialogs(at_case, open_it):
    at_case.keyboard.press(open_it)
    at_case.wait_for_timeout(150)
    assert focused(at_case) != "BODY"

    for letter in "je":  # Z would take it back
        at_case.keyboard.press(letter)

    assert is_open(at_case)


def test_k1_nor_in_a_menu_of_a_row(at_case):
    at_case.locator(".row-more").first.focus()
    at_case.keyboard.press("Enter")
    expect(at_case.get_by_role("menu", name="Actions for the case")).to_be_visible()
    at_case.keyboard.press("e")

    assert is_open(at_case)


@pytest.mark.parametrize("held", ALT_GR, ids=["option", "ctrl-alt", "alt-graph"])
def test_k2_no_alt_and_no_altgr(at_case, held):
    for key in ("e", "E", "!", "?", "/", "k", "a", "Enter", "@", "{"):
        assert not strike(at_case, key, held)

    assert is_open(at_case)
    expect(at_case.locator("dialog[open]")).to_have_count(0)


def test_k3_the_character_counts_not_the_place_of_the_key(at_case):
    assert strike(at_case, "?", {"shiftKey": True, "code": "Minus"})
    expect(at_case.get_by_role("dialog", name="Keys")).to_be_visible()
    at_case.keyboard.press("Escape")
    assert strike(at_case, "!", {"shiftKey": True, "code": "Digit1"})
    expect(at_case.get_by_role("combobox", name="Priority")).to_be_focused()
    at_case.locator(".thread").focus()
    at_case.keyboard.press("Escape")
    assert not strike(at_case, "æ", {"code": "KeyE"})
    assert not strike(at_case, "Dead", {"code": "KeyE"})
    assert strike(at_case, "/", {"shiftKey": True, "code": "Digit7"})
    at_case.wait_for_url("**/search")


def test_k3_caps_lock_is_not_shift(open_page, people, written, aside):
    keep_keys(aside, people["agent"], open_next=False)
    first, second = aside(lambda: (written(), written(minutes=1))).result()
    page = open_page(people["agent"], f"/inbox/all?sort=oldest&case={first.number}")
    page.locator(".thread").focus()

    strike(page, "E", {"shiftKey": False})  # ⇧E would open the next

    expect(page.locator(f"#row-{second.number} .r")).to_be_focused()
    assert f"case={first.number}" in page.url


def test_k4_single_keys_can_be_turned_off(at_case, people, aside):
    keep_keys(aside, people["agent"], single_keys=False)
    at_case.reload()
    at_case.locator(".thread").focus()
    for key in ("e", "?", "g", "i", "j", "/", "!"):
        at_case.keyboard.press(key)

    assert is_open(at_case)
    assert focused(at_case).startswith("case-")
    assert at_case.locator("dialog[open]").count() == 0
    at_case.keyboard.press("Control+k")
    expect(at_case.get_by_role("dialog", name="Search or jump")).to_be_visible()


def test_k4_a_key_can_be_another(at_case, people, aside):
    keep_keys(aside, people["agent"], own={"resolve": "y", "go-unassigned": "v v"})
    at_case.reload()
    at_case.locator(".thread").focus()
    at_case.keyboard.press("e")
    assert is_open(at_case)

    at_case.keyboard.press("?")
    line = at_case.get_by_role("dialog", name="Keys").locator("dl > div", has_text="Resolve, or reopen")
    expect(line.locator("kbd")).to_have_text(["Y"])
    at_case.keyboard.press("Escape")
    at_case.keyboard.press("y")
    expect(at_case.get_by_role("button", name="Reopen")).to_be_visible()
    at_case.keyboard.type("vv")
    at_case.wait_for_url("**/inbox/unassigned*")


@pytest.mark.parametrize(
    "held", [{"isComposing": True}, {"keyCode": 229}, {"repeat": True}, {"ctrlKey": True}, {"metaKey": True}]
)
def test_k5_composition_repeat_and_held_keys_do_nothing(at_case, held):
    strike(at_case, "e", held)

    assert is_open(at_case)


def test_k5_moving_goes_on_while_the_key_is_held(open_page, people, written, aside):
    aside(lambda: [written(minutes=n) for n in range(4)]).result()
    page = open_page(people["agent"], "/inbox/all?sort=oldest")
    page.locator(".row .r").first.focus()
    for _ in range(2):
        strike(page, "j", {"repeat": True})

    assert page.evaluate("[...document.querySelectorAll('.row')].indexOf(document.activeElement.closest('.row'))") == 2


@pytest.mark.parametrize(("platform", "cap", "key", "other"), [
    ("MacIntel", "⌘K", "Meta+k", "Control+k"), ("Linux x86_64", "Ctrl K", "Control+k", "Meta+k"),
])  # fmt: skip
def test_k6_command_on_apple_ctrl_elsewhere(at_case, platform, cap, key, other):
    at_case.add_init_script(f"Object.defineProperty(navigator, 'platform', {{ get: () => '{platform}' }})")
    at_case.reload()
    expect(at_case.locator(".jump kbd")).to_have_text(cap)
    at_case.locator(".thread").focus()
    at_case.keyboard.press(other)
    expect(at_case.locator("dialog[open]")).to_have_count(0)

    at_case.keyboard.press(key)
    expect(at_case.get_by_role("dialog", name="Search or jump")).to_be_visible()


def test_k7_buttons_teach_their_keys(at_case):
    assert at_case.get_by_role("button", name="Resolve", exact=True).inner_text().split() == ["Resolve", "E"]
    expect(at_case.get_by_role("button", name="Resolve", exact=True)).to_have_attribute("aria-keyshortcuts", "E")
    assert at_case.get_by_role("button", name="Take", exact=True).inner_text().split() == ["Take", "I"]
    expect(at_case.locator(".send:visible kbd")).to_have_text("Ctrl ↵")


def test_a_sequence_must_come_within_its_time(at_case):
    at_case.keyboard.press("g")
    at_case.wait_for_timeout(1700)
    at_case.keyboard.press("u")  # alone: next unread
    at_case.wait_for_timeout(300)
    assert "/inbox/all" in at_case.url

    at_case.keyboard.press("g")
    at_case.keyboard.press("e")  # none such: and it does not resolve
    assert is_open(at_case)
    at_case.keyboard.type("gu")
    at_case.wait_for_url("**/inbox/unassigned*")
    at_case.keyboard.type("gi")
    at_case.wait_for_url("**/inbox/mine*")
    at_case.keyboard.type("gt")
    at_case.wait_for_url("**/inbox/team/first-line*")


FIELDS = {
    "the answer": ("r", "textarea[name=text]"),
    "the list's search": ("f", "#q"),
    "a new tag": ("t", "[name=new_tag]"),
    "the palette": ("Control+k", "#palette-q"),
    "the search page": ("/", "#search-q"),
}


@pytest.mark.parametrize("field", FIELDS)
def test_every_character_can_be_typed_in_every_field(at_case, field):
    """ui.md 20, test 5."""
    key, place = FIELDS[field]
    at_case.keyboard.press(key)
    box = at_case.locator(place)
    expect(box).to_be_visible()
    box.focus()
    for character in TYPED:
        for held in ({}, *ALT_GR):
            assert not strike(at_case, character, held, place)

    box.press_sequentially(TYPED)

    expect(box).to_have_value(TYPED)
    if field != "the search page":
        at_case.keyboard.press("Escape")
        assert is_open(at_case)


def test_the_page_of_keys_takes_the_key_that_is_pressed(open_page, people, wait_until):
    page = open_page(people["agent"], "/me/keys")
    box = page.get_by_label("Resolve, or reopen")

    box.press("Shift+Y")
    expect(box).to_have_value("⇧Y")
    box.press("t")
    expect(page.locator("#key-resolve-error")).to_have_text("T is taken: Tag.")
    strike(page, "[", {}, "#key-resolve")
    expect(page.locator("#key-resolve-error")).to_contain_text("[ needs AltGr")
    strike(page, "@", {"modifierAltGraph": True}, "#key-resolve")
    expect(page.locator("#key-resolve-error")).to_contain_text("left to your keyboard")
    page.get_by_label("Mine", exact=True).press("g")
    page.keyboard.press("y")
    expect(page.get_by_label("Mine", exact=True)).to_have_value("G Y")
    box.press("w")
    box.press("v")
    expect(page.locator("#key-resolve-error")).to_have_text("")
    page.get_by_role("button", name="Save keys").click()
    page.wait_for_url("**/me/keys?done=keys")

    people["agent"].refresh_from_db()
    assert people["agent"].own_keys == {"resolve": "v", "go-mine": "g y"}
    assert re.search("done=keys", page.url)
