"""Colleagues: invited, given a role and languages, away for a while, switched off. Each by an admin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from core.actors import System
from core.audit.record import record
from core.errors import Conflict, Invalid, NotFound
from core.events import emit
from core.transactions import in_transaction
from core.users.events import AccessChanged
from core.users.models import LinkPurpose, Passkey, RecoveryCode, Role, Totp, User
from core.users.operations.links import make_link
from core.users.operations.sessions import end_all_sessions
from core.users.rights import demand_admin

Actor = User | System
NAME_LIMIT = 120
SPOKEN = ("no", "sv", "da", "fi", "is", "en", "de", "nl", "fr", "es", "pl", "uk", "ar")  # offered, in this order


@in_transaction
def invite_person(
    *, actor: Actor, email: str, name: str, role: str, language: str, origin: str, now: datetime
) -> tuple[User, str]:
    """Make a colleague who has no password yet, and the link with which they choose one.

    Gives: the person and the link, which is shown once and kept nowhere. Raises: Forbidden, Invalid, Conflict (known).
    """
    demand_admin(actor)
    email, name = _address(email), " ".join(name.split())[:NAME_LIMIT]
    if not name:
        raise Invalid(_("Write the name that colleagues will see."), field="name")
    if User.objects.filter(email__iexact=email).exists():
        raise Conflict(_("Somebody with this address is here already."), code="known")
    user = User(email=email, name=name, role=_role(role), language=language)
    user.set_unusable_password()
    user.save()
    link = make_link(user=user, purpose=LinkPurpose.INVITATION, origin=origin, now=now)
    _note(actor, user, "person.invited", now, role=user.role)
    return user, link


@in_transaction
def renew_invitation(*, actor: Actor, user_id: int, origin: str, now: datetime) -> str:
    """Another link for a person who has no password yet; the one before ends. Raises: Forbidden, NotFound, Conflict."""
    demand_admin(actor)
    user = _locked(user_id)
    if not user.is_active or user.has_usable_password():
        raise Conflict(_("This person has come in already."))
    link = make_link(user=user, purpose=LinkPurpose.INVITATION, origin=origin, now=now)
    _note(actor, user, "person.invited_again", now)
    return link


@in_transaction
def change_role(*, actor: Actor, user_id: int, role: str, now: datetime) -> User:
    """Give a colleague another role. Raises: Forbidden, NotFound, Invalid, Conflict (the last admin).

    Leaves: AccessChanged.
    """
    demand_admin(actor)
    user, role = _locked(user_id), _role(role)
    if user.role == role:
        return user
    _refuse_last_admin(user)
    user.role = role
    user.save(update_fields=["role"])
    _note(actor, user, "person.role_changed", now, role=role)
    emit(AccessChanged([user.pk]))
    return user


@in_transaction
def set_spoken_languages(*, actor: Actor, user_id: int, codes: Sequence[str], now: datetime) -> User:
    """The languages a colleague answers in. Raises: Forbidden, NotFound, Invalid."""
    demand_admin(actor)
    user = _locked(user_id)
    if set(codes) - set(SPOKEN):
        raise Invalid(_("Choose languages from the list."), field="spoken")
    wanted = [code for code in SPOKEN if code in codes]
    if user.spoken_languages == wanted:
        return user
    user.spoken_languages = wanted
    user.save(update_fields=["spoken_languages"])
    _note(actor, user, "person.languages_changed", now, count=len(wanted))
    return user


@in_transaction
def set_absence(*, actor: Actor, user_id: int, first: date | None, last: date | None, now: datetime) -> User:
    """When a colleague is away, both days included; None twice: not at all. Nobody is offered cases while away.

    Raises: Forbidden, NotFound, Invalid.
    """
    demand_admin(actor)
    user = _locked(user_id)
    if (first is None) != (last is None) or (first and last and first > last):
        raise Invalid(_("Give the first and the last day away, in that order, or neither."), field="absence")
    if (user.absent_from, user.absent_until) == (first, last):
        return user
    user.absent_from, user.absent_until = first, last
    user.save(update_fields=["absent_from", "absent_until"])
    _note(actor, user, "person.absence_changed", now, first=str(first or ""), last=str(last or ""))
    return user


@in_transaction
def deactivate_person(*, actor: Actor, user_id: int, now: datetime) -> User:
    """Switch a colleague off: sessions, links and API tokens end now. What they wrote stays.

    Raises: Forbidden, NotFound, Conflict (the last admin). Leaves: AccessChanged.
    """
    demand_admin(actor)
    user = _locked(user_id)
    if not user.is_active:
        return user
    _refuse_last_admin(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    sessions = end_all_sessions(user=user)
    tokens = user.tokens.filter(revoked_at__isnull=True).update(revoked_at=now)
    user.sign_in_links.filter(used_at__isnull=True).delete()
    _note(actor, user, "person.deactivated", now, sessions=sessions, tokens=tokens)
    emit(AccessChanged([user.pk]))
    return user


@in_transaction
def reactivate_person(*, actor: Actor, user_id: int, now: datetime) -> User:
    """Let a colleague in again, with the password and second factor they had. Raises: Forbidden, NotFound."""
    demand_admin(actor)
    user = _locked(user_id)
    if user.is_active:
        return user
    user.is_active = True
    user.save(update_fields=["is_active"])
    _note(actor, user, "person.reactivated", now)
    return user


@in_transaction
def reset_second_factors(*, actor: Actor, user_id: int, now: datetime) -> User:
    """For the colleague who lost phone and codes: app, passkeys and recovery codes go, and so do their sessions.

    Raises: Forbidden, NotFound. Leaves: AccessChanged.
    """
    demand_admin(actor)
    user = _locked(user_id)
    for model in (Totp, Passkey, RecoveryCode):
        model.objects.filter(user=user).delete()
    sessions = end_all_sessions(user=user)
    _note(actor, user, "person.second_factors_reset", now, sessions=sessions)
    emit(AccessChanged([user.pk]))
    return user


def _note(actor: Actor, user: User, action: str, now: datetime, **data: int | str) -> None:
    record(actor=actor, action=action, object_type="user", object_id=user.pk, now=now, person_id=None, **data)


def _locked(user_id: int) -> User:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound(_("There is no such colleague."))
    return user


def _address(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(_("Write a whole address, such as kari@example.com."), field="email") from None
    return email


def _role(role: str) -> str:
    if role not in Role.values:
        raise Invalid(_("Choose one of the roles."), field="role")
    return role


def _refuse_last_admin(user: User) -> None:
    """Somebody must be left who can let others in. All admins are locked, so that two cannot leave at once."""
    admins = list(
        User.objects.select_for_update()
        .filter(role=Role.ADMIN, is_active=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if admins == [user.pk]:
        raise Conflict(_("This is the last admin. Make somebody else an admin first."), code="last_admin")
