"""Writing the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from core.audit.models import AuditEntry


class Actor(Protocol):
    """Whoever acts: a user, or SYSTEM."""

    @property
    def pk(self) -> int | None: ...


def record(
    *, actor: Actor, action: str, object_type: str, object_id: int | None, now: datetime, **data: int | str | None
) -> None:
    """Add one entry in the caller's transaction. Takes: `data` of ids, enums and counts only."""
    AuditEntry.objects.create(
        at=now, actor_id=actor.pk, action=action, object_type=object_type, object_id=object_id, data=data
    )


def record_many(*, actor: Actor, action: str, object_type: str, object_ids: Iterable[int], now: datetime) -> None:
    """Add one entry per object in one statement."""
    AuditEntry.objects.bulk_create(
        AuditEntry(at=now, actor_id=actor.pk, action=action, object_type=object_type, object_id=pk) for pk in object_ids
    )
