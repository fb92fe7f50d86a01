"""Every page and state is clean in axe, in both themes, wide and narrow; and usable by keys alone where it folds."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]  # what a theme can break: it changes colours and nothing else
WIDE, TABLET, PHONE = (1440, 900), (1024, 768), (390, 844)
AXE = Axe()
AT_REST = "() => document.getAnimations().every((one) => !(one instanceof CSSTransition) || one.playState != 'running')"


def troubles(page, without=()):
    """What axe finds in the light theme, and of colours in the dark one, short enough to read in a failure."""
    rules = {name: {"enabled": False} for name in without}
    tags = {"runOnly": {"type": "tag", "values": RULES}, "rules": rules}
    return _found(page, "light", tags) + _found(page, "dark", {"runOnly": {"type": "rule", "values": OF_COLOURS}})


def _found(page, theme, options):
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(AT_REST)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    violations = page.evaluate("(options) => axe.run(options).then(({ violations }) => violations)", options)
    return [f"{theme} {each['id']}: {node['html'][:160]}" for each in violations for node in each["nodes"]]


@pytest.fixture(scope="module")
def asked(product, wait_until):
    """A case with a hidden phone number, under a post of ours."""
    product.comment("Axel Øksnes", "Ringer dere meg på 91 23 45 67, eller skal jeg vente?")
    wait_until(lambda: product.standing()["comments"], 20, "the comment stands")
    return "Axel"


def open_asked(page, asked):
    page.goto("/inbox/all?sort=newest&q=" + asked)
    page.locator(".row").first.get_by_role("link").click()
    expect(page.locator(".thread .redact").first).to_be_visible()


def test_the_sign_in_page(open_page):
    page = open_page(signed_in=None)
    page.goto("/sign-in")
    assert troubles(page) == []
    page.get_by_label("Work email").fill("nobody@havbris.example")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert troubles(page) == []
    open_page.troubles[:] = [said for said in open_page.troubles if "422" not in said]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_posts_page(open_page, asked, wait_until, size):
    page = open_page(*size)
    wait_until(lambda: page.goto("/posts") and page.locator(".post-line").count(), 20, "a post is listed")
    assert troubles(page) == []
    page.locator(".post-line a").first.click()
    page.locator(".cmt-reply summary").first.click()
    for tick in page.locator(".cmt-tick").all()[:2]:
        tick.check()
    assert troubles(page) == []
    page.locator("#same-text").fill("Ring oss på 91 23 45 67")
    page.locator(".answer-bar button").click()
    expect(page.locator(".ask-answers .err").first).to_be_visible()
    assert troubles(page) == []


@pytest.mark.parametrize(
    "path",
    [
        "/inbox/all",
        "/inbox/mine?q=zzzz",
        "/inbox/all?q=public:maybe+tag:x",
        "/views",
        "/search/value",
        "/search",
        "/me/keys",
        "/admin/saved-replies",
        "/admin/saved-replies/new",
        "/inbox/snoozed",
        "/inbox/spam",
        "/notices",
        "/styleguide/",
        "/styleguide/?density=compact",
    ],
)
def test_pages_that_stand_still(open_page, path):
    page = open_page()
    page.goto(path)
    samples = "styleguide" in path  # shows one component many times over, so names repeat
    assert troubles(page, without=("landmark-unique",) if samples else ()) == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_palette_the_keys_and_a_tooltip(open_page, asked, size):
    page = open_page(*size, signed_in="ingrid")
    open_asked(page, asked)
    page.locator(".thread").focus()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Search or jump")).to_be_visible()
    assert troubles(page) == []
    page.keyboard.type("axel")
    expect(page.get_by_role("group", name="Cases")).to_be_visible()
    assert troubles(page) == []
    page.get_by_role("dialog", name="Search or jump").get_by_role("combobox").fill("91 23 45 67")
    expect(page.get_by_role("alert")).to_contain_text("hidden here")
    assert troubles(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert troubles(page) == []
    page.keyboard.press("Tab")
    expect(page.get_by_role("tooltip")).to_have_count(0)
    page.keyboard.press("Escape")
    if size == WIDE:
        page.get_by_role("button", name="More for this case").hover()
        expect(page.get_by_role("tooltip")).to_be_visible()
        page.wait_for_timeout(300)
        assert troubles(page) == []


def test_a_key_that_cannot_be_used(open_page):
    page = open_page(signed_in="ingrid")
    page.goto("/me/keys")
    page.get_by_label("Resolve, or reopen").press("t")
    expect(page.locator("#key-resolve-error")).to_contain_text("is taken")
    assert troubles(page) == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_pages_of_channels(open_page, size):
    page = open_page(*size, signed_in="astrid")
    for path in ("", "/new", "/new/x", "/new/email", "/2", "/2/reconnect", "/2/import", "/2/remove"):
        page.goto(f"/admin/channels{path}")
        assert (path, troubles(page)) == (path, [])


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_choosing_the_columns_of_a_file_and_its_first_rows(open_page, size):
    page = open_page(*size, signed_in="astrid")
    table = b"Dato;Fra;Melding\n31.10.2026 14:05;Kari;Hei\n"
    page.goto("/admin/channels/2/import")
    page.set_input_files("#file", {"name": "export.csv", "mimeType": "text/csv", "buffer": table})
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("heading", name="What do the columns hold?")).to_be_visible()
    assert troubles(page) == []
    page.get_by_role("button", name="Read it this way").click()
    expect(page.get_by_role("heading", name="1 row can be read")).to_be_visible()
    assert troubles(page) == []
    page.get_by_role("button", name="Forget the file").click()


def test_a_page_that_is_not_there(open_page):
    page = open_page()
    page.goto("/nothing")
    assert troubles(page) == []
    open_page.troubles[:] = [said for said in open_page.troubles if "404" not in said]


def test_a_list_with_a_case_and_what_opens_over_it(open_page, asked):
    page = open_page(*WIDE, signed_in="ingrid")
    open_asked(page, asked)
    assert troubles(page) == []

    page.get_by_role("tab", name="Case").click()
    assert troubles(page) == []
    page.locator(".row-more").first.click()
    expect(page.get_by_role("menu", name="Actions for the case")).to_be_visible()
    assert troubles(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add a tag").click()
    expect(page.get_by_role("dialog", name="Tags")).to_be_visible()
    assert troubles(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile(r"phone number\s*, hidden")).first.click()
    expect(page.get_by_role("dialog", name=re.compile("hidden value"))).to_be_visible()
    assert troubles(page) == []
    page.get_by_label("To answer the customer").check()
    page.get_by_role("dialog").get_by_role("button", name="Show").click()
    expect(page.locator(".revealed").first).to_be_visible()
    assert troubles(page) == []


def test_selecting_and_joining(open_page, asked):
    page = open_page(*WIDE, signed_in="ingrid")
    open_asked(page, asked)
    page.locator(".pick-row").first.click()
    expect(page.locator(".select-bar")).to_be_visible()
    assert troubles(page) == []
    page.locator(".select-bar").get_by_role("button", name="Tag").click()
    expect(page.get_by_role("dialog", name="Tag 1 case")).to_be_visible()
    assert troubles(page) == []
    page.keyboard.press("Escape")
    page.locator("[data-selected]").wait_for(state="visible")
    for act in ("Merge with another case", "Split off a new case", "Link with a related case"):
        page.get_by_role("button", name="More for this case").click()
        page.get_by_role("menuitem", name=act).click()
        expect(page.get_by_role("dialog", name=act)).to_be_visible()
        assert troubles(page) == []
        page.keyboard.press("Escape")


def test_the_panel_over_the_case_on_a_tablet(open_page, asked):
    page = open_page(*TABLET, signed_in="ingrid")
    open_asked(page, asked)
    page.locator(".thread").focus()

    page.keyboard.press("b")
    expect(page.locator(".side")).to_be_focused()
    page.wait_for_timeout(400)  # it slides in; axe reads colours half way as too faint
    assert troubles(page) == []

    page.keyboard.press("Escape")
    expect(page.locator(".side")).not_to_be_visible()
    expect(page.locator("button.to-side")).to_be_focused()


def test_a_phone(open_page, asked):
    page = open_page(*PHONE, signed_in="ingrid")
    page.goto("/inbox/all")
    assert troubles(page) == []
    page.get_by_role("button", name="Teams").click()
    expect(page.get_by_role("heading", name="Teams")).to_be_visible()
    assert troubles(page) == []
    open_asked(page, asked)
    assert troubles(page) == []
    page.get_by_role("button", name="More for this case").click()
    expect(page.get_by_role("menuitem", name="Print")).to_be_visible()
    assert troubles(page) == []


def test_axe_sees_what_is_wrong(open_page):
    page = open_page()
    page.goto("/inbox/all")
    page.evaluate("document.querySelector('.list .bar').insertAdjacentHTML('beforeend', '<button></button>')")
    assert any(found.startswith("light button-name") for found in troubles(page))


def test_axe_sees_what_is_wrong_in_the_dark(open_page):
    page = open_page()
    page.goto("/inbox/all")
    page.evaluate("""() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync("h2 { color: light-dark(black, #222) !important; }");
      document.adoptedStyleSheets.push(sheet);
    }""")
    assert {found.split(":")[0] for found in troubles(page)} == {"dark color-contrast"}
