"""Tokens of scripts: `Authorization: Bearer …` (or `Token …`), compared by digest."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from core.ids import token_digest
from core.users.models import ApiToken, User

KEYWORDS = (b"bearer", b"token")


class TokenAuthentication(BaseAuthentication):
    """A token acts for its user, with that user's sight and rights. Unknown, revoked and switched-off answer alike."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Gives: the user and token, or None when there is no such header."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() not in KEYWORDS:
            return None
        if len(words) != 2:
            raise AuthenticationFailed
        token = _find(words[1].decode("latin-1"))
        if token is None:
            raise AuthenticationFailed
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes a missing sign-in a 401 and says what would help."""
        del request
        return "Bearer"


def _find(token: str) -> ApiToken | None:
    live = ApiToken.objects.filter(revoked_at__isnull=True, user__is_active=True).select_related("user")
    return live.filter(digest=token_digest(token)).first()
