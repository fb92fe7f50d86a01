"""Which case a message belongs to: one open case per customer and thread, reopened within 14 days, else a new one.

Ten people under one public post are ten customers with a case each. A private conversation is one matter: whoever else
writes in it (a spouse in the Cc) joins the case of the customer it is with, and the case's history says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from core.inserting import insert_objects, insert_rows, new_object
from core.rows import update_rows
from tickets.models import (
    OPEN_STATUSES,
    Automatic,
    Customer,
    Message,
    Status,
    Ticket,
    TicketEvent,
    TicketThread,
    Visibility,
)

REOPEN_WITHIN = timedelta(days=14)
PlaceKey = tuple[int, int]  # (thread id, customer id)
QUIET = (Automatic.REPLY, Automatic.REPORT)  # opens no case, reopens none, and waits for no answer


@dataclass(slots=True)
class Linked:
    """Tickets this batch touched, by id, and which of them are new or open again."""

    tickets: dict[int, Ticket] = field(default_factory=dict)
    opened: set[int] = field(default_factory=set)
    reopened: set[int] = field(default_factory=set)
    previous: dict[PlaceKey, Ticket] = field(default_factory=dict)  # closed too long ago to reopen


def link_inbound(
    messages: Sequence[Message],
    customers: dict[int, Customer],
    ids: Iterator[int],
    *,
    new_threads: Set[int] = frozenset(),
    now: datetime,
) -> Linked:
    """Give every new inbound message its ticket. The messages have ids and are stored afterwards, so it is only set.

    Takes: new_threads, ids of threads in which nobody has spoken before.
    """
    linked = Linked()
    spoken = sorted((m for m in messages if m.customer_id), key=lambda m: (m.at, m.pk))
    whose = _whose(spoken, new_threads)
    places: dict[PlaceKey, Message] = {}  # with the first word said there
    for message in spoken:
        if message.automatic not in QUIET:
            places.setdefault(whose[message.pk], message)
    tickets = _current({p: first for p, first in places.items() if p[0] not in new_threads}, linked, now)
    missing = {place: first for place, first in places.items() if place not in tickets}
    tickets |= _open_new(missing, customers, ids, linked, now)
    quiet = {whose[m.pk] for m in spoken} - tickets.keys()
    tickets |= {(link.thread_id, link.customer_id): link.ticket for link in _locked_links(quiet)} if quiet else {}
    for message in spoken:
        message.ticket = tickets.get(whose[message.pk])
    _note_joined(spoken, now)
    linked.tickets |= {ticket.pk: ticket for ticket in tickets.values()}
    return linked


def _whose(messages: Sequence[Message], new_threads: Set[int]) -> dict[int, PlaceKey]:
    """Where each message belongs: with its author in public, in private with whom the conversation is."""
    private = {m.thread_id for m in messages if m.thread.visibility == Visibility.PRIVATE}
    partners: dict[int, int] = {}
    if older := private - new_threads:
        links = TicketThread.objects.filter(thread_id__in=older).order_by("is_open", "id")
        partners = dict(links.values_list("thread_id", "customer_id"))  # an open case's customer stands last
    whose: dict[int, PlaceKey] = {}
    for message in messages:
        assert message.customer_id is not None  # noqa: S101  chosen by the caller
        partner = message.customer_id
        if message.thread_id in private and (message.automatic not in QUIET or message.thread_id in partners):
            partner = partners.setdefault(message.thread_id, message.customer_id)
        whose[message.pk] = message.thread_id, partner
    return whose


def _note_joined(messages: Sequence[Message], now: datetime) -> None:
    """Say once per case and person that somebody else than its customer wrote in it. One query where that may be."""
    others = {
        (m.ticket.pk, m.customer_id): m for m in reversed(messages)
        if m.ticket is not None and m.ticket.customer_id != m.customer_id and m.automatic not in QUIET
    }  # fmt: skip
    if not others:
        return
    events = TicketEvent.objects.filter(ticket_id__in={ticket for ticket, _ in others}, kind="joined")
    known = {(ticket, data.get("customer")) for ticket, data in events.values_list("ticket_id", "data")}
    _keep_events(
        (key[0], "joined", min(message.at, now), {"customer": key[1]})
        for key, message in sorted(others.items(), key=lambda pair: pair[1].pk)
        if key not in known
    )


def _keep_events(events: Iterable[tuple[int, str, datetime, dict[str, Any]]]) -> None:
    insert_rows(TicketEvent, ("ticket_id", "kind", "at", "data"), events)


def _current(places: dict[PlaceKey, Message], linked: Linked, now: datetime) -> dict[PlaceKey, Ticket]:
    """The open ticket of each place, or its last closed one reopened when it was closed recently."""
    links = _locked_links(places) if places else []
    found: dict[PlaceKey, Ticket] = {}
    idle: dict[PlaceKey, TicketThread] = {}
    for link in links:  # newest last, an open one always wins
        place = (link.thread_id, link.customer_id)
        if link.is_open or _is_live(link.ticket) or _reopens(link.ticket, places[place]):
            found[place], idle[place] = link.ticket, link
        elif place not in found:
            linked.previous[place] = link.ticket
    _take_over([link for link in idle.values() if not link.is_open and _is_live(link.ticket)])
    closed = [t for t in {t.pk: t for t in found.values()}.values() if t.status == Status.DONE]
    _reopen(closed, linked, now)
    return found


def _locked_links(places: Iterable[PlaceKey]) -> list[TicketThread]:
    keys = set(places)
    found = (
        TicketThread.objects.filter(thread_id__in={k[0] for k in keys}, customer_id__in={k[1] for k in keys})
        .select_related("ticket", "ticket__channel")
        .select_for_update(of=("ticket", "self"), no_key=True)  # a row's case first, as people's operations do
        .order_by("ticket_id", "id")
    )
    mine = [link for link in found if (link.thread_id, link.customer_id) in keys]
    return sorted(mine, key=_nearness)


def _nearness(link: TicketThread) -> tuple[bool, bool, datetime, int]:
    return link.is_open, _is_live(link.ticket), link.ticket.closed_at or link.ticket.opened_at, link.pk


def _is_live(ticket: Ticket) -> bool:
    """Somebody still works in it: a case that was split off, or that took another one in, hears its threads too."""
    return ticket.status in OPEN_STATUSES


def _take_over(links: Sequence[TicketThread]) -> None:
    """From here on the customer speaks to these cases there; no other open case does, or it would have been chosen."""
    if links:
        TicketThread.objects.filter(pk__in=[link.pk for link in links]).update(is_open=True)


def _reopens(ticket: Ticket, message: Message) -> bool:
    return ticket.closed_at is not None and message.at - ticket.closed_at <= REOPEN_WITHIN


def _reopen(tickets: Sequence[Ticket], linked: Linked, now: datetime) -> None:
    for ticket in tickets:
        ticket.status, ticket.closed_at = Status.OPEN, None
        linked.reopened.add(ticket.pk)
    update_rows(tickets, ["status", "closed_at"])
    _open_links(tickets)
    _keep_events((ticket.pk, "reopened", now, {"because": "customer_wrote"}) for ticket in tickets)


_OPEN_LINKS = """
    UPDATE tickets_ticketthread AS link SET is_open = true FROM (
        SELECT DISTINCT ON (thread_id, customer_id) id FROM tickets_ticketthread
        WHERE ticket_id = ANY(%s) ORDER BY thread_id, customer_id, id DESC) AS chosen
    WHERE link.id = chosen.id AND NOT link.is_open AND NOT EXISTS (
        SELECT 1 FROM tickets_ticketthread AS taken
        WHERE taken.thread_id = link.thread_id AND taken.customer_id = link.customer_id AND taken.is_open)
"""


def _open_links(tickets: Sequence[Ticket]) -> None:
    """All their threads speak to them again, but those in which the customer has a newer open case by now."""
    if tickets:
        with connection.cursor() as cursor:
            cursor.execute(_OPEN_LINKS, [[ticket.pk for ticket in tickets]])


def _open_new(
    places: dict[PlaceKey, Message], customers: dict[int, Customer], ids: Iterator[int], linked: Linked, now: datetime
) -> dict[PlaceKey, Ticket]:
    made = {
        place: _new_ticket(next(ids), first, customers[place[1]], linked.previous.get(place), now)
        for place, first in places.items()
    }
    insert_objects(list(made.values()))
    insert_rows(
        TicketThread,
        ("ticket_id", "thread_id", "customer_id"),
        ((ticket.pk, thread, customer) for (thread, customer), ticket in made.items()),
    )
    _keep_events(event for place, ticket in made.items() for event in _first_events(ticket, places[place], now))
    linked.opened |= {ticket.pk for ticket in made.values()}
    return made


def _new_ticket(pk: int, first: Message, customer: Customer, previous: Ticket | None, now: datetime) -> Ticket:
    return new_object(
        Ticket,
        id=pk,
        customer_id=customer.pk,
        channel_id=first.channel_id,
        team_id=first.channel.team_id,
        previous_id=previous.pk if previous else None,
        language=first.language,
        opened_at=min(first.at, now),
        platform=first.channel.platform,
        visibility=first.visibility,
        customer_name=customer.name,
        last_message_at=first.at,
    )


def _first_events(ticket: Ticket, first: Message, now: datetime) -> Iterator[tuple[int, str, datetime, dict[str, Any]]]:
    """Each decision is stored with its reason; until rules exist, the channel's own team is the reason."""
    at = min(first.at, now)
    yield ticket.pk, "opened", at, {"platform": ticket.platform}
    if first.channel.team is not None:
        yield ticket.pk, "routed", at, {"because": "channel_default", "team": first.channel.team.name}


_ADOPT = """
    WITH answered AS (
        SELECT reply.id, coalesce(parent.ticket_id, talk.ticket_id) AS ticket_id
        FROM tickets_message AS reply JOIN tickets_thread AS thread ON thread.id = reply.thread_id
        LEFT JOIN tickets_message AS parent ON parent.channel_id = reply.channel_id
            AND parent.external_id = coalesce(nullif(reply.parent_external_id, ''), thread.external_root)
        LEFT JOIN LATERAL (
            SELECT said.ticket_id FROM tickets_message AS said
            WHERE said.thread_id = reply.thread_id AND said.direction = 'in' AND said.ticket_id IS NOT NULL
              AND said.at <= reply.at
            ORDER BY said.at DESC, said.id DESC LIMIT 1) AS talk ON thread.visibility = 'private'
        WHERE reply.thread_id = ANY(%s) AND reply.direction = 'out' AND reply.ticket_id IS NULL)
    UPDATE tickets_message AS reply SET ticket_id = answered.ticket_id FROM answered
    WHERE reply.id = answered.id AND answered.ticket_id IS NOT NULL
    RETURNING reply.ticket_id
"""


def link_outbound(thread_ids: Iterable[int]) -> set[int]:
    """Answers given in the network's own app belong to the case of whom they answer, once that one is known; in a
    private conversation, where they need not name what they answer, to that of whoever spoke last.

    Gives: ids of the tickets that gained such an answer.
    """
    ids = sorted(set(thread_ids))
    if not ids:
        return set()
    gained: set[int] = set()
    with connection.cursor() as cursor:
        while True:  # an answer to an answer finds its case once that one has
            cursor.execute(_ADOPT, [ids])
            if not cursor.rowcount:
                return gained
            gained |= {ticket_id for (ticket_id,) in cursor.fetchall()}
