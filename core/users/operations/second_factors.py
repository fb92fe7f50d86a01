"""The second factor: an authenticator app, and recovery codes for the day its phone is lost."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Conflict, Invalid
from core.secrets import keyed_hash, seal, unseal
from core.transactions import in_transaction
from core.users import totp
from core.users.models import RecoveryCode, Totp, User

CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no i, l, o, 0, 1: codes are written by hand
HALF = 5


@in_transaction
def begin_totp(*, actor: User) -> bytes:
    """Make a secret for the actor's authenticator app, or give the one begun before. It opens nothing until confirmed.

    Gives: the secret. Raises: Conflict when an app is in use already.
    """
    row = Totp.objects.select_for_update().filter(user=actor).first()
    if row is not None and row.confirmed_at is not None:
        raise Conflict(_("An authenticator app is in use already. Remove it first."))
    if row is not None:
        return unseal(row.secret, context=row.context)
    secret, row = totp.new_secret(), Totp(user=actor)
    row.secret = seal(secret, context=row.context)
    row.save()
    return secret


@in_transaction
def confirm_totp(*, actor: User, code: str, now: datetime) -> list[str]:
    """Turn the app on with a first code from it. Gives: fresh recovery codes. Raises: Invalid, Conflict."""
    row = Totp.objects.select_for_update().filter(user=actor).first()
    if row is None or row.confirmed_at is not None:
        raise Conflict(_("Begin again: the picture on this page is no longer the newest."))
    if not _open_with(row, code, now):
        raise Invalid(_("That is not the code your app shows now. Wait for the next one and try again."), field="code")
    row.confirmed_at = now
    row.save(update_fields=["confirmed_at"])
    codes = _replace_codes(actor)
    record(actor=actor, action="second_factor.added", object_type="user", object_id=actor.pk, now=now, kind="totp")
    return codes


@in_transaction
def remove_totp(*, actor: User, now: datetime) -> None:
    """Do without the app. Raises: Conflict when the role asks for a second factor and there is no other."""
    refuse_last_factor(actor, totp_going=True)
    Totp.objects.filter(user=actor).delete()
    if not actor.passkeys.exists():
        actor.recovery_codes.all().delete()
    record(actor=actor, action="second_factor.removed", object_type="user", object_id=actor.pk, now=now, kind="totp")


@in_transaction
def renew_recovery_codes(*, actor: User, now: datetime) -> list[str]:
    """Ten new codes; the old ones open nothing any more. Raises: Conflict when there is nothing to recover."""
    User.objects.select_for_update().get(pk=actor.pk)
    if not has_second_factor(actor):
        raise Conflict(_("Set up an authenticator app or a passkey first."))
    codes = _replace_codes(actor)
    record(actor=actor, action="second_factor.codes_renewed", object_type="user", object_id=actor.pk, now=now)
    return codes


@in_transaction
def use_code(*, user: User, code: str, now: datetime) -> str:
    """Check a code from the app, or a recovery code, which is then spent. A code opens once.

    Gives: "totp" or "recovery". Raises: Invalid; both kinds of wrong answer alike.
    """
    word = "".join(code.split()).replace("-", "").lower()
    row = Totp.objects.select_for_update().filter(user=user, confirmed_at__isnull=False).first()
    if row is not None and _open_with(row, word, now):
        return "totp"
    spare = (
        RecoveryCode.objects.select_for_update().filter(user=user, digest=_digest(word), used_at__isnull=True).first()
    )
    if spare is None:
        raise Invalid(_("This code is not right. Check it and try again."), field="code")
    spare.used_at = now
    spare.save(update_fields=["used_at"])
    record(actor=user, action="second_factor.recovered", object_type="user", object_id=user.pk, now=now)
    return "recovery"


def has_second_factor(user: User) -> bool:
    """Whether the person has an app or a passkey."""
    return Totp.objects.filter(user=user, confirmed_at__isnull=False).exists() or user.passkeys.exists()


def refuse_last_factor(user: User, *, totp_going: bool = False, passkey_going: int = 0) -> None:
    """Raises: Conflict when the role asks for a second factor and none would be left. Locks the person."""
    User.objects.select_for_update().get(pk=user.pk)
    left = user.passkeys.exclude(pk=passkey_going).exists()
    if not totp_going:
        left = left or Totp.objects.filter(user=user, confirmed_at__isnull=False).exists()
    if user.needs_second_factor and not left:
        raise Conflict(_("Your role asks for a second step at sign-in. Add another one before you remove this."))


def _open_with(row: Totp, code: str, now: datetime) -> bool:
    step = totp.matching_step(unseal(row.secret, context=row.context), code.strip(), now=now, after=row.last_step)
    if step is None:
        return False
    row.last_step = step
    row.save(update_fields=["last_step"])
    return True


def _replace_codes(user: User) -> list[str]:
    codes = ["".join(secrets.choice(ALPHABET) for _place in range(2 * HALF)) for _number in range(CODES)]
    user.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(code)) for code in codes)
    return [f"{code[:HALF]}-{code[HALF:]}" for code in codes]


def _digest(code: str) -> str:
    return keyed_hash(code, purpose="recovery-code").hex()
