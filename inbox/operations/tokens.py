"""Making and revoking the tokens of scripts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Invalid, NotFound
from core.ids import new_token, token_digest
from core.users.models import ApiToken, User
from inbox.scopes import Scope, in_order, scopes_of_role
from tickets.access import Actor

NAME_LIMIT = 120


@transaction.atomic
def create_token(
    *, actor: Actor, user: User, name: str, scopes: Collection[str] | None, now: datetime
) -> tuple[ApiToken, str]:
    """Make a token that acts for a user.

    Takes: scopes, words of inbox.scopes; None for all that the user's role allows today but revealing, which is named.
    Gives: the row, and the token itself, which is kept nowhere.
    Raises: Invalid (unknown scope, or more than the role allows).
    """
    allowed = scopes_of_role(user.role)
    for scope in sorted(set(scopes or ()) - set(allowed)):
        raise Invalid(_("The scope %(scope)s does not go with this person's role.") % {"scope": scope}, field="scope")
    token = new_token("sv_")
    usual = [scope for scope in allowed if scope != Scope.REVEAL]
    kept = [scope.value for scope in (usual if scopes is None else in_order(scopes))]
    row = ApiToken.objects.create(user=user, name=name[:NAME_LIMIT], digest=token_digest(token), scopes=kept)
    record(
        actor=actor,
        action="token.created",
        object_type="token",
        object_id=row.pk,
        now=now,
        user_id=user.pk,
        scopes=" ".join(kept),
    )
    return row, token


@transaction.atomic
def revoke_token(*, actor: Actor, token_id: int, now: datetime) -> ApiToken:
    """End a token; its next request is refused. A revoked one stays as it is. Raises: NotFound."""
    row = ApiToken.objects.select_for_update().filter(pk=token_id).first()
    if row is None:
        raise NotFound(_("There is no such token."))
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        record(actor=actor, action="token.revoked", object_type="token", object_id=row.pk, now=now, user_id=row.user_id)
    return row
