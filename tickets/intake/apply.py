"""A batch of items → rows, set-based, in one transaction. The same rows whatever the order, however often repeated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from core.events import emit
from tickets.events import ChangeKind, TicketChange, TicketPlace, TicketsChanged
from tickets.intake import news
from tickets.intake.items import AnyItem, MessageItem
from tickets.intake.linking import Linked, link_inbound, link_outbound
from tickets.intake.messages import Written, newest_of, write_messages
from tickets.intake.people import ensure_people
from tickets.intake.places import apply_posts, ensure_threads, under_visitor_posts
from tickets.intake.prepare import Prepared, find_channels, prepare
from tickets.lines import refresh_lines, turn_over
from tickets.models import Ticket


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
    Leaves: TicketsChanged.
    """
    channels = find_channels(items)
    return apply_prepared(prepare(items, channels), now=now)


@transaction.atomic
def apply_prepared(prepared: Sequence[Prepared], *, now: datetime) -> Applied:
    """Like `apply_items`, for items whose texts were read before the transaction began."""
    pairs = under_visitor_posts(newest_of((one, one.item) for one in prepared if isinstance(one.item, MessageItem)))
    apply_posts(prepared)
    people = ensure_people((item for _, item in pairs if item.direction == "in"), now=now)
    threads = ensure_threads(pairs, now=now)
    written = write_messages(pairs, threads=threads, people=people, now=now)
    linked = link_inbound(written.inbound, {c.pk: c for c in people.values()}, now=now)
    answered = link_outbound(threads.values())
    changed = [*written.changed, *news.apply_states(prepared), *news.apply_post_deletions(prepared, threads.values())]
    reacted = news.tickets_of(news.apply_reactions(prepared))
    touched = _settle(linked, written, answered, {m.ticket_id for m in changed if m.ticket_id}, reacted)
    return Applied(len(prepared), len(written.inbound) + len(written.outbound), len(changed), frozenset(touched))


def _settle(linked: Linked, written: Written, answered: set[int], changed: set[int], reacted: set[int]) -> set[int]:
    """Bring the touched tickets' lines up to date and tell."""
    spoken = {m.ticket_id for m in written.inbound if m.ticket_id} | answered
    touched = spoken | changed | reacted
    _lock(touched)
    refresh_lines(touched)
    turn_over(spoken | changed)  # a deleted word waits for no answer
    if touched:
        emit(TicketsChanged(_changes(touched, linked, spoken)))
    return touched


def _lock(ticket_ids: Iterable[int]) -> None:
    list(Ticket.objects.select_for_update().filter(pk__in=set(ticket_ids)).order_by("pk").values_list("pk"))


def _changes(touched: set[int], linked: Linked, spoken: set[int]) -> list[TicketChange]:
    rows = Ticket.objects.filter(pk__in=touched).order_by("pk").values_list("pk", "team_id", "assignee_id")
    return [TicketChange(pk, _kind(pk, linked, spoken), TicketPlace(team, person)) for pk, team, person in rows]


def _kind(ticket_id: int, linked: Linked, spoken: set[int]) -> ChangeKind:
    if ticket_id in linked.opened:
        return "opened"
    return "message" if ticket_id in spoken else "state"
