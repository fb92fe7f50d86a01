"""What the templates say and never say: escaping, masks, languages, delivery in words, and the strict policy."""

import html as markup
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.template.loader import render_to_string

from inbox.templatetags.said import EVENTS, MASKS, REASONS
from tests.pages.sample_views import (
    NOON,
    a_case,
    a_composer,
    a_message,
    a_mode,
    a_note,
    a_page_context,
    a_post,
    a_row,
    a_turn,
    an_event,
    ours,
)
from tickets.queries.text import Piece

HOSTILE = '<script>alert(1)</script>" onmouseover="x'
BIDI = "Kari \u202egnp.exe"


@pytest.fixture(autouse=True)
def _plain_static(settings):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


def draw(template, **context):
    return render_to_string(f"inbox/{template}.html", a_page_context(**context))


def thread(*entries, **case):
    return draw("fragments/_case_live", case=a_case(*entries, **case))


def words(html):
    return " ".join(markup.unescape(re.sub(r"<[^>]+>", " ", html)).split())


def whole_pages():
    hostile = a_message(text=(Piece(HOSTILE),), author_name=HOSTILE)
    case = a_case(hostile, ours(), a_note(), a_turn(), an_event(1), posts=(a_post(),))
    return {
        "queue": draw("pages/queue", rows=[a_row(), a_row(number=2, customer_name=HOSTILE)]),
        "queue with case": draw("pages/queue", rows=[a_row()], case=case, composer=a_composer()),
        "empty": draw("pages/queue", notice=HOSTILE, query_text=HOSTILE),
        "case": draw("pages/case", case=case, composer=a_composer(error=HOSTILE, text=HOSTILE)),
        "refusal": draw("pages/refusal", status=404, sentence=HOSTILE),
        "not found": render_to_string("404.html", a_page_context()),
        "forbidden": render_to_string("403.html", a_page_context()),
        "expired": render_to_string("403_csrf.html"),
        "broken": render_to_string("500.html"),
    }


def test_hostile_words_are_text_everywhere():
    for html in whole_pages().values():
        assert "<script>alert" not in html
        assert 'onmouseover="x' not in html


class Loosened(HTMLParser):
    """Collects what a strict content security policy would refuse."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.tags = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags += 1
        names = dict(attrs)
        self.found += [f"{tag} {name}" for name in names if name == "style" or name.startswith(("on", "hx-on"))]
        if tag == "style" or (tag == "script" and not names.get("src", "").startswith("/static/")):
            self.found.append(tag)
        if (
            tag in ("img", "link", "iframe")
            and names.get("rel") != "expect"
            and not (names.get("href") or names.get("src") or "").startswith("/static/")
        ):
            self.found.append(tag)


def test_no_page_needs_a_loosened_policy():
    for name, html in whole_pages().items():
        seen = Loosened(html)
        assert seen.found == [], name
        assert seen.tags > 5


def test_the_watch_for_loosened_policy_sees():
    seen = Loosened('<p style="x" onclick="y"><style></style><script>1</script><img src="https://x.example/">')

    assert seen.found == ["p style", "p onclick", "style", "script", "img"]


def test_a_name_that_turns_the_writing_direction_is_kept_apart():
    html = draw("fragments/_row", row=a_row(customer_name=BIDI))

    assert f"<bdi>{BIDI}</bdi>" in html


def test_a_row_is_the_same_for_everyone():
    row = a_row()

    alone = render_to_string("inbox/fragments/_row.html", {"row": row})

    assert alone == draw("fragments/_row", row=row)
    assert 'href="/case/10482"' in alone
    assert 'datetime="2026-03-04T13:00:00Z"' in alone
    assert 'data-due="2026-03-04T13:00:00Z"' in alone
    assert 'data-v="4"' in alone


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trouble": "failed"}, "Not sent."),
        ({"trouble": "unknown"}, "May have been sent."),
        ({"visibility": "private"}, "private"),
        ({"visibility": "private", "moved_private": True}, "Moved to private"),
        ({"tags": ("retur", "faktura")}, "+1"),
        ({"priority": 3}, "Urgent"),
        ({"status": "done", "answered": True, "due_at": None}, "done"),
        ({"answered": True, "due_at": None, "waiting_since": None}, "answered"),
        ({"customer_name": ""}, "Unknown name"),
    ],
)
def test_a_row_says_what_stands(changes, said):
    assert said in words(draw("fragments/_row", row=a_row(**changes)))


def test_square_is_public_and_round_is_private():
    assert 'class="ch pub"' in draw("fragments/_row", row=a_row(visibility="public"))
    assert 'class="ch"' in draw("fragments/_row", row=a_row(visibility="private"))


@pytest.mark.parametrize("label", sorted(MASKS))
def test_a_mask_is_a_chip_that_names_its_kind_and_nothing_else(label):
    html = thread(a_message(text=(Piece("Ring "), Piece("•• 7319-2086", label), Piece(" nå"))))

    chip = re.search(r'<span class="redact">.*?</span></span></span>', html, re.DOTALL)
    assert str(MASKS[label]) in words(chip.group())
    assert "hidden" in words(chip.group())
    assert "7319" not in html


def test_every_message_says_its_language():
    html = thread(a_message(language="sv"), a_message(2, language=""), ours(3, language="fi"))

    assert re.findall(r'<div class="bubble" lang="(\w+)"', html) == ["sv", "und", "fi"]


@pytest.mark.parametrize(
    ("changes", "said", "actions"),
    [
        ({"delivery": "sent"}, "sent", []),
        ({"delivery": "sending"}, "Sending", []),
        ({"delivery": "claimed"}, "Waits to be sent", []),
        ({"delivery": "queued"}, "Waits to be sent", []),
        ({"delivery": "queued", "reason": "needs_reconnect"}, "needs a new sign-in", []),
        ({"delivery": "queued", "undo_until": NOON + timedelta(seconds=8)}, "Sends at", ["undo"]),
        ({"delivery": "failed", "reason": "window_closed"}, "The customer must write first.", ["retry"]),
        ({"delivery": "failed", "reason": "a-code-of-tomorrow"}, "The channel did not accept it.", ["retry"]),
        ({"delivery": "unknown"}, "May have been sent.", ["confirm", "retry"]),
    ],
)
def test_every_delivery_state_is_said_in_words(changes, said, actions):
    html = thread(ours(20, **changes))

    assert said in words(html)
    assert re.findall(r'action="/case/10482/message/20/(\w+)"', html) == actions


@pytest.mark.parametrize("code", sorted(REASONS))
def test_every_reason_is_a_whole_sentence(code):
    said = words(thread(ours(delivery="failed", reason=code)))

    assert str(REASONS[code]) in said
    assert str(REASONS[code]).endswith(".")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "hidden"}, "Hidden on the channel."),
        ({"state": "deleted", "text": ()}, "Deleted on the channel."),
        ({"edited": True}, "edited"),
        ({"origin": "native_app", "incoming": False}, "from the channel's own app"),
        ({"reactions": 3}, "3 reactions"),
        ({"attachments": ({"kind": "image", "url": "https://x.example/1", "title": ""},)}, "Picture"),
        ({"visibility": "private"}, "private message"),
        ({"visibility": "public"}, "public comment"),
    ],
)
def test_what_became_of_a_message_is_said_in_words(changes, said):
    assert said in words(thread(a_message(**changes)))


def test_a_picture_is_never_fetched_from_the_channel():
    html = thread(a_message(attachments=({"kind": "image", "url": "https://x.example/1", "title": "a.png"},)))

    assert "x.example" not in html


def test_only_long_runs_of_history_are_folded():
    three = thread(*(an_event(n) for n in range(3)))
    four = thread(*(an_event(n) for n in range(4)))

    assert three.count("<details") == 0
    assert four.count("<details") == 1
    assert "4 changes" in words(four)
    assert len(re.findall(r'id="event-\d"', four)) == 4


def test_other_peoples_words_are_folded_together():
    html = thread(a_message(1), a_message(2, aside=True), a_message(3, aside=True), a_message(4))

    assert "2 messages from others here" in words(html)
    assert html.index('id="msg-2"') > html.index('id="fold-message-2"')


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (an_event(1, "assigned", to="Mikko Lahtela"), "Ingrid Solvang assigned the case to Mikko Lahtela"),
        (an_event(1, "assigned", to="Ingrid Solvang"), "Ingrid Solvang took the case"),
        (an_event(1, "unassigned"), "Ingrid Solvang gave the case back"),
        (an_event(1, "moved", to="Network"), "Ingrid Solvang moved the case to Network"),
        (an_event(1, "routed", "", team="Network"), "Routed to Network"),
        (an_event(1, "reopened", ""), "Reopened by a new message"),
        (an_event(1, "a-kind-of-tomorrow"), "The case was changed"),
    ],
)
def test_history_is_told_in_sentences(event, said):
    assert said in words(thread(event))


def test_every_kind_of_history_has_a_sentence_without_names():
    assert {kind for kind, _needed, _said in EVENTS} - {"taken"} == {
        kind for kind, needed, _said in EVENTS if not needed
    }


def test_the_turn_to_private_is_said():
    assert "Private from here" in words(thread(a_turn("private")))
    assert "Public again from here" in words(thread(a_turn("public")))


def test_the_composer_names_its_reader_and_keeps_notes_apart():
    html = draw(
        "fragments/_composer",
        case=a_case(),
        composer=a_composer(modes=tuple(map(a_mode, ("public", "private", "note")))),
    )

    sends = dict(re.findall(r'data-mode="(\w+)" formaction="([^"]+)"', html))
    assert sends == {"public": "/case/10482/reply", "private": "/case/10482/reply", "note": "/case/10482/note"}
    assert re.findall(r'<button name="thread_id" value="(\d+)" class="btn send for-(\w+)"', html) == [
        ("5", "public"),
        ("6", "private"),
    ]
    assert re.findall(r'value="(\w+)" data-command="\w+" data-limit="(\d+)"', html) == [
        ("public", "8000"),
        ("private", "2000"),
    ]
    for said in ("Reply publicly", "Send privately", "Add note", "everyone reads it", "only colleagues see this"):
        assert said in words(html)


def test_ids_are_unique_and_stable():
    html = draw("pages/queue", rows=[a_row(), a_row(number=2)], composer=a_composer(),
                case=a_case(a_message(), ours(), a_note(), a_turn(), an_event(1), posts=(a_post(),)))  # fmt: skip

    ids = re.findall(r'\sid="([^"]+)"', html)

    assert sorted(ids) == sorted(set(ids))
    for wanted in ("row-10482", "row-10482-sla", "row-10482-text", "case-10482-live", "case-10482-head",
                   "case-10482-facts", "case-10482-thread", "case-10482-composer", "msg-10", "note-5", "event-1",
                   "nav-count-mine"):  # fmt: skip
        assert wanted in ids


def test_who_may_not_answer_has_no_composer():
    html = draw("pages/case", case=a_case(may_reply=False, may_note=False, may_assign=False, may_resolve=False))

    assert "<textarea" not in html
    assert "/assign" not in html
    assert "/resolve" not in html


def test_counts_cover_the_navigation_and_the_tabs():
    html = draw("fragments/_counts")

    assert re.findall(r'id="([\w-]+)">(\d+)', html) == [
        ("nav-count-mine", "3"), ("nav-count-all", "3"), ("nav-count-team-net", "3"),
        ("tab-count-open", "3"), ("tab-count-waiting", "2"), ("tab-count-done", "1"),
    ]  # fmt: skip


def test_sign_in_offers_people_only_where_told():
    form = {
        "email": {"value": "", "errors": []},
        "password": {"errors": []},
        "initial": {},
        "non_field_errors": ["Not these two."],
    }
    people = [{"email": "ingrid@havbris.example", "password": "demo-word", "role": "Agent", "name": "Ingrid Solvang"}]

    alone = draw("pages/sign_in", form=form, next="/", sign_ins=[])
    demo = draw("pages/sign_in", form=form, next="/", sign_ins=people)

    assert "Not these two." in words(alone)
    assert "demo" not in words(alone)
    assert "?as=ingrid%40havbris.example" in demo
    assert re.findall(r"\sstyle=", demo) == []
