"""Cases that colleagues said to be related. It goes both ways: neither is the first."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from tickets.models.ticket import Ticket


class TicketLink(models.Model):
    """One pair of related cases, kept with the smaller id first so that each pair stands once."""

    low = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_up")
    high = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_down")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["low", "high"], name="ticket_link_once"),
            models.CheckConstraint(condition=models.Q(low__lt=models.F("high")), name="ticket_link_in_order"),
        ]

    def __str__(self) -> str:
        return f"link {self.pk}"
