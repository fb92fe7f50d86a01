"""Which columns hold records sealed under a master key. Apps register theirs when Django is ready; rotation, status and
check walk this list, and a test compares it with the models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models


@dataclass(frozen=True, slots=True)
class Place:
    """One sealed column. `context` gives a row's sealing context; `holds` says in words what is lost with its key."""

    model: type[models.Model]
    field: str
    context: Callable[[Any], str]
    holds: str

    @property
    def name(self) -> str:
        """`app.Model.field`."""
        return f"{self.model._meta.label}.{self.field}"

    @property
    def table(self) -> str:
        """The table, quoted."""
        return f'"{self.model._meta.db_table}"'

    @property
    def column(self) -> str:
        """The column, quoted."""
        return f'"{self.model._meta.get_field(self.field).column}"'  # type: ignore[union-attr]  # a column, no relation


_places: dict[str, Place] = {}


def register_places(places: Iterable[Place]) -> None:
    """Add columns; registering one twice changes nothing."""
    for place in places:
        _places[place.name] = place


def all_places() -> tuple[Place, ...]:
    """Every registered column, in order of registration."""
    return tuple(_places.values())
