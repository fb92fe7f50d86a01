"""Posts and what was said under them: only what the reader may see, branches in order, pages by keyset."""

from datetime import timedelta

import pytest

from connectors.operations.replying import queue_reply
from core.errors import Invalid, NotFound
from tickets.intake.apply import apply_items
from tickets.intake.items import Author, MessageItem, PostItem
from tickets.models import Message, Post, Ticket
from tickets.queries.posts import count_news, get_post_lines, get_post_page

pytestmark = pytest.mark.django_db
PAGE = "104000000000001"


@pytest.fixture
def told(channel, now):
    """told.post("p1", …) and told.comment("c1", "p1", …): what the network tells; gives the row."""

    class Told:
        @staticmethod
        def post(number, text="Fri Fart er her", *, minutes=0, ours=True):
            at = now + timedelta(minutes=minutes)
            item = PostItem(platform="facebook", account_external_id=PAGE, external_id=number, text=text, ours=ours,
                            author=None if ours else Author("77", "Per", scope=PAGE), at=at)  # fmt: skip
            apply_items([item], now=at)
            return Post.objects.get(external_id=number)

        @staticmethod
        def comment(number, post, who="Kari", *, root="", parent="", minutes=0, text="Hvor er pakken?", **more):
            at = now + timedelta(minutes=minutes)
            item = MessageItem(
                platform="facebook", account_external_id=PAGE, external_id=number, external_root=root or number,
                parent_external_id=parent or root, post_external_id=post, text=text, at=at,
                author=Author(f"id-{who}", who, scope=PAGE), **more,
            )  # fmt: skip
            apply_items([item], now=at)
            return Message.objects.get(external_id=number)

    return Told


@pytest.fixture
def answered(agent, now):
    """answered(message): Ingrid's public answer to it."""

    def answer(message, text="Vi ser på det.", minutes=30):
        from uuid import uuid4

        return queue_reply(actor=agent, ticket_id=message.ticket_id, thread_id=message.thread_id, visibility="public",
                           text=text, client_key=uuid4(), undo_seconds=0,
                           now=now + timedelta(minutes=minutes))  # fmt: skip

    return answer


def test_a_post_has_its_cases_and_how_many_of_them_wait(told, answered, agent):
    told.post("p1")
    first = told.comment("c1", "p1", "Kari")
    told.comment("c2", "p1", "Per", minutes=1)
    told.comment("c3", "p1", "Per", root="c1", minutes=2)  # Per once more, below Kari
    answered(first)
    told.post("p2", minutes=5)

    lines = get_post_lines(actor=agent).rows

    assert [(line.cases, line.waiting) for line in lines] == [(3, 2)]  # nothing was said under p2


def test_what_a_colleague_may_not_see_is_neither_counted_nor_shown(told, teams, agent, make_user):
    told.post("p1")
    told.comment("c1", "p1", "Kari")
    hidden = told.comment("c2", "p1", "Per", minutes=1, text="Kan vi samarbeide?")
    Ticket.objects.filter(pk=hidden.ticket_id).update(team=teams["marketing"])
    told.post("p2")
    alone = told.comment("c3", "p2", "Eva")
    Ticket.objects.filter(pk=alone.ticket_id).update(team=teams["marketing"])

    lines = get_post_lines(actor=agent).rows
    assert [(line.cases, line.waiting) for line in lines] == [(1, 1)]
    page = get_post_page(actor=agent, post_id=lines[0].id)
    assert [branch.comments[0].message.author_name for branch in page.branches] == ["Kari"]
    assert count_news(actor=agent, post_id=lines[0].id, after=0) == 1
    marketer = make_user("marketer", teams["marketing"])
    assert [line.cases for line in get_post_lines(actor=marketer).rows] == [1, 1]
    other = Post.objects.get(external_id="p2").pk
    for refused in (
        lambda: get_post_page(actor=agent, post_id=other),
        lambda: count_news(actor=agent, post_id=other, after=0),
    ):
        with pytest.raises(NotFound):
            refused()
    assert get_post_lines(actor=make_user("privacy_officer")).rows == ()


def test_private_threads_do_not_count(told, agent):
    told.post("p1")
    told.comment("c1", "p1", "Kari", visibility="private")
    assert get_post_lines(actor=agent).rows == ()


def test_branches_are_kept_in_order_and_our_answers_stand_in_place(told, answered, agent):
    post = told.post("p1")
    first = told.comment("c1", "p1", "Kari")
    told.comment("c2", "p1", "Per", minutes=1)
    told.comment("c3", "p1", "Kari", root="c1", minutes=3, text="Hallo?")
    told.comment("c4", "p1", "Eva", root="c1", parent="c3", minutes=4)
    answered(first)

    branches = get_post_page(actor=agent, post_id=post.pk).branches

    said = [[(one.message.author_name, one.reply) for one in branch.comments] for branch in branches]
    kari = [("Kari", False), ("Kari", True), ("Eva", True), ("Ingrid Solvang", True)]
    assert said == [[("Per", False)], kari]
    latest = [one.message.external_id for branch in branches for one in branch.comments if one.latest]
    assert latest == ["c2", "c3", "c4"]  # what an answer would answer, once for each case
    waits = {one.message.external_id for branch in branches for one in branch.comments if one.waits}
    assert waits == {"c2", "c4"}


def test_deleted_and_hidden_ones_stay_and_take_no_answer(told, agent):
    post = told.post("p1")
    told.comment("c1", "p1", "Kari")
    Message.objects.filter(external_id="c1").update(state="deleted")
    told.comment("c2", "p1", "Per", minutes=1)
    Message.objects.filter(external_id="c2").update(state="hidden")

    comments = [one for branch in get_post_page(actor=agent, post_id=post.pk).branches for one in branch.comments]

    assert [(one.message.state, one.latest) for one in comments] == [("hidden", True), ("deleted", False)]


def test_pages_of_posts_and_of_comments_meet_without_gap_or_double(told, agent):
    for number in range(5):
        told.post(f"p{number}", minutes=number)
        told.comment(f"c{number}", f"p{number}", f"Kunde {number}", minutes=number)
    told.comment("extra", "p1", "Eva", minutes=9)
    for order, expected in (("newest", ["p4", "p3", "p2", "p1", "p0"]), ("waiting", ["p1", "p4", "p3", "p2", "p0"])):
        cursor, seen = "", []
        while True:
            page = get_post_lines(actor=agent, order=order, cursor=cursor, size=2)
            seen += [line.id for line in page.rows]
            cursor = page.next_cursor
            if not cursor:
                break
        assert [Post.objects.get(pk=pk).external_id for pk in seen] == expected
    post = Post.objects.get(external_id="p1")
    page = get_post_page(actor=agent, post_id=post.pk, size=1)
    rest = get_post_page(actor=agent, post_id=post.pk, size=1, cursor=page.next_cursor)
    assert [b.comments[0].message.external_id for b in (*page.branches, *rest.branches)] == ["extra", "c1"]
    assert rest.next_cursor == ""


def test_an_answered_comment_of_an_older_page_comes_with_its_answer(told, agent):
    post = told.post("p1")
    told.comment("c1", "p1", "Kari")
    told.comment("c2", "p1", "Per", root="c1", minutes=5)
    page = get_post_page(actor=agent, post_id=post.pk, size=1)
    assert [one.message.external_id for one in page.branches[0].comments] == ["c1", "c2"]


def test_only_posts_where_somebody_waits_are_listed_as_unanswered(told, answered, agent):
    told.post("p1")
    answered(told.comment("c1", "p1", "Kari"))
    assert get_post_lines(actor=agent, order="waiting").rows == ()


@pytest.mark.parametrize("wrong", [{"order": "loudest"}, {"cursor": "nonsense"}])
def test_an_order_or_cursor_that_is_not_ours_is_refused(agent, wrong):
    with pytest.raises(Invalid):
        get_post_lines(actor=agent, **wrong)


def test_the_number_of_queries_does_not_grow(told, answered, agent, django_assert_num_queries):
    post = told.post("p1")
    for number in range(4):
        answered(told.comment(f"c{number}", "p1", f"Kunde {number}", minutes=number))
    agent._teams = None
    get_post_lines(actor=agent)  # the reader's teams are known from now on
    with django_assert_num_queries(1):
        get_post_lines(actor=agent)
    with django_assert_num_queries(4):
        get_post_page(actor=agent, post_id=post.pk)
