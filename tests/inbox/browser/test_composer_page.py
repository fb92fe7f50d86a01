"""The composer in a real browser: readers, drafts, guards and undo (ui.md C1 to C5, L6, L7, L17)."""

import re
import uuid

import pytest
from playwright.sync_api import expect

from core.actors import SYSTEM
from core.clock import now as clock_now
from tickets.models import Draft, Message, Part


@pytest.fixture
def at_case(open_page, people, case):
    """A page of the agent with the case open."""
    return open_page(people["agent"], f"/inbox/all?sort=newest&case={case.number}")


def box(page):
    return page.locator("textarea[name=text]")


def choose(page, mode):
    page.locator(f".mode.for-{mode}").click()


def chosen(page):
    return page.locator("[name=mode]:checked").get_attribute("value")


def press(page, name):
    page.get_by_role("button", name=re.compile(f"^{name}")).last.click()


def kept_texts():
    from tickets.drafts import text_of

    return {draft.mode: text_of(draft) for draft in Draft.objects.all() if draft.sealed}


# Readers


def test_the_reader_is_never_changed_while_something_is_written(at_case, case, aside, written):
    """C1: neither a private message, a note, a resolved case nor news of the house moves the choice."""
    box(at_case).fill("For alle")
    at_case.evaluate("document.querySelector('.composer').dataset.same = 'yes'")

    from tickets.operations.closing import resolve_ticket

    aside(lambda: written("Kan vi ta det privat?", who="customer-1", root="root-1")).result()
    expect(at_case.locator(".thread")).to_contain_text("Kan vi ta det privat?")
    aside(lambda: resolve_ticket(actor=SYSTEM, ticket_id=case.pk, now=clock_now())).result()
    expect(at_case.locator(".closing")).to_contain_text("resolved")

    assert chosen(at_case) == "public"
    expect(box(at_case)).to_have_value("For alle")
    assert at_case.evaluate("document.querySelector('.composer').dataset.same") == "yes"


def test_each_reader_has_a_text_of_their_own(at_case, wait_until):
    """C2: what stands in the box is copied only to a reader who has none, and that is said."""
    box(at_case).fill("For alle")
    choose(at_case, "note")
    expect(box(at_case)).to_have_value("For alle")
    expect(at_case.locator(".kept")).to_have_text("Your text stays. Only colleagues would read it.")
    expect(at_case.locator("#spoken")).to_have_text("Your text stays. Only colleagues would read it.")
    box(at_case).fill("For kolleger")

    choose(at_case, "public")
    expect(box(at_case)).to_have_value("For alle")
    expect(at_case.locator("#spoken")).to_have_text("Each reader has a draft of its own. The other one is kept.")
    choose(at_case, "note")
    expect(box(at_case)).to_have_value("For kolleger")

    wait_until(lambda: kept_texts() == {"public": "For alle", "note": "For kolleger"}, "both are saved")


def test_what_was_only_looked_at_leaves_no_draft(at_case, wait_until):
    box(at_case).fill("For alle")
    choose(at_case, "note")
    choose(at_case, "public")
    box(at_case).press("End")
    box(at_case).type("!")

    wait_until(lambda: kept_texts() == {"public": "For alle!"}, "one text is kept")


def test_the_button_the_line_and_the_colour_name_the_reader(at_case):
    edges = set()
    for mode, button, line in (
        ("public", "Reply publicly", "everyone reads it"),
        ("private", "Move to private", "to Kunde 1"),
        ("note", "Add note", "only colleagues see this"),
    ):
        choose(at_case, mode)
        expect(at_case.locator(".send:visible")).to_have_count(1)
        expect(at_case.locator(".send:visible")).to_contain_text(button)
        expect(at_case.locator(".to")).to_contain_text(line, use_inner_text=True)
        expect(at_case.get_by_role("textbox", name=re.compile(button))).to_be_visible()
        edges.add(at_case.evaluate("getComputedStyle(document.querySelector('.composer')).borderTopColor"))
    assert len(edges) == 3


def test_a_note_that_calls_a_colleague_does_not_go_out(at_case, people, aside, open_page):
    """C4."""
    aside(lambda: type(people["lead"]).objects.filter(pk=people["lead"].pk).update(name="Astrid Lind")).result()
    choose(at_case, "note")
    box(at_case).fill("@Astrid, kan du se på denne?")
    choose(at_case, "public")
    press(at_case, "Reply publicly")

    expect(at_case.locator(".objection:visible")).to_contain_text("This mentions @Astrid. Customers would see it.")
    expect(at_case.locator(".objection:visible").get_by_role("button")).to_have_count(0)
    assert Part.objects.count() == 0
    open_page.troubles.clear()  # the browser notes the 409


def test_something_personal_in_public_is_asked_about_once(at_case, wait_until, open_page):
    """C11."""
    box(at_case).fill("Ring oss på 91 23 45 67.")
    press(at_case, "Reply publicly")
    expect(at_case.locator(".objection:visible")).to_contain_text("phone number")
    assert Part.objects.count() == 0

    press(at_case, "Send anyway")

    expect(at_case.locator(".msg.out")).to_have_count(1)
    assert Part.objects.count() == 1
    assert box(at_case).input_value() == ""
    open_page.troubles.clear()


# Two people answer


def test_an_answer_nobody_saw_holds_the_second_one_back(at_case, case, people, aside, new_line, open_page):
    """The colleague's answer is stored while this page hears nothing of it."""
    line = new_line()
    line.asleep = True
    page = open_page(people["agent"], f"/case/{case.number}", line=line)
    aside(lambda: answer(case, people["lead"], "Pakken kommer i morgen.")).result()
    box(page).fill("Den er på vei.")
    press(page, "Reply publicly")

    shown = page.locator(".objection:visible")
    expect(shown).to_contain_text("A colleague has answered since you opened this case.")
    expect(shown).to_contain_text("Pakken kommer i morgen.")
    assert Message.objects.filter(direction="out").count() == 1

    press(page, "Send anyway")
    expect(page.locator(".msg.out")).to_have_count(2)
    expect(page.locator(".objection:visible")).to_have_count(0)
    assert Message.objects.filter(direction="out").count() == 2
    open_page.troubles.clear()


def test_an_answer_that_stands_in_the_thread_holds_nothing_back(at_case, case, people, aside):
    aside(lambda: answer(case, people["lead"], "Pakken kommer i morgen.")).result()
    expect(at_case.locator(".msg.out")).to_have_count(1)

    box(at_case).fill("Hyggelig!")
    press(at_case, "Reply publicly")

    expect(at_case.locator(".msg.out")).to_have_count(2)


def test_somebody_else_resolves_it_under_an_open_composer(at_case, case, people, aside):
    from tickets.operations.closing import resolve_ticket

    box(at_case).fill("Jeg ser på det")
    aside(lambda: resolve_ticket(actor=people["lead"], ticket_id=case.pk, now=clock_now())).result()

    expect(at_case.locator(".closing")).to_contain_text(re.compile(r"Person 2 resolved this \d+ s ago"))
    expect(box(at_case)).to_have_value("Jeg ser på det")
    expect(box(at_case)).to_be_focused()
    expect(at_case.locator("#spoken")).to_contain_text("resolved this")


# Sending and taking back


def test_control_enter_sends_once(at_case):
    box(at_case).fill("Den kommer i dag.")
    box(at_case).press("Control+Enter")

    expect(at_case.locator(".msg.out")).to_have_count(1)
    expect(at_case.locator("#toast")).to_contain_text("Reply to Kunde 1 sends in")
    expect(box(at_case)).to_have_value("")
    assert (Part.objects.count(), kept_texts()) == (1, {})


def test_the_undo_window_survives_a_reload_in_any_view(at_case, case, web, wait_until):
    """L17: the server holds it and says so to a page that comes anew; the reply is visibly not sent yet."""
    box(at_case).fill("Feil svar")
    press(at_case, "Reply publicly")
    expect(at_case.locator(".msg.out.queued")).to_have_count(1)

    at_case.goto("/inbox/mine")
    expect(at_case.locator("#toast")).to_contain_text("Reply to Kunde 1 sends in")
    at_case.locator("#toast").get_by_role("button", name="Undo").click()

    at_case.wait_for_url(f"**/case/{case.number}")
    expect(box(at_case)).to_have_value("Feil svar")
    assert (Part.objects.count(), kept_texts()) == (0, {"public": "Feil svar"})


def test_the_undo_window_survives_the_death_of_the_process(at_case, case, web, open_page):
    box(at_case).fill("Feil svar")
    press(at_case, "Reply publicly")
    expect(at_case.locator("#toast")).to_be_visible()
    web.kill()
    web.start()

    at_case.reload()
    at_case.locator("#toast").get_by_role("button", name="Undo").click()

    expect(box(at_case)).to_have_value("Feil svar")
    assert Part.objects.count() == 0
    open_page.troubles.clear()


def test_the_counter_counts_as_the_server_does(at_case):
    """Same text, same unit, same number, for what Unicode makes hard."""
    from connectors.kit import textfit
    from connectors.kit.textfit import TextLimit, TextUnit
    from tickets.intake.items import clean_text

    samples = [
        "",
        "  Hei  ",
        "Å",
        "A\u030a",
        "👩‍👩‍👧",
        "🇳🇴🇸🇪",
        "e\u0301e\u0301",
        "linje\nto",
        "漢字",
        "ß€𝄞",
        "\u00a0x\u00a0",
    ]
    for unit in (TextUnit.CHARS, TextUnit.UTF16, TextUnit.BYTES, TextUnit.GRAPHEMES):
        counted = at_case.evaluate(
            r"""async ([texts, unit]) => {
                const path = document.querySelector('script[type=module]').src;
                const main = await (await fetch(path)).text();
                const { measure } = await import(new URL(main.match(/"(\.\/composer[^"]*)"/)[1], path).href);
                return texts.map((text) => measure(text, unit)); }""",
            [samples, str(unit)],
        )
        assert counted == [textfit.length(clean_text(text).strip(), TextLimit(9, unit)) for text in samples], unit


def test_undo_in_place_puts_the_text_back(at_case):
    box(at_case).fill("Feil svar")
    press(at_case, "Reply publicly")
    expect(at_case.locator("#toast")).to_be_visible()

    at_case.locator("#toast").get_by_role("button", name="Undo").click()

    expect(at_case.locator(".msg.out")).to_have_count(0)
    expect(box(at_case)).to_have_value("Feil svar")
    assert chosen(at_case) == "public"


def test_a_text_typed_in_one_case_is_never_sent_in_another(at_case, case, written, counted, open_page):
    """L6: the composer says which case it is of, and the server refuses any other."""
    other = written("En annen sak")
    box(at_case).fill("Til den første")
    before = counted()
    at_case.evaluate(
        f"""for (const send of document.querySelectorAll('.send')) {{
            send.setAttribute('hx-post', '/case/{other.number}/reply');
            const fresh = send.cloneNode(true); send.replaceWith(fresh); htmx.process(fresh);
        }}"""
    )
    press(at_case, "Reply publicly")

    expect(at_case.locator(".composer-error")).to_have_text("This text was written in another case. It was not sent.")
    expect(box(at_case)).to_have_value("Til den første")
    assert counted() == before
    open_page.troubles.clear()


def test_changing_the_case_changes_the_composer_not_its_text(at_case, case, written):
    other = written("En annen sak")
    at_case.reload()
    box(at_case).fill("Til den første")
    first = at_case.locator(".composer").element_handle()

    at_case.locator(f"#row-{other.number} .r").click()
    expect(at_case.locator(f"#case-{other.number}-composer")).to_be_visible()

    assert box(at_case).input_value() == ""
    assert not first.evaluate("form => form.isConnected")
    at_case.locator(f"#row-{case.number} .r").click()
    expect(box(at_case)).to_have_value("Til den første")
    expect(at_case.locator(f"#row-{case.number} [data-draft]")).to_have_text("Draft Til den første")


# Typing on Nordic keyboards


def test_every_character_of_the_four_layouts_can_be_typed(at_case):
    """One of the five tests of ui.md: shortcuts take nothing away."""
    signs = "@£$€{[]}\\åäöæøÅÄÖÆØ.?/!jkrnEx~^|´¨"
    for place in (box(at_case), at_case.locator("#q")):
        if not place.is_visible():
            at_case.locator("details.find summary").click()
        place.focus()
        place.fill("")
        for sign in signs:
            at_case.keyboard.press("AltGraph") if sign in "@£$€{[]}\\" else None
            at_case.keyboard.insert_text(sign) if ord(sign) > 126 else at_case.keyboard.type(sign)
        expect(place).to_have_value(signs)
        expect(place).to_be_focused()


def answer(case, who, text):
    from connectors.operations.replying import queue_reply

    return queue_reply(actor=who, ticket_id=case.pk, thread_id=case.ticket_threads.get().thread_id, visibility="public",
                       text=text, client_key=uuid.uuid4(), undo_seconds=0, now=clock_now())  # fmt: skip
