"""One act on many cases: stored as rows, done by workers some at a time, each case by the operation for one case.

A row and its case change in one transaction: a worker that dies in between has done neither, and another goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Forbidden, Invalid, NotFound, SamsvarError
from core.events import emit
from core.jobs import enqueue
from core.transactions import in_transaction
from core.users.models import User
from tickets.access import demand, may, visible_to
from tickets.bulk_acts import ACTS
from tickets.events import BulkProgressed
from tickets.jobs import BULK
from tickets.models import TO_DO, BulkJob, BulkRow, Ticket, Undoable, UndoRecord
from tickets.models.bulk_job import Outcome
from tickets.queries.queue import QueueFilter, get_listed

log = logging.getLogger(__name__)

MOST = 5000  # cases in one job
SLICE = 25  # cases before the worker is given back and the person is told
UNDO_FOR = timedelta(minutes=30)
KEPT_FOR = timedelta(days=30)  # a job and what became of each case


@in_transaction
def start_bulk(
    *,
    actor: User,
    act: str,
    choice: Mapping[str, Any],
    now: datetime,
    chosen: Mapping[int, int] | None = None,
    wanted: QueueFilter | None = None,
) -> BulkJob:
    """Ask for one act on many cases.

    Takes: act, a key of ACTS; choice, what it needs, as its form says it; chosen, the versions of cases by number,
    as the person saw them; or wanted, every case of a list as it is now.
    Gives: the job; what takes it back stands in its `undo`, for thirty minutes.
    Raises: Forbidden, Invalid (no such act or choice, no cases, too many).
    Leaves: one audit entry; job BULK.
    """
    if act not in ACTS:
        raise Invalid(_("There is no such action."), field="act")
    if not may(actor, ACTS[act].needs):
        raise Forbidden(_("Your role does not allow this."))
    params = ACTS[act].read(choice)
    versions = _versions(actor, chosen or {}, wanted)
    job = BulkJob.objects.create(actor=actor, act=act, params=params, total=len(versions), created_at=now)
    BulkRow.objects.bulk_create(
        (BulkRow(job=job, ticket_id=pk, version=version) for pk, version in versions.items()), batch_size=1000
    )
    job.undo = UndoRecord.objects.create(
        act=Undoable.BULK, actor=actor, at=now, until=now + UNDO_FOR, data={"job": job.pk}
    )
    job.save(update_fields=["undo"])
    record(
        actor=actor, action="bulk.started", object_type="bulk_job", object_id=job.pk, now=now, act=act, count=job.total
    )
    enqueue(BULK)
    return job


def _versions(actor: User, chosen: Mapping[int, int], wanted: QueueFilter | None) -> dict[int, int]:
    """Each case's version by its id: as the person saw it, or as it is."""
    if wanted is not None:
        found = get_listed(actor=actor, wanted=wanted).order_by("pk").values_list("pk", "version")[: MOST + 1]
        versions = dict(found)
    else:
        seen = visible_to(actor).filter(number__in=list(chosen)[: MOST + 1])
        versions = {pk: chosen[number] for pk, number in seen.order_by("pk").values_list("pk", "number")}
    if not versions:
        raise Invalid(_("Select at least one case."), field="case", code="none")
    if len(versions) > MOST:
        raise Invalid(_("Select at most %(most)d cases at a time.") % {"most": MOST}, field="case", code="too_many")
    return versions


def work_bulk(*, now: datetime) -> bool:
    """Do the next rows of whatever job waits. Gives: whether any may be left."""
    touched: set[int] = set()
    for _turn in range(SLICE):
        job_id = _work_row(now)
        if job_id is None:
            break
        touched.add(job_id)
    for job_id in sorted(touched):
        _report(job_id, now)
    return bool(touched)


@in_transaction
def _work_row(now: datetime) -> int | None:
    """One row, with its case. Rows that another worker holds are passed over. Gives: its job's id."""
    rows = BulkRow.objects.filter(outcome__in=TO_DO).select_related("job__actor", "ticket")
    row = rows.select_for_update(of=("self",), skip_locked=True).order_by("job_id", "pk").first()
    if row is None:
        return None
    undoing = row.outcome == Outcome.UNDOING
    try:
        with transaction.atomic():
            row.outcome = _revert(row, now) if undoing else _apply(row, now)
    except SamsvarError as refused:
        row.outcome, row.reason = Outcome.KEPT if undoing else Outcome.REFUSED, refused.code[:40]
    except OperationalError:
        raise  # the whole row is tried again, by this worker or the next
    except Exception as error:  # our bug with one case must not hold up the others
        log.error("bulk row %d failed: %s", row.pk, type(error).__name__)
        row.outcome, row.reason = Outcome.KEPT if undoing else Outcome.REFUSED, "our_fault"
    row.save(update_fields=["outcome", "reason", "before"])
    return row.job_id


def _apply(row: BulkRow, now: datetime) -> str:
    act, actor = ACTS[row.job.act], row.job.actor
    ticket = demand(actor, act.needs, row.ticket_id)
    if ticket.version != row.version:
        return Outcome.CHANGED
    before = act.facts(ticket)
    act.apply(actor, ticket, row.job.params, now)
    after = act.facts(_fresh(row))
    row.before = {"was": before, "is": after}
    return Outcome.SAME if before == after else Outcome.DONE


def _revert(row: BulkRow, now: datetime) -> str:
    """Put back what the act changed, where the case still is as the act left it in that."""
    act, actor = ACTS[row.job.act], row.job.actor
    ticket = demand(actor, act.needs, row.ticket_id)
    if act.facts(ticket) != row.before["is"]:
        return Outcome.KEPT
    act.revert(actor, ticket, row.before["was"], now)
    return Outcome.UNDONE


def _fresh(row: BulkRow) -> Ticket:
    """As it stands now, whoever may see it: a case that was moved may be out of the mover's sight."""
    return Ticket.objects.get(pk=row.ticket_id)


@in_transaction
def _report(job_id: int, now: datetime) -> None:
    """Tell how far it has come, and note its end once."""
    job = BulkJob.objects.select_for_update().get(pk=job_id)
    left = BulkRow.objects.filter(job=job, outcome__in=TO_DO).count()
    if not left and job.ended_at is None:
        job.ended_at = now
        job.save(update_fields=["ended_at"])
    emit(BulkProgressed(job.actor_id, str(job.uid), job.total - left, job.total, ended=not left))


@in_transaction
def undo_bulk(*, actor: User, job_id: int, now: datetime) -> int:
    """Put back what the job did, as far as nobody has changed it since; what waits is not done at all.

    Gives: how many cases are put back or stopped.
    Raises: NotFound (somebody else's).
    Leaves: one audit entry; job BULK.
    """
    job = BulkJob.objects.select_for_update().filter(pk=job_id, actor=actor).first()
    if job is None:
        raise NotFound(_("There is nothing to undo here."))
    rows = BulkRow.objects.filter(job=job)
    list(rows.filter(outcome=Outcome.WAITING).select_for_update().order_by("pk").values_list("pk"))  # under way: wait
    stopped = rows.filter(outcome=Outcome.WAITING).update(outcome=Outcome.UNDONE)
    going = rows.filter(outcome=Outcome.DONE).update(outcome=Outcome.UNDOING)
    job.ended_at = None
    job.save(update_fields=["ended_at"])
    record(actor=actor, action="bulk.undone", object_type="bulk_job", object_id=job.pk, now=now, count=stopped + going)
    enqueue(BULK)
    return stopped + going


def settle_bulk(*, now: datetime) -> int:
    """Jobs whose last worker died before it said that nothing is left. Gives: how many were ended."""
    unended = BulkJob.objects.filter(ended_at__isnull=True)
    done = list(_without_rows(unended).values_list("pk", flat=True))
    for pk in done:
        _report(pk, now)
    return len(done)


def _without_rows(jobs: QuerySet[BulkJob]) -> QuerySet[BulkJob]:
    return jobs.annotate(left=Count("rows", filter=Q(rows__outcome__in=TO_DO))).filter(left=0)


def drop_old_bulk(*, now: datetime) -> int:
    """Forget jobs that ended a month ago. Gives: how many."""
    _rows, each = BulkJob.objects.filter(ended_at__lt=now - KEPT_FOR).delete()
    return each.get("tickets.BulkJob", 0)
