"""Moving to private from the composer: the line that is offered, what is sent, and what is said where it cannot be."""

import html as markup
import re
import uuid

import pytest

from tickets.models import Message, Part, Thread, TicketThread

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(browser_of, people):
    return browser_of(people["agent"])


def form(case, **more):
    thread = str(case.ticket_threads.get().thread_id)
    return {"mode": "private", "thread_id": thread, "moves": thread, "line_thread": thread, "text": "Skriv hit.",
            "line": "Hei Kunde!", "client_key": str(uuid.uuid4())} | more  # fmt: skip


def line_in(html):
    return markup.unescape(re.search(r'name="line" value="([^"]*)"', html)[1])


def sent():
    return sorted(Message.objects.filter(direction="out").values_list("visibility", "text"))


def test_a_public_case_offers_the_move_and_a_polite_line(browser, written):
    case = written("Hei", name="Kari Berg")

    html = browser.get(f"/case/{case.number}").content.decode()

    assert "Move to private" in html
    assert "Kari" in line_in(html)
    assert re.search(r'name="announce" value="1">', html)  # offered, not ticked


def test_the_line_goes_along_when_it_is_ticked_as_it_was_edited(browser, case):
    browser.post(f"/case/{case.number}/reply", form(case, announce="1", line="Hei! Se meldingene dine."))
    assert sent() == [("private", "Skriv hit."), ("public", "Hei! Se meldingene dine.")]


def test_the_line_stays_home_when_it_is_not_ticked(browser, case):
    browser.post(f"/case/{case.number}/reply", form(case))
    assert sent() == [("private", "Skriv hit.")]


def test_one_undo_takes_the_line_back_too(browser, case):
    browser.post(f"/case/{case.number}/reply", form(case, announce="1"))
    private = Message.objects.get(visibility="private", direction="out")

    browser.post(f"/case/{case.number}/message/{private.pk}/undo")

    assert sent() == []


def test_a_personal_value_in_the_line_is_asked_about(browser, case):
    held = browser.post(f"/case/{case.number}/reply", form(case, announce="1", line="Ring 91 23 45 67"), headers=HTMX)
    assert (held.status_code, Part.objects.count()) == (409, 0)


def test_a_refusal_keeps_the_line_and_its_tick(browser, case):
    html = browser.post(f"/case/{case.number}/reply", form(case, announce="1", text=" ")).content.decode()
    assert line_in(html) == "Hei Kunde!"
    assert 'name="announce" value="1" checked' in html


def test_the_composer_says_why_the_private_way_is_missing(browser, case):
    talk = Thread.objects.create(channel_id=case.channel_id, external_root="p", visibility="private", standby=True,
                                 created_at=case.opened_at)  # fmt: skip
    TicketThread.objects.create(ticket=case, thread=talk, customer_id=case.customer_id)

    html = browser.get(f"/case/{case.number}").content.decode()

    assert "No private answer here." in html
    assert 'value="private"' not in html
