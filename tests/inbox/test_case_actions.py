"""What a colleague does to a case, by plain forms and through htmx: done, refused, and nothing left of a refusal."""

import json
import uuid

import pytest
from django.conf import settings as django_settings

from core.audit.models import AuditEntry
from tickets.models import Message, Note, Part, PartState, Ticket

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(browser_of, people):
    return browser_of(people["agent"])


@pytest.fixture
def thread(case):
    return case.ticket_threads.get().thread


def form(thread, mode="public", text="Den kommer i dag.", **more):
    return {"mode": mode, "thread_id": thread.pk, "text": text, "client_key": str(uuid.uuid4())} | more


def at(case, what, message=None):
    return f"/case/{case.number}/{what}" if message is None else f"/case/{case.number}/message/{message.pk}/{what}"


def acts():
    return list(AuditEntry.objects.order_by("pk").exclude(action="channel.added").values_list("action", flat=True))


@pytest.fixture
def our_reply(people, case, thread, now):
    """A reply of Ingrid's in a state: our_reply("failed")."""
    from connectors.operations.replying import queue_reply

    def make(state="queued", **changes):
        message = queue_reply(actor=people["agent"], ticket_id=case.pk, thread_id=thread.pk, visibility="public",
                              text="Vi ser på det.", client_key=uuid.uuid4(), undo_seconds=0, now=now)  # fmt: skip
        Part.objects.filter(message=message).update(state=state, **changes)
        return message

    return make


# Replies


def test_a_plain_reply_comes_back_to_the_case(browser, case, thread):
    answer = browser.post(at(case, "reply"), form(thread))

    assert (answer.status_code, answer["Location"]) == (302, f"/case/{case.number}")
    part = Part.objects.select_related("message").get()
    assert (part.state, part.thread_id, part.message.text) == ("queued", thread.pk, "Den kommer i dag.")
    assert acts() == ["reply.queued"]


def test_a_plain_reply_goes_back_to_the_list_it_was_written_in(browser, case, thread):
    here = f"/inbox/mine?case={case.number}"

    assert browser.post(at(case, "reply"), form(thread, next=here))["Location"] == here
    assert browser.post(at(case, "reply"), form(thread, next="//evil.example"))["Location"] == f"/case/{case.number}"


def test_a_reply_through_htmx_gives_the_case_as_it_now_is(browser, case, thread):
    answer = browser.post(at(case, "reply"), form(thread), headers=HTMX)

    html = answer.content.decode()
    assert answer.status_code == 200
    assert f'id="case-{case.number}-live"' in html
    assert "Den kommer i dag." in html
    assert "<html" not in html
    assert "<textarea" not in html


def test_a_form_sent_twice_is_one_reply(browser, case, thread):
    same = form(thread)

    assert [browser.post(at(case, "reply"), same).status_code for _ in range(2)] == [302, 302]
    assert Part.objects.count() == 1


def test_the_undo_window_is_the_settings(browser, case, thread, settings):
    settings.UNDO_SECONDS = 20

    browser.post(at(case, "reply"), form(thread))

    part = Part.objects.select_related("message").get()
    assert (part.not_before_at - part.message.at).total_seconds() == 20
    assert django_settings.UNDO_SECONDS == 20


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"mode": "note"}, 422),
        ({"mode": ""}, 422),
        ({"mode": "PUBLIC"}, 422),
        ({"text": ""}, 422),
        ({"text": " \n "}, 422),
        ({"text": "\0"}, 422),
        ({"text": "x" * 8001}, 422),
        ({"client_key": ""}, 422),
        ({"client_key": "one"}, 422),
        ({"thread_id": ""}, 422),
        ({"thread_id": "²"}, 422),
        ({"thread_id": "9" * 30}, 422),
        ({"thread_id": "999999"}, 404),
    ],
)
@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "plain"])
def test_a_reply_that_is_refused_leaves_nothing(browser, case, thread, counted, change, status, htmx):
    before = counted()

    answer = browser.post(at(case, "reply"), form(thread) | change, headers=HTMX if htmx else {})

    assert answer.status_code == status
    assert counted() == before
    if htmx:
        assert answer.content == b""
        told = json.loads(answer["HX-Trigger"])["samsvar:refused"]
        assert told["sentence"].endswith(".")


def test_what_was_typed_is_kept_when_it_is_refused(browser, case, thread):
    answer = browser.post(at(case, "reply"), form(thread, text="Langt & <b>" + "x" * 8001))

    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Langt &amp; &lt;b&gt;" + "x" * 8001 in html
    assert "takes at most 8000 characters here; this has 8012." in html


def test_a_form_without_its_text_is_a_refusal_page(browser, case, thread):
    wanting = {name: value for name, value in form(thread, mode="note").items() if name != "text"}

    answer = browser.post(at(case, "reply"), wanting)

    assert answer.status_code == 422
    assert "Choose who should read this." in answer.content.decode()


def test_a_public_form_is_refused_where_the_talk_has_become_private(browser, written, counted):
    private = written(visibility="private")
    before = counted()

    answer = browser.post(at(private, "reply"), form(private.ticket_threads.get().thread, "public"), headers=HTMX)

    assert answer.status_code == 409
    assert json.loads(answer["HX-Trigger"])["samsvar:refused"]["code"] == "audience"
    assert counted() == before


def test_a_private_text_never_stands_in_a_public_thread(browser, case, thread):
    browser.post(at(case, "reply"), form(thread, "private"))

    part = Part.objects.select_related("message", "thread").get()
    assert part.action == "reply_private"
    assert part.thread_id != thread.pk
    assert {part.message.visibility, part.thread.visibility} == {"private"}


def test_a_thread_of_another_case_is_not_this_ones(browser, case, written, counted):
    other = written("En annen")
    before = counted()

    answer = browser.post(at(case, "reply"), form(other.ticket_threads.get().thread))

    assert answer.status_code == 404
    assert counted() == before


def test_a_closed_case_takes_no_reply(browser, case, thread, counted):
    browser.post(at(case, "resolve"))
    before = counted()

    answer = browser.post(at(case, "reply"), form(thread))

    assert answer.status_code == 409
    assert "Den kommer i dag." in answer.content.decode()
    assert counted() == before


# Notes


@pytest.mark.parametrize("mode", ["note", "public", "private", ""])
@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_a_note_never_leaves_the_house(browser, case, thread, mode, headers):
    before = Message.objects.count()

    answer = browser.post(at(case, "note"), form(thread, mode, "Kunden er sint."), headers=headers)

    assert answer.status_code == (200 if headers else 302)
    assert [note.text for note in Note.objects.all()] == ["Kunden er sint."]
    assert (Message.objects.count(), Part.objects.count()) == (before, 0)
    assert acts() == ["note.added"]


def test_a_note_sent_twice_is_one_note(browser, case, thread):
    same = form(thread, "note")

    assert [browser.post(at(case, "note"), same).status_code for _ in range(2)] == [302, 302]
    assert Note.objects.count() == 1


def test_a_note_is_masked_like_a_message(browser, case, thread):
    browser.post(at(case, "note"), form(thread, "note", "Ring henne på 91 23 45 67"))

    note = Note.objects.get()
    assert "91 23" not in note.text
    assert note.sealed is not None
    assert "91 23" not in browser.get(at(case, "")[:-1]).content.decode()


@pytest.mark.parametrize("change", [{"text": ""}, {"text": "x" * 10_001}, {"client_key": "no"}])
def test_a_note_that_is_refused_leaves_nothing(browser, case, thread, counted, change):
    before = counted()

    answer = browser.post(at(case, "note"), form(thread, "note") | change)

    assert answer.status_code == 422
    assert counted() == before


# Giving, taking, closing


def test_taking_and_giving_back(browser, case, people):
    browser.post(at(case, "take"))
    taken = Ticket.objects.get(pk=case.pk).assignee_id
    browser.post(at(case, "assign"), {"assignee": ""})

    assert taken == people["agent"].pk
    assert Ticket.objects.get(pk=case.pk).assignee_id is None
    assert acts() == ["ticket.assigned", "ticket.unassigned"]


def test_a_case_a_colleague_has_is_not_taken(browser, browser_of, people, case, counted):
    browser_of(people["lead"]).post(at(case, "take"))
    before = counted()

    answer = browser.post(at(case, "take"), headers=HTMX)

    assert answer.status_code == 409
    told = json.loads(answer["HX-Trigger"])["samsvar:refused"]
    assert told == {"code": "taken", "sentence": f"{people['lead'].name} has taken this case."}
    assert counted() == before


@pytest.mark.parametrize("who", ["auditor", "privacy_officer", "nobody", "text", "huge", "switched off"])
def test_a_case_is_given_only_to_who_answers_customers(browser, case, people, counted, who):
    people["admin"].is_active = False
    people["admin"].save()
    chosen = {"nobody": "999999", "text": "Mikko", "huge": "9" * 30, "switched off": str(people["admin"].pk)}
    before = counted()

    answer = browser.post(at(case, "assign"), {"assignee": chosen.get(who) or str(people[who].pk)})

    assert answer.status_code == 422
    assert counted() == before


def test_resolving_and_reopening(browser, case):
    browser.post(at(case, "resolve"))
    browser.post(at(case, "resolve"))
    closed = Ticket.objects.get(pk=case.pk).status
    browser.post(at(case, "reopen"))

    assert closed == "done"
    assert Ticket.objects.get(pk=case.pk).status == "open"
    assert acts() == ["ticket.resolved", "ticket.reopened"]


def test_reopening_where_a_newer_case_is_open_is_refused(browser, written, counted, now):
    first = written("Første", root="r", who="kari")
    browser.post(at(first, "resolve"))
    Ticket.objects.filter(pk=first.pk).update(closed_at=now)
    second = written("Andre", root="r", who="kari", minutes=60 * 24 * 20)
    assert second.pk != first.pk
    before = counted()

    answer = browser.post(at(first, "reopen"), headers=HTMX)

    assert answer.status_code == 409
    assert counted() == before


# What became of a reply


def test_a_reply_is_taken_back_with_its_text(browser, case, our_reply):
    message = our_reply()

    answer = browser.post(at(case, "undo", message), headers=HTMX)

    assert json.loads(answer["HX-Trigger"]) == {"samsvar:undone": {"mode": "public", "revision": 1}}
    kept = browser.get(at(case, "drafts")).json()["drafts"]
    assert kept == {"public": {"mode": "public", "text": "Vi ser på det.", "revision": 1, "start": "Vi ser på det."}}
    assert (Part.objects.count(), Message.objects.filter(direction="out").count()) == (0, 0)
    assert acts() == ["reply.queued", "reply.undone"]


@pytest.mark.parametrize(
    ("action", "allowed"), [("undo", {"queued"}), ("retry", {"failed", "unknown"}), ("confirm", {"unknown"})]
)
def test_each_action_fits_only_its_states(browser, case, our_reply, action, allowed, counted):
    for state in PartState.values:
        message = our_reply(state)
        before = counted()
        answer = browser.post(at(case, action, message), headers=HTMX)
        assert answer.status_code == (200 if state in allowed else 409), state
        assert (counted() == before) == (state not in allowed), state


def test_a_reply_of_another_case_is_not_found(browser, written, our_reply, counted):
    message = our_reply("failed")
    other = written("En annen")
    before = counted()

    statuses = {browser.post(at(other, action, message)).status_code for action in ("undo", "retry", "confirm")}

    assert statuses == {404}
    assert counted() == before


@pytest.mark.parametrize("action", ["hide", "like"])
def test_a_message_is_moderated_on_the_network(browser, case, action):
    from connectors.models import NetworkAction

    message = case.messages.get()

    answers = [browser.post(at(case, "moderate", message), {"action": action}).status_code for _ in range(2)]

    assert answers[0] == 302
    assert [(row.message_id, row.action) for row in NetworkAction.objects.all()] == [(message.pk, action)]


@pytest.mark.parametrize("action", ["", "reply_public", "explode", "\0"])
def test_only_moderation_is_moderated(browser, case, action, counted):
    before = counted()

    answer = browser.post(at(case, "moderate", case.messages.get()), {"action": action})

    assert answer.status_code == 422
    assert counted() == before


# Sight


ACTIONS = ("reply", "note", "assign", "take", "resolve", "reopen")


def test_out_of_sight_and_absent_answer_alike(browser, elsewhere, thread, counted):
    before = counted()
    for action in ACTIONS:
        answers = [
            browser.post(f"/case/{number}/{action}", form(thread), headers=HTMX)
            for number in (elsewhere.number, 999_999, 10**30)
        ]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert len({(answer.content, answer["HX-Trigger"]) for answer in answers}) == 1
    assert counted() == before


def test_forms_need_their_token(client_class, people, case, thread, counted):
    browser = client_class(enforce_csrf_checks=True)
    browser.force_login(people["agent"])
    before = counted()

    assert {browser.post(at(case, action), form(thread)).status_code for action in ACTIONS} == {403}
    assert counted() == before
