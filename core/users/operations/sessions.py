"""Sessions: begun at the door, seen now and then, ended by their person or an admin."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import NotFound
from core.events import emit
from core.transactions import in_transaction
from core.users.devices import device_words
from core.users.events import AccessChanged
from core.users.models import DeviceSession, User


@in_transaction
def start_session(*, actor: User, session_key: str, user_agent: str, how: str, now: datetime) -> DeviceSession:
    """Note a sign-in that has just happened. Takes: how, which way they came in."""
    row = keep_session(actor=actor, session_key=session_key, user_agent=user_agent, how=how, now=now)
    record(actor=actor, action="session.started", object_type="user", object_id=actor.pk, now=now, how=how)
    return row


def keep_session(*, actor: User, session_key: str, user_agent: str, how: str, now: datetime) -> DeviceSession:
    """Go on with a session under the key it has now (another password gives it another)."""
    return DeviceSession.objects.create(
        user=actor,
        session_id=session_key,
        device=device_words(user_agent),
        how=how,
        started_at=now,
        last_seen_at=now,
    )


def see_session(*, session_key: str, now: datetime) -> None:
    """Its browser was here."""
    DeviceSession.objects.filter(session_id=session_key).update(last_seen_at=now)


@in_transaction
def end_session(*, actor: User, session_id: int, now: datetime) -> None:
    """End one of the actor's own sessions: its next request is a stranger's. Raises: NotFound."""
    row = DeviceSession.objects.filter(pk=session_id, user=actor).first()
    if row is None:
        raise NotFound(_("There is no such session. It may have ended already."))
    Session.objects.filter(pk=row.session_id).delete()
    record(actor=actor, action="session.revoked", object_type="user", object_id=actor.pk, now=now)
    emit(AccessChanged([actor.pk]))


@in_transaction
def end_other_sessions(*, actor: User, session_key: str, now: datetime) -> int:
    """End all of the actor's sessions but this one. Gives: how many."""
    ended = drop_sessions(actor.device_sessions.exclude(session_id=session_key))
    record(actor=actor, action="session.revoked_others", object_type="user", object_id=actor.pk, now=now, count=ended)
    emit(AccessChanged([actor.pk]))
    return ended


def end_all_sessions(*, user: User) -> int:
    """Part of switching a colleague off, which is on record. Gives: how many."""
    return drop_sessions(user.device_sessions.all())


def drop_sessions(rows: QuerySet[DeviceSession]) -> int:
    """Delete Django's sessions, and these rows with them."""
    keys = list(rows.values_list("session_id", flat=True))
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)
