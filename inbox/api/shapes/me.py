"""Who asks."""

from __future__ import annotations

from rest_framework import serializers

from core.users.models import Role
from inbox.api.shapes.base import Instant, NamedShape, Shape


class TokenShape(Shape):
    """The token that asked."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    created_at = Instant()


class PersonShape(Shape):
    """The colleague it acts for."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    language = serializers.CharField()
    teams = NamedShape(many=True)


class MeShape(Shape):
    """Who asks, and what they may."""

    user = PersonShape()
    token = TokenShape(allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField())
