"""Hidden values by API: one revealed for a reason, and the cases that hold an exact one. Answers are kept by nobody."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from core.clock import now
from inbox.api.base import BIGGEST, ApiView, Strict
from inbox.api.shapes.base import Instant, Shape
from inbox.api.shapes.tickets import TicketShape
from inbox.scopes import Scope
from privacy.models import Reason
from privacy.operations.revealing import reveal_mask
from privacy.operations.searching import search_value
from privacy.queries.hidden import Place

NO_STORE = {"Cache-Control": "no-store"}


class ReasonBody(Strict):
    """Why a hidden value is needed."""

    reason = serializers.ChoiceField(Reason.choices)
    reason_text = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=500, help_text="10 characters or more with `other`"
    )


class RevealBody(ReasonBody):
    """Which mask of which message or note, or (index 0) the address or number behind which handle."""

    message_id = serializers.IntegerField(required=False, min_value=1, max_value=BIGGEST)
    note_id = serializers.IntegerField(required=False, min_value=1, max_value=BIGGEST)
    identity_id = serializers.IntegerField(required=False, min_value=1, max_value=BIGGEST)
    index = serializers.IntegerField(min_value=0, max_value=9999, help_text="which of its `masks`, from 0")


class RevealShape(Shape):
    """A value in the open; keep it no longer than until then."""

    value = serializers.CharField()
    label = serializers.CharField(  # type: ignore[assignment]  # a field of ours, not the serializer's own caption
        help_text="PHONE, EMAIL, NATIONAL_ID, CARD, IBAN, ACCOUNT, ADDRESS or PLATE"
    )
    until = Instant()


class RevealList(ApiView):
    """Reveals of a case."""

    write = Scope.REVEAL

    @extend_schema(operation_id="reveal_mask", request=RevealBody, responses={201: RevealShape})
    def post(self, _request: Request, ticket_id: int) -> Response:
        """Reveal one hidden value. Each call is a look of its own: counted within the hour, and on record."""
        asked = self.body(RevealBody)
        revealed = reveal_mask(
            actor=self.actor,
            ticket_id=ticket_id,
            place=Place(
                message_id=asked.get("message_id"),
                note_id=asked.get("note_id"),
                identity_id=asked.get("identity_id"),
                index=asked["index"],
            ),
            reason=asked["reason"],
            reason_text=asked["reason_text"],
            now=now(),
        )
        return Response(RevealShape(revealed).data, status=status.HTTP_201_CREATED, headers=NO_STORE)


class ValueSearchBody(ReasonBody):
    """What to look for, in any usual spelling."""

    value = serializers.CharField(max_length=400)


class ValueSearchShape(Shape):
    """The newest 50 at most."""

    results = TicketShape(many=True)


class ValueSearchList(ApiView):
    """Searches for an exact personal value."""

    write = Scope.REVEAL

    @extend_schema(operation_id="search_value", request=ValueSearchBody, responses=ValueSearchShape)
    def post(self, _request: Request) -> Response:
        """Find the cases you see in which exactly this number or address was masked. Counted and kept like a reveal."""
        asked = self.body(ValueSearchBody)
        rows = search_value(actor=self.actor, now=now(), **asked)
        return Response({"results": TicketShape(rows, many=True).data}, headers=NO_STORE)
