"""How a case that was made part of another becomes itself again: only what nobody has changed since goes back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.dateparse import parse_datetime

from tickets.absorbing import MOVED_BY_ID, Moved
from tickets.models import OPEN_STATUSES, Draft, Follower, Message, Status, Ticket, TicketLink, TicketTag, TicketThread


def give_back(kept: Ticket, merged: Ticket, moved: Moved, *, same: bool) -> tuple[int, int]:
    """Undo `absorb`; both cases are locked. What came after the merge goes back with its thread, where the kept
    case has no part in that thread of its own.

    Takes: same, whether `kept` is still the case of the merge, and not one that this one was merged into later.
    Gives: how many things went back, and how many were left because they are elsewhere or gone.
    """
    done, wanted = 0, 0
    for name, model in MOVED_BY_ID.items():
        done += model.objects.filter(pk__in=moved[name], ticket=kept).update(ticket=merged)  # type: ignore[attr-defined]
        wanted += len(moved[name])
    back = [thread for thread in moved["threads"] if not _has_part(kept, thread)]
    heard = [_give_back_later_words(kept, merged, thread) for thread in back]
    _give_back_drafts(kept, merged, moved["drafts"])
    TicketTag.objects.filter(pk__in=moved["tags"], ticket=kept).delete()
    Follower.objects.filter(pk__in=moved["followers"], ticket=kept).delete()
    TicketLink.objects.filter(pk__in=moved["related"]).delete()
    Ticket.objects.filter(pk__in=moved["chained"], merged_into=kept).update(merged_into=merged)
    if same:
        _restore_kept(kept, moved)
    _restore_merged(kept, merged, moved, heard_since=any(heard))
    for thread in back:
        kept.ticket_threads.filter(thread_id=thread["thread"], customer_id=thread["customer"]).delete()
    _join_threads(merged, moved["threads"])
    return done, wanted - done


def _words_of(kept: Ticket, thread: dict[str, Any]) -> QuerySet[Message]:
    """What this customer and we said to each other there: all of it, unless another person speaks there as well."""
    here = Message.objects.filter(ticket=kept, thread_id=thread["thread"])
    if not kept.ticket_threads.filter(thread_id=thread["thread"]).exclude(customer_id=thread["customer"]).exists():
        return here
    answered = Message.objects.filter(
        channel=OuterRef("channel"), external_id=OuterRef("parent_external_id"), customer_id=thread["customer"]
    )
    return here.filter(Q(direction="in", customer_id=thread["customer"]) | Q(Exists(answered), direction="out"))


def _has_part(kept: Ticket, thread: dict[str, Any]) -> bool:
    """Is the kept case in this thread with this customer on its own account?"""
    return bool(thread["shared"]) or _words_of(kept, thread).filter(pk__lte=thread["mark"]).exists()


def _give_back_later_words(kept: Ticket, merged: Ticket, thread: dict[str, Any]) -> bool:
    """What was said since. Gives: whether the customer said something."""
    said = list(_words_of(kept, thread).values_list("pk", "direction"))
    Message.objects.filter(pk__in=[pk for pk, _direction in said]).update(ticket=merged)
    return any(direction == "in" for _pk, direction in said)


def _give_back_drafts(kept: Ticket, merged: Ticket, drafts: list[list[int]]) -> None:
    """Those on which nobody has written since."""
    for pk, revision in drafts:
        draft = Draft.objects.select_for_update().filter(pk=pk, ticket=kept, revision=revision).first()
        if draft is not None:
            Draft.objects.filter(ticket=merged, author_id=draft.author_id, mode=draft.mode).delete()
            Draft.objects.filter(pk=pk).update(ticket=merged, revision=revision + 1)


def _restore_kept(kept: Ticket, moved: Moved) -> None:
    before, after = moved["target"], moved["after"]
    if kept.priority == after["priority"]:
        kept.priority = before["priority"]
    if kept.assignee_id == after["assignee"]:
        kept.assignee_id = before["assignee"]
    spoken = Message.objects.filter(ticket=kept, pk__gt=moved["newest"]).exists()
    if before["status"] == Status.DONE and kept.status in OPEN_STATUSES and not spoken:
        kept.status, kept.closed_at = Status.DONE, parse_datetime(before["closed_at"])
        kept.snoozed_until = kept.snoozed_by = None
        kept.ticket_threads.update(is_open=False)
    kept.save(update_fields=["priority", "assignee", "status", "closed_at", "snoozed_until", "snoozed_by"])


def _restore_merged(kept: Ticket, merged: Ticket, moved: Moved, *, heard_since: bool) -> None:
    """As it was; but closed where the kept case was resolved since, and open where the customer has said more."""
    before, after = moved["source"], moved["after"]
    merged.merged_into = None
    merged.status, merged.closed_at = before["status"], _time(before["closed_at"])
    if kept.status == Status.DONE and after["status"] in OPEN_STATUSES and moved["target"]["status"] != Status.DONE:
        merged.status, merged.closed_at = Status.DONE, kept.closed_at
    elif heard_since and merged.status in (Status.DONE, Status.SNOOZED):
        merged.status, merged.closed_at = Status.OPEN, None
    if merged.status == Status.SNOOZED:
        merged.snoozed_until, merged.snoozed_by_id = _time(before["snoozed_until"]), before["snoozed_by"]
    merged.save(update_fields=["merged_into", "status", "closed_at", "snoozed_until", "snoozed_by"])


def _time(value: str | None) -> datetime | None:
    return parse_datetime(value) if value else None


def _join_threads(merged: Ticket, threads: list[dict[str, Any]]) -> None:
    """What the customer says next there is said to the case again, unless another open case hears it by now."""
    live = merged.status in OPEN_STATUSES
    for thread in threads:
        place = {"thread_id": thread["thread"], "customer_id": thread["customer"]}
        free = not TicketThread.objects.filter(is_open=True, **place).exists()
        TicketThread.objects.get_or_create(ticket=merged, defaults={"is_open": live and free}, **place)
