"""Reading cases: the list, one whole, its threads, its messages page by page."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inbox.api.base import BIGGEST, ApiView, CursorQuery
from inbox.api.shapes.cases import CaseShape, ThreadListShape, ThreadShape
from inbox.api.shapes.messages import MessagePageShape, MessageShape
from inbox.api.shapes.tickets import TicketPageShape, TicketShape
from inbox.scopes import Scope
from tickets.models import Status
from tickets.models.tag import TAG_LENGTH
from tickets.queries.case import get_case
from tickets.queries.conversation import get_message_page, get_number, get_threads
from tickets.queries.queue import SORTS, QueueFilter, get_queue_page


def _id_field(meaning: str) -> Any:
    return serializers.IntegerField(required=False, min_value=1, max_value=BIGGEST, help_text=meaning)


class TicketListQuery(CursorQuery):
    """What a list can be asked for; cases must meet all of it."""

    q = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=200, help_text="words, a name or #number"
    )
    status = serializers.ChoiceField(Status.choices, required=False)
    view = serializers.ChoiceField(["all", "mine", "unassigned"], required=False, default="all")
    team = _id_field("id of a team")
    assignee = _id_field("id of a colleague")
    customer = _id_field("id of a customer")
    tag = serializers.CharField(required=False, max_length=TAG_LENGTH, help_text="in any case of letters")
    platform = serializers.CharField(required=False, max_length=40)
    sort = serializers.ChoiceField(SORTS, required=False, default="newest")


class TicketList(ApiView):
    """The tickets this token's user may see."""

    read = Scope.TICKETS_READ
    query = TicketListQuery

    @extend_schema(operation_id="list_tickets", parameters=[TicketListQuery], responses=TicketPageShape)
    def get(self, _request: Request) -> Response:
        """List tickets, newest first unless asked otherwise, in cursor pages."""
        words = self.words
        wanted = QueueFilter(
            view=words["view"],
            status=words.get("status"),
            sort=words["sort"],
            text=words["q"],
            team_id=words.get("team"),
            assignee_id=words.get("assignee"),
            customer_id=words.get("customer"),
            tag=words.get("tag", ""),
            platform=words.get("platform", ""),
        )
        page = get_queue_page(actor=self.actor, wanted=wanted, cursor=words["cursor"], size=words["limit"])
        return self.page(page, TicketShape)


class TicketDetail(ApiView):
    """One ticket."""

    read = Scope.TICKETS_READ

    @extend_schema(operation_id="get_ticket", responses=CaseShape)
    def get(self, _request: Request, ticket_id: int) -> Response:
        """Read one ticket with its threads, newest messages and notes."""
        number = get_number(actor=self.actor, ticket_id=ticket_id)
        return Response(CaseShape(get_case(actor=self.actor, number=number)).data)


class MessageList(ApiView):
    """What was said in a ticket."""

    read = Scope.TICKETS_READ
    query = CursorQuery

    @extend_schema(operation_id="list_messages", parameters=[CursorQuery], responses=MessagePageShape)
    def get(self, _request: Request, ticket_id: int) -> Response:
        """List all messages of a ticket's threads, oldest first, in cursor pages."""
        words = self.words
        page = get_message_page(actor=self.actor, ticket_id=ticket_id, cursor=words["cursor"], size=words["limit"])
        return self.page(page, MessageShape)


class ThreadList(ApiView):
    """Where a ticket is talked about."""

    read = Scope.TICKETS_READ

    @extend_schema(operation_id="list_threads", responses=ThreadListShape)
    def get(self, _request: Request, ticket_id: int) -> Response:
        """List a ticket's threads, oldest first, each with the post it hangs under."""
        threads = get_threads(actor=self.actor, ticket_id=ticket_id)
        return Response({"results": ThreadShape(threads, many=True).data})
