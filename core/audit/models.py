"""Who did what to what, when. Rows are only ever added; they hold ids and enums, never text or contact values."""

from __future__ import annotations

from django.db import models

from core.ids import new_key


class AuditEntry(models.Model):
    """One act. `actor_id` is empty for the system itself.

    `seq` and the hashes are set once, when the row joins the chain (see `core.audit.chain`); the database refuses every
    other change. `subject` is the token of the person an entry concerns, see `Subject`.
    """

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True, blank=True)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.BigIntegerField(null=True, blank=True)
    subject = models.CharField(max_length=22, blank=True)
    data = models.JSONField(default=dict)
    seq = models.BigIntegerField(null=True, blank=True, unique=True)
    prev_hash = models.BinaryField(null=True, blank=True)
    hash = models.BinaryField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["object_type", "object_id", "id"], name="audit_by_object"),
            models.Index(fields=["id"], name="audit_unsealed", condition=models.Q(seq__isnull=True)),
            models.Index(fields=["subject", "id"], name="audit_by_subject", condition=~models.Q(subject="")),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(action=""), name="audit_action_named"),
            models.CheckConstraint(
                condition=models.Q(seq__isnull=True, prev_hash__isnull=True, hash__isnull=True)
                | models.Q(seq__gte=1, prev_hash__isnull=False, hash__isnull=False),
                name="audit_sealed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"audit {self.pk}"


class Subject(models.Model):
    """A person's name in the audit log: a random token, the same in all entries that concern the person.

    The chain covers the token only, so deleting this row, as erasure does, leaves every hash as it was and the token
    without a meaning. It is random, not a hash of the id, because ids are few enough to be tried out.
    """

    person_id = models.BigIntegerField(unique=True)
    token = models.CharField(max_length=22, unique=True, default=new_key)

    def __str__(self) -> str:
        return f"subject {self.pk}"


class AuditHead(models.Model):
    """Where the chain ended on a day, signed with a key that is not in the database.

    Cutting off the chain's end leaves no gap to see; these rows, or a copy of one kept elsewhere, tell.
    """

    day = models.DateField(unique=True)
    seq = models.BigIntegerField()
    hash = models.BinaryField()
    signature = models.BinaryField()

    def __str__(self) -> str:
        return f"audit head of {self.day}"
