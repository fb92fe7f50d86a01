"""What all answers are made of."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from rest_framework import serializers


class Shape(serializers.Serializer[Any]):
    """One kind of answer. It is written, never read."""


class Instant(serializers.DateTimeField):
    """A moment in UTC, for whoever asks."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)


class NamedShape(Shape):
    """Something with a name."""

    id = serializers.IntegerField()
    name = serializers.CharField()


def named(pk: int | None, name: str) -> dict[str, Any] | None:
    """A reference, or nothing."""
    return None if pk is None else {"id": pk, "name": name}


class PageShape(Shape):
    """One page; the last one has no next."""

    next_cursor = serializers.CharField(allow_null=True)
    next = serializers.CharField(allow_null=True, help_text="the path of the next page")
