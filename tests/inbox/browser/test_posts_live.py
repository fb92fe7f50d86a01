"""What is new under the open post waits behind a pill; nothing ticked or written in moves or goes."""

import pytest
from playwright.sync_api import expect

from tickets.models import Post


@pytest.fixture
def post(channel, now):
    """A post of ours."""
    return Post.objects.create(channel=channel, external_id="post", text="Fri Fart er her", ours=True, version_at=now)


def test_new_comments_wait_behind_a_pill_and_leave_what_is_written(open_page, people, post, written):
    # given an open post with one comment, ticked and with an answer begun
    written("Hvor er pakken?", post_external_id="post")
    page = open_page(people["agent"], f"/posts/{post.pk}")
    page.locator(".cmt-tick").check()
    page.locator(".cmt-reply summary").click()
    page.locator(".cmt textarea").fill("Vi ser på")
    page.wait_for_timeout(500)

    # when two more come
    for text in ("Hvor er min?", "Og min?"):
        written(text, post_external_id="post")

    # then they are counted, and nothing has moved
    expect(page.locator("#post-news")).to_have_text("2 new comments", timeout=15_000)
    expect(page.locator(".branch")).to_have_count(1)
    # when the pill is pressed
    page.locator("#post-news").click()
    # then they stand above, and the text is where it was
    expect(page.locator(".branch")).to_have_count(3)
    assert [text.strip() for text in page.locator(".cmt-text").all_inner_texts()] == [
        "Og min?",
        "Hvor er min?",
        "Hvor er pakken?",
    ]
    expect(page.locator(".cmt textarea").last).to_have_value("Vi ser på")
    expect(page.locator(".cmt-tick").last).to_be_checked()
    expect(page.locator("#post-news")).to_be_hidden()


def test_a_case_of_another_network_asks_nothing(open_page, people, post, written, written_in):
    written("Hvor er pakken?", post_external_id="post")
    page = open_page(people["agent"], f"/posts/{post.pk}")
    page.wait_for_timeout(500)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/fragments/posts/" in request.url else None)
    written_in("messenger", "104000000000009", visibility="private")
    page.wait_for_timeout(3_000)
    assert asked == []
