"""Public comments under their posts: which posts, how many wait for an answer, and what was said under one of them.

Everything here counts and shows only what belongs to cases the actor sees. Another customer's words in the same thread
are shown when their own case is visible, or when they have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.fields.tuple_lookups import TupleLessThan
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.errors import Invalid, NotFound
from core.paging import Page, cut_page, decode_cursor
from tickets.access import Action, Actor, may, visible_to
from tickets.models import Message, MessageState, Part, Post, Reaction, Status, Ticket, TicketThread, Visibility
from tickets.queries.case import message_view
from tickets.queries.case_views import MessageView
from tickets.queries.text import Piece, pieces

Order = Literal["newest", "waiting"]
ORDERS: tuple[Order, ...] = ("newest", "waiting")
LINES = 30  # posts on a page
SAID = 100  # comments and answers on a page of one post


@dataclass(frozen=True, slots=True)
class PostLine:
    """One post as a list shows it. `cases`: how many are under it; `waiting`: how many of them wait for an answer."""

    id: int
    platform: str
    channel_name: str
    author_name: str
    ours: bool
    text: tuple[Piece, ...]
    permalink: str
    at: datetime
    deleted: bool
    cases: int
    waiting: int


@dataclass(frozen=True, slots=True)
class CommentView:
    """Something said under a post, with the case it belongs to (number 0: none). `reply`: it answers a comment here.

    `latest`: it is what an answer in its case would answer; `waits`: its customer waits for one.
    """

    message: MessageView
    ticket_id: int
    thread_id: int
    number: int
    status: str
    customer_name: str
    assignee_name: str
    waits: bool
    latest: bool
    reply: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """A comment, and what was said to it, oldest first. `key` is steady: the id of its first message."""

    key: int
    comments: tuple[CommentView, ...]


@dataclass(frozen=True, slots=True)
class PostPage:
    """One post and a page of its branches, the newest first. `newest_id`: of the messages that the actor may see."""

    post: PostLine
    branches: tuple[Branch, ...]
    next_cursor: str
    newest_id: int


def _seen(actor: Actor) -> QuerySet[Ticket]:
    return visible_to(actor) if may(actor, Action.READ) else Ticket.objects.none()


def _under(actor: Actor) -> QuerySet[TicketThread]:
    """What joins visible cases to the public threads under the post of an outer query."""
    links = TicketThread.objects.filter(
        thread__channel=OuterRef("channel_id"),
        thread__post_external_id=OuterRef("external_id"),
        thread__visibility=Visibility.PUBLIC,
    )
    return links.filter(ticket__in=_seen(actor)).order_by()


def _waiting(links: QuerySet[TicketThread]) -> QuerySet[TicketThread]:
    return links.filter(ticket__waiting_since__isnull=False).exclude(ticket__status=Status.DONE)


def _number(links: QuerySet[TicketThread]) -> Coalesce:
    """How many cases these joins name, as a subquery."""
    counted = links.values("thread__channel").annotate(n=Count("ticket", distinct=True)).values("n")
    return Coalesce(Subquery(counted), Value(0))


def _posts(actor: Actor) -> QuerySet[Post]:
    """Posts with a case that the actor sees, each with its numbers."""
    links = _under(actor)
    counted = Post.objects.filter(Exists(links)).select_related("channel")
    moment = Coalesce("published_at", "version_at")
    return counted.annotate(moment=moment, cases=_number(links), waiting=_number(_waiting(links)))


def get_post_lines(*, actor: Actor, order: str = "newest", cursor: str = "", size: int = LINES) -> Page[PostLine]:
    """One page of posts: the newest first, or those where somebody waits, the most first. One query.

    Raises: Invalid for an order or a cursor that is not ours.
    """
    if order not in ORDERS:
        raise Invalid(_("Show the newest posts first, or those with the most unanswered."), field="order")
    posts = _posts(actor)
    kind: type
    if order == "waiting":
        posts = posts.filter(Exists(_waiting(_under(actor))))
        names, kind = ("waiting", "id"), int
    else:
        names, kind = ("moment", "id"), datetime
    if cursor:
        posts = posts.filter(TupleLessThan(tuple(F(name) for name in names), decode_cursor(cursor, (kind, int))))
    rows = [_line(post) for post in posts.order_by(*(F(name).desc() for name in names))[: size + 1]]
    return cut_page(rows, size, lambda line: (line.waiting if order == "waiting" else line.at, line.id))


def _line(post: Post) -> PostLine:
    return PostLine(
        id=post.pk,
        platform=post.channel.platform,
        channel_name=post.channel.name,
        author_name=post.author_name,
        ours=post.ours,
        text=pieces(post.text, post.masks),
        permalink=post.permalink,
        at=getattr(post, "moment", post.version_at),  # annotations, which the model does not know
        deleted=post.deleted_at is not None,
        cases=getattr(post, "cases", 0),
        waiting=getattr(post, "waiting", 0),
    )


def get_post_page(*, actor: Actor, post_id: int, cursor: str = "", size: int = SAID) -> PostPage:
    """One post with what was said under it, from the newest backwards. At most five queries, whatever their number.

    A comment whose answers are on the page is there too, however old it is.
    Raises: NotFound, also when no case under it is visible; Invalid for a cursor that is not ours.
    """
    post = _posts(actor).filter(pk=post_id).first()
    if post is None:
        raise NotFound(_("There is no such post, or you do not have access to what was said under it."))
    said = _said(actor, post)
    rows = said
    if cursor:
        rows = rows.filter(TupleLessThan((F("at"), F("id")), decode_cursor(cursor, (datetime, int))))
    found = list(rows.order_by("-at", "-id")[: size + 1])
    page = cut_page(found, size, lambda message: (message.at, message.pk))
    shown = list(page.rows)
    shown += _answered(said, shown)
    reactions = _reactions(post, shown)
    views = [_comment(message, post, reactions) for message in sorted(shown, key=lambda m: (m.at, m.pk))]
    newest = max((message.pk for message in shown), default=0)
    return PostPage(_line(post), _branches(views, shown), page.next_cursor, newest)


def count_news(*, actor: Actor, post_id: int, after: int) -> int:
    """How many customers' comments under this post came after message `after`. Two queries. Raises: NotFound."""
    post = _posts(actor).filter(pk=post_id).first()
    if post is None:
        raise NotFound(_("There is no such post, or you do not have access to what was said under it."))
    return _said(actor, post).filter(direction="in", pk__gt=after).count()


def _said(actor: Actor, post: Post) -> QuerySet[Message]:
    """Messages under the post that the actor may see, with all that a page needs of them."""
    here = Q(thread__channel=post.channel_id, thread__post_external_id=post.external_id)
    seen = _seen(actor)
    joined = TicketThread.objects.filter(thread=OuterRef("thread_id"), ticket__in=seen)
    later = Message.objects.filter(ticket=OuterRef("ticket_id"), thread=OuterRef("thread_id"), direction="in")
    later = later.exclude(state=MessageState.DELETED)
    later = later.filter(Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk")))
    said = Message.objects.filter(here, Q(ticket__in=seen) | Q(Exists(joined), ticket__isnull=True))
    said = said.filter(visibility=Visibility.PUBLIC).annotate(overtaken=Exists(later))
    said = said.select_related("author", "customer", "letter", "follow_up", "ticket__assignee", "ticket__channel")
    return said.defer("letter__sealed").prefetch_related(Prefetch("parts", queryset=Part.objects.order_by("position")))


def _answered(said: QuerySet[Message], shown: list[Message]) -> list[Message]:
    """The comments that messages of this page answer and that are on an older page."""
    here = {message.external_id for message in shown}
    wanted = {message.parent_external_id for message in shown} - here - {""}
    return list(said.filter(external_id__in=wanted)) if wanted else []


def _reactions(post: Post, messages: list[Message]) -> dict[str, int]:
    targets = [message.external_id for message in messages if message.external_id]
    found = Reaction.objects.filter(channel_id=post.channel_id, target_external_id__in=targets, active=True)
    return dict(found.values_list("target_external_id").annotate(n=Count("id"))) if targets else {}


def _comment(message: Message, post: Post, reactions: dict[str, int]) -> CommentView:
    ticket = message.ticket
    case = ticket or Ticket(channel=post.channel)  # somebody's aside: they have no case, and need none to be read
    waiting_since = case.waiting_since if case.status != Status.DONE else None
    incoming = message.direction == "in"
    standing = incoming and message.state != MessageState.DELETED
    return CommentView(
        message=message_view(case, message, reactions),
        ticket_id=ticket.pk if ticket else 0,
        thread_id=message.thread_id,
        number=ticket.number if ticket else 0,
        status=case.status if ticket else "",
        customer_name=case.customer_name,
        assignee_name=case.assignee.name if case.assignee else "",
        waits=standing and waiting_since is not None and message.at >= waiting_since,
        latest=standing and ticket is not None and not getattr(message, "overtaken", True),
    )


def _branches(views: list[CommentView], messages: list[Message]) -> tuple[Branch, ...]:
    """The newest branch first. Inside a branch each answer stands below what it answers, the oldest first."""
    parents = {message.pk: message.parent_external_id for message in messages}
    earlier: dict[str, int] = {}  # external id → ours; an answer is never older than what it answers
    below: dict[int, list[CommentView]] = {}
    tops = []
    for view in views:  # oldest first
        parent = earlier.get(parents[view.message.id])
        if parent is None:
            tops.append(view)
        else:
            below.setdefault(parent, []).append(replace(view, reply=True))
        if view.message.external_id:
            earlier[view.message.external_id] = view.message.id
    made = [Branch(top.message.id, tuple(_with_answers(top, below))) for top in tops]
    return tuple(sorted(made, key=lambda branch: (branch.comments[0].message.at, branch.key), reverse=True))


def _with_answers(top: CommentView, below: dict[int, list[CommentView]]) -> Iterator[CommentView]:
    """A comment, then each answer with the answers to it."""
    waiting = [top]
    while waiting:
        view = waiting.pop()
        yield view
        waiting += reversed(below.pop(view.message.id, []))
