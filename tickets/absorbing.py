"""How one case becomes part of another: what goes along, and what was noted so that it can come back.

Words, notes, threads and what has been begun go to the other case. Tags and links to related cases are copied. History,
visits and what was revealed stay where they happened: see MOVES and STAYS, which a test holds against the models.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Min, Q

from core.events import emit
from tickets.drafts import put_back, text_of, write_text
from tickets.events import DraftChanged, TicketChange, TicketPlace, TicketsChanged
from tickets.lines import refresh_lines, turn_over
from tickets.models import (
    OPEN_STATUSES,
    Draft,
    Follower,
    Message,
    Note,
    Status,
    StoredFile,
    Ticket,
    TicketEvent,
    TicketLink,
    TicketTag,
    TicketThread,
    Visit,
)

# Everything that points at a case, as "app.Model.field": what merging does with it.
MOVES = {
    "tickets.Message.ticket": "goes along, also what waits to be sent: it leaves by its own thread",
    "tickets.Note.ticket": "goes along",
    "tickets.StoredFile.ticket": "goes along: files put up and not sent",
    "tickets.TicketThread.ticket": "goes along, so that what the customer says next is said to the kept case",
    "tickets.Draft.ticket": "goes along, below what its writer has begun there already",
    "tickets.TicketTag.ticket": "copied",
    "tickets.Follower.ticket": "copied",
    "tickets.TicketLink.low": "copied",
    "tickets.TicketLink.high": "copied",
    "tickets.Ticket.merged_into": "follows: what was merged before belongs to the kept case as well",
}
STAYS = {
    "tickets.TicketEvent.ticket": "its history; the kept case says when it came",
    "tickets.Visit.ticket": "its own mark; the kept case's marks go back to before the first word not seen here",
    "tickets.Ticket.previous": "says which case came before at that time",
    "tickets.Notice.ticket": "what was told of it; who opens it is led to the kept case",
    "tickets.SavedReplyUse.ticket": "says where it was used",
    "tickets.UndoRecord.ticket": "says which case it was about; undoing follows",
    "tickets.UndoRecord.other": "the same",
    "tickets.BulkRow.ticket": "says what a job did to it",
    "privacy.Reveal.ticket": "for some minutes and for the reason given in that case",
}

MOVED_BY_ID = {"messages": Message, "notes": Note, "files": StoredFile}
Moved = dict[str, Any]


def absorb(source: Ticket, target: Ticket, *, now: datetime) -> Moved:
    """Make `source` part of `target`; both are locked. Gives: what is needed to take it back."""
    moved: Moved = {"target": _values(target), "source": _values(source)}
    moved["newest"] = Message.objects.filter(ticket=target).order_by("-pk").values_list("pk", flat=True).first() or 0
    _settle_visits(source, target)
    for name, model in MOVED_BY_ID.items():
        moved[name] = _move_rows(model, source, target)
    moved["threads"] = _move_threads(source, target)
    moved["drafts"] = _move_drafts(source, target, now)
    moved["tags"] = _copy_tags(source, target)
    moved["followers"] = _copy_followers(source, target, now)
    moved["related"] = _copy_related(source, target, now)
    before = source.merged.order_by("pk")
    moved["chained"] = list(before.values_list("pk", flat=True))
    before.update(merged_into=target)
    source.status, source.closed_at, source.merged_into = Status.MERGED, None, target
    source.snoozed_until = source.snoozed_by = None
    source.save(update_fields=["status", "closed_at", "merged_into", "snoozed_until", "snoozed_by"])
    _fit(source, target, moved)
    moved["after"] = _values(target)
    return moved


def settle_cases(tickets: Iterable[Ticket], *, now: datetime, actor_id: int | None, told: dict[int, Any]) -> None:
    """Bring lines and states up to what was said, put a line of history into each, and tell.

    Takes: told, by ticket id the kind and the data of its line.
    """
    rows = {ticket.pk: ticket for ticket in tickets}
    refresh_lines(rows)
    turn_over(rows)
    TicketEvent.objects.bulk_create(
        TicketEvent(ticket_id=pk, kind=kind, actor_id=actor_id, at=now, data=data)
        for pk, (kind, data) in sorted(told.items())
    )
    emit(
        TicketsChanged(
            [TicketChange(pk, "merged", TicketPlace(one.team_id, one.assignee_id)) for pk, one in sorted(rows.items())]
        )
    )


def _values(ticket: Ticket) -> dict[str, Any]:
    """What merging may change about a case, and undoing puts back where nobody has changed it since."""
    closed_at = ticket.closed_at.isoformat() if ticket.closed_at else None
    return {
        "status": ticket.status,
        "closed_at": closed_at,
        "priority": ticket.priority,
        "assignee": ticket.assignee_id,
        "snoozed_until": ticket.snoozed_until.isoformat() if ticket.snoozed_until else None,
        "snoozed_by": ticket.snoozed_by_id,
    }


def _fit(source: Ticket, target: Ticket, moved: Moved) -> None:
    """The kept case is as pressing as the more pressing one, has somebody if either had, and is open if either was."""
    target.priority = max(target.priority, source.priority)
    if target.assignee_id is None:
        target.assignee_id = source.assignee_id
    if target.status == Status.DONE and moved["source"]["status"] in OPEN_STATUSES:
        target.status, target.closed_at = Status.OPEN, None
    if target.status == Status.SNOOZED and moved["source"]["status"] == Status.OPEN:
        target.status, target.snoozed_until, target.snoozed_by = Status.OPEN, None, None
    fields = ["priority", "assignee", "status", "closed_at", "snoozed_until", "snoozed_by"]
    target.save(update_fields=fields)


def _move_rows(model: Any, source: Ticket, target: Ticket) -> list[int]:
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET ticket_id = %s WHERE ticket_id = %s RETURNING id",  # noqa: S608  a table of ours
            [target.pk, source.pk],
        )
        return sorted(pk for (pk,) in cursor.fetchall())


def _move_threads(source: Ticket, target: Ticket) -> list[dict[str, Any]]:
    """Join the threads to the kept case.

    Gives: of each, `shared`, whether the kept case was there with that customer already; `mark`, its newest message.
    """
    own = {(link.thread_id, link.customer_id): link for link in target.ticket_threads.select_for_update()}
    out = []
    for link in source.ticket_threads.select_for_update().order_by("pk"):
        twin = own.get((link.thread_id, link.customer_id))
        place = {"thread": link.thread_id, "customer": link.customer_id}
        newest = Message.objects.filter(thread=link.thread_id).aggregate(pk=Max("pk"))["pk"] or 0
        out.append(place | {"shared": twin is not None, "mark": newest})
        if twin is None:
            TicketThread.objects.filter(pk=link.pk).update(ticket=target)
            continue
        TicketThread.objects.filter(pk=link.pk).delete()
        if link.is_open and not twin.is_open:
            TicketThread.objects.filter(pk=twin.pk).update(is_open=True)
    return out


def _move_drafts(source: Ticket, target: Ticket, now: datetime) -> list[list[int]]:
    """What colleagues have begun. Gives: [id, revision] of each draft that went along whole."""
    there = {(d.author_id, d.mode): d for d in Draft.objects.select_for_update().filter(ticket=target)}
    whole = []
    for draft in Draft.objects.select_for_update().filter(ticket=source, sealed__isnull=False).select_related("author"):
        standing = there.get((draft.author_id, draft.mode))
        if standing is not None and standing.sealed is not None:
            put_back(target, draft.author, draft.mode, text=text_of(draft), now=now)
            write_text(draft, source, "", now)
            continue
        # A browser that holds the kept case's empty draft must find a newer revision than it knows of.
        draft.revision = max(draft.revision, standing.revision if standing else 0) + 1
        if standing is not None:
            standing.delete()
        draft.ticket = target
        draft.save(update_fields=["ticket", "revision"])
        emit(DraftChanged(target.number, draft.author_id, draft.mode, draft.revision))
        whole.append([draft.pk, draft.revision])
    return whole


def _copy_tags(source: Ticket, target: Ticket) -> list[int]:
    known = set(target.ticket_tags.values_list("tag_id", flat=True))
    missing = source.ticket_tags.exclude(tag_id__in=known).values_list("tag_id", flat=True)
    made = TicketTag.objects.bulk_create(TicketTag(ticket=target, tag_id=pk) for pk in sorted(missing))
    return [row.pk for row in made]


def _copy_followers(source: Ticket, target: Ticket, now: datetime) -> list[int]:
    known = set(target.followers.values_list("user_id", flat=True))
    missing = source.followers.exclude(user_id__in=known).values_list("user_id", flat=True)
    made = Follower.objects.bulk_create(Follower(ticket=target, user_id=pk, since=now) for pk in sorted(missing))
    return [row.pk for row in made]


def related_ids(ticket: Ticket) -> set[int]:
    """The cases that were said to be related to this one."""
    pairs = TicketLink.objects.filter(Q(low=ticket) | Q(high=ticket)).values_list("low_id", "high_id")
    return {pk for pair in pairs for pk in pair} - {ticket.pk}


def _copy_related(source: Ticket, target: Ticket, now: datetime) -> list[int]:
    wanted = related_ids(source) - related_ids(target) - {target.pk}
    pairs = (sorted((target.pk, pk)) for pk in sorted(wanted))
    made = TicketLink.objects.bulk_create(TicketLink(low_id=low, high_id=high, at=now) for low, high in pairs)
    return [row.pk for row in made]


def _settle_visits(source: Ticket, target: Ticket) -> None:
    """Nobody is said to have read in the kept case what they had not read in the other one."""
    seen = dict(Visit.objects.filter(ticket=source).values_list("user_id", "message_id"))
    heard = Message.objects.filter(ticket=source, direction="in")
    for visit in Visit.objects.select_for_update().filter(ticket=target).order_by("pk"):
        first = heard.filter(pk__gt=seen.get(visit.user_id, 0)).aggregate(first=Min("pk"))["first"]
        if first is not None and first <= visit.message_id:
            Visit.objects.filter(pk=visit.pk).update(message_id=first - 1)
