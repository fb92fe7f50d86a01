"""Whether a channel takes answers at the moment, for whoever writes one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.models import Health
from core.users.models import Role, User
from tickets.models import Channel
from tickets.queries.case_views import CaseView

# What `get_case` is asked to bring along of each thread, so that a case's page costs no query more.
THREAD_FACTS = {
    "channel_name": "thread__channel__name",
    "health": "thread__channel__account__health",
    "health_at": "thread__channel__account__health_at",
    "paused_at": "thread__channel__account__paused_at",
    "held_until": "thread__channel__account__held_until",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Why answers wait or cannot be written: `kind` is stopped (a new sign-in is needed), removed, paused or rests.

    `admin` is the first name of somebody who can help, "" where that is plain from the kind.
    """

    channel_id: int
    kind: str
    name: str = ""
    since: datetime | None = None
    until: datetime | None = None
    admin: str = ""

    @property
    def blocks(self) -> bool:
        """Whether no answer is begun here until somebody has done something."""
        return self.kind in ("stopped", "removed")


def get_standings(case: CaseView, *, now: datetime) -> dict[int, Standing]:
    """Those of the case's channels that do not take answers as usual.

    Takes: case, read with THREAD_FACTS; without them one query asks for them. One query more where somebody must help.
    """
    told = {thread.channel_id: thread.facts for thread in case.threads}
    if any(not facts for facts in told.values()):
        told = _asked(told)
    found = {key: one for key, facts in told.items() if (one := _standing(key, facts, now)) is not None}
    if any(one.blocks for one in found.values()):
        admin = _somebody()
        found = {key: replace(one, admin=admin) if one.blocks else one for key, one in found.items()}
    return found


def _asked(channel_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    names = {name: path.removeprefix("thread__channel__") for name, path in THREAD_FACTS.items()}
    rows = Channel.objects.filter(pk__in=set(channel_ids)).values_list("pk", *names.values())
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


def _standing(channel_id: int, facts: Mapping[str, Any], now: datetime) -> Standing | None:
    name, health = str(facts["channel_name"]), facts["health"]
    since, paused_at, until = (_moment(facts[key]) for key in ("health_at", "paused_at", "held_until"))
    if health is None:
        return Standing(channel_id, "removed", name)
    if health == Health.RECONNECT:
        return Standing(channel_id, "stopped", name, since)
    if paused_at is not None:
        return Standing(channel_id, "paused", name, paused_at)
    if until is not None and until > now:
        return Standing(channel_id, "rests", name, since, until)
    return None


def _moment(told: object) -> datetime | None:
    """As the database gives it, or as JSON writes it."""
    if isinstance(told, str):
        return datetime.fromisoformat(told)
    return told if isinstance(told, datetime) else None


def _somebody() -> str:
    """Whom to ask."""
    admins = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("name", "pk")
    return (admins.values_list("name", flat=True).first() or "").partition(" ")[0]
