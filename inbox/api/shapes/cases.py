"""One case whole, and its threads."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inbox.api.shapes.base import Instant, Shape
from inbox.api.shapes.messages import MessageShape, NoteShape, WordsShape
from inbox.api.shapes.tickets import TicketShape
from tickets.models import Visibility
from tickets.queries.case_views import CaseView, MessageView, NoteView


class ThreadBriefShape(Shape):
    """A thread by its id."""

    id = serializers.IntegerField()
    visibility = serializers.ChoiceField(Visibility.choices)


class PostShape(WordsShape):
    """The post a public thread hangs under."""

    id = serializers.IntegerField()
    author = serializers.CharField(source="author_name")
    ours = serializers.BooleanField()
    permalink = serializers.CharField()
    published_at = Instant(allow_null=True)
    deleted = serializers.BooleanField()
    reactions = serializers.IntegerField()


class ThreadShape(ThreadBriefShape):
    """One of a case's threads."""

    answerable = serializers.BooleanField(help_text="the case is open in it")
    created_at = Instant()
    post = PostShape(allow_null=True)


class ThreadListShape(Shape):
    """All threads of a case."""

    results = ThreadShape(many=True)


class CasePartsShape(Shape):
    """What a case has beyond its line."""

    channel = serializers.CharField(source="channel_name")
    opened_at = Instant()
    threads = ThreadBriefShape(many=True)
    messages = serializers.SerializerMethodField(help_text="the newest 200, oldest first")
    notes = serializers.SerializerMethodField(help_text="the newest 200, oldest first")

    @extend_schema_field(MessageShape(many=True))
    def get_messages(self, case: CaseView) -> Any:
        """Oldest first."""
        return MessageShape([e for e in case.entries if isinstance(e, MessageView)], many=True).data

    @extend_schema_field(NoteShape(many=True))
    def get_notes(self, case: CaseView) -> Any:
        """Oldest first."""
        return NoteShape([e for e in case.entries if isinstance(e, NoteView)], many=True).data


class CaseShape(CasePartsShape, TicketShape):
    """A case with its messages and notes."""

    def to_representation(self, case: CaseView) -> dict[str, Any]:
        """Its line, and the rest."""
        return TicketShape().to_representation(case.row) | CasePartsShape().to_representation(case)
