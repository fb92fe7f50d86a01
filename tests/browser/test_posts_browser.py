"""The posts page on the really started product: two comments under one post, one text, each answered once."""

import uuid

import pytest
from playwright.sync_api import expect


def _word():
    return f"w{uuid.uuid4().hex[:10]}"


@pytest.fixture
def post(product, wait_until):
    """A post of ours with two comments, and their words: the page's own number of it comes with `open_post`."""
    words = _word(), _word()
    for number, word in enumerate(words):
        product.comment(f"Postvenn {number} Testdotter", f"Hvor er pakken {word}?")
    said = wait_until(
        lambda: [c for c in product.standing()["comments"] if any(word in c["message"] for word in words)][1:],
        20, "both comments stand",
    )  # fmt: skip
    assert said
    return words


def open_post(page, wait_until, word):
    """From the newest posts, as a person looks for it."""

    def found():
        page.goto("/posts")
        lines = page.locator(".post-line", has_text="Facebook").locator("a")
        for address in [line.get_attribute("href") for line in lines.all()]:
            page.goto(address)
            if page.locator(".cmt", has_text=word).count():
                return True
        return False

    wait_until(found, 90, "the post with the comment is there")


def test_two_comments_are_answered_with_one_text_and_each_once(product, open_page, wait_until, post):
    page = open_page()
    open_post(page, wait_until, post[0])
    open_post(page, wait_until, post[1])
    answered = _word()

    for word in post:
        page.locator(".cmt", has_text=word).locator(".cmt-tick").check()
    expect(page.locator(".answer-bar [data-some]")).to_have_text("The same text to 2 comments")
    page.locator("#same-text").fill(f"Hei, vi finner den {answered}.")
    page.locator(".answer-bar").get_by_role("button", name="Reply publicly").click()
    page.get_by_role("button", name="Reply publicly to 2 people").click()
    expect(page.locator(".answer-results li")).to_have_count(2)

    standing = wait_until(
        lambda: [c for c in product.standing()["comments"] if answered in c["message"]][1:] and
        [c for c in product.standing()["comments"] if answered in c["message"]], 40, "both answers stand",
    )  # fmt: skip
    asked = {c["id"] for c in product.standing()["comments"] if any(word in c["message"] for word in post)}
    assert {c["parent_id"] for c in standing} == asked
    assert len(standing) == 2
    expect(page.locator(".cmt.ours.queued")).to_have_count(0, timeout=20_000)  # the page has heard, without reload
    page.wait_for_timeout(3_000)
    assert len([c for c in product.standing()["comments"] if answered in c["message"]]) == 2


def test_without_scripts_it_works_too(product, open_page, wait_until, post):
    page = open_page(javascript=False)
    open_post(page, wait_until, post[0])
    comment = page.locator(".cmt", has_text=post[0])
    answered = _word()
    comment.locator("summary").click()
    comment.locator("textarea").fill(f"Svar {answered}")
    comment.get_by_role("button", name="Reply publicly").click()
    expect(page.locator(".answer-results")).to_be_visible()
    page.locator(".answer-results").get_by_role("button", name="Undo").click()
    expect(page.locator(".post-pane")).to_be_visible()
    expect(page.locator(".cmt", has_text=answered)).to_have_count(0)
