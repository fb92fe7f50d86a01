"""Domain events: how a lower layer lets an upper one react without importing it.

An event is a frozen dataclass whose docstring says when it happens. `emit` calls the functions that
`react` registered, at once and in the same transaction: if a reaction fails, the whole operation is undone.
What must leave the house afterwards (sockets, brokers) is asked for through `core.jobs`, after commit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened inside the current transaction. Subclasses carry ids and enums, never text."""


E = TypeVar("E", bound=Event)
_reactions: dict[type[Event], list[Callable[[Any], None]]] = defaultdict(list)


def react(event_class: type[E], reaction: Callable[[E], None]) -> None:
    """Have `reaction` called for each `event_class`; registering the same function twice changes nothing."""
    if reaction not in _reactions[event_class]:
        _reactions[event_class].append(reaction)


def emit(event: Event) -> None:
    """Tell the registered reactions, in the order of registration, inside the caller's transaction.

    Raises: RuntimeError outside a transaction, since a reaction could then outlive a rolled back change.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{type(event).__name__} emitted outside a transaction")
    for reaction in _reactions[type(event)]:
        reaction(event)
