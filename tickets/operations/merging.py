"""Two cases about one matter become one (decision 0011)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Conflict, Invalid
from core.transactions import in_transaction
from core.users.models import User
from tickets.absorbing import absorb, settle_cases
from tickets.case_locks import demand_cases
from tickets.models import Status, Undoable, UndoRecord

UNDO_FOR = timedelta(days=30)


@in_transaction
def merge_tickets(*, actor: User, keep_id: int, merge_id: int, now: datetime, other_person: bool = False) -> UndoRecord:
    """Make one case part of another; its number leads there from now on.

    Takes: keep_id, the case that stays; merge_id, the one that becomes part of it; other_person, whether the colleague
    has been told and agrees that two people's words will stand in one case.
    Gives: what takes it back, for thirty days.
    Raises: NotFound, Forbidden, Invalid (the same case twice), Conflict ("merged"; "spam"; "other_person": the cases
    are of two people and that was not agreed to).
    Leaves: TicketsChanged, DraftChanged.
    """
    if keep_id == merge_id:
        raise Invalid(_("Choose another case than this one."), field="with", code="same_case")
    cases = demand_cases(actor, [keep_id, merge_id])
    kept, merged = cases[keep_id], cases[merge_id]
    if Status.SPAM in (kept.status, merged.status):
        raise Conflict(_("This case is marked as spam. Say first that it is not."), code="spam")
    strangers = kept.customer_id != merged.customer_id
    if strangers and not other_person:
        raise Conflict(
            _("These cases are of two people. Confirm that both may stand in one case."), code="other_person"
        )
    moved = absorb(merged, kept, now=now)
    undo = UndoRecord.objects.create(
        act=Undoable.MERGE, actor=actor, ticket=kept, other=merged, at=now, until=now + UNDO_FOR, data=moved
    )
    record(
        actor=actor,
        action="ticket.merged",
        object_type="ticket",
        object_id=kept.pk,
        now=now,
        merged=merged.pk,
        two_people=int(strangers),
    )
    told = {kept.pk: ("merged", {"number": merged.number}), merged.pk: ("merged_into", {"number": kept.number})}
    settle_cases([kept, merged], now=now, actor_id=actor.pk, told=told)
    return undo
