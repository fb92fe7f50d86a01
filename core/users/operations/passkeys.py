"""Passkeys: adding, using, removing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Conflict, Invalid, NotFound
from core.transactions import in_transaction
from core.users.models import Passkey, User
from core.users.operations.second_factors import refuse_last_factor
from core.users.webauthn import digest_of_answer, read_known_key, read_new_key

MOST = 20  # passkeys of one person
NAME_LIMIT = 80


@in_transaction
def add_passkey(*, actor: User, answer: Any, state: Any, host: str, name: str, now: datetime) -> Passkey:
    """Keep a passkey the actor's browser has made. Raises: Invalid, Conflict (too many, or it is known)."""
    new = read_new_key(answer, state=state, host=host)
    User.objects.select_for_update().get(pk=actor.pk)
    if actor.passkeys.count() >= MOST or Passkey.objects.filter(digest=new.digest).exists():
        raise Conflict(_("This passkey cannot be added."))
    row = Passkey.objects.create(
        user=actor,
        name=name.strip()[:NAME_LIMIT] or _("Passkey"),
        digest=new.digest,
        credential=new.credential,
        sign_count=new.sign_count,
        created_at=now,
    )
    record(actor=actor, action="second_factor.added", object_type="user", object_id=actor.pk, now=now, kind="passkey")
    return row


@in_transaction
def use_passkey(*, answer: Any, state: Any, host: str, user_id: int | None, now: datetime) -> User:
    """Find whose passkey signed our question. Takes: user_id, whose it must be, when that is known already.

    Gives: the person, who is active. Raises: Invalid, for every reason alike.
    """
    known = Passkey.objects.select_for_update(of=("self",)).filter(
        digest=digest_of_answer(answer), user__is_active=True
    )
    if user_id is not None:
        known = known.filter(user_id=user_id)
    key = known.select_related("user").first()
    if key is None:
        raise Invalid(_("The passkey was not accepted. Try again, or choose another way."), field="passkey")
    count = read_known_key(answer, key=key, state=state, host=host)
    if count and count <= key.sign_count:  # somebody has a copy of it (WebAuthn 6.1.1); synced passkeys always say 0
        raise Invalid(_("The passkey was not accepted. Try again, or choose another way."), field="passkey")
    key.sign_count, key.last_used_at = count, now
    key.save(update_fields=["sign_count", "last_used_at"])
    return key.user


@in_transaction
def remove_passkey(*, actor: User, passkey_id: int, now: datetime) -> None:
    """Forget one of the actor's passkeys. Raises: NotFound, Conflict (the last factor where the role asks for one)."""
    row = Passkey.objects.filter(pk=passkey_id, user=actor).first()
    if row is None:
        raise NotFound(_("There is no such passkey."))
    refuse_last_factor(actor, passkey_going=row.pk)
    row.delete()
    record(actor=actor, action="second_factor.removed", object_type="user", object_id=actor.pk, now=now, kind="passkey")
