"""Saved replies on the pages: behind `/`, without JavaScript, what stops a send, and the split button."""

import html as markup
import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tickets.models import FollowUp, Message, Part, SavedReply, SavedReplyUse, Ticket
from tickets.operations.saved_replies import Content, Variant, create_saved_reply

HTMX = {"HX-Request": "true"}
GREETING = "Hei {{customer.first_name}}, pakken kommer i dag."
SESSION_AND_USER = 2


@pytest.fixture
def browser(browser_of, people):
    return browser_of(people["agent"])


@pytest.fixture
def astrid(browser_of, people):
    return browser_of(people["admin"])


@pytest.fixture
def saved(people, now):
    """One for everyone, in two languages."""
    variants = [Variant("nb", GREETING), Variant("sv", "Hej {{customer.first_name}}")]
    return create_saved_reply(actor=people["lead"], content=Content("Pakken", variants, "pakke", "all"), now=now)


@pytest.fixture
def variant(saved):
    return saved.variants.get(language="nb")


def form(case, mode="public", text="Den kommer i dag.", **more):
    thread = case.ticket_threads.get().thread_id
    return {"mode": mode, "thread_of_public": thread, "text": text, "client_key": str(uuid.uuid4())} | more


def at(case, what):
    return f"/case/{case.number}/{what}"


# The picker


def test_the_picker_gets_options_filled_from_the_case(browser, written, saved, variant):
    case = written(name="Kari <b>Berg")
    html = browser.post(at(case, "saved-replies"), {"mode": "public", "q": "pakk"}, headers=HTMX).content.decode()
    assert html.count('role="option"') == 2
    assert "Hei Kari, pakken kommer i dag." in html
    assert f'data-variant="{variant.pk}"' in html
    assert "<b>Berg" not in html
    assert "<form" not in html
    assert "option" not in browser.post(at(case, "saved-replies"), {"q": "finnes ikke"}, headers=HTMX).content.decode()


def test_a_place_without_a_value_is_marked(browser, written, saved):
    html = browser.post(at(written(name=""), "saved-replies"), {"mode": "private"}, headers=HTMX).content.decode()
    assert '<mark class="place">{{customer.first_name}}</mark>' in html


def test_the_picker_costs_the_same_for_one_and_for_thirty(
    browser, case, saved, people, now, django_assert_max_num_queries
):
    for number in range(30):
        content = Content(f"Svar {number}", [Variant("nb", "Hei {{customer.name}}"), Variant("fi", "Moi")], scope="all")
        create_saved_reply(actor=people["lead"], content=content, now=now)
        if number in (0, 29):
            with django_assert_max_num_queries(SESSION_AND_USER + 8):
                browser.post(at(case, "saved-replies"), {"mode": "public"}, headers=HTMX)


def test_a_case_page_does_not_pay_for_it(browser, case, saved):
    with CaptureQueriesContext(connection) as asked:
        html = browser.get(f"/inbox/all?case={case.number}").content.decode()
    assert not any("tickets_savedreply" in query["sql"] for query in asked)
    assert "data-saved-open" in html
    assert "Pakken" not in html


# Without JavaScript


def test_a_plain_form_chooses_and_comes_back_with_the_box_filled(browser, case, saved, variant, counted):
    before = counted()
    typed = form(case, text="Takk for meldingen.", began_as="public", cc="")
    page = browser.post(at(case, "saved-replies"), typed).content.decode()
    assert 'name="text" value="Takk for meldingen."' in page
    assert f'name="variant" value="{variant.pk}"' in page

    back = browser.post(at(case, "saved-replies/use"), typed | {"variant": variant.pk})
    html = back.content.decode()
    assert back.status_code == 200
    assert "Takk for meldingen.\n\nHei Kunde, pakken kommer i dag.</textarea>" in html
    assert f'name="saved_reply" value="{variant.pk}"' in html
    assert counted() == before

    plain = browser.post(at(case, "saved-replies/use"), typed | {"variant": ""}).content.decode()
    assert "Takk for meldingen.</textarea>" in plain


def test_what_is_not_there_fills_nothing(browser, case, saved):
    assert browser.post(at(case, "saved-replies/use"), form(case, variant="999999")).status_code == 404
    assert browser.post(at(case, "saved-replies/use"), form(case, variant="1") | {"case": "1"}).status_code == 409


# Sending


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_a_place_that_is_not_filled_in_stops_the_send(browser, case, counted, headers):
    before = counted()
    held = browser.post(at(case, "reply"), form(case, text="Hei {{ customer.first_name }}!"), headers=headers)
    html = held.content.decode()
    assert held.status_code == 409
    assert 'data-code="unfilled"' in html
    assert "{{customer.first_name}}" in html
    assert "Send anyway" not in html
    assert counted() == before


def test_the_operation_refuses_it_too(people, case, now, counted):
    from connectors.operations.replying import queue_reply
    from core.errors import Invalid

    with pytest.raises(Invalid) as caught:
        queue_reply(actor=people["agent"], ticket_id=case.pk, thread_id=case.ticket_threads.get().thread_id,
                    visibility="public", text="{{agent.name}}", client_key=uuid.uuid4(), undo_seconds=0,
                    now=now)  # fmt: skip
    assert caught.value.code == "unfilled"
    assert Message.objects.filter(direction="out").count() == 0


def test_other_braces_are_the_writers_own(browser, case):
    sent = browser.post(at(case, "reply"), form(case, text="Skriv {{navn}} i malen"))
    assert sent.status_code == 302
    assert Part.objects.count() == 1


def test_a_send_counts_the_use(browser, case, saved, variant):
    browser.post(at(case, "reply"), form(case, text="Hei Kunde, pakken kommer i dag.", saved_reply=[variant.pk, "x"]))
    browser.post(at(case, "reply"), form(case, text="Noe helt annet", saved_reply=variant.pk))
    assert list(SavedReplyUse.objects.order_by("pk").values_list("edited", "changed")) == [(False, 0), (True, 100)]


# And then


def test_send_and_resolve_is_held_with_the_reply_and_undone_with_it(browser, case, people):
    answer = browser.post(f"{at(case, 'reply')}?then=resolve", form(case), headers=HTMX)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "then the case is resolved" in html
    assert Ticket.objects.get(pk=case.pk).status == "waiting"
    assert list(FollowUp.objects.values_list("kind", "state")) == [("resolve", "held")]

    message = Message.objects.get(direction="out")
    browser.post(at(case, f"message/{message.pk}/undo"))
    assert FollowUp.objects.count() == 0
    assert Ticket.objects.get(pk=case.pk).status == "open"


def test_the_last_used_is_remembered_and_never_the_default(browser, case, people):
    first = browser.get(at(case, "")[:-1]).content.decode()
    assert "last used" not in first
    browser.post(f"{at(case, 'reply')}?then=resolve", form(case))
    people["agent"].refresh_from_db()
    assert people["agent"].after_send == "resolve"
    html = browser.get(at(case, "")[:-1]).content.decode()
    assert "last used" in html
    main = re.findall(r'<button[^>]*class="btn send for-public"[^>]*>', html)
    assert len(main) == 1
    assert "then=" not in main[0]
    assert html.count('data-command="send-and-resolve"') == 1


def test_an_unknown_step_sends_nothing(browser, case, counted):
    before = counted()
    assert browser.post(f"{at(case, 'reply')}?then=explode", form(case), headers=HTMX).status_code == 422
    assert (counted(), FollowUp.objects.count()) == (before, 0)


def test_insisting_keeps_what_should_follow(browser, case, people):
    text = "Ring meg på 91 23 45 67"
    held = browser.post(f"{at(case, 'reply')}?then=resolve", form(case, text=text), headers=HTMX).content.decode()
    again = re.findall(r'formaction="([^"]+)"', held)[0].replace("&amp;", "&")
    assert "then=resolve" in again
    assert browser.post(again, form(case, text=text), headers=HTMX).status_code == 200
    assert FollowUp.objects.count() == 1


def test_send_and_snooze_offers_times_and_holds_the_one_that_was_pressed(browser, case):
    html = markup.unescape(browser.get(at(case, "")[:-1]).content.decode())
    address = re.findall(r'formaction="([^"]*then=snooze[^"]*)"', html)[0]
    assert browser.post(address, form(case), headers=HTMX).status_code == 200
    follow_up = FollowUp.objects.get()
    assert (follow_up.kind, follow_up.state, follow_up.until is not None) == ("snooze", "held", True)
    assert browser.post(f"{at(case, 'reply')}?then=snooze", form(case), headers=HTMX).status_code == 422


def test_a_note_is_followed_by_nothing(browser, case, counted):
    refused = browser.post(f"{at(case, 'reply')}?then=resolve", form(case, mode="note"), headers=HTMX)
    assert refused.status_code == 422
    assert Message.objects.filter(direction="out").count() == 0


# The pages that keep them


def test_one_is_written_changed_deleted_and_brought_back(astrid, people, teams):
    words = {"title": "Retur", "shortcut": "/Retur", "scope": f"team-{teams['first-line'].pk}",
             "review_on": "2027-01-31", "text-0": "Hi", "language-0": "en", "text-1": "Hei {{ customer.name }}",
             "language-1": "nb", "text-2": "Kort", "language-2": "nb", "channel-2": "facebook.public"}  # fmt: skip
    made = astrid.post("/admin/saved-replies/new", words)
    reply = SavedReply.objects.get()
    assert made["Location"] == "/admin/saved-replies?done=saved"
    assert (reply.shortcut, reply.team_id, str(reply.review_on)) == ("retur", teams["first-line"].pk, "2027-01-31")
    assert set(reply.variants.values_list("language", "platform", "visibility", "text")) == {
        ("en", "", "", "Hi"),
        ("nb", "", "", "Hei {{customer.name}}"),
        ("nb", "facebook", "public", "Kort"),
    }

    page = astrid.get(f"/admin/saved-replies/{reply.pk}").content.decode()
    assert "Hei {{customer.name}}</textarea>" in page
    assert '<option value="facebook.public" selected>' not in page  # no such channel is connected here
    gone = astrid.post(f"/admin/saved-replies/{reply.pk}/archive")
    offer = astrid.get(gone["Location"]).content.decode()
    assert f"/admin/saved-replies/{reply.pk}/restore" in offer
    assert "Retur" in astrid.get("/admin/saved-replies?deleted=1").content.decode()
    astrid.post(f"/admin/saved-replies/{reply.pk}/restore")
    assert SavedReply.objects.get().archived_at is None


def test_a_refused_form_keeps_what_was_written(astrid):
    words = {"title": "Retur", "scope": "all", "text-0": "Hei {{customer.phone}}", "language-0": "nb"}
    page = astrid.post("/admin/saved-replies/new", words)
    html = page.content.decode()
    assert page.status_code == 422
    assert "{{customer.phone}} is no variable" in html
    assert "Hei {{customer.phone}}</textarea>" in html
    assert SavedReply.objects.count() == 0


def test_the_preview_fills_a_sample_and_counts_as_the_channels_do(astrid, connected):
    html = astrid.post("/admin/saved-replies/preview",
                       {"text": "Hei {{customer.first_name}} 👍", "language": "nb"}).content.decode()  # fmt: skip
    assert "Hei Kari 👍" in html
    counts = re.findall(r">(\d+ of \d+)<", html)
    assert counts == ["10 of 2000", "10 of 8000"]
    over = astrid.post("/admin/saved-replies/preview", {"text": "x" * 2001, "channel": "facebook.private"})
    assert "1 over" in over.content.decode()


def test_a_list_costs_the_same_for_one_and_for_forty(astrid, people, now, django_assert_max_num_queries):
    for number in range(40):
        content = Content(f"Svar {number}", [Variant("nb", "Hei")], scope="all")
        create_saved_reply(actor=people["admin"], content=content, now=now)
        if number in (0, 39):
            with django_assert_max_num_queries(SESSION_AND_USER + 6):
                astrid.get("/admin/saved-replies")


def test_a_reply_of_ours_is_made_into_one(browser, case, people):
    browser.post(at(case, "reply"), form(case, text="Hei Kunde! Ring 91 23 45 67.", sure="personal"))
    browser.post(f"{at(case, 'reply')}?sure=personal", form(case, text="Hei Kunde! Ring 91 23 45 67."))
    message = Message.objects.get(direction="out")
    assert f"/admin/saved-replies/new?from={message.pk}" in browser.get(at(case, "")[:-1]).content.decode()
    html = browser.get(f"/admin/saved-replies/new?from={message.pk}").content.decode()
    assert "Hei {{customer.first_name}}! Ring [PHONE].</textarea>" in html
    assert "91 23" not in html


def test_who_keeps_none_is_not_shown_the_way(browser_of, people):
    for role, shown in (("agent", True), ("auditor", False)):
        html = browser_of(people[role]).get("/inbox/all").content.decode()
        assert ("/admin/saved-replies" in html) is shown
