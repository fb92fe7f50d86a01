"""Notes between colleagues. Their own table, with no path to any connector."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.ids import new_uid
from tickets.models.ticket import Ticket


class Note(models.Model):
    """What a colleague wrote for colleagues; masked and sealed like a message."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField()
    masks = models.JSONField(default=list)
    sealed = models.BinaryField(null=True, blank=True)
    at = models.DateTimeField()
    client_key = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        indexes = [models.Index(fields=["ticket", "at", "id"], name="note_by_ticket")]

    def __str__(self) -> str:
        return f"note {self.pk}"
