"""What a person sees of their own sign-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.users.models import Totp, User


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One sign-in on one device."""

    id: int
    device: str
    how: str
    started_at: datetime
    last_seen_at: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """One passkey."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class SecurityView:
    """Everything a person can sign in with, and where they are signed in."""

    has_password: bool
    app_since: datetime | None
    codes_left: int
    passkeys: tuple[PasskeyRow, ...]
    sessions: tuple[SessionRow, ...]
    needs_second_factor: bool


def get_security(*, actor: User, session_key: str, now: datetime) -> SecurityView:
    """Four queries. Sessions last seen first, this one before all others."""
    app = Totp.objects.filter(user=actor, confirmed_at__isnull=False).first()
    passkeys = actor.passkeys.order_by("pk")
    live = actor.device_sessions.filter(session__expire_date__gt=now).order_by("-last_seen_at", "-pk")
    sessions = [
        SessionRow(row.pk, row.device, row.how, row.started_at, row.last_seen_at, row.session_id == session_key)
        for row in live
    ]
    return SecurityView(
        has_password=actor.has_usable_password(),
        app_since=app.confirmed_at if app else None,
        codes_left=actor.recovery_codes.filter(used_at__isnull=True).count(),
        passkeys=tuple(PasskeyRow(row.pk, row.name, row.created_at, row.last_used_at) for row in passkeys),
        sessions=tuple(sorted(sessions, key=lambda row: not row.here)),
        needs_second_factor=actor.needs_second_factor,
    )
