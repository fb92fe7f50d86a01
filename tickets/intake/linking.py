"""Which case a message belongs to: one open case per customer and thread, reopened within 14 days, else a new one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from tickets.models import Customer, Message, Status, Thread, Ticket, TicketEvent, TicketThread

REOPEN_WITHIN = timedelta(days=14)
PlaceKey = tuple[int, int]  # (thread id, customer id)


@dataclass(slots=True)
class Linked:
    """Tickets this batch touched, by id, and which of them are new or open again."""

    tickets: dict[int, Ticket] = field(default_factory=dict)
    opened: set[int] = field(default_factory=set)
    reopened: set[int] = field(default_factory=set)
    previous: dict[PlaceKey, Ticket] = field(default_factory=dict)  # closed too long ago to reopen


def link_inbound(messages: Sequence[Message], customers: dict[int, Customer], *, now: datetime) -> Linked:
    """Give every new inbound message its ticket. The messages have ids; their `ticket` is set and stored."""
    linked = Linked()
    places: dict[PlaceKey, Message] = {}  # with the first word said there
    for message in sorted(messages, key=lambda m: (m.at, m.pk)):
        if message.customer_id:
            places.setdefault((message.thread_id, message.customer_id), message)
    tickets = _current(places, linked, now)
    missing = {place: first for place, first in places.items() if place not in tickets}
    tickets |= _open_new(missing, customers, linked, now)
    for message in messages:
        if message.customer_id:
            message.ticket = tickets[message.thread_id, message.customer_id]
    Message.objects.bulk_update(messages, ["ticket"])
    linked.tickets |= {ticket.pk: ticket for ticket in tickets.values()}
    return linked


def _current(places: dict[PlaceKey, Message], linked: Linked, now: datetime) -> dict[PlaceKey, Ticket]:
    """The open ticket of each place, or its last closed one reopened when it was closed recently."""
    links = _locked_links(places)
    found: dict[PlaceKey, Ticket] = {}
    for link in links:  # newest last, an open one always wins
        place = (link.thread_id, link.customer_id)
        if link.is_open or _reopens(link.ticket, places[place]):
            found[place] = link.ticket
        elif place not in found:
            linked.previous[place] = link.ticket
    closed = [t for t in {t.pk: t for t in found.values()}.values() if t.status == Status.DONE]
    _reopen(closed, linked, now)
    return found


def _locked_links(places: Iterable[PlaceKey]) -> list[TicketThread]:
    keys = set(places)
    found = (
        TicketThread.objects.filter(thread_id__in={k[0] for k in keys}, customer_id__in={k[1] for k in keys})
        .select_related("ticket", "ticket__channel")
        .select_for_update(of=("self", "ticket"))
        .order_by("ticket_id", "id")
    )
    mine = [link for link in found if (link.thread_id, link.customer_id) in keys]
    return sorted(mine, key=lambda link: (link.is_open, link.ticket.closed_at or link.ticket.opened_at, link.pk))


def _reopens(ticket: Ticket, message: Message) -> bool:
    return ticket.closed_at is not None and message.at - ticket.closed_at <= REOPEN_WITHIN


def _reopen(tickets: Sequence[Ticket], linked: Linked, now: datetime) -> None:
    for ticket in tickets:
        ticket.status, ticket.closed_at = Status.OPEN, None
        linked.reopened.add(ticket.pk)
    Ticket.objects.bulk_update(tickets, ["status", "closed_at"])
    TicketThread.objects.filter(ticket__in=tickets).update(is_open=True)
    TicketEvent.objects.bulk_create(
        TicketEvent(ticket=ticket, kind="reopened", at=now, data={"because": "customer_wrote"}) for ticket in tickets
    )


def _open_new(
    places: dict[PlaceKey, Message], customers: dict[int, Customer], linked: Linked, now: datetime
) -> dict[PlaceKey, Ticket]:
    tickets = Ticket.objects.bulk_create(
        _new_ticket(first, customers[place[1]], linked.previous.get(place), now) for place, first in places.items()
    )
    made = dict(zip(places, tickets, strict=True))
    TicketThread.objects.bulk_create(
        TicketThread(ticket=ticket, thread_id=thread, customer_id=customer)
        for (thread, customer), ticket in made.items()
    )
    TicketEvent.objects.bulk_create(
        event for place, ticket in made.items() for event in _first_events(ticket, places[place], now)
    )
    linked.opened |= {ticket.pk for ticket in tickets}
    return made


def _new_ticket(first: Message, customer: Customer, previous: Ticket | None, now: datetime) -> Ticket:
    return Ticket(
        customer=customer,
        channel=first.channel,
        team_id=first.channel.team_id,
        previous=previous,
        language=first.language,
        opened_at=min(first.at, now),
        platform=first.channel.platform,
        visibility=first.visibility,
        customer_name=customer.name,
        last_message_at=first.at,
    )


def _first_events(ticket: Ticket, first: Message, now: datetime) -> list[TicketEvent]:
    """Each decision is stored with its reason; until rules exist, the channel's own team is the reason."""
    events = [TicketEvent(ticket=ticket, kind="opened", at=min(first.at, now), data={"platform": ticket.platform})]
    if first.channel.team is not None:
        because = {"because": "channel_default", "team": first.channel.team.name}
        events.append(TicketEvent(ticket=ticket, kind="routed", at=min(first.at, now), data=because))
    return events


_ADOPT = """
    UPDATE tickets_message AS reply SET ticket_id = parent.ticket_id
    FROM tickets_message AS parent, tickets_thread AS thread
    WHERE reply.thread_id = ANY(%s) AND reply.direction = 'out' AND reply.ticket_id IS NULL
      AND thread.id = reply.thread_id AND parent.channel_id = reply.channel_id
      AND parent.external_id = coalesce(nullif(reply.parent_external_id, ''), thread.external_root)
      AND parent.ticket_id IS NOT NULL
    RETURNING parent.ticket_id
"""


def link_outbound(threads: Iterable[Thread]) -> set[int]:
    """Answers given in the network's own app belong to the case of whom they answer, once that one is known.

    Gives: ids of the tickets that gained such an answer.
    """
    ids = sorted({thread.pk for thread in threads})
    if not ids:
        return set()
    gained: set[int] = set()
    with connection.cursor() as cursor:
        while True:  # an answer to an answer finds its case once that one has
            cursor.execute(_ADOPT, [ids])
            if not cursor.rowcount:
                return gained
            gained |= {ticket_id for (ticket_id,) in cursor.fetchall()}
