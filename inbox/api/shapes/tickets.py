"""A case's line, and its tags."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inbox.api.shapes.base import Instant, NamedShape, PageShape, Shape, named
from tickets.models import Priority, Status, Visibility
from tickets.queries.queue import QueueRow


class TicketShape(Shape):
    """A line of the queue."""

    id = serializers.IntegerField(source="ticket_id")
    number = serializers.IntegerField(help_text="what people call the case by")
    url = serializers.SerializerMethodField()
    status = serializers.ChoiceField(Status.choices)
    priority = serializers.ChoiceField(Priority.choices)
    platform = serializers.CharField()
    visibility = serializers.ChoiceField(Visibility.choices)
    customer = serializers.SerializerMethodField()
    team = serializers.SerializerMethodField()
    assignee = serializers.SerializerMethodField()
    language = serializers.CharField(help_text="of the customer's latest words; empty when unknown")
    preview = serializers.CharField(help_text="masked")
    tags = serializers.ListField(child=serializers.CharField())
    due_at = Instant(allow_null=True, help_text="when our next reply is late; null when nobody waits")
    waiting_since = Instant(allow_null=True)
    last_message_at = Instant()
    trouble = serializers.SerializerMethodField(help_text="a reply of ours failed, or may not have been sent")
    version = serializers.IntegerField(help_text="grows with every change")
    merged_into = serializers.IntegerField(
        source="merged_number", allow_null=True, help_text="the number of the case that this one is part of now"
    )

    def get_url(self, row: QueueRow) -> str:
        """Where it is read."""
        return f"/api/v1/tickets/{row.ticket_id}/"

    @extend_schema_field(NamedShape)
    def get_customer(self, row: QueueRow) -> dict[str, Any] | None:
        """Who wrote."""
        return named(row.customer_id, row.customer_name)

    @extend_schema_field(NamedShape(allow_null=True))
    def get_team(self, row: QueueRow) -> dict[str, Any] | None:
        """Whose it is."""
        return named(row.team_id, row.team_name)

    @extend_schema_field(NamedShape(allow_null=True))
    def get_assignee(self, row: QueueRow) -> dict[str, Any] | None:
        """Who has it."""
        return named(row.assignee_id, row.assignee_name)

    @extend_schema_field(serializers.ChoiceField(["failed", "unknown"], allow_null=True))
    def get_trouble(self, row: QueueRow) -> str | None:
        """A word, or nothing."""
        return row.trouble or None


class TicketPageShape(PageShape):
    """One page of tickets."""

    results = TicketShape(many=True)


class TagsShape(Shape):
    """The tags of a case, by name."""

    tags = serializers.ListField(child=serializers.CharField())
