"""The people behind the cases. A handle that is a contact value itself is never shown."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inbox.api.shapes.base import Instant, PageShape, Shape
from inbox.api.shapes.tickets import TicketShape
from tickets.queries.customers import CustomerView


class IdentityShape(Shape):
    """A handle of a customer."""

    platform = serializers.CharField()
    handle = serializers.CharField()
    profile_url = serializers.CharField()
    masked = serializers.BooleanField(help_text="it is a contact value itself, and nothing of it is shown")


class CustomerShape(Shape):
    """One person behind one or several handles."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    language = serializers.CharField()
    since = Instant()
    identities = IdentityShape(many=True)


class CustomerDetailShape(CustomerShape):
    """A customer with the newest 50 of their cases that you see, newest first."""

    cases = TicketShape(many=True)

    def to_representation(self, customer: CustomerView) -> dict[str, Any]:
        """Their line, and their cases."""
        return CustomerShape().to_representation(customer.row) | {"cases": TicketShape(customer.cases, many=True).data}


class CustomerPageShape(PageShape):
    """One page of customers."""

    results = CustomerShape(many=True)
