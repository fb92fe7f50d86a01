"""The posts page: reading, answering one comment, and answering several with one confirmation and a result for each."""

import re
import uuid

import pytest

from tickets.models import Message, MessageState, Part, Post, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(channel, now):
    """A post of ours."""
    return Post.objects.create(
        channel=channel, external_id="post", text="Fri Fart er her", ours=True, version_at=now,
        permalink="https://www.facebook.com/post",
    )  # fmt: skip


@pytest.fixture
def comments(post, written):
    """Three customers' comments under it."""
    return [written(f"Hvor er pakke {n}?", name=f"Kunde {n}", post_external_id="post") for n in range(3)]


@pytest.fixture
def page(browser_of, people):
    return browser_of(people["agent"])


def field_of(case):
    return f"{case.pk}-{case.ticket_threads.get().thread_id}"


def form(cases, text="Vi ser på det.", **more):
    fields = [field_of(case) for case in cases]
    keys = {f"key-{field}": str(uuid.uuid5(uuid.NAMESPACE_URL, field)) for field in fields}
    return {"to": fields, "same_text": text, **keys, **more}


def said():
    return list(Message.objects.filter(direction="out").order_by("pk").values_list("ticket_id", "text"))


def test_the_list_and_the_open_post(page, post, comments):
    html = page.get("/posts").content.decode()
    assert "3 unanswered" in html
    assert "Fri Fart er her" in html
    html = page.get(f"/posts/{post.pk}").content.decode()
    assert html.count('class="cmt-tick"') == 3
    assert re.findall(r"Hvor er pakke (\d)", html) == ["2", "1", "0"]
    assert 'href="https://www.facebook.com/post"' in html
    assert 'href="/posts" aria-current="page"' in html


def test_one_comment_is_answered_at_once(page, post, comments):
    field = field_of(comments[1])
    own = {"only": field, f"text-{field}": "Hei!", f"key-{field}": str(uuid.uuid4()), "same_text": "Til alle"}
    answer = page.post(f"/posts/{post.pk}/reply", own)
    assert answer.status_code == 200
    assert said() == [(comments[1].pk, "Hei!")]
    assert "What became of your answers" in answer.content.decode()
    assert "2 unanswered" in answer.content.decode()


def test_several_are_asked_about_first_with_the_number(page, post, comments):
    answer = page.post(f"/posts/{post.pk}/reply", form(comments[:2]))
    html = answer.content.decode()
    assert said() == []
    assert "Send 2 public answers?" in html
    assert "Reply publicly to 2 people" in html
    assert html.count("Vi ser på det.") == 2


def test_each_gets_its_own_reply_in_its_own_case(page, post, comments):
    own = {f"text-{field_of(comments[1])}": "Til deg alene"}
    answer = page.post(f"/posts/{post.pk}/reply", form(comments, **own, confirmed="3"))
    html = answer.content.decode()
    assert said() == [(comments[0].pk, "Vi ser på det."), (comments[1].pk, "Til deg alene"),
                      (comments[2].pk, "Vi ser på det.")]  # fmt: skip
    assert Part.objects.count() == 3
    assert html.count("Undo the answer to") == 3
    assert set(Ticket.objects.values_list("status", flat=True)) == {"waiting"}


def test_the_same_form_twice_answers_nobody_twice(page, post, comments):
    for _ in range(2):
        assert page.post(f"/posts/{post.pk}/reply", form(comments, confirmed="3")).status_code == 200
    assert len(said()) == 3


def test_a_number_that_was_not_confirmed_is_asked_again(page, post, comments):
    assert (
        "Send 3 public answers?" in page.post(f"/posts/{post.pk}/reply", form(comments, confirmed="2")).content.decode()
    )
    assert said() == []


def test_one_that_is_refused_stops_none_of_the_others(page, post, comments):
    Ticket.objects.filter(pk=comments[0].pk).update(status="done", closed_at=comments[0].opened_at)
    html = page.post(f"/posts/{post.pk}/reply", form(comments, confirmed="3")).content.decode()
    assert [ticket for ticket, _ in said()] == [comments[1].pk, comments[2].pk]
    assert "This case is resolved. Reopen it to reply." in html
    assert "Vi ser på det." in html  # the text is kept for the one that was refused


def test_what_a_case_would_object_to_is_asked_here_too(page, post, comments):
    html = page.post(
        f"/posts/{post.pk}/reply", form(comments[:2], "Ring oss på 91 23 45 67", confirmed="2")
    ).content.decode()
    assert said() == []
    assert html.count("This shows something personal to everyone") == 2
    sure = {f"sure-{field_of(case)}": "personal" for case in comments[:2]}
    page.post(f"/posts/{post.pk}/reply", form(comments[:2], "Ring oss på 91 23 45 67", confirmed="2", **sure))
    assert len(said()) == 2


def test_a_text_that_is_too_long_is_not_sent(page, post, comments):
    html = page.post(f"/posts/{post.pk}/reply", form(comments[:1], "a" * 8001)).content.decode()
    assert "1 character too long." in html
    assert said() == []


def test_a_colleagues_answer_that_was_not_seen_is_told(page, post, comments, people, now):
    from connectors.operations.replying import queue_reply

    thread = comments[0].ticket_threads.get().thread_id
    queue_reply(actor=people["lead"], ticket_id=comments[0].pk, thread_id=thread, visibility="public", text="Svart alt",
                client_key=uuid.uuid4(), undo_seconds=0, now=now)  # fmt: skip
    seen = Message.objects.filter(direction="in").latest("pk").pk
    html = page.post(f"/posts/{post.pk}/reply", form(comments[:1], seen=str(seen))).content.decode()
    assert "A colleague has answered since you opened this case." in html
    assert [text for _, text in said()] == ["Svart alt"]


@pytest.mark.parametrize(("body", "sentence"), [
    ({"same_text": "Hei"}, "Tick the comments"),
    ({"to": ["1-1"], "key-1-1": str(uuid.uuid4())}, "Write an answer"),
    ({"to": ["1-1"], "key-1-1": "x", "same_text": "Hei"}, "This form is incomplete"),
    ({"to": [f"{n}-1" for n in range(51)], "same_text": "Hei"}, "At most 50"),
])  # fmt: skip
def test_a_form_that_cannot_be_used_keeps_what_was_written(page, post, comments, body, sentence):
    answer = page.post(f"/posts/{post.pk}/reply", body)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert body.get("same_text", "") in answer.content.decode()
    assert said() == []


def test_a_case_out_of_sight_is_refused_by_itself(page, post, comments, teams):
    Ticket.objects.filter(pk=comments[2].pk).update(team=teams["marketing"])
    html = page.post(f"/posts/{post.pk}/reply", form(comments[1:], confirmed="2")).content.decode()
    assert "There is no such case, or you do not have access to it." in html
    assert said() == []  # asked about first, since one of them cannot be


def test_who_may_only_read_has_no_form(browser_of, people, post, comments):
    auditor = browser_of(people["auditor"])
    html = auditor.get(f"/posts/{post.pk}").content.decode()
    assert "Hvor er pakke 1?" in html
    assert "cmt-tick" not in html
    assert "answer-bar" not in html
    assert auditor.post(f"/posts/{post.pk}/reply", form(comments[:1])).status_code == 403


def test_a_refused_comment_says_why(page, post, comments):
    Message.objects.filter(ticket=comments[0]).update(no_reply="not_summoned")
    Message.objects.filter(ticket=comments[1]).update(state=MessageState.DELETED)
    html = page.get(f"/posts/{post.pk}").content.decode()
    assert "lets us answer only people who have mentioned or quoted us" in html
    assert "Deleted on the channel." in html
    assert html.count("cmt-tick") == 1


def test_news_are_counted_from_what_the_page_holds(page, post, comments, written):
    newest = Message.objects.latest("pk").pk
    written("En til", post_external_id="post")
    assert page.get(f"/fragments/posts/{post.pk}/news?after={newest}").json() == {"count": 1}
    fragment = page.get(f"/fragments/posts/{post.pk}").content.decode()
    assert fragment.startswith("<ol")
    assert fragment.count('class="branch') == 1 + 4


@pytest.mark.parametrize("address", ["/posts?order=loudest", "/posts?before=x", "/posts/{0}?cursor=x"])
def test_an_address_that_is_none_of_ours_is_refused(page, post, comments, address):
    assert page.get(address.format(post.pk)).status_code == 422


def test_the_number_of_queries_is_the_same_for_any_number_of_comments(page, post, comments, django_assert_num_queries):
    page.get(f"/posts/{post.pk}")
    with django_assert_num_queries(10):
        page.get(f"/posts/{post.pk}")
    with django_assert_num_queries(6):
        page.get("/posts")
