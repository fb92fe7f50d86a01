"""The bell: what a colleague has been told of, by case, the latest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleLessThan

from core.paging import PAGE_SIZE, Page, cut_page, decode_cursor
from core.users.models import User
from tickets.access import visible_to
from tickets.models import Notice, NoticeKind
from tickets.queries.text import hue, initials


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One thing that happened. `due_at`: which promise a DUE one speaks of."""

    kind: str
    at: datetime
    actor_name: str
    unseen: bool
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseNotices:
    """What one case has told, the latest first."""

    ticket_id: int
    number: int
    customer_name: str
    customer_initials: str
    hue: int
    platform: str
    visibility: str
    status: str
    latest_at: datetime
    lines: tuple[NoticeLine, ...]

    @property
    def unseen(self) -> bool:
        """Whether anything of it is new to the reader."""
        return any(line.unseen for line in self.lines)


@dataclass(frozen=True, slots=True)
class Unseen:
    """In how many cases something waits to be seen; and in how many of them a note names the reader."""

    cases: int = 0
    mentions: int = 0


def notices_of(person: User) -> QuerySet[Notice]:
    """What this person may be told: only of cases they still see."""
    return Notice.objects.filter(recipient=person, ticket__in=visible_to(person))


def unseen_query(person: User) -> Any:
    """The two numbers of `Unseen` as a query of one row, for whoever has a statement to put it in."""
    waiting = notices_of(person).filter(seen_at__isnull=True).order_by().annotate(one=F("recipient_id"))
    mentioned = Count("ticket", distinct=True, filter=Q(kind=NoticeKind.MENTIONED))
    return (
        waiting.values("one").annotate(cases=Count("ticket", distinct=True), named=mentioned).values("cases", "named")
    )


def get_unseen(*, actor: User) -> Unseen:
    """What waits to be seen. One query beside the teams'."""
    row = next(iter(unseen_query(actor)), None)
    return Unseen(row["cases"], row["named"]) if row else Unseen()


def get_notices_page(*, actor: User, cursor: str = "", size: int = PAGE_SIZE) -> Page[CaseNotices]:
    """One page of the cases the actor has been told of. Two queries beside the teams'. Raises: Invalid (cursor)."""
    cases = notices_of(actor).values("ticket").annotate(latest=Max("at")).order_by("-latest", "-ticket")
    if cursor:
        after = decode_cursor(cursor, (datetime, int))
        cases = cases.filter(TupleLessThan((F("latest"), F("ticket")), after))
    order = [row["ticket"] for row in cases[: size + 1]]
    told = Notice.objects.filter(recipient=actor, ticket__in=order).select_related("actor", "ticket")
    by_case: dict[int, list[Notice]] = {pk: [] for pk in order}
    for notice in told.order_by("-at", "-pk"):
        by_case[notice.ticket_id].append(notice)
    return cut_page([_case(told) for told in by_case.values() if told], size, lambda c: (c.latest_at, c.ticket_id))


def _case(notices: list[Notice]) -> CaseNotices:
    ticket = notices[0].ticket
    return CaseNotices(
        ticket_id=ticket.pk,
        number=ticket.number,
        customer_name=ticket.customer_name,
        customer_initials=initials(ticket.customer_name),
        hue=hue(ticket.customer_id),
        platform=ticket.platform,
        visibility=ticket.visibility,
        status=ticket.status,
        latest_at=notices[0].at,
        lines=tuple(_line(notice) for notice in notices),
    )


def _line(notice: Notice) -> NoticeLine:
    name = notice.actor.name if notice.actor else ""
    return NoticeLine(notice.kind, notice.at, name, notice.seen_at is None, notice.due_at)
