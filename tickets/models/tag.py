"""Words that colleagues put on cases."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from tickets.models.ticket import Ticket

TAG_LENGTH = 40  # code points


class Tag(models.Model):
    """One word or short phrase; the same in any case of letters. It is about the matter, never about the person."""

    name = models.CharField(max_length=TAG_LENGTH)
    tickets = models.ManyToManyField(Ticket, through="TicketTag", related_name="tags")

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="tag_any_case"),
            models.CheckConstraint(condition=~models.Q(name=""), name="tag_named"),
        ]

    def __str__(self) -> str:
        return f"tag {self.pk}"


class TicketTag(models.Model):
    """One tag on one case."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="ticket_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="ticket_tags")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "tag"], name="ticket_tag_once")]

    def __str__(self) -> str:
        return f"tag {self.tag_id} on ticket {self.ticket_id}"
