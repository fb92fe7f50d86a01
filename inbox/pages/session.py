"""Signing in and out, and what a person chooses for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core.audit.record import record
from core.clock import now
from core.errors import Throttled
from core.events import emit
from core.throttle import forget_tries
from core.users import oidc
from core.users.events import AccessChanged
from core.users.models import Density, Theme, User
from inbox.middleware import LANGUAGE_COOKIE
from inbox.pages.door import Way, answer_step, come_in, count_tries, door_context, next_of, wants_json
from inbox.queries.demo import get_demo_sign_ins


class AddressForm(forms.Form):
    """Who somebody says they are."""

    email = forms.EmailField(max_length=254, label=gettext_lazy("Work email"))


class SignInForm(AddressForm):
    """Address and password; paste and managers work."""

    password = forms.CharField(max_length=256, strip=False, label=gettext_lazy("Password"))


@sensitive_post_parameters()
@csrf_protect
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """The door. A wrong password and an unknown address answer alike."""
    if request.user.is_authenticated and "again" not in request.GET and request.method != "POST":
        return redirect(next_of(request))
    form = SignInForm(request.POST or None, initial={"email": request.GET.get("as", "")})
    status = 200
    if request.method == "POST":
        user, status = _try(request, form)
        if user is not None:
            return answer_step(request, come_in(request, user, Way.PASSWORD))
        if wants_json(request):
            sentences = [str(sentence) for field in form.errors.values() for sentence in field]
            return JsonResponse({"error": {"code": "refused", "message": " ".join(sentences)}}, status=status)
    return render(request, "inbox/pages/sign_in.html", _context(request, form), status=status)


def _try(request: HttpRequest, form: SignInForm) -> tuple[User | None, int]:
    if not form.is_valid():
        return None, 422
    email = form.cleaned_data["email"].strip().lower()
    try:
        count_tries(request, "sign-in", email)
    except Throttled as error:
        form.add_error(None, error.message)
        return None, 429
    user = authenticate(request, username=email, password=form.cleaned_data["password"])
    if user is None:
        form.add_error(None, _("This address and password do not go together. Check both and try again."))
        return None, 422
    forget_tries(purpose="sign-in", who=email)
    return user, 200


def _context(request: HttpRequest, form: SignInForm) -> dict[str, Any]:
    sign_ins = get_demo_sign_ins() if settings.DEMO else []
    return door_context(request, form=form, sign_ins=sign_ins, company_on=oidc.is_on(), links_on=settings.MAIL_ON)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if request.user.is_authenticated:
        user = request.user
        with transaction.atomic():
            record(actor=user, action="session.ended", object_type="user", object_id=user.pk, now=now())
            logout(request)
            emit(AccessChanged([user.pk]))
    return redirect("/sign-in")


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep a palette, density or language: with the person, or in a cookie before sign-in."""
    language = request.POST.get("language", "")
    response = redirect(next_of(request))
    if request.user.is_authenticated:
        _keep(request.user, request.POST)
    elif language in dict(settings.LANGUAGES):
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, samesite="Lax", secure=not settings.DEMO)
    return response


def _keep(user: User, chosen: Mapping[str, str]) -> None:
    offered = {"theme": Theme.values, "density": Density.values, "language": list(dict(settings.LANGUAGES))}
    kept = {name: chosen[name] for name, values in offered.items() if chosen.get(name) in values}
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(**kept)
        record(actor=user, action="preferences.changed", object_type="user", object_id=user.pk, now=now())


def remember_sort(user: User, sort: str) -> None:
    """The order of lists this person chose last. One statement, when it is another one."""
    if user.queue_sort != sort:
        User.objects.filter(pk=user.pk).update(queue_sort=sort)
