"""The API's first cut: list tickets, read one, reply. The same queries and operations as the pages."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from connectors.operations.replying import queue_reply
from connectors.queries.reply_ways import ReplyWay, get_reply_ways
from core.clock import now
from core.errors import Invalid, NotFound
from core.users.models import User
from inbox.api.shapes import case_json, message_json, ticket_json
from tickets.access import visible_to
from tickets.models import Message, Status
from tickets.queries.case import CaseView, MessageView, get_case
from tickets.queries.queue import SORTS, QueueFilter, get_queue_page

KEY_LIMIT = 255
IDEMPOTENCY = uuid.UUID("5f0f7d6e-54a1-4c5c-9d7f-0d3c6c1b8a51")  # namespace of keys that scripts choose
MOST = 100


class TicketListQuery(serializers.Serializer[Any]):
    """What a list can be asked for."""

    q = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    status = serializers.ChoiceField(Status.choices, required=False)
    view = serializers.ChoiceField(["all", "mine", "unassigned"], required=False, default="all")
    sort = serializers.ChoiceField(SORTS, required=False, default="newest")
    cursor = serializers.CharField(required=False, default="", allow_blank=True, max_length=400)
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=MOST)


class TicketList(APIView):
    """GET: the tickets this token's user may see, newest first unless asked otherwise, in cursor pages."""

    def get(self, request: Request) -> Response:
        """Gives: {"results": [...], "next_cursor": str or null, "next": path or null}."""
        asked = TicketListQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        words = asked.validated_data
        wanted = QueueFilter(view=words["view"], status=words.get("status"), sort=words["sort"], text=words["q"])
        page = get_queue_page(
            actor=cast(User, request.user), wanted=wanted, cursor=words["cursor"], size=words["limit"]
        )
        following = None
        if page.next_cursor:
            query = request.query_params.copy()
            query["cursor"] = page.next_cursor
            following = f"{request.path}?{query.urlencode()}"
        rows = [ticket_json(row) for row in page.rows]
        return Response({"results": rows, "next_cursor": page.next_cursor or None, "next": following})


class TicketDetail(APIView):
    """GET: one ticket with its messages and notes."""

    def get(self, request: Request, ticket_id: int) -> Response:
        """Gives: the ticket as in lists, with channel, thread_id, messages and notes."""
        actor = cast(User, request.user)
        return Response(case_json(get_case(actor=actor, number=_number(actor, ticket_id))))


def _number(actor: User, ticket_id: int) -> int:
    found = visible_to(actor).filter(pk=ticket_id).values_list("number", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such case, or you do not have access to it."))
    return found


class ReplyBody(serializers.Serializer[Any]):
    """A reply: its text; who may read it and in which thread, when that is not where the customer spoke last."""

    text = serializers.CharField(max_length=100_000, trim_whitespace=False)
    visibility = serializers.ChoiceField(["public", "private"], required=False)
    thread_id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class ReplyList(APIView):
    """POST: reply to the customer. Needs an Idempotency-Key header; the same key again gives the same reply."""

    def post(self, request: Request, ticket_id: int) -> Response:
        """Gives: the message, 201 when it is new and 200 when the key was used before."""
        actor = cast(User, request.user)
        client_key = _client_key(request, actor)
        body = ReplyBody(data=request.data)
        body.is_valid(raise_exception=True)
        case = get_case(actor=actor, number=_number(actor, ticket_id))
        way = _way(case, body.validated_data)
        known = Message.objects.filter(client_key=client_key).exists()
        message = queue_reply(
            actor=actor,
            ticket_id=ticket_id,
            thread_id=way.thread_id,
            visibility=way.visibility,
            text=body.validated_data["text"],
            client_key=client_key,
            undo_seconds=0,
            now=now(),
        )
        code = status.HTTP_200_OK if known else status.HTTP_201_CREATED
        return Response(_message(actor, case.row.number, message.pk), status=code)


def _way(case: CaseView, asked: dict[str, Any]) -> ReplyWay:
    """The way a reply takes. Raises: Invalid when the case has none of the kind asked for."""
    ways = [way for way in get_reply_ways(case) if asked.get("visibility") in (None, way.visibility)]
    ways = [way for way in ways if asked.get("thread_id") in (None, way.thread_id)]
    if not ways:
        raise Invalid(_("This case cannot be answered that way."), field="visibility", code="unsupported")
    return ways[0]


def _client_key(request: Request, actor: User) -> uuid.UUID:
    """A script's own word as a UUID, apart for each user: two people's keys never meet."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key or len(key) > KEY_LIMIT:
        raise Invalid(
            _("Send an Idempotency-Key header of 1 to 255 characters."), field="Idempotency-Key", code="key_missing"
        )
    return uuid.uuid5(IDEMPOTENCY, f"{actor.pk}:{key}")


def _message(actor: User, number: int, message_id: int) -> dict[str, Any]:
    entries = get_case(actor=actor, number=number).entries
    return next(message_json(e) for e in entries if isinstance(e, MessageView) and e.id == message_id)
