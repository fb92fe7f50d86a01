"""What was said, and what is done to it. Texts are masked; there is no way from here to what a mask covers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from connectors.models import ActionState
from inbox.api.shapes.base import Instant, PageShape, Shape
from tickets.models import Automatic, MessageState, Origin, Outcome, PartState, Visibility
from tickets.queries.case_views import MessageView
from tickets.queries.text import Piece


class MaskShape(Shape):
    """Where a mask stands in the text, in code points."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    label = serializers.CharField(  # type: ignore[assignment]  # a field of ours, not the serializer's own caption
        help_text="what it covers: PHONE, EMAIL, NATIONAL_ID, CARD …"
    )


class WordsShape(Shape):
    """A masked text."""

    text = serializers.SerializerMethodField(help_text="masked: [PHONE] stands for a number")
    masks = serializers.SerializerMethodField()

    def get_text(self, said: Any) -> str:
        """The text with its masks."""
        return "".join(piece.text for piece in said.text)

    @extend_schema_field(MaskShape(many=True))
    def get_masks(self, said: Any) -> list[dict[str, Any]]:
        """Its masks, from left to right."""
        return _masks(said.text)


def _masks(pieces: Iterable[Piece]) -> list[dict[str, Any]]:
    masks, at = [], 0
    for piece in pieces:
        if piece.label:
            masks.append({"start": at, "end": at + len(piece.text), "label": piece.label})
        at += len(piece.text)
    return masks


class AttachmentShape(Shape):
    """What came with a message."""

    kind = serializers.CharField()
    title = serializers.CharField()
    mime = serializers.CharField(default="", help_text="what its bytes are; empty for a mere address")
    size = serializers.IntegerField(default=None, allow_null=True, help_text="bytes")


class RecipientShape(Shape):
    """Somebody a letter is from or goes to."""

    role = serializers.ChoiceField(["from", "reply_to", "to", "cc"])
    name = serializers.CharField()
    address = serializers.CharField(help_text="masked, but for our own")


class DeliveryShape(Shape):
    """How far a message of ours has come."""

    state = serializers.ChoiceField(PartState.choices)
    reason = serializers.CharField(allow_null=True, help_text="why it failed or waits, as a code")


class MessageShape(WordsShape):
    """One message; `delivery` is null for inbound."""

    id = serializers.IntegerField()
    direction = serializers.SerializerMethodField()
    origin = serializers.ChoiceField(Origin.choices)
    author = serializers.CharField(source="author_name")
    visibility = serializers.ChoiceField(Visibility.choices)
    kind = serializers.CharField()
    language = serializers.CharField()
    at = Instant()
    state = serializers.ChoiceField(MessageState.choices, help_text="what the network shows")
    edited = serializers.BooleanField()
    aside = serializers.BooleanField(help_text="somebody else's words in the same thread")
    reactions = serializers.IntegerField()
    external_id = serializers.CharField(help_text="the network's own id; empty until it has given one")
    permalink = serializers.CharField()
    attachments = AttachmentShape(many=True)
    subject = serializers.CharField(help_text="masked; of letters")
    tail = serializers.SerializerMethodField(help_text="masked; quoted history and signature")
    recipients = serializers.SerializerMethodField(help_text="of letters")
    automatic = serializers.ChoiceField(Automatic.choices, allow_blank=True)
    outcome = serializers.ChoiceField(Outcome.choices, allow_blank=True, help_text="what the network told of ours")
    delivery = serializers.SerializerMethodField()
    undo_until = Instant(allow_null=True, help_text="it has not left before this moment and can be taken back")

    @extend_schema_field(serializers.ChoiceField(["in", "out"]))
    def get_direction(self, message: MessageView) -> str:
        """From outside to us, or from us."""
        return "in" if message.incoming else "out"

    def get_tail(self, message: MessageView) -> str:
        """What a page folds away."""
        return "".join(piece.text for piece in message.tail)

    @extend_schema_field(RecipientShape(many=True))
    def get_recipients(self, message: MessageView) -> list[dict[str, str]]:
        """Nobody, unless it is a letter."""
        listed = message.letter.recipients if message.letter else ()
        return [{"role": role, "name": name, "address": address} for role, name, address in listed]

    @extend_schema_field(DeliveryShape(allow_null=True))
    def get_delivery(self, message: MessageView) -> dict[str, Any] | None:
        """Nothing for what came in."""
        return {"state": message.delivery, "reason": message.reason or None} if message.delivery else None


class MessagePageShape(PageShape):
    """One page of messages."""

    results = MessageShape(many=True)


class NoteShape(WordsShape):
    """What a colleague wrote for colleagues."""

    id = serializers.IntegerField()
    at = Instant()
    author = serializers.CharField(source="author_name")


class ActionShape(Shape):
    """Something that a worker does to a message on its network."""

    id = serializers.IntegerField()
    action = serializers.CharField()
    state = serializers.ChoiceField(ActionState.choices)
    at = Instant()
