"""The company's channels: how they fare and what they take."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework import serializers

from connectors.kit.manifest import AttachmentLimit, Limits, RateLimit
from connectors.models import Health
from inbox.api.shapes.base import Instant, Shape


class TextLimitShape(Shape):
    """How long a text may be, in the platform's own unit."""

    length = serializers.IntegerField()
    unit = serializers.CharField()


class AttachmentLimitShape(Shape):
    """What may go out with a message."""

    count = serializers.IntegerField()
    max_bytes = serializers.IntegerField()
    mime_types = serializers.SerializerMethodField()

    def get_mime_types(self, limit: AttachmentLimit) -> list[str]:
        """In order of letters."""
        return sorted(limit.mime_types)


class LimitsShape(Shape):
    """What one outgoing message may be; null where nothing is known or it is not offered."""

    public_text = TextLimitShape(allow_null=True)
    private_text = TextLimitShape(allow_null=True)
    attachments = AttachmentLimitShape(allow_null=True)
    public_window_seconds = serializers.SerializerMethodField(help_text="counted from the message answered")
    private_window_seconds = serializers.SerializerMethodField(help_text="counted from the message answered")
    private_replies_per_message = serializers.IntegerField(allow_null=True)

    def get_public_window_seconds(self, limits: Limits) -> int | None:
        """How long a public answer is possible."""
        return None if limits.public_window is None else int(limits.public_window.total_seconds())

    def get_private_window_seconds(self, limits: Limits) -> int | None:
        """How long a private answer is possible."""
        return None if limits.private_window is None else int(limits.private_window.total_seconds())


class RateLimitShape(Shape):
    """So many calls in so many seconds; null where the platform's formula rests on what we cannot see."""

    name = serializers.SerializerMethodField()
    calls = serializers.IntegerField(allow_null=True)
    seconds = serializers.IntegerField()

    def get_name(self, limit: RateLimit) -> str:
        """What is counted, in words."""
        return _(limit.name)


class ChannelShape(Shape):
    """One channel, without its secrets."""

    id = serializers.IntegerField()
    platform = serializers.CharField()
    name = serializers.CharField()
    health = serializers.ChoiceField(Health.choices)
    missing = serializers.ListField(child=serializers.CharField(), help_text="what a new sign-in must grant")
    last_in_at = Instant(allow_null=True)
    last_out_at = Instant(allow_null=True)
    limits = LimitsShape()
    rate_limits = RateLimitShape(many=True)


class ChannelListShape(Shape):
    """All channels."""

    results = ChannelShape(many=True)
