"""Who acts when no person does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class System:
    """Samsvar itself: intake, sweepers, the seed. It may do everything and has no id."""

    pk: None = None


SYSTEM = System()
