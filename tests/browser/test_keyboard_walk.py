"""The tasks of ui.md 12 by keyboard alone, on the really started product. (Rules with a dry run are not here yet.)"""

import re
import uuid

from playwright.sync_api import expect


def _word():
    return f"w{uuid.uuid4().hex[:10]}"


def _tab_to(page, locator, most=25):
    for _ in range(most):
        page.keyboard.press("Tab")
        if locator.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError("Tab never comes there")


def _listed(product, wait_until, page, name, text):
    product.comment(name, text)
    wait_until(lambda: text in page.request.get("/inbox/all?sort=newest").text(), 20, "the case is in the list")


def test_sign_in_find_the_most_urgent_read_it_move_it_to_private_and_take_it_back(product, open_page, wait_until):
    page = open_page(signed_in=None)

    # sign in
    page.goto("/sign-in")
    page.keyboard.type("mikko@havbris.example")
    _tab_to(page, page.get_by_label("Password", exact=True))
    page.keyboard.type("havbris-demo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/**")

    # find the most urgent case: the list's order says it
    page.keyboard.press("s")
    expect(page.locator(".sort .menu a[aria-current]")).to_be_focused()
    page.keyboard.press("Escape")
    asked, answered = _word(), _word()
    _listed(product, wait_until, page, "Tastatur Kunde", f"Hvor er ruteren {asked}?")
    page.keyboard.press(".")
    expect(page.locator(".row .r").first).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator(".row .r:focus")).to_have_count(1)

    # read it: by name, wherever the list has put it
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Command, case number or customer")).to_be_focused()
    page.keyboard.type("Tastatur")
    expect(page.get_by_role("group", name="Cases").get_by_role("option").first).to_contain_text("Tastatur Kunde")
    while "Tastatur Kunde" not in page.locator("#palette-list [aria-selected=true]").inner_text():
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".thread")).to_contain_text(asked)
    expect(page.locator(".thread")).to_be_focused()

    # move it from public to private and send
    page.keyboard.press("m")
    expect(page.locator("[name=mode][value=private]")).to_be_checked()
    page.keyboard.type(f"Hei, vi tar det her {answered}. @ {{ [ ok ] }} ø")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg.out", has_text=answered)).to_be_visible()

    # undo it
    expect(page.locator("#toast [data-action=undo]")).to_be_visible()
    page.keyboard.press("Escape")  # out of the text, where Z is a letter
    page.keyboard.press("z")
    expect(page.locator(".msg.out", has_text=answered)).to_have_count(0)
    expect(page.locator("textarea[name=text]")).to_be_focused()
    expect(page.locator("textarea[name=text]")).to_have_value(re.compile(answered))


def test_reveal_a_phone_number_with_a_reason(product, open_page, wait_until):
    page = open_page(signed_in="ingrid")
    page.goto("/inbox/all?sort=newest")
    asked = _word()
    product.comment("Hemmelig Nummer", f"Ring 91 23 45 67 om {asked}")
    wait_until(lambda: asked in page.request.get("/inbox/all?sort=newest").text(), 20, "the case is in the list")
    page.keyboard.press("Control+k")
    page.keyboard.type("Hemmelig")
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("Hemmelig Nummer")
    page.keyboard.press("Enter")
    expect(page.locator(".thread")).to_contain_text(asked)

    shown = page.locator(".thread button.redact")
    _tab_to(page, shown)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=re.compile("hidden value"))
    expect(dialog).to_be_visible()
    page.keyboard.press("e")  # in a dialog it is no command
    reason = page.get_by_label("To answer the customer")
    if not reason.evaluate("(element) => element === document.activeElement"):
        _tab_to(page, reason)
    page.keyboard.press("Space")
    page.keyboard.press("Enter")

    expect(page.locator(".thread .revealed")).to_contain_text("91 23 45 67")
    expect(page.get_by_role("button", name="Resolve", exact=True)).to_be_visible()
    assert not page.evaluate("document.activeElement === document.body")
