"""Customers, channels, the asker, and the API's own description."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from connectors.queries.channels import get_channel, get_channels
from core.users.models import ApiToken
from inbox.api.base import ApiView, CursorQuery
from inbox.api.shapes.channels import ChannelListShape, ChannelShape
from inbox.api.shapes.customers import CustomerDetailShape, CustomerPageShape, CustomerShape
from inbox.api.shapes.me import MeShape
from inbox.queries.tokens import granted_scopes
from inbox.scopes import Scope
from tickets.queries.customers import get_customer, get_customer_page
from tickets.queries.teams import get_own_teams


class CustomerListQuery(CursorQuery):
    """What a list of customers can be asked for."""

    q = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=200, help_text="words of a name or handle"
    )


class CustomerList(ApiView):
    """The customers whose cases you see."""

    read = Scope.CUSTOMERS_READ
    query = CustomerListQuery

    @extend_schema(operation_id="list_customers", parameters=[CustomerListQuery], responses=CustomerPageShape)
    def get(self, _request: Request) -> Response:
        """List the customers of cases you see, newest first, in cursor pages."""
        words = self.words
        page = get_customer_page(actor=self.actor, text=words["q"], cursor=words["cursor"], size=words["limit"])
        return self.page(page, CustomerShape)


class CustomerDetail(ApiView):
    """One customer."""

    read = Scope.CUSTOMERS_READ

    @extend_schema(operation_id="get_customer", responses=CustomerDetailShape)
    def get(self, _request: Request, customer_id: int) -> Response:
        """Read one customer with their handles and newest cases."""
        customer = get_customer(actor=self.actor, customer_id=customer_id)
        return Response(CustomerDetailShape(customer).data)


class ChannelList(ApiView):
    """The company's channels."""

    read = Scope.CHANNELS_READ

    @extend_schema(operation_id="list_channels", responses=ChannelListShape)
    def get(self, _request: Request) -> Response:
        """List all channels by name, without their secrets. For admins and leads."""
        return Response({"results": ChannelShape(get_channels(actor=self.actor), many=True).data})


class ChannelDetail(ApiView):
    """One channel."""

    read = Scope.CHANNELS_READ

    @extend_schema(operation_id="get_channel", responses=ChannelShape)
    def get(self, _request: Request, channel_id: int) -> Response:
        """Read one channel, without its secrets. For admins and leads."""
        return Response(ChannelShape(get_channel(actor=self.actor, channel_id=channel_id)).data)


class Me(ApiView):
    """Who asks."""

    @extend_schema(operation_id="get_me", responses=MeShape)
    def get(self, _request: Request) -> Response:
        """Read whom this token acts for and what it is good for. Needs no scope."""
        user = self.actor
        auth = self.request.auth
        token = auth if isinstance(auth, ApiToken) else None
        person: dict[str, Any] = {
            "id": user.pk,
            "name": user.name,
            "role": user.role,
            "language": user.language,
            "teams": get_own_teams(actor=user),
        }
        return Response(MeShape({"user": person, "token": token, "scopes": granted_scopes(user, token)}).data)
