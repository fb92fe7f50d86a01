"""Files that came with a message or go out with one, encrypted, in the database.

Why there: a backup, a restore, a second machine and the end of a customer's key then hold for files as for texts, and
nothing else has to be run (decision 0006).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_uid
from core.keys.models import DataKey
from tickets.models.message import Message
from tickets.models.ticket import Ticket


class FileState(models.TextChoices):
    """Whether a file may be opened."""

    WAITING = "waiting", _("Waits to be scanned")  # a scanner is set up and has not seen it yet
    OPEN = "open", _("May be opened")  # scanned clean, or no scanner is set up
    INFECTED = "infected", _("Held back by the scanner")  # never given out
    TOO_LARGE = "too_large", _("Larger than we keep")  # its bytes were not kept


class StoredFile(models.Model):
    """One file. `mime` is what its bytes say, never what its sender said; `name` is masked as texts are.

    A file that a colleague has chosen and not sent yet has a ticket and an uploader and no message.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="files")
    ticket = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12)  # as tickets.intake.items.Attachment.kind
    mime = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()  # bytes
    content_id = models.CharField(max_length=255, blank=True)  # how the letter's own html names it
    state = models.CharField(max_length=10, choices=FileState, default=FileState.OPEN)
    data_key = models.ForeignKey(DataKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(state__in=FileState.values), name="file_state")]
        indexes = [
            models.Index(fields=["id"], name="file_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["created_at"], name="file_unsent", condition=models.Q(message__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"file {self.pk}"


class FileChunk(models.Model):
    """A piece of a file, sealed under its data key; context "tickets.StoredFile:<uid>:<position>"."""

    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "position"], name="chunk_once")]

    def __str__(self) -> str:
        return f"chunk {self.pk}"
