"""What the project itself keeps."""

from __future__ import annotations

from django.db import models


class Deletion(models.Model):
    """Something the network took back, until it stands in the journal outside the database (operations/tombstones.py).

    Triggers write these rows, so that no path forgets one; they live for seconds.
    """

    channel_id = models.BigIntegerField()
    external_id = models.CharField(max_length=255)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"deletion {self.pk}"
