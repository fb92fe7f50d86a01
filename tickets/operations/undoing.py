"""Taking back one act as a whole, once, as far as nobody has changed since what it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Conflict, NotFound
from core.transactions import in_transaction
from core.users.models import User
from tickets.absorbing import absorb, settle_cases
from tickets.case_locks import demand_cases, demand_merged, lock_threads, standing_id
from tickets.giving_back import give_back
from tickets.models import TicketLink, Undoable, UndoRecord
from tickets.operations.bulk import undo_bulk
from tickets.operations.relating import unlink_tickets

KEPT_AFTER = timedelta(days=1)  # a record that can no longer be used


@dataclass(frozen=True, slots=True)
class Undone:
    """What came of it. `left`: what had changed since and stays. `number`: the case to go on in, 0 for many."""

    act: str
    done: int
    left: int
    number: int = 0


@in_transaction
def undo(*, actor: User, uid: UUID, now: datetime) -> Undone:
    """Take back what a record says. Of two who try at once one does it.

    Raises: NotFound (none such, or its cases are out of sight), Forbidden, Conflict ("used", "expired", "merged",
    "changed": the case that was split off has become part of another one).
    Leaves: TicketsChanged; for a job on many cases, job BULK.
    """
    kept = UndoRecord.objects.select_for_update().filter(uid=uid).first()
    if kept is None:
        raise NotFound(_("There is nothing to undo here."))
    done = REVERSALS[kept.act](actor, _usable(kept, now), now)
    UndoRecord.objects.filter(pk=kept.pk).update(used_at=now, used_by=actor)
    return done


def _usable(kept: UndoRecord, now: datetime) -> UndoRecord:
    if kept.used_at is not None:
        raise Conflict(_("This has been undone already."), code="used")
    if kept.until <= now:
        raise Conflict(_("The time for undoing this has passed."), code="expired")
    return kept


def _unmerge(actor: User, kept: UndoRecord, now: datetime) -> Undone:
    assert kept.ticket_id is not None  # noqa: S101  a merge is of two cases
    assert kept.other_id is not None  # noqa: S101
    place = standing_id(kept.other_id)
    lock_threads([place])
    merged = demand_merged(actor, kept.other_id)
    place = merged.merged_into_id or kept.ticket_id
    into = demand_cases(actor, [place])[place]
    done, left = give_back(into, merged, kept.data, same=into.pk == kept.ticket_id)
    record(actor=actor, action="ticket.unmerged", object_type="ticket", object_id=into.pk, now=now, merged=merged.pk)
    told = {into.pk: ("unmerged", {"number": merged.number}), merged.pk: ("unmerged_from", {"number": into.number})}
    settle_cases([into, merged], now=now, actor_id=actor.pk, told=told)
    return Undone(Undoable.MERGE, done, left, into.number)


def _unsplit(actor: User, kept: UndoRecord, now: datetime) -> Undone:
    """The new case becomes part of the one it came from; its number leads there."""
    assert kept.ticket_id is not None  # noqa: S101  a split is of two cases
    assert kept.other_id is not None  # noqa: S101
    place = standing_id(kept.ticket_id)
    if place == kept.other_id:
        raise Conflict(_("These cases are one again already."), code="changed")
    cases = demand_cases(actor, [place, kept.other_id])
    into, new = cases[place], cases[kept.other_id]
    TicketLink.objects.filter(pk=kept.data["link"]).delete()
    moved = absorb(new, into, now=now)
    record(actor=actor, action="ticket.unsplit", object_type="ticket", object_id=into.pk, now=now, new=new.pk)
    told = {into.pk: ("unsplit", {"number": new.number}), new.pk: ("merged_into", {"number": into.number})}
    settle_cases([into, new], now=now, actor_id=actor.pk, told=told)
    return Undone(Undoable.SPLIT, len(moved["messages"]), 0, into.number)


def _unlink(actor: User, kept: UndoRecord, now: datetime) -> Undone:
    assert kept.ticket is not None  # noqa: S101  a link is of two cases
    assert kept.other_id is not None  # noqa: S101
    done = unlink_tickets(actor=actor, ticket_id=kept.ticket.pk, other_id=kept.other_id, now=now)
    return Undone(Undoable.LINK, int(done), int(not done), kept.ticket.number)


def _unbulk(actor: User, kept: UndoRecord, now: datetime) -> Undone:
    return Undone(Undoable.BULK, undo_bulk(actor=actor, job_id=kept.data["job"], now=now), 0)


REVERSALS: dict[str, Callable[[User, UndoRecord, datetime], Undone]] = {
    Undoable.MERGE: _unmerge,
    Undoable.SPLIT: _unsplit,
    Undoable.LINK: _unlink,
    Undoable.BULK: _unbulk,
}


def drop_old_undo(*, now: datetime) -> int:
    """Forget what can no longer be taken back. Gives: how many."""
    gone, _each = UndoRecord.objects.filter(until__lt=now - KEPT_AFTER).delete()
    return gone
