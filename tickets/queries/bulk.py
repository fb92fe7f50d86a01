"""A job on many cases as its person sees it: how far it has come, and what became of each case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Value, When
from django.utils.translation import gettext as _

from core.errors import NotFound
from core.users.models import User
from tickets.access import visible_to
from tickets.models import TO_DO, BulkJob, BulkRow
from tickets.models.bulk_job import Outcome
from tickets.queries.counts import get_counts
from tickets.queries.queue import QueueFilter, get_listed

ROWS_SHOWN = 500
LEFT = (Outcome.REFUSED, Outcome.CHANGED, Outcome.KEPT)  # shown first


@dataclass(frozen=True, slots=True)
class BulkView:
    """One job. `counts` by Outcome; `undo_uid` is None once it was undone or can no longer be."""

    uid: UUID
    act: str
    total: int
    done: int  # rows that no longer wait
    ended: bool
    undoing: bool
    counts: dict[str, int]
    undo_uid: UUID | None
    undo_until: datetime | None


@dataclass(frozen=True, slots=True)
class BulkRowView:
    """What became of one case; None for what can no longer be seen of it."""

    number: int | None
    customer_name: str
    outcome: str
    reason: str


def get_bulk(*, actor: User, uid: UUID, now: datetime) -> BulkView:
    """One's own job. Two queries. Raises: NotFound, also for somebody else's."""
    job = BulkJob.objects.select_related("undo").filter(uid=uid, actor=actor).first()
    if job is None:
        raise NotFound(_("There is nothing here any more."))
    counts = dict(BulkRow.objects.filter(job=job).order_by().values_list("outcome").annotate(n=Count("pk")))
    left = sum(counts.get(outcome, 0) for outcome in TO_DO)
    undo = job.undo
    free = undo is not None and undo.used_at is None and undo.until > now
    return BulkView(
        uid=job.uid,
        act=job.act,
        total=job.total,
        done=job.total - left,
        ended=not left,
        undoing=undo is not None and undo.used_at is not None,
        counts=counts,
        undo_uid=undo.uid if undo and free else None,
        undo_until=undo.until if undo and free else None,
    )


def list_bulk_rows(*, actor: User, uid: UUID) -> list[BulkRowView]:
    """What became of the cases, those that were left first. Two queries."""
    rows = BulkRow.objects.filter(job__uid=uid, job__actor=actor)
    first = Case(When(outcome__in=LEFT, then=Value(0)), default=Value(1), output_field=IntegerField())
    shown = list(rows.order_by(first, "pk").values_list("ticket_id", "outcome", "reason")[:ROWS_SHOWN])
    seen = visible_to(actor).filter(pk__in=[pk for pk, _outcome, _reason in shown])
    cases = {pk: (number, name) for pk, number, name in seen.values_list("pk", "number", "customer_name")}
    return [_row(cases.get(pk), outcome, reason) for pk, outcome, reason in shown]


def _row(case: tuple[int, str] | None, outcome: str, reason: str) -> BulkRowView:
    number, name = case or (None, "")
    return BulkRowView(number, name, outcome, reason)


def get_bulk_uid(*, actor: User, undo_uid: UUID) -> UUID | None:
    """One's own job that this record undoes. One query."""
    return BulkJob.objects.filter(undo__uid=undo_uid, actor=actor).values_list("uid", flat=True).first()


def count_listed(*, actor: User, wanted: QueueFilter) -> int:
    """Exactly how many cases a list holds; from kept counters where they tell. Raises: Invalid, as `get_queue_page`."""
    counted = {"open", "waiting", "done"}
    plain = not (wanted.text.strip() or wanted.tag or wanted.platform or wanted.assignee_id or wanted.customer_id)
    if plain and wanted.view != "drafts" and wanted.status in counted:
        return int(getattr(get_counts(actor=actor, wanted=wanted), str(wanted.status)))
    return get_listed(actor=actor, wanted=wanted).count()
