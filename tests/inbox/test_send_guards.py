"""What holds a reply back, how long it may be and until when; and the one press that insists."""

import html as markup
import json
import re
import uuid

import pytest

from tickets.models import Channel, Message, Part, Thread, TicketThread

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(browser_of, people):
    return browser_of(people["agent"])


@pytest.fixture
def thread(case):
    return case.ticket_threads.get().thread


def form(thread, mode="public", text="Den kommer i dag.", **more):
    return {"mode": mode, "thread_id": thread.pk, "text": text, "client_key": str(uuid.uuid4())} | more


def at(case, what):
    return f"/case/{case.number}/{what}"


# What stands against sending


def answer_of(people, case, thread, text="Kollegaens svar, ring 91 23 45 67", who="lead"):
    from connectors.operations.replying import queue_reply
    from core.clock import now as clock_now

    return queue_reply(actor=people[who], ticket_id=case.pk, thread_id=thread.pk, visibility="public", text=text,
                       client_key=uuid.uuid4(), undo_seconds=0, now=clock_now())  # fmt: skip


def again(html):
    """The address of the button that insists."""
    found = re.findall(r'<button[^>]*formaction="([^"]+)"[^>]* data-again', html)
    return markup.unescape(found[0]) if found else ""


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_an_unseen_answer_is_shown_masked_and_one_press_sends_anyway(browser, case, thread, people, counted, headers):
    seen = case.messages.latest("pk").pk
    answer_of(people, case, thread)
    before = counted()
    same = form(thread, seen=str(seen))

    held = browser.post(at(case, "reply"), same, headers=headers)

    html = held.content.decode()
    assert held.status_code == 409
    assert "A colleague has answered since you opened this case." in html
    assert "Kollegaens svar, ring" in html
    assert "91 23 45 67" not in html
    assert counted() == before
    assert browser.post(again(html), same, headers=headers).status_code == (200 if headers else 302)
    assert Part.objects.count() == 2


def test_a_third_answer_holds_back_even_who_insists(browser, case, thread, people):
    same = form(thread, seen=str(case.messages.latest("pk").pk))
    answer_of(people, case, thread)
    insisting = again(browser.post(at(case, "reply"), same, headers=HTMX).content.decode())
    answer_of(people, case, thread, "Enda et svar", who="marketer")

    held = browser.post(insisting, same, headers=HTMX)

    assert held.status_code == 409
    assert "Enda et svar" in held.content.decode()
    assert "Kollegaens svar" not in held.content.decode()


def test_ones_own_answers_hold_nothing_back(browser, case, thread, people):
    seen = case.messages.latest("pk").pk
    answer_of(people, case, thread, who="agent")

    assert browser.post(at(case, "reply"), form(thread, seen=str(seen))).status_code == 302


def test_the_first_public_answer_to_private_words_is_asked_about_once(browser, written, people):
    case = written("Hei", who="kari", root="r")
    thread = case.ticket_threads.get().thread
    private = Thread.objects.create(channel_id=case.channel_id, external_root="p", visibility="private",
                                    created_at=case.opened_at)  # fmt: skip
    TicketThread.objects.create(ticket=case, thread=private, customer_id=case.customer_id)
    Message.objects.create(channel_id=case.channel_id, thread=private, ticket=case, customer_id=case.customer_id,
                           direction="in", origin="customer", visibility="private", external_id="p1", text="Psst",
                           at=case.opened_at.replace(year=2027), received_at=case.opened_at,
                           version_at=case.opened_at, content_hash=b"")  # fmt: skip
    same = form(thread)

    held = browser.post(at(case, "reply"), same, headers=HTMX)

    assert (held.status_code, Part.objects.count()) == (409, 0)
    assert "The customer wrote in private. Reply in public anyway?" in held.content.decode()
    assert browser.post(again(held.content.decode()), same, headers=HTMX).status_code == 200
    assert browser.post(at(case, "reply"), form(thread), headers=HTMX).status_code == 200


def test_a_personal_value_in_public_is_asked_about_and_our_own_is_not(browser, case, thread):
    held = browser.post(at(case, "reply"), form(thread, text="Ring 91 23 45 67"), headers=HTMX)
    assert held.status_code == 409
    assert "phone number" in held.content.decode()
    assert "91 23" not in held.content.decode()
    assert browser.post(at(case, "reply"), form(thread, "private", text="Ring 91 23 45 67")).status_code == 302

    Channel.objects.update(own_values=["91 23 45 67"])
    assert browser.post(at(case, "reply"), form(thread, text="Ring 91 23 45 67"), headers=HTMX).status_code == 200


def test_a_note_that_calls_a_colleague_is_never_a_reply(browser, case, thread, people):
    type(people["lead"]).objects.filter(pk=people["lead"].pk).update(name="Astrid Lind")
    called = form(thread, text="@Astrid ser du på den?")

    for address in (at(case, "reply"), at(case, "reply") + "?sure=mentions&sure=personal"):
        held = browser.post(address, called | {"began_as": "note"}, headers=HTMX)
        assert (held.status_code, Part.objects.count()) == (409, 0)
        assert again(held.content.decode()) == ""
    assert browser.post(at(case, "reply"), called | {"began_as": "public"}, headers=HTMX).status_code == 200


def test_a_composer_of_another_case_is_refused_everywhere(browser, case, thread, counted):
    before = counted()
    for what in ("reply", "note", "draft"):
        wrong = form(thread, case=str(case.number + 1))
        assert browser.post(at(case, what), wrong, headers=HTMX).status_code == 409
    assert counted() == before


# How long, and until when


def test_the_server_says_how_long_a_draft_is_as_the_channel_counts(browser, case):
    scripted = {"Accept": "application/json"}
    body = {"mode": "public", "text": "  Åh 👩‍👩‍👧  ", "revision_public": "0"}

    kept = browser.post(at(case, "draft"), body, headers=scripted).json()

    assert kept == {"revision": 1, "start": "Åh 👩‍👩‍👧", "length": 8}
    refused = browser.post(at(case, "draft"), body | {"text": "Noe annet"}, headers=scripted)
    assert (refused.status_code, refused.json()) == (409, {"revision": 1, "text": "  Åh 👩‍👩‍👧  "})


def test_a_window_is_counted_down_and_said_when_it_is_shut(browser, written, people):
    from core.clock import now as clock_now

    case = written("Hei")
    page = browser.get(f"/case/{case.number}").content.decode()
    Message.objects.update(at=clock_now())
    open_page = browser.get(f"/case/{case.number}").content.decode()
    Message.objects.update(at=clock_now().replace(year=2020))
    shut = browser.get(f"/case/{case.number}").content.decode()

    assert "data-window" in page
    assert "data-window" in open_page
    assert 'class="btn send for-private"' in open_page
    assert 'class="btn send for-private"' not in shut
    assert "Facebook took this answer until" in shut
    assert 'class="btn send for-public"' in shut
    late = browser.post(at(case, "reply"), form(case.ticket_threads.get().thread, "private"), headers=HTMX)
    assert json.loads(late["HX-Trigger"])["samsvar:refused"]["code"] == "window_closed"
