"""What a colleague has begun to write and not sent: one text for each person, case and audience."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_uid
from tickets.models.ticket import Ticket


class Mode(models.TextChoices):
    """Who would read it."""

    PUBLIC = "public", _("Public")  # everyone
    PRIVATE = "private", _("Private")  # the customer
    NOTE = "note", _("Note")  # colleagues


class Draft(models.Model):
    """One unsent text. All of it is sealed under the customer's data key; nothing of it stands here in clear.

    The row stays when its text is sent or thrown away, with `sealed` empty and the next revision: a browser that still
    holds the older text is then told, instead of bringing it back to life.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    mode = models.CharField(max_length=10, choices=Mode)
    sealed = models.BinaryField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "author", "mode"], name="draft_once"),
            models.CheckConstraint(condition=models.Q(mode__in=Mode.values), name="draft_mode"),
        ]
        indexes = [
            models.Index(
                fields=["author", "-saved_at"], name="draft_by_author", condition=models.Q(sealed__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"draft {self.pk}"
