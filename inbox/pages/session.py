"""Signing in and out, and what a person chooses for themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core.audit.record import record
from core.clock import now
from core.errors import Throttled
from core.throttle import count_try, forget_tries
from core.users.models import Theme, User
from inbox.middleware import LANGUAGE_COOKIE
from inbox.queries.demo import get_demo_sign_ins

TRIES, TRY_SECONDS = 10, 300


class SignInForm(forms.Form):
    """Address and password; paste and managers work."""

    email = forms.EmailField(max_length=254, label=gettext_lazy("Work email"))
    password = forms.CharField(max_length=256, strip=False, label=gettext_lazy("Password"))


@sensitive_post_parameters()
@csrf_protect
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """The door. A wrong password and an unknown address answer alike."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = SignInForm(request.POST or None, initial={"email": request.GET.get("as", "")})
    status = 200
    if request.method == "POST":
        user, status = _try(request, form)
        if user is not None:
            login(request, user)
            record(actor=user, action="session.started", object_type="user", object_id=user.pk, now=now())
            return redirect(_next(request))
    return render(request, "inbox/pages/sign_in.html", _context(request, form), status=status)


def _try(request: HttpRequest, form: SignInForm) -> tuple[User | None, int]:
    if not form.is_valid():
        return None, 422
    email = form.cleaned_data["email"].strip().lower()
    try:
        for who in (email, str(request.META.get("REMOTE_ADDR"))):
            most = TRIES if who == email else TRIES * 10
            count_try(purpose="sign-in", who=who, most=most, seconds=TRY_SECONDS)
    except Throttled:
        form.add_error(None, _("Too many tries. Wait five minutes, then try again."))
        return None, 429
    user = authenticate(request, username=email, password=form.cleaned_data["password"])
    if user is None:
        form.add_error(None, _("This address and password do not go together. Check both and try again."))
        return None, 422
    forget_tries(purpose="sign-in", who=email)
    return user, 200


def _context(request: HttpRequest, form: SignInForm) -> dict[str, Any]:
    return {"form": form, "next": _next(request), "sign_ins": get_demo_sign_ins() if settings.DEMO else []}


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/"


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if request.user.is_authenticated:
        user = request.user
        record(actor=user, action="session.ended", object_type="user", object_id=user.pk, now=now())
    logout(request)
    return redirect("/sign-in")


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep a palette or language: with the person, or in a cookie before sign-in."""
    theme, language = request.POST.get("theme", ""), request.POST.get("language", "")
    response = redirect(_next(request))
    if request.user.is_authenticated:
        _keep(request.user, theme, language)
    elif language in dict(settings.LANGUAGES):
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, samesite="Lax", secure=not settings.DEMO)
    return response


def _keep(user: User, theme: str, language: str) -> None:
    if theme in Theme.values:
        user.theme = theme
    if language in dict(settings.LANGUAGES):
        user.language = language
    with transaction.atomic():
        user.save(update_fields=["theme", "language"])
        record(actor=user, action="preferences.changed", object_type="user", object_id=user.pk, now=now())
