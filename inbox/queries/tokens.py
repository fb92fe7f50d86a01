"""The tokens there are, without their secrets, and what one is good for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.users.models import ApiToken, User
from inbox.scopes import Scope, scopes_of_role


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token."""

    id: int
    user: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


def get_tokens() -> tuple[TokenRow, ...]:
    """Every token, oldest first. One query."""
    return tuple(
        TokenRow(row.pk, row.user.email, row.name, granted_scopes(row.user, row), row.created_at, row.revoked_at)
        for row in ApiToken.objects.select_related("user").order_by("pk")
    )


def granted_scopes(user: User, token: ApiToken | None) -> tuple[Scope, ...]:
    """What this person can do with this token; without one (signed in), or with one that names no scopes, all that the
    role allows (with such a token, all but revealing). No query."""
    return tuple(scope for scope in scopes_of_role(user.role) if has_scope(token, scope))


def has_scope(token: ApiToken | None, scope: Scope) -> bool:
    """Whether the token was made for this. What the role allows is for the operation to say."""
    if token is None:
        return True
    return scope != Scope.REVEAL if token.scopes is None else scope.value in token.scopes
