"""What every address of the API does alike: scopes, the rate limit, and refusing what it does not know."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import Forbidden, Invalid
from core.paging import Page
from core.throttle import count_try
from core.users.models import ApiToken, User
from inbox.api.shapes.base import Shape
from inbox.queries.tokens import has_scope
from inbox.scopes import Scope

KEY_LIMIT = 255
IDEMPOTENCY = uuid.UUID("5f0f7d6e-54a1-4c5c-9d7f-0d3c6c1b8a51")  # namespace of keys that scripts choose
READS = frozenset({"GET", "HEAD"})
WORKS = frozenset({"POST", "PUT", "DELETE"})
BIGGEST = 2**63 - 1  # ids


class Strict(serializers.Serializer[Any]):
    """Input in which an unknown name is refused: a misspelt one would otherwise change nothing and say nothing."""

    def to_internal_value(self, data: Any) -> Any:
        """Raises: Invalid naming what is unknown."""
        unknown = [str(name)[:80] for name in data if name not in self.fields] if isinstance(data, Mapping) else []
        if unknown:
            names = ", ".join(sorted(unknown)[:10])
            raise Invalid(_("This is not known here: %(names)s.") % {"names": names}, field=unknown[0], code="unknown")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number in JSON; "5" is a text and 5.0 no whole number."""

    def to_internal_value(self, data: Any) -> int:
        """Raises: ValidationError."""
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Words(serializers.CharField):
    """A text in JSON; 5 is none."""

    def to_internal_value(self, data: Any) -> str:
        """Raises: ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Query(Strict):
    """The words after the question mark; none here."""


class CursorQuery(Query):
    """Which page."""

    cursor = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=400, help_text="`next_cursor` of the page before"
    )
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=100)


class ApiView(APIView):
    """One address. `read` and `write` name the scopes it needs; `query` says what GET may be asked."""

    read: ClassVar[Scope | None] = None
    write: ClassVar[Scope | None] = None
    query: ClassVar[type[Query]] = Query

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raises: whatever refuses before the work begins."""
        super().initial(request, *args, **kwargs)
        if request.method in READS | WORKS and getattr(self, request.method.lower(), None) is not None:
            self._demand_scope(request)
            self.asked = (self.query if request.method in READS else Query)(data=request.query_params.dict())
            self.asked.is_valid(raise_exception=True)

    def scope_for(self, method: str) -> Scope | None:
        """The scope a method needs; None where being known is enough."""
        return self.read if method in READS else self.write

    def _demand_scope(self, request: Request) -> None:
        scope = self.scope_for(cast(str, request.method))
        if scope is not None and not has_scope(cast(ApiToken | None, request.auth), scope):
            raise Forbidden(_("This token lacks the scope %(scope)s.") % {"scope": scope}, code="scope")

    def check_throttles(self, request: Request) -> None:
        """So many requests a minute for each token, signed-in person or, where anyone may ask, address.

        Raises: Throttled.
        """
        if isinstance(request.auth, ApiToken):
            who = f"token:{request.auth.pk}"
        else:
            who = f"user:{request.user.pk}" if request.user else f"address:{request.META.get('REMOTE_ADDR')}"
        sentence = _("Too many requests. Wait a minute, then try again.")
        count_try(purpose="api", who=who, most=settings.API_RATE_PER_MINUTE, seconds=60, message=sentence)

    @property
    def actor(self) -> User:
        """Whom this request acts for."""
        return cast(User, self.request.user)

    @property
    def words(self) -> dict[str, Any]:
        """The query's words, checked."""
        return cast(dict[str, Any], self.asked.validated_data)

    def body(self, shape: type[Strict]) -> dict[str, Any]:
        """What was sent, checked. Raises: Invalid, ParseError, UnsupportedMediaType."""
        sent = shape(data=self.request.data)
        sent.is_valid(raise_exception=True)
        return cast(dict[str, Any], sent.validated_data)

    def client_key(self) -> uuid.UUID:
        """A script's own word as a UUID, apart for each user: two people's keys never meet. Raises: Invalid."""
        key = self.request.headers.get("Idempotency-Key", "").strip()
        if not key or len(key) > KEY_LIMIT:
            sentence = _("Send an Idempotency-Key header of 1 to 255 characters.")
            raise Invalid(sentence, field="Idempotency-Key", code="key_missing")
        return uuid.uuid5(IDEMPOTENCY, f"{self.actor.pk}:{key}")

    def page(self, page: Page[Any], shape: type[Shape]) -> Response:
        """One page, and where the next one is."""
        following = None
        if page.next_cursor:
            query = self.request.query_params.copy()
            query["cursor"] = page.next_cursor
            following = f"{self.request.path}?{query.urlencode()}"
        rows = shape(page.rows, many=True).data
        return Response({"results": rows, "next_cursor": page.next_cursor or None, "next": following})
