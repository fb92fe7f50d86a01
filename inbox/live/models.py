"""Hints: that something changed, for whom, in an order every client can rely on."""

from __future__ import annotations

from django.db import models


class Hint(models.Model):
    """One changed case. Written in the change's own transaction without a number; numbered in commit order afterwards.

    A bigserial is not commit order: who saw 2 would never see a 1 that commits later. Ids and enums only.
    """

    seq = models.BigIntegerField(null=True, unique=True)
    kind = models.CharField(max_length=20)
    ticket_id = models.BigIntegerField()
    scopes = models.JSONField()  # who may see it now: "all", "team:3", "user:7", "open"
    left_scopes = models.JSONField(default=list)  # who could see it before and no longer can
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="hint_unnumbered", condition=models.Q(seq__isnull=True)),
            models.Index(fields=["created_at"], name="hint_by_age"),
        ]

    def __str__(self) -> str:
        return f"hint {self.pk}"
