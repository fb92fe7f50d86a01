"""Writing the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from core.audit.models import AuditEntry, Subject


class Actor(Protocol):
    """Whoever acts: a user, or SYSTEM."""

    @property
    def pk(self) -> int | None: ...


def record(
    *,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: int | None,
    now: datetime,
    person_id: int | None = None,
    **data: int | str | None,
) -> None:
    """Add one entry in the caller's transaction.

    Takes: person_id, the customer whom the act concerns, stored as a token; `data` of ids, enums and counts only.
    """
    AuditEntry.objects.create(
        at=now,
        actor_id=actor.pk,
        action=action,
        object_type=object_type,
        object_id=object_id,
        subject="" if person_id is None else subject_token(person_id),
        data=data,
    )


def record_many(*, actor: Actor, action: str, object_type: str, object_ids: Iterable[int], now: datetime) -> None:
    """Add one entry per object in one statement."""
    AuditEntry.objects.bulk_create(
        AuditEntry(at=now, actor_id=actor.pk, action=action, object_type=object_type, object_id=pk) for pk in object_ids
    )


def subject_token(person_id: int) -> str:
    """The person's name in the log, made at the first need. Two at once get the same one."""
    Subject.objects.bulk_create([Subject(person_id=person_id)], ignore_conflicts=True)
    return Subject.objects.values_list("token", flat=True).get(person_id=person_id)


def forget_subject(person_id: int) -> bool:
    """Let a person's token lose its meaning; part of erasing that person. Gives: whether there was one."""
    gone, _ = Subject.objects.filter(person_id=person_id).delete()
    return bool(gone)
