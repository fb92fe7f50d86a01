"""Who follows a case without having it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from tickets.models.ticket import Ticket


class Follower(models.Model):
    """A colleague who hears of what the customer answers in a case, and of its end."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="followers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="follower_once")]

    def __str__(self) -> str:
        return f"follower {self.pk}"
