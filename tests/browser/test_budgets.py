"""What a page may cost, measured in Chromium on the running product: requests, bytes, hosts, and nothing that moves."""

import gzip
from urllib.parse import urlsplit

from playwright.sync_api import expect

WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    const where = one.sources.map(({ node }) => (node?.outerHTML ?? node?.textContent ?? "").slice(0, 120));
    window.shifts.push([one.value, one.hadRecentInput, where]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""


def watched(page):
    """Every answer the page gets from here on."""
    answers = []
    page.on("response", lambda answer: answers.append(answer))  # Playwright takes plain functions only
    return answers


def kind(answers, *kinds):
    return [answer for answer in answers if answer.request.resource_type in kinds]


def packed(answers):
    return sum(len(gzip.compress(answer.body(), 6)) for answer in answers)


def test_a_list_is_one_document_and_small_files_of_our_own(open_page, product):
    page = open_page()
    answers = watched(page)
    page.goto("/inbox/all?sort=newest", wait_until="load")
    page.wait_for_timeout(500)

    assert {urlsplit(answer.url).netloc for answer in answers} == {urlsplit(product.url).netloc}
    assert len(kind(answers, "document")) == 1
    assert kind(answers, "font", "media", "iframe") == []
    assert packed(kind(answers, "document")) < 60_000
    assert 0 < packed(kind(answers, "script")) < 100_000
    assert 0 < packed(kind(answers, "stylesheet")) < 25_000
    policy = kind(answers, "document")[0].headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_a_case_is_one_request(open_page, product):
    page = open_page()
    page.goto("/inbox/all?sort=newest")
    page.wait_for_timeout(1500)
    answers = watched(page)

    page.locator(".row .r").first.click()
    expect(page.locator(".thread")).to_be_visible()

    assert [urlsplit(a.url).path for a in answers if "case=" in a.url] == ["/inbox/all"]
    assert kind(answers, "document", "script", "stylesheet", "image") == []


def test_live_events_move_nothing(open_page, product, wait_until):
    # given a case that is open beside its list, at rest
    product.comment("Siv Stilleby", "Hei, er dere der? Dette er en rolig sak.")
    page = open_page(signed_in="ingrid")
    wait_until(lambda: "rolig sak" in page.request.get("/inbox/all?sort=newest").text(), 20, "the case is in the list")
    page.goto("/inbox/all?sort=newest")
    page.locator(".row", has_text="rolig sak").get_by_role("link").click()
    expect(page.locator(".thread")).to_contain_text("rolig sak")
    page.mouse.move(2, 2)
    page.wait_for_timeout(1500)
    page.evaluate(WATCH_SHIFTS)
    page.wait_for_timeout(300)
    page.evaluate("window.shifts = []")
    first = page.locator(".row").first.get_attribute("id")
    place = page.locator(".thread .msg").first.bounding_box()

    # when customers write, in this case and in others, and a colleague takes it
    for n in range(6):
        product.comment(f"Ny Kunde {n}", f"Enda en melding nummer {n}")
    parent = next(c["id"] for c in product.standing()["comments"] if "rolig sak" in c["message"])
    product.comment("Siv Stilleby", "Jeg venter fortsatt.", parent_id=parent)
    expect(page.locator(".thread")).to_contain_text("Jeg venter fortsatt.", timeout=20_000)
    expect(page.locator("#fresh")).to_be_visible(timeout=20_000)
    page.wait_for_timeout(2500)  # counts come at most once a second

    # then no row and no message has moved
    moved = [(value, where) for value, by_hand, where in page.evaluate("window.shifts") if not by_hand]
    assert round(sum(value for value, _where in moved), 3) == 0, moved
    assert page.locator(".row").first.get_attribute("id") == first
    assert page.locator(".thread .msg").first.bounding_box() == place


def test_the_watch_for_shifts_sees(open_page):
    page = open_page()
    page.goto("/inbox/all")
    page.wait_for_timeout(800)
    page.evaluate(WATCH_SHIFTS)
    page.evaluate("window.shifts = []")
    page.evaluate("document.querySelector('#rows').before(document.createElement('textarea'))")
    page.wait_for_timeout(600)

    assert sum(value for value, _by_hand, _where in page.evaluate("window.shifts")) > 0
