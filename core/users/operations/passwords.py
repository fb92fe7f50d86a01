"""Choosing a password."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Invalid
from core.events import emit
from core.transactions import in_transaction
from core.users.events import AccessChanged
from core.users.models import LinkPurpose, User
from core.users.operations.links import use_link
from core.users.operations.sessions import end_all_sessions


@in_transaction
def change_password(*, actor: User, current: str | None, new: str, now: datetime) -> User:
    """Another password; all sessions end, and the caller begins this one anew.

    Takes: current, None for a person who has just come in another way, as after forgetting it.
    Raises: Invalid, naming the field.
    Leaves: AccessChanged.
    """
    user = User.objects.select_for_update().get(pk=actor.pk)
    if current is not None and user.has_usable_password() and not user.check_password(current):
        raise Invalid(_("This is not your password."), field="current")
    _keep(user, new)
    sessions = end_all_sessions(user=user)
    record(actor=user, action="password.changed", object_type="user", object_id=user.pk, now=now, sessions=sessions)
    emit(AccessChanged([user.pk]))
    return user


@in_transaction
def accept_invitation(*, token: str, new: str, now: datetime) -> User:
    """Choose the first password with the link of an invitation. Raises: Invalid, naming the field; the link is then
    unspent."""
    user = use_link(token=token, purpose=LinkPurpose.INVITATION, now=now)
    _keep(user, new)
    record(actor=user, action="person.joined", object_type="user", object_id=user.pk, now=now)
    return user


def _keep(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="new") from None
    user.set_password(password)
    user.save(update_fields=["password"])
