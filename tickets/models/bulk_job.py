"""One act on many cases, done by a worker: the job, and what became of each case."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_uid
from tickets.models.ticket import Ticket
from tickets.models.undo_record import UndoRecord


class Outcome(models.TextChoices):
    """What became of one case of the job."""

    WAITING = "waiting", _("Waits for its turn")
    DONE = "done", _("Done")
    SAME = "same", _("Was so already")  # nothing had to change
    CHANGED = "changed", _("Changed meanwhile and left")  # since the person selected it
    REFUSED = "refused", _("Not possible, and left")  # `reason` says why
    UNDOING = "undoing", _("Waits to be undone")
    UNDONE = "undone", _("Undone")
    KEPT = "kept", _("Changed since, and kept as it is")  # the undo left it alone


TO_DO = (Outcome.WAITING, Outcome.UNDOING)


class BulkJob(models.Model):
    """What is to be done with the cases of its rows. `params`: ids, enums and tags, as its act takes them."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    act = models.CharField(max_length=20)  # a key of `tickets.bulk_acts.ACTS`
    params = models.JSONField(default=dict)
    total = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)  # when no row waited any more
    undo = models.ForeignKey(UndoRecord, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="bulk_running", condition=models.Q(ended_at__isnull=True)),
            models.Index(fields=["actor", "-id"], name="bulk_by_actor"),
        ]

    def __str__(self) -> str:
        return f"bulk job {self.pk}"


class BulkRow(models.Model):
    """One case of a job. `version`: the case's when it was selected; `before`: values that undoing puts back."""

    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="rows")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    reason = models.CharField(max_length=40, blank=True)  # the code of a refusal
    before = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "ticket"], name="bulk_row_once"),
            models.CheckConstraint(condition=models.Q(outcome__in=Outcome.values), name="bulk_outcome"),
        ]
        indexes = [
            models.Index(
                fields=["job", "id"], name="bulk_to_do", condition=models.Q(outcome__in=["waiting", "undoing"])
            )
        ]

    def __str__(self) -> str:
        return f"bulk row {self.pk}"
