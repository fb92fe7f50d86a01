"""The queue: one page of lines, and the exact counts beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext as _

from analysis.personal_data import find
from core.actors import System
from core.errors import Invalid
from core.paging import PAGE_SIZE, Page, cut_page, decode_cursor
from core.users.models import User
from tickets.access import SEES_ALL, SEES_TEAMS, Actor, team_ids_of, visible_to
from tickets.models import Message, Status, Tag, Ticket, TicketTag
from tickets.models.ticket import NO_DEADLINE
from tickets.queries.text import hue, initials

Sort = Literal["sla", "newest", "oldest"]
SORTS: tuple[Sort, ...] = ("sla", "newest", "oldest")


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which cases a list shows: those that meet all of it.

    `view`: all, mine, unassigned or team, which needs `team_id`; `tag` in any case of letters; `text` searches.
    """

    view: Literal["all", "mine", "unassigned", "team"] = "all"
    team_id: int | None = None
    status: str | None = Status.OPEN
    sort: Sort = "sla"
    text: str = ""
    assignee_id: int | None = None
    customer_id: int | None = None
    platform: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue; the same for everyone who may see it (nothing personal, nothing relative to now)."""

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
    tags: tuple[str, ...] = ()


def queue_rows(tickets: QuerySet[Ticket]) -> list[QueueRow]:
    """Read lines in one query, in the order of `tickets`."""
    return [row_of(ticket) for ticket in with_tags(tickets).select_related("team", "assignee")]


def with_tags(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Have each ticket's tags come with it, in the same query."""
    tags = Tag.objects.filter(ticket_tags__ticket=OuterRef("pk")).order_by(Lower("name"), "pk")
    return tickets.annotate(tag_names=ArraySubquery(tags.values("name")))


def row_of(ticket: Ticket) -> QueueRow:
    """The line of a ticket whose team and assignee are loaded, and whose tags came with it."""
    assignee = ticket.assignee
    return QueueRow(
        ticket_id=ticket.pk,
        number=ticket.number,
        customer_id=ticket.customer_id,
        customer_name=ticket.customer_name,
        customer_initials=initials(ticket.customer_name),
        hue=hue(ticket.customer_id),
        platform=ticket.platform,
        visibility=ticket.visibility,
        preview=ticket.preview,
        status=ticket.status,
        answered=ticket.waiting_since is None,
        priority=ticket.priority,
        language=ticket.language,
        due_at=ticket.due_at,
        waiting_since=ticket.waiting_since,
        last_message_at=ticket.last_message_at,
        team_id=ticket.team_id,
        team_name=ticket.team.name if ticket.team else "",
        assignee_id=ticket.assignee_id,
        assignee_name=assignee.name if assignee else "",
        assignee_initials=initials(assignee.name) if assignee else "",
        trouble=ticket.trouble,
        version=ticket.version,
        tags=tuple(getattr(ticket, "tag_names", ())),
    )


def get_queue_page(*, actor: Actor, wanted: QueueFilter, cursor: str = "", size: int = PAGE_SIZE) -> Page[QueueRow]:
    """One page of the cases `actor` sees. One query.

    Raises: Invalid for a cursor or sort that is not ours, and for a text that holds a phone number or the like: that
    takes a reason, see `privacy.operations.searching`.
    """
    if holds_personal_value(wanted.text):
        raise Invalid(_("Search for a phone number, address or the like with a reason."), field="q", code="personal")
    tickets, key = _ordered(_filtered(actor, wanted), wanted.sort, cursor)
    return cut_page(queue_rows(tickets[: size + 1]), size, key)


def _filtered(actor: Actor, wanted: QueueFilter) -> QuerySet[Ticket]:
    tickets = visible_to(actor)
    if wanted.status:
        tickets = tickets.filter(status=wanted.status)
    if wanted.view == "mine":
        tickets = tickets.filter(assignee_id=actor.pk)
    elif wanted.view == "unassigned":
        tickets = tickets.filter(assignee_id__isnull=True)
    if wanted.view == "team" or wanted.team_id is not None:
        tickets = tickets.filter(team_id=wanted.team_id or 0)
    if wanted.tag:
        tagged = TicketTag.objects.alias(key=Lower("tag__name")).filter(key=Lower(Value(wanted.tag)))
        tickets = tickets.filter(Exists(tagged.filter(ticket=OuterRef("pk"))))
    exact = {"assignee_id": wanted.assignee_id, "customer_id": wanted.customer_id, "platform": wanted.platform or None}
    tickets = tickets.filter(**{name: value for name, value in exact.items() if value is not None})
    return tickets.filter(matching(wanted.text)) if wanted.text.strip() else tickets


def holds_personal_value(text: str) -> bool:
    """Whether a search would be for something that masks hide."""
    return bool(find(text))


def matching(text: str) -> Q:
    """Cases whose number, customer's name or masked words hold every word of `text`.

    A simple scan until search has its own table.
    """
    condition = Q()
    for word in text.split()[:8]:
        said = Message.objects.filter(ticket=OuterRef("pk"), text__icontains=word)
        found = Q(customer_name__icontains=word) | Q(Exists(said))
        number = word.removeprefix("#")
        if number.isascii() and number.isdigit() and len(number) < 19:
            found |= Q(number=int(number))
        condition &= found
    return condition


def _ordered(tickets: QuerySet[Ticket], sort: str, cursor: str) -> tuple[QuerySet[Ticket], Any]:
    if sort == "sla":
        tickets = tickets.annotate(sort_at=Coalesce("due_at", Value(NO_DEADLINE)))
        if cursor:
            tickets = tickets.filter(
                _after(("sort_at", "id"), decode_cursor(cursor, (datetime, int)), TupleGreaterThan)
            )
        return tickets.order_by("sort_at", "id"), lambda row: (row.due_at or NO_DEADLINE, row.ticket_id)
    if sort not in SORTS:
        raise Invalid(_("Sort by sla, newest or oldest."), field="sort")
    newest = sort == "newest"
    if cursor:
        lookup = TupleLessThan if newest else TupleGreaterThan
        tickets = tickets.filter(_after(("last_message_at", "id"), decode_cursor(cursor, (datetime, int)), lookup))
    order = ("-last_message_at", "-id") if newest else ("last_message_at", "id")
    return tickets.order_by(*order), lambda row: (row.last_message_at, row.ticket_id)


def _after(names: tuple[str, ...], values: tuple[Any, ...], lookup: Any) -> Any:
    return lookup(tuple(F(name) for name in names), values)


@dataclass(frozen=True, slots=True)
class Counts:
    """Exact numbers of cases the actor sees, by status; open ones also by view."""

    open: int
    waiting: int
    done: int
    all_open: int
    mine: int
    unassigned: int
    teams: dict[int, int]


def get_counts(*, actor: Actor, wanted: QueueFilter | None = None) -> Counts:
    """Read kept counters (see migration 0002), never COUNT(*).

    One query; `wanted` narrows open/waiting/done to its view.
    """
    cells = [cell for cell in _cells() if _sees(actor, cell)]
    listed = [cell for cell in cells if wanted is None or _in_view(actor, wanted, cell)]
    opened = [cell for cell in cells if cell[0] == Status.OPEN]
    return Counts(
        open=_sum(listed, Status.OPEN),
        waiting=_sum(listed, Status.WAITING),
        done=_sum(listed, Status.DONE),
        all_open=_sum(cells, Status.OPEN),
        mine=sum(n for _status, _team, person, n in opened if person is not None and person == actor.pk),
        unassigned=sum(n for _status, _team, person, n in opened if person is None),
        teams=_by_team(opened),
    )


Cell = tuple[str, int | None, int | None, int]


def _cells() -> list[Cell]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, team_id, assignee_id, sum(n)::bigint FROM tickets_count GROUP BY 1, 2, 3")
        return [(status, team, person, int(n)) for status, team, person, n in cursor.fetchall()]


def _sees(actor: Actor, cell: Cell) -> bool:
    _status, team, person, _n = cell
    if isinstance(actor, System) or (actor.is_active and actor.role in SEES_ALL):
        return True
    if not actor.is_active or actor.role not in SEES_TEAMS:
        return False
    return team is None or team in team_ids_of(actor) or person == actor.pk


def _in_view(actor: Actor, wanted: QueueFilter, cell: Cell) -> bool:
    _status, team, person, _n = cell
    return {
        "all": True,
        "mine": person is not None and person == actor.pk,
        "unassigned": person is None,
        "team": team == wanted.team_id,
    }[wanted.view]


def _sum(cells: Iterable[Cell], status: str) -> int:
    return sum(n for s, _team, _person, n in cells if s == status)


def _by_team(cells: Iterable[Cell]) -> dict[int, int]:
    totals: dict[int, int] = {}
    for _status, team, _person, n in cells:
        if team is not None:
            totals[team] = totals.get(team, 0) + n
    return totals


def get_row(*, ticket_id: int) -> QueueRow | None:
    """The neutral line of one case, for the live hub, which checks each socket's scopes itself."""
    rows = queue_rows(Ticket.objects.filter(pk=ticket_id))
    return rows[0] if rows else None


def get_colleagues(*, actor: User) -> list[tuple[int, str]]:
    """Who a case can be given to: active colleagues who can answer, by name. One query."""
    del actor  # every colleague who may assign may assign to any other
    people = User.objects.filter(is_active=True, role__in=["agent", "lead", "marketer", "admin"])
    return sorted(people.values_list("pk", "name"), key=lambda pair: pair[1].casefold())
