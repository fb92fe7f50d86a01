"""Who did what to what, when. Rows are only ever added; they hold ids and enums, never text or contact values."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """One act. `actor_id` is empty for the system itself; `seq` and the hashes are set when the row joins the chain."""

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True, blank=True)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["object_type", "object_id", "id"], name="audit_by_object")]
        constraints = [models.CheckConstraint(condition=~models.Q(action=""), name="audit_action_named")]

    def __str__(self) -> str:
        return f"audit {self.pk}"
