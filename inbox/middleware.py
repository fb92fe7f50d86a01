"""What every page request passes through, besides Django's own."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from core.errors import SamsvarError
from inbox.refusals import refuse_page

Next = Callable[[HttpRequest], HttpResponse]
LANGUAGE_COOKIE = "samsvar_language"


class PersonLocaleMiddleware:
    """Speaks the person's own language; before sign-in the one chosen there, else the house's."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(_language(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        return response


def _language(request: HttpRequest) -> str:
    user = request.user
    chosen = user.language if user.is_authenticated else request.COOKIES.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


class RefusalMiddleware:
    """Turns an operation's refusal into its one answer, with a sentence and without a stack trace."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Only what was anticipated; anything else goes on to Django's handler."""
        return refuse_page(request, error) if isinstance(error, SamsvarError) else None
