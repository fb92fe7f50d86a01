"""Whose a case is, where it stands, and the words on it."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from core.clock import now
from inbox.api.base import BIGGEST, ApiView, Strict, Whole, Words
from inbox.api.shapes.tickets import TagsShape, TicketShape
from inbox.scopes import Scope
from tickets.models import Status
from tickets.models.tag import TAG_LENGTH
from tickets.operations.assigning import assign_ticket, move_ticket, take_ticket
from tickets.operations.closing import reopen_ticket, resolve_ticket
from tickets.operations.tagging import MOST_TAGS, set_tags
from tickets.queries.conversation import get_tags, get_ticket_row

OUT_OF_SIGHT = {200: TicketShape, 204: None}


def _ticket(view: ApiView, ticket_id: int) -> Response:
    """The ticket as it now is; nothing where it has just left the actor's sight."""
    row = get_ticket_row(actor=view.actor, ticket_id=ticket_id)
    return Response(status=status.HTTP_204_NO_CONTENT) if row is None else Response(TicketShape(row).data)


class AssigneeBody(Strict):
    """Who gets the case."""

    assignee_id = Whole(min_value=1, max_value=BIGGEST)


class Assignee(ApiView):
    """The colleague who has a case."""

    write = Scope.TICKETS_WRITE

    @extend_schema(operation_id="set_assignee", request=AssigneeBody, responses=OUT_OF_SIGHT)
    def put(self, _request: Request, ticket_id: int) -> Response:
        """Give a case to a colleague. 204 when you then no longer see it."""
        chosen = self.body(AssigneeBody)["assignee_id"]
        assign_ticket(actor=self.actor, ticket_id=ticket_id, assignee_id=chosen, now=now())
        return _ticket(self, ticket_id)

    @extend_schema(operation_id="remove_assignee", responses=OUT_OF_SIGHT)
    def delete(self, _request: Request, ticket_id: int) -> Response:
        """Give a case back, so that nobody has it. 204 when you then no longer see it."""
        assign_ticket(actor=self.actor, ticket_id=ticket_id, assignee_id=None, now=now())
        return _ticket(self, ticket_id)


class TeamBody(Strict):
    """Which team gets the case."""

    team_id = Whole(min_value=1, max_value=BIGGEST)


class TeamOfTicket(ApiView):
    """The team whose a case is."""

    write = Scope.TICKETS_WRITE

    @extend_schema(operation_id="set_team", request=TeamBody, responses=OUT_OF_SIGHT)
    def put(self, _request: Request, ticket_id: int) -> Response:
        """Give a case to another team. 204 when you then no longer see it."""
        move_ticket(actor=self.actor, ticket_id=ticket_id, team_id=self.body(TeamBody)["team_id"], now=now())
        return _ticket(self, ticket_id)


class Take(ApiView):
    """A case that nobody has."""

    write = Scope.TICKETS_WRITE

    @extend_schema(operation_id="take_ticket", request=None, responses=TicketShape)
    def post(self, _request: Request, ticket_id: int) -> Response:
        """Take a case yourself. Of several who try at once one gets it, the others a 409."""
        take_ticket(actor=self.actor, ticket_id=ticket_id, now=now())
        return _ticket(self, ticket_id)


class StatusBody(Strict):
    """Where the case shall stand. Whether it waits for the customer follows from who spoke last."""

    status = serializers.ChoiceField([Status.OPEN.value, Status.DONE.value])


class StatusOfTicket(ApiView):
    """Where a case stands."""

    write = Scope.TICKETS_WRITE

    @extend_schema(operation_id="set_status", request=StatusBody, responses=TicketShape)
    def put(self, _request: Request, ticket_id: int) -> Response:
        """Resolve a case ("done"), or open a resolved one again ("open")."""
        done = self.body(StatusBody)["status"] == Status.DONE
        change = resolve_ticket if done else reopen_ticket
        change(actor=self.actor, ticket_id=ticket_id, now=now())
        return _ticket(self, ticket_id)


class TagsBody(Strict):
    """All the tags the case shall have."""

    tags = serializers.ListField(
        child=Words(min_length=1, max_length=TAG_LENGTH), max_length=MOST_TAGS, allow_empty=True
    )


class Tags(ApiView):
    """The words on a case."""

    read = Scope.TICKETS_READ
    write = Scope.TICKETS_WRITE

    @extend_schema(operation_id="get_tags", responses=TagsShape)
    def get(self, _request: Request, ticket_id: int) -> Response:
        """Read the tags of a case, by name."""
        return Response({"tags": get_tags(actor=self.actor, ticket_id=ticket_id)})

    @extend_schema(operation_id="set_tags", request=TagsBody, responses=TagsShape)
    def put(self, _request: Request, ticket_id: int) -> Response:
        """Make these the tags of a case; what is not named comes off. New words become tags."""
        names = self.body(TagsBody)["tags"]
        return Response({"tags": set_tags(actor=self.actor, ticket_id=ticket_id, names=names, now=now())})
