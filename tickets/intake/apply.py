"""A batch of items → rows, set-based, in one transaction. The same rows whatever the order, however often repeated."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from core.events import emit
from core.inserting import take_ids
from tickets.events import ChangeKind, TicketChange, TicketPlace, TicketsChanged
from tickets.intake import news
from tickets.intake.early import find_early_news
from tickets.intake.envelopes import keep_envelopes
from tickets.intake.following import follow, keep_names
from tickets.intake.handovers import apply_handovers
from tickets.intake.items import AnyItem, MessageItem
from tickets.intake.linking import QUIET, Linked, link_inbound, link_outbound
from tickets.intake.messages import Written, make_messages, newest_of, store_messages
from tickets.intake.people import ensure_people
from tickets.intake.places import Threads, apply_posts, ensure_threads, known_threads, under_visitor_posts
from tickets.intake.prepare import Prepared, find_channels, prepare
from tickets.intake.receipts import apply_receipts, came_back
from tickets.lines import refresh_lines
from tickets.models import Customer, Message, MessageState, Status, Thread, Ticket
from tickets.notices import notify_answered
from tickets.operations.following_up import reopen_unsent
from tickets.waking import wake_tickets


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch did: items for channels of ours, messages new and changed, tickets touched."""

    taken: int
    new_messages: int
    changed_messages: int
    tickets: frozenset[int]


def apply_items(items: Sequence[AnyItem], *, now: datetime) -> Applied:
    """Read and store items of any platforms and channels. Items of pages that are not ours are left out.

    Raises: django.db.IntegrityError or OperationalError when another worker wrote the same new thing at the same
    moment; the caller tries again, and the second time finds it there.
    Leaves: TicketsChanged, NoticesChanged.
    """
    channels = find_channels(items)
    return apply_prepared(prepare(items, channels), now=now)


def apply_prepared(prepared: Sequence[Prepared], *, now: datetime) -> Applied:
    """Like `apply_items`, for items whose texts were read before the transaction began. When it fails inside somebody
    else's transaction, that one is to be rolled back."""
    with transaction.atomic(savepoint=False):
        return _apply(prepared, now)


def _apply(prepared: Sequence[Prepared], now: datetime) -> Applied:
    pairs = newest_of((one, one.item) for one in prepared if isinstance(one.item, MessageItem))
    ids = take_ids(dict.fromkeys((Customer, Thread, Ticket, Message), len(pairs)))
    known = known_threads(pairs)
    pairs = follow(under_visitor_posts(pairs, known))
    apply_posts(prepared)
    people = ensure_people((item for _, item in pairs if item.direction == "in"), ids[Customer], now=now)
    threads = ensure_threads(pairs, known, ids[Thread], now=now)
    early = find_early_news([*((one.channel.pk, item.external_id) for one, item in pairs), *threads.names()])
    written = make_messages(pairs, ids[Message], threads=threads.by_key, people=people, early=early, now=now)
    customers = {customer.pk: customer for customer in people.values()}
    linked = link_inbound(written.inbound, customers, ids[Ticket], new_threads=threads.new, now=now)
    store_messages(written)
    keep_names(pairs, threads.by_key)
    keep_envelopes(pairs, [*written.inbound, *written.outbound], now=now)
    answered = link_outbound(_may_be_answered(threads, written))
    changed = [*written.changed, *news.apply_states(prepared)]
    changed += news.apply_post_deletions(prepared, early.posts)
    told = apply_receipts(prepared)
    changed += told
    reacted = news.tickets_of(news.apply_reactions(prepared))
    reacted |= apply_handovers(prepared, threads.by_key)
    touched = _settle(linked, written, answered, {m.ticket_id for m in changed if m.ticket_id}, reacted)
    _ring(written, linked, now)
    if returned := came_back(told):
        reopen_unsent(ticket_ids=returned, now=now)
    return Applied(len(prepared), len(written.inbound) + len(written.outbound), len(changed), frozenset(touched))


def _may_be_answered(threads: Threads, written: Written) -> set[int]:
    """Threads in which an answer may wait for its case: in a new one only if it came with this batch."""
    older = {thread.pk for thread in threads.by_key.values()} - threads.new
    return older | {message.thread_id for message in written.outbound}


def _settle(linked: Linked, written: Written, answered: set[int], changed: set[int], reacted: set[int]) -> set[int]:
    """Bring the touched tickets' lines up to date and tell. Whom a case was found or made for here, has it locked."""
    spoken = {m.ticket_id for m in written.inbound if m.ticket_id} | answered
    touched = spoken | changed | reacted
    _lock(touched - linked.tickets.keys())
    places = refresh_lines(touched, turning=spoken | changed)  # a deleted word waits for no answer
    if touched:
        changes = [TicketChange(pk, _kind(pk, linked, spoken), TicketPlace(team, who)) for pk, team, who in places]
        emit(TicketsChanged(changes))
    return touched


def _ring(written: Written, linked: Linked, now: datetime) -> None:
    """What customers newly said wakes snoozed cases and is told to those who wait for it; nobody does for a new one."""
    said = (m for m in written.inbound if m.automatic not in QUIET and m.state != MessageState.DELETED)
    heard = {m.ticket_id for m in said if m.ticket_id} - linked.opened
    notify_answered(heard, now=now)  # first: who snoozed a case is known while it sleeps
    asleep = {pk for pk in heard if linked.tickets[pk].status == Status.SNOOZED}
    wake_tickets(asleep, because="customer_wrote", now=now)


def _lock(ticket_ids: Set[int]) -> None:
    """Against whoever changes the cases, not against what only refers to them: a draft that is saved in one."""
    if ticket_ids:
        list(Ticket.objects.select_for_update(no_key=True).filter(pk__in=ticket_ids).order_by("pk").values_list("pk"))


def _kind(ticket_id: int, linked: Linked, spoken: set[int]) -> ChangeKind:
    if ticket_id in linked.opened:
        return "opened"
    return "message" if ticket_id in spoken else "state"
