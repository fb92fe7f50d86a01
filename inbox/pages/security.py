"""The You page: password, authenticator app and recovery codes of the person who looks."""

from __future__ import annotations

from functools import wraps
from typing import Any, ParamSpec, Protocol, cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clock import now
from core.errors import Invalid, SamsvarError
from core.users.models import User
from core.users.operations.passwords import change_password
from core.users.operations.second_factors import confirm_totp, remove_totp, renew_recovery_codes
from core.users.queries.security import get_security
from inbox.pages.door import WAY, Way, count_tries, go_on, is_recent, wants_json
from inbox.pages.second_step import LONGEST, picture
from inbox.pages.shell import shell_context
from inbox.refusals import status_of

HOME = "/me/security"
P = ParamSpec("P")


class View(Protocol[P]):
    """A view of a signed-in person."""

    def __call__(self, request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse: ...


def recent_only(view: View[P]) -> View[P]:
    """Whoever sits down at a screen left open changes nothing here: one signs in again after half an hour."""

    @wraps(view)
    def look(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if is_recent(request):
            return view(request, *args, **kwargs)
        place = f"/sign-in?{urlencode({'again': '1', 'next': HOME})}"
        return HttpResponse(place, status=409) if wants_json(request) else redirect(place)

    return look


@never_cache
@require_safe
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """Everything one signs in with, and where one is signed in."""
    return page(request)


@never_cache
@sensitive_post_parameters()
@require_POST
@login_required
@recent_only
def password(request: HttpRequest) -> HttpResponse:
    """Another password; every other session ends with the old one."""
    actor = cast(User, request.user)
    try:
        count_tries(request, "password", str(actor.pk))
        current = request.POST.get("current", "")[:256] if _came_by_password(request) else None
        user = change_password(actor=actor, current=current, new=request.POST.get("new", "")[:256], now=now())
    except SamsvarError as error:
        wrong = error.field if isinstance(error, Invalid) else ""
        return page(request, status=status_of(error), error=error.message, wrong=wrong)
    go_on(request, user)
    return redirect(f"{HOME}?done=password")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@login_required
@recent_only
def app(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app: picture, then a first code."""
    actor, status, error = cast(User, request.user), 200, ""
    if request.method == "POST":
        try:
            count_tries(request, "second-step", str(actor.pk))
            codes = confirm_totp(actor=actor, code=request.POST.get("code", "")[:LONGEST], now=now())
            return _show_codes(request, actor, codes)
        except Invalid as refusal:
            status, error = status_of(refusal), refusal.message
    context = shell_context(actor, tab="you", error=error, **picture(actor))
    return render(request, "inbox/pages/security_app.html", context, status=status)


@require_POST
@login_required
@recent_only
def remove_app(request: HttpRequest) -> HttpResponse:
    """Do without the app."""
    remove_totp(actor=cast(User, request.user), now=now())
    return redirect(f"{HOME}?done=app-removed")


@never_cache
@require_POST
@login_required
@recent_only
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten new codes, shown here and never again."""
    actor = cast(User, request.user)
    return _show_codes(request, actor, renew_recovery_codes(actor=actor, now=now()))


def page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    """The whole page."""
    actor = cast(User, request.user)
    key = request.session.session_key or ""
    context = shell_context(
        actor,
        tab="you",
        security=get_security(actor=actor, session_key=key, now=now()),
        asks_current=_came_by_password(request),
        recent=is_recent(request),
        done=request.GET.get("done", ""),
        **more,
    )
    return render(request, "inbox/pages/security.html", context, status=status)


def _show_codes(request: HttpRequest, actor: User, codes: list[str]) -> HttpResponse:
    return render(request, "inbox/pages/security_codes.html", shell_context(actor, tab="you", codes=codes))


def _came_by_password(request: HttpRequest) -> bool:
    return str(request.session.get(WAY, Way.PASSWORD)).startswith(Way.PASSWORD)
