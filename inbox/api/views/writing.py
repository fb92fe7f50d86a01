"""Writing to the customer and to colleagues, and acting on messages."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from connectors.kit.manifest import MODERATION
from connectors.operations.moderating import moderate_message
from connectors.operations.replying import confirm_reply, queue_reply, retry_reply, take_back_reply
from connectors.queries.reply_ways import find_reply_way
from core.clock import now
from inbox.api.base import BIGGEST, KEY_LIMIT, ApiView, Strict, Whole, Words
from inbox.api.shapes.messages import ActionShape, MessageShape, NoteShape
from inbox.scopes import Scope
from tickets.models import Message, Note, Visibility
from tickets.operations.noting import NOTE_LIMIT, add_note
from tickets.queries.case import get_case
from tickets.queries.conversation import get_message, get_note, get_number

LONGEST_UNDO = 30  # seconds

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": KEY_LIMIT, "pattern": r"^[!-~]+$"},
    OpenApiParameter.HEADER,
    required=True,
    description="A word of yours, new for each thing you write. The same word again gives what was stored the first "
    "time, so that a request whose answer was lost can be repeated.",
)


class ReplyBody(Strict):
    """A reply: its text; who may read it and in which thread, when that is not where the customer spoke last."""

    text = Words(max_length=100_000, trim_whitespace=False, help_text="plain, within the channel's limit")
    visibility = serializers.ChoiceField(Visibility.choices, required=False)
    thread_id = Whole(required=False, min_value=1, max_value=BIGGEST)
    undo_seconds = Whole(
        required=False, default=0, min_value=0, max_value=LONGEST_UNDO, help_text="how long it can be taken back"
    )


class ReplyList(ApiView):
    """Replies to the customer."""

    write = Scope.TICKETS_WRITE

    @extend_schema(
        operation_id="reply",
        parameters=[IDEMPOTENCY_KEY],
        request=ReplyBody,
        responses={201: MessageShape, 200: MessageShape},
    )
    def post(self, _request: Request, ticket_id: int) -> Response:
        """Reply to the customer: 201 when the reply is new, 200 when the key was used for it before."""
        client_key = self.client_key()
        asked = self.body(ReplyBody)
        case = get_case(actor=self.actor, number=get_number(actor=self.actor, ticket_id=ticket_id))
        way = find_reply_way(case, visibility=asked.get("visibility"), thread_id=asked.get("thread_id"))
        known = Message.objects.filter(client_key=client_key).exists()
        message = queue_reply(
            actor=self.actor,
            ticket_id=ticket_id,
            thread_id=way.thread_id,
            visibility=way.visibility,
            text=asked["text"],
            client_key=client_key,
            undo_seconds=asked["undo_seconds"],
            now=now(),
        )
        return _message(self, ticket_id, message.pk, status.HTTP_200_OK if known else status.HTTP_201_CREATED)


def _message(view: ApiView, ticket_id: int, message_id: int, code: int = status.HTTP_200_OK) -> Response:
    message = get_message(actor=view.actor, ticket_id=ticket_id, message_id=message_id)
    return Response(MessageShape(message).data, status=code)


class ReplyUndo(ApiView):
    """A reply that has not left yet."""

    write = Scope.TICKETS_WRITE

    @extend_schema(operation_id="undo_reply", request=None, responses={204: None})
    def post(self, _request: Request, ticket_id: int, message_id: int) -> Response:
        """Take a reply back before it leaves; it is then as if it had never been written."""
        take_back_reply(actor=self.actor, ticket_id=ticket_id, message_id=message_id, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReplyRetry(ApiView):
    """A reply that failed, or whose end is unknown."""

    write = Scope.TICKETS_WRITE

    @extend_schema(operation_id="retry_reply", request=None, responses=MessageShape)
    def post(self, _request: Request, ticket_id: int, message_id: int) -> Response:
        """Send a failed reply again, or one that may have been sent and that you know did not arrive."""
        retry_reply(actor=self.actor, ticket_id=ticket_id, message_id=message_id, now=now())
        return _message(self, ticket_id, message_id)


class ReplyConfirm(ApiView):
    """A reply that may have been sent."""

    write = Scope.TICKETS_WRITE

    @extend_schema(operation_id="confirm_reply", request=None, responses=MessageShape)
    def post(self, _request: Request, ticket_id: int, message_id: int) -> Response:
        """Say that a reply which may have been sent has arrived."""
        confirm_reply(actor=self.actor, ticket_id=ticket_id, message_id=message_id, now=now())
        return _message(self, ticket_id, message_id)


class NoteBody(Strict):
    """A note."""

    text = Words(max_length=NOTE_LIMIT, trim_whitespace=False)


class NoteList(ApiView):
    """Notes between colleagues."""

    write = Scope.TICKETS_WRITE

    @extend_schema(
        operation_id="add_note",
        parameters=[IDEMPOTENCY_KEY],
        request=NoteBody,
        responses={201: NoteShape, 200: NoteShape},
    )
    def post(self, _request: Request, ticket_id: int) -> Response:
        """Write to colleagues; the customer never sees it. 200 when the key was used for this note before."""
        client_key = self.client_key()
        text = self.body(NoteBody)["text"]
        known = Note.objects.filter(client_key=client_key).exists()
        note = add_note(actor=self.actor, ticket_id=ticket_id, text=text, client_key=client_key, now=now())
        view = get_note(actor=self.actor, ticket_id=ticket_id, note_id=note.pk)
        return Response(NoteShape(view).data, status=status.HTTP_200_OK if known else status.HTTP_201_CREATED)


class ActionBody(Strict):
    """What to do to a message on its network."""

    action = serializers.ChoiceField(sorted(action.value for action in MODERATION))


class ActionList(ApiView):
    """Acts on a message."""

    write = Scope.TICKETS_WRITE

    @extend_schema(operation_id="act_on_message", request=ActionBody, responses={202: ActionShape})
    def post(self, _request: Request, ticket_id: int, message_id: int) -> Response:
        """Ask the network to hide, show, delete, like or unlike a message. The same wish twice is one wish."""
        action = self.body(ActionBody)["action"]
        row = moderate_message(actor=self.actor, ticket_id=ticket_id, message_id=message_id, action=action, now=now())
        return Response(ActionShape(row).data, status=status.HTTP_202_ACCEPTED)
