"""The queue: one page of lines, and the exact counts beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext as _

from analysis.personal_data import find
from core.actors import System
from core.errors import Invalid
from core.paging import PAGE_SIZE, Page, cut_page, decode_cursor
from tickets.access import Actor, team_ids_of, visible_to
from tickets.filters import words_in
from tickets.models import (
    UNLISTED,
    Draft,
    Message,
    NoteMention,
    Status,
    Tag,
    Ticket,
    TicketTag,
    TicketThread,
    Visibility,
    Visit,
)
from tickets.models.ticket import NO_DEADLINE
from tickets.queries.text import hue, initials

Sort = Literal["sla", "newest", "oldest", "waiting", "wake"]
SORTS: tuple[Sort, ...] = ("sla", "newest", "oldest", "waiting")  # "wake" makes sense in the list of snoozed cases only


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which cases a list shows: those that meet all of it.

    `view`: all, mine, unassigned, drafts (where the actor has begun to write), mentions (where a note names the actor
    or a team of theirs), snoozed and spam (their `status` is the same word), or team, which needs `team_id`; `status`:
    None is any but spam; `tag` in any case of letters; `text` searches.
    """

    view: Literal["all", "mine", "unassigned", "drafts", "mentions", "snoozed", "spam", "team"] = "all"
    team_id: int | None = None
    status: str | None = Status.OPEN
    sort: Sort = "sla"
    text: str = ""
    assignee_id: int | None = None
    customer_id: int | None = None
    platform: str = ""
    tag: str = ""
    condition: Q | None = None  # what a filter's tokens ask, see `tickets.queries.filtering`


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue; the same for everyone who may see it (nothing personal, nothing relative to now).

    Only `unread` is the reader's own: it is set in a person's list, and never on the line that is sent to everybody.
    """

    ticket_id: int
    number: int
    customer_id: int
    customer_name: str
    customer_initials: str
    hue: int
    platform: str
    visibility: str
    preview: str
    status: str
    answered: bool
    priority: int
    language: str
    due_at: datetime | None
    waiting_since: datetime | None
    last_message_at: datetime
    team_id: int | None
    team_name: str
    assignee_id: int | None
    assignee_name: str
    assignee_initials: str
    trouble: str
    version: int
    snoozed_until: datetime | None = None
    tags: tuple[str, ...] = ()
    moved_private: bool = False  # it began in public and went on in private
    unread: bool = False
    merged_number: int | None = None  # of the case that this one is part of now


def queue_rows(tickets: QuerySet[Ticket]) -> list[QueueRow]:
    """Read lines in one query, in the order of `tickets`. As tuples: model objects would cost as much as the rest."""
    lines = with_line(tickets)
    if "has_news" not in lines.query.annotations:
        lines = lines.annotate(has_news=Value(False))
    return [_line(*values) for values in lines.values_list(*_LINE)]


_LINE = (
    *("pk", "number", "customer_id", "customer_name", "platform", "visibility", "preview", "status", "waiting_since"),
    *("priority", "language", "due_at", "last_message_at", "team_id", "team__name", "assignee_id", "assignee__name"),
    *("trouble", "version", "snoozed_until", "tag_names", "was_public", "has_news", "merged_number"),
)


def with_line(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Have each ticket's tags, and whether it was ever public, come with it in the same query."""
    tags = Tag.objects.filter(ticket_tags__ticket=OuterRef("pk")).order_by(Lower("name"), "pk")
    public = TicketThread.objects.filter(ticket=OuterRef("pk"), thread__visibility=Visibility.PUBLIC)
    return tickets.annotate(
        tag_names=ArraySubquery(tags.values("name")),
        # Not Exists: for the many rows it thinks of before the LIMIT, PostgreSQL would read all threads into a hash.
        was_public=Coalesce(Subquery(public.values(yes=Value(True))[:1]), Value(False)),
        merged_number=F("merged_into__number"),
    )


def _with_unread(actor: Actor, tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Whether the customer said something since this person last looked."""
    if isinstance(actor, System):
        return tickets
    seen = Visit.objects.filter(ticket=OuterRef(OuterRef("pk")), user=actor).values("message_id")
    news = Message.objects.filter(ticket=OuterRef("pk"), direction="in", pk__gt=Coalesce(Subquery(seen), Value(0)))
    return tickets.annotate(has_news=Exists(news))


def row_of(ticket: Ticket) -> QueueRow:
    """The line of a ticket whose team and assignee are loaded, and that came through `with_line`."""
    given = {"tag_names": (), "was_public": False, "has_news": False, "merged_number": None}
    return _line(*(_value(ticket, name, given.get(name)) for name in _LINE))


def _value(ticket: Ticket, name: str, otherwise: Any) -> Any:
    noun, _of, field = name.partition("__")
    found = getattr(ticket, noun, otherwise)
    return getattr(found, field, None) if field else found


def _line(
    pk: int,
    number: int,
    customer_id: int,
    customer_name: str,
    platform: str,
    visibility: str,
    preview: str,
    status: str,
    waiting_since: datetime | None,
    priority: int,
    language: str,
    due_at: datetime | None,
    last_message_at: datetime,
    team_id: int | None,
    team_name: str | None,
    assignee_id: int | None,
    assignee_name: str | None,
    trouble: str,
    version: int,
    snoozed_until: datetime | None,
    tag_names: list[str] | None,
    was_public: bool,
    has_news: bool,
    merged_number: int | None,
) -> QueueRow:
    """A line from the values that `_LINE` names."""
    return QueueRow(
        ticket_id=pk,
        number=number,
        customer_id=customer_id,
        customer_name=customer_name,
        customer_initials=initials(customer_name),
        hue=hue(customer_id),
        platform=platform,
        visibility=visibility,
        preview=preview,
        status=status,
        answered=waiting_since is None,
        priority=priority,
        language=language,
        due_at=due_at,
        waiting_since=waiting_since,
        last_message_at=last_message_at,
        team_id=team_id,
        team_name=team_name or "",
        assignee_id=assignee_id,
        assignee_name=assignee_name or "",
        assignee_initials=initials(assignee_name) if assignee_name else "",
        trouble=trouble,
        version=version,
        snoozed_until=snoozed_until,
        tags=tuple(tag_names or ()),
        moved_private=visibility == Visibility.PRIVATE and was_public,
        unread=waiting_since is not None and has_news,
        merged_number=merged_number,
    )


def get_queue_page(*, actor: Actor, wanted: QueueFilter, cursor: str = "", size: int = PAGE_SIZE) -> Page[QueueRow]:
    """One page of the cases `actor` sees. One query.

    Raises: Invalid for a cursor or sort that is not ours, and for a text that holds a phone number or the like: that
    takes a reason, see `privacy.operations.searching`.
    """
    if holds_personal_value(wanted.text):
        raise Invalid(_("Search for a phone number, address or the like with a reason."), field="q", code="personal")
    order = order_of(wanted)
    tickets = tickets_in(actor=actor, wanted=wanted)
    if wanted == QueueFilter(status=None, sort=wanted.sort) and order in ("newest", "oldest"):
        tickets = _of_each_status(tickets, order, cursor, size + 1)
    tickets, key = _ordered(_with_unread(actor, tickets), order, cursor)
    return cut_page(queue_rows(tickets[: size + 1]), size, key)


def _of_each_status(tickets: QuerySet[Ticket], order: Sort, cursor: str, size: int) -> QuerySet[Ticket]:
    """What can stand on this page of all cases: the first of each status, as the index of what is newest has them."""
    pages = [
        _ordered(tickets.filter(status=status), order, cursor)[0].values("pk")[:size]
        for status in Status.values
        if status not in UNLISTED
    ]
    return Ticket.objects.filter(pk__in=pages[0].union(*pages[1:], all=True))


def order_of(wanted: QueueFilter) -> Sort:
    """The order a list really has: nobody waits for us in waiting and resolved cases, there the newest come first."""
    timeless = wanted.status in (Status.WAITING, Status.DONE)
    return "newest" if timeless and wanted.sort in ("sla", "waiting") else wanted.sort


def tickets_in(*, actor: Actor, wanted: QueueFilter) -> QuerySet[Ticket]:
    """The cases of a list that the actor sees, in no order. No query yet."""
    tickets = visible_to(actor)
    if wanted.condition is not None:
        tickets = tickets.filter(wanted.condition)
    tickets = tickets.filter(status=wanted.status) if wanted.status else tickets.exclude(status__in=UNLISTED)
    if wanted.view == "mine":
        tickets = tickets.filter(assignee_id=actor.pk)
    elif wanted.view == "unassigned":
        tickets = tickets.filter(assignee_id__isnull=True)
    elif wanted.view == "drafts":
        begun = Draft.objects.filter(ticket=OuterRef("pk"), author_id=actor.pk, sealed__isnull=False)
        tickets = tickets.filter(Exists(begun))
    elif wanted.view == "mentions":
        tickets = tickets.filter(Exists(_mentions_of(actor).filter(note__ticket=OuterRef("pk"))))
    if wanted.view == "team" or wanted.team_id is not None:
        tickets = tickets.filter(team_id=wanted.team_id or 0)
    if wanted.tag:
        tagged = TicketTag.objects.alias(key=Lower("tag__name")).filter(key=Lower(Value(wanted.tag)))
        tickets = tickets.filter(Exists(tagged.filter(ticket=OuterRef("pk"))))
    exact = {"assignee_id": wanted.assignee_id, "customer_id": wanted.customer_id, "platform": wanted.platform or None}
    tickets = tickets.filter(**{name: value for name, value in exact.items() if value is not None})
    return tickets.filter(matching(wanted.text)) if wanted.text.strip() else tickets


def _mentions_of(actor: Actor) -> QuerySet[NoteMention]:
    """Where notes name the actor, or a team the actor is in."""
    if isinstance(actor, System):
        return NoteMention.objects.none()
    return NoteMention.objects.filter(Q(user=actor) | Q(team__in=team_ids_of(actor)))


def holds_personal_value(text: str) -> bool:
    """Whether a search would be for something that masks hide."""
    return bool(find(text))


def matching(text: str) -> Q:
    """Cases whose number, customer's name or masked words hold every word of `text`, and every phrase in quotes.

    A simple scan until search has its own table.
    """
    condition = Q()
    for word in words_in(text)[:8]:
        said = Message.objects.filter(ticket=OuterRef("pk"), text__icontains=word)
        found = Q(customer_name__icontains=word) | Q(Exists(said))
        number = word.removeprefix("#")
        if number.isascii() and number.isdigit() and len(number) < 19:
            found |= Q(number=int(number))
        condition &= found
    return condition


def _ordered(tickets: QuerySet[Ticket], sort: str, cursor: str) -> tuple[QuerySet[Ticket], Any]:
    if sort not in (*SORTS, "wake"):
        raise Invalid(_("Sort by sla, newest, oldest or waiting."), field="sort")
    if column := {"sla": "due_at", "waiting": "waiting_since", "wake": "snoozed_until"}.get(sort):
        tickets = tickets.annotate(sort_at=Coalesce(column, Value(NO_DEADLINE)))
        if cursor:
            tickets = tickets.filter(
                _after(("sort_at", "id"), decode_cursor(cursor, (datetime, int)), TupleGreaterThan)
            )
        return tickets.order_by("sort_at", "id"), lambda row: (getattr(row, column) or NO_DEADLINE, row.ticket_id)
    newest = sort == "newest"
    if cursor:
        lookup = TupleLessThan if newest else TupleGreaterThan
        tickets = tickets.filter(_after(("last_message_at", "id"), decode_cursor(cursor, (datetime, int)), lookup))
    order = ("-last_message_at", "-id") if newest else ("last_message_at", "id")
    return tickets.order_by(*order), lambda row: (row.last_message_at, row.ticket_id)


def _after(names: tuple[str, ...], values: tuple[Any, ...], lookup: Any) -> Any:
    return lookup(tuple(F(name) for name in names), values)


def get_row(*, ticket_id: int) -> QueueRow | None:
    """The neutral line of one case, for the live hub, which checks each socket's scopes itself."""
    rows = queue_rows(Ticket.objects.filter(pk=ticket_id))
    return rows[0] if rows else None


def get_listed(*, actor: Actor, wanted: QueueFilter) -> QuerySet[Ticket]:
    """Every case of a list, in no order. Raises: Invalid for a text that holds a phone number or the like."""
    if holds_personal_value(wanted.text):
        raise Invalid(_("Search for a phone number, address or the like with a reason."), field="q", code="personal")
    return tickets_in(actor=actor, wanted=wanted)
