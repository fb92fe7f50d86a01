"""Keyed hashes of what masks cover, so that a colleague with a reason can find an exact number or address."""

from __future__ import annotations

from django.db import models

from tickets.models.message import Message
from tickets.models.note import Note


class MaskedValue(models.Model):
    """One spelling-free form of one masked value; a phone number has two. See `tickets.value_hashes`.

    The rows of a message or note go with what it seals: a trigger (migration 0004) removes them when `sealed` is
    emptied, on whatever path that happens.
    """

    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    note = models.ForeignKey(Note, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    label = models.CharField(max_length=20)
    hash = models.BinaryField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(message__isnull=False, note__isnull=True)
                | models.Q(message__isnull=True, note__isnull=False),
                name="masked_value_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"masked value {self.pk}"
