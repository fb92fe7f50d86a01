"""What each colleague has seen of a case."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from tickets.models.ticket import Ticket


class Visit(models.Model):
    """A colleague's newest visit to a case; a case without one was never opened by them.

    Messages are remembered by id, which follows the order of arrival: a late webhook is new although its time is old.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="visits")
    message_id = models.BigIntegerField(default=0)  # the newest message they were shown
    before_id = models.BigIntegerField(default=0)  # the same when this visit began: the unread line stands after it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="visit_once")]

    def __str__(self) -> str:
        return f"visit {self.pk}"
