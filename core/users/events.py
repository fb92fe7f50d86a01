"""What upper layers may want to react to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True)
class AccessChanged(Event):
    """What these colleagues may see was changed or ended (session, role, teams): their open lines are looked at now."""

    user_ids: Sequence[int]
