"""Cases to jump to: by number, by the customer's name, or by the numbers a browser remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from tickets.access import Actor, visible_to
from tickets.models import Ticket
from tickets.queries.text import hue, initials

MOST = 6
LONGEST_NUMBER = 18  # digits that fit a bigint


@dataclass(frozen=True, slots=True)
class CaseHit:
    """A case as a palette names it: nothing of what was said."""

    number: int
    customer_name: str
    customer_initials: str
    hue: int
    platform: str
    status: str
    team_name: str


def get_cases_called(*, actor: Actor, text: str) -> list[CaseHit]:
    """The newest cases whose number begins with these digits, or whose customer's name holds every word. One query."""
    digits = "".join(text.split()).removeprefix("#")
    condition = Q(pk__in=[])
    if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER:
        condition = _number_begins(int(digits))
    elif words := text.split()[:8]:
        condition = Q(*(Q(customer_name__icontains=word) for word in words))
    return _hits(visible_to(actor).filter(condition).order_by("-last_message_at", "-id"))


def get_cases_numbered(*, actor: Actor, numbers: Sequence[int]) -> list[CaseHit]:
    """Those of these cases that the actor sees, in the order asked. One query."""
    found = {hit.number: hit for hit in _hits(visible_to(actor).filter(number__in=numbers[:MOST]))}
    return [found[number] for number in numbers if number in found]


def _number_begins(start: int) -> Q:
    """Ranges that an index answers: 104, 1040 to 1049, 10400 to 10499 and so on."""
    condition = Q(number=start)
    for zeros in range(1, 6):
        first = start * 10**zeros
        if first and len(str(first)) <= LONGEST_NUMBER:
            condition |= Q(number__range=(first, first + 10**zeros - 1))
    return condition


def _hits(tickets: QuerySet[Ticket]) -> list[CaseHit]:
    return [
        CaseHit(
            number=ticket.number,
            customer_name=ticket.customer_name,
            customer_initials=initials(ticket.customer_name),
            hue=hue(ticket.customer_id),
            platform=ticket.platform,
            status=ticket.status,
            team_name=ticket.team.name if ticket.team else "",
        )
        for ticket in tickets.select_related("team")[:MOST]
    ]
