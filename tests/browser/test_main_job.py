"""What people do, in a real browser on the really started product: read, answer, note, take, resolve; live."""

import re
import uuid

from playwright.sync_api import expect

SIZES = ((1440, 900), (1024, 768), (390, 844))


def _word():
    return f"w{uuid.uuid4().hex[:10]}"


def _open_case(page, word):
    """From the newest-first list, as a person who looks for what has just come."""
    page.goto("/inbox/all?sort=newest")
    page.locator(".row", has_text=word).get_by_role("link").click()
    expect(page.locator(".thread")).to_contain_text(word)


def _press_pill(page):
    """The town writes too, so the pill may be for others: press it whenever it is there, and look again."""
    if page.locator("#fresh").is_visible():
        page.locator("#fresh").click()
    page.wait_for_timeout(200)
    return False


def _answers(product, word):
    return [c for c in product.standing()["comments"] if word in c["message"]]


def test_a_comment_appears_live_is_answered_and_the_answer_stands_on_the_platform(product, open_page, wait_until):
    # given an open queue
    page = open_page()
    page.goto("/inbox/all?sort=newest")
    expect(page.locator(".row").first).to_be_visible()
    asked, answered = _word(), _word()

    # when a customer comments
    page.mouse.move(5, 5)
    product.comment("Solveig Testdotter", f"Hvor er pakken {asked}?")

    # then it comes by itself: in the list, or counted in the pill
    shown = page.locator(".row", has_text=asked)
    wait_until(lambda: shown.count() or _press_pill(page), 20, "the comment is in the list")
    shown.get_by_role("link").click()
    expect(page.locator(".thread")).to_contain_text(asked)

    # when a colleague answers in public
    page.locator("textarea[name=text]").fill(f"Hei Solveig, vi finner den {answered}.")
    page.get_by_role("button", name=re.compile("Reply publicly")).click()

    # then the answer stands on the platform, under the comment, once
    standing = wait_until(lambda: _answers(product, answered), 40, "the answer stands on the platform")
    assert len(standing) == 1
    assert standing[0]["parent_id"] == _answers(product, asked)[0]["id"]
    # … and the page says that it was sent, without reload, and shows it once though the platform echoes it
    bubble = page.locator(".msg.out", has_text=answered)
    expect(bubble.locator(".tick")).to_be_visible(timeout=20_000)
    assert bubble.count() == 1
    assert page.locator("textarea[name=text]").input_value() == ""


def test_a_reply_can_be_taken_back_within_its_window(product, open_page, wait_until):
    page = open_page()
    asked, answered = _word(), _word()
    product.comment("Angrende Kunde", f"Et spørsmål {asked}")
    wait_until(lambda: asked in page.request.get("/inbox/all?sort=newest").text(), 15, "the case is in the list")
    _open_case(page, asked)

    page.locator("textarea[name=text]").fill(f"Feil svar {answered}")
    page.get_by_role("button", name=re.compile("Reply publicly")).click()
    page.get_by_role("button", name=re.compile("Undo")).first.click()

    expect(page.locator(".msg.out", has_text=answered)).to_have_count(0)
    expect(page.locator("textarea[name=text]")).to_have_value(f"Feil svar {answered}")
    page.wait_for_timeout(9_000)  # longer than the window: it must not leave after all
    assert _answers(product, answered) == []


def test_a_note_stays_in_the_house(product, open_page, wait_until):
    page = open_page()
    asked, noted = _word(), _word()
    product.comment("Kari Notat", f"Hallo {asked}")
    wait_until(lambda: asked in page.request.get("/inbox/all?sort=newest").text(), 15, "the case is in the list")
    _open_case(page, asked)

    page.locator(".mode.for-note").click()
    page.locator("textarea[name=text]").fill(f"Ring nettavdelingen {noted}")
    page.get_by_role("button", name=re.compile("Add note")).click()

    expect(page.locator(".note", has_text=noted)).to_be_visible()
    assert noted not in str(product.standing())


def test_take_and_resolve_are_seen_live_by_a_colleague(product, open_page, wait_until):
    mikko, ingrid = open_page(signed_in="mikko"), open_page(signed_in="ingrid")
    asked = _word()
    product.comment("To Kolleger", f"Hvem svarer {asked}?")
    wait_until(lambda: asked in mikko.request.get("/inbox/all?sort=newest").text(), 15, "the case is in the list")
    _open_case(mikko, asked)
    _open_case(ingrid, asked)

    mikko.get_by_role("button", name=re.compile("^Take")).click()
    expect(ingrid.locator(".thread")).to_contain_text("Mikko Lahtela", timeout=10_000)

    mikko.get_by_role("button", name=re.compile("^Resolve")).click()
    expect(ingrid.get_by_role("button", name=re.compile("Reopen"))).to_be_visible(timeout=10_000)


def test_a_phone_number_in_public_is_in_no_byte_the_browser_gets(product, open_page, wait_until):
    page = open_page()
    asked = _word()
    frames = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))
    page.goto("/inbox/all?sort=newest")

    product.comment("Åpen Telefon", f"Ring meg på 400 00 012 nå {asked}")
    wait_until(lambda: asked in page.request.get("/inbox/all?sort=newest").text(), 15, "the case is in the list")
    _open_case(page, asked)

    expect(page.locator(".thread .redact")).to_contain_text("phone number")
    number = re.search(r"case=(\d+)", page.url).group(1)
    addresses = ("/inbox/all?sort=newest", f"/case/{number}", f"/fragments/case/{number}", "/live/since/0")
    html = page.content() + "".join(str(frame) for frame in frames)
    html += "".join(page.request.get(address).text() for address in addresses)
    assert asked in html
    assert "400 00 012" not in html
    assert "40000012" not in html


def test_everything_works_without_javascript(product, open_page, wait_until):
    page = open_page(javascript=False)
    asked, answered = _word(), _word()
    product.comment("Uten Skript", f"Gammel nettleser {asked}")
    wait_until(lambda: asked in page.request.get("/inbox/all?sort=newest").text(), 15, "the case is in the list")
    _open_case(page, asked)

    page.locator("textarea[name=text]").fill(f"Går fint {answered}")
    page.get_by_role("button", name=re.compile("Reply publicly")).click()
    expect(page.locator(".msg.out", has_text=answered)).to_be_visible()
    page.get_by_role("button", name=re.compile("^Resolve")).click()
    expect(page.get_by_role("button", name=re.compile("Reopen"))).to_be_visible()

    wait_until(lambda: _answers(product, answered), 40, "the answer stands on the platform")


def test_nothing_is_wider_than_its_screen(product, open_page, wait_until):
    asked = _word()
    product.comment("Bred Skjerm", f"{'Langtordutenmellomrom' * 6} {asked}")
    for width, height in SIZES:
        for dark in (False, True):
            page = open_page(width, height, dark=dark)
            wait_until(lambda page=page: asked in page.request.get("/inbox/all?sort=newest").text(), 15, "listed")
            for address in ("/inbox/all?sort=newest", None):
                page.goto(address) if address else _open_case(page, asked)
                wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert wide <= 0, (width, dark, address)


def test_strangers_see_the_door_and_nothing_else(open_page):
    page = open_page(signed_in=None)

    page.goto("/inbox/all")

    expect(page).to_have_url(re.compile("/sign-in"))
    page.get_by_label("Work email").fill("ingrid@havbris.example")
    page.get_by_label("Password").fill("wrong-password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("do not go together")).to_be_visible()
    assert len(open_page.troubles) == 1  # the browser itself notes the 422
    open_page.troubles.clear()
