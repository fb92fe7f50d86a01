"""What every page request passes through, besides Django's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from core.clock import now
from core.errors import SamsvarError
from core.users.operations.sessions import see_session
from inbox.refusals import refuse_page

Next = Callable[[HttpRequest], HttpResponse]
LANGUAGE_COOKIE = "samsvar_language"
ZONE_COOKIE, LONGEST_ZONE = "samsvar_zone", 60


class PersonLocaleMiddleware:
    """Speaks the person's own language; before sign-in the one chosen there, else the house's."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(_language(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        return response


class PersonZoneMiddleware:
    """Says times as the clock stands where the person is, which their browser tells in a cookie; else the house's."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(_zone(request.COOKIES.get(ZONE_COOKIE, ""))):
            return self.get_response(request)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name and len(name) <= LONGEST_ZONE else None
    except (ValueError, OSError, ZoneInfoNotFoundError):  # a browser may say anything
        return None


def _language(request: HttpRequest) -> str:
    user = request.user
    chosen = user.language if user.is_authenticated else request.COOKIES.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


class SignedOutMiddleware:
    """Tells a script that its person is signed out, instead of sending it to a page it cannot show."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        sent_away = response.status_code == 302 and response["Location"].startswith(f"{settings.LOGIN_URL}?next=")
        if not sent_away or "HX-Request" not in request.headers:
            return response
        answer = HttpResponse(status=401)
        answer["HX-Trigger"] = json.dumps({"samsvar:signed-out": {}})
        return answer


SEEN, SEEN_SECONDS = "seen", 300


class LastSeenMiddleware:
    """Notes every five minutes that a session's browser was here; sessions not begun at our door have no such note."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        seen, at = request.session.get(SEEN), int(now().timestamp())
        if seen is not None and at - seen > SEEN_SECONDS and request.session.session_key:
            see_session(session_key=request.session.session_key, now=now())
            request.session[SEEN] = at
        return response


class RefusalMiddleware:
    """Turns an operation's refusal into its one answer, with a sentence and without a stack trace."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Only what was anticipated; anything else goes on to Django's handler."""
        return refuse_page(request, error) if isinstance(error, SamsvarError) else None
