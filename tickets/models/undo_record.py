"""What one act changed, so that it can be taken back: ids and values, never words."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_uid
from tickets.models.ticket import Ticket


class Undoable(models.TextChoices):
    """The acts that can be taken back as a whole."""

    MERGE = "merge", _("Merge")  # `other` became part of `ticket`
    SPLIT = "split", _("Split")  # `other` was made of words that stood in `ticket`
    LINK = "link", _("Link")  # `ticket` and `other` were said to be related
    BULK = "bulk", _("Bulk")  # one act on many cases; `data` names the job


class UndoRecord(models.Model):
    """One act: who did it, when, until when it can be taken back, and whether it was. `data` is for its operation."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    act = models.CharField(max_length=10, choices=Undoable)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    ticket = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.CASCADE, related_name="undo_records")
    other = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(act__in=Undoable.values), name="undo_act")]
        indexes = [
            models.Index(fields=["ticket", "until"], name="undo_by_ticket", condition=models.Q(used_at__isnull=True)),
            models.Index(fields=["until"], name="undo_expiring"),
        ]

    def __str__(self) -> str:
        return f"undo record {self.pk}"
