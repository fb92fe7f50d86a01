"""People, for admins: who is here, inviting, and what is set for each."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.clock import now
from core.errors import Conflict, Invalid
from core.transactions import in_transaction
from core.users.models import Role, User
from core.users.operations import people as operations
from inbox.pages.link_door import origin_of
from inbox.pages.shell import shell_context
from inbox.refusals import status_of
from tickets.operations.teams import set_teams_of
from tickets.queries.people import get_person, list_people, list_teams

LONGEST = 200


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def people(request: HttpRequest) -> HttpResponse:
    """The list of colleagues, and the form that invites one."""
    actor = cast(User, request.user)
    if request.method != "POST":
        return _list(request, actor)
    words = {name: request.POST.get(name, "")[:LONGEST] for name in ("email", "name", "role")}
    try:
        user, link = operations.invite_person(
            actor=actor, language=settings.LANGUAGE_CODE, origin=origin_of(request), now=now(), **words
        )
    except (Invalid, Conflict) as error:
        return _list(request, actor, status=status_of(error), error=error.message, words=words)
    return _list(request, actor, invited=user.name, link=link)


def _list(request: HttpRequest, actor: User, *, status: int = 200, **more: Any) -> HttpResponse:
    text, cursor = request.GET.get("q", "")[:LONGEST].replace("\0", ""), request.GET.get("cursor", "")
    page = list_people(actor=actor, text=text.strip(), cursor=cursor, day=timezone.localdate())
    context = shell_context(actor, tab="people", page=page, query_text=text, roles=Role.choices, **more)
    return render(request, "inbox/pages/people.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One colleague: role, teams, languages, absence."""
    actor = cast(User, request.user)
    if request.method != "POST":
        return _person(request, actor, user_id)
    try:
        _save(request, actor, user_id)
    except (Invalid, Conflict) as error:
        return _person(request, actor, user_id, status=status_of(error), error=error.message)
    return redirect(f"/admin/people/{user_id}?done=saved")


@in_transaction
def _save(request: HttpRequest, actor: User, user_id: int) -> None:
    """The form is one thing to whoever sends it: all of it is kept or nothing."""
    about: dict[str, Any] = {"actor": actor, "user_id": user_id, "now": now()}
    team_ids = [
        int(word) for word in request.POST.getlist("team") if word.isascii() and word.isdigit() and len(word) < 19
    ]
    operations.set_spoken_languages(codes=request.POST.getlist("spoken"), **about)
    first, last = (_day(request.POST.get(name, "")) for name in ("absent_from", "absent_until"))
    operations.set_absence(first=first, last=last, **about)
    set_teams_of(team_ids=team_ids, **about)
    operations.change_role(role=request.POST.get("role", ""), **about)


def _day(word: str) -> date | None:
    try:
        return date.fromisoformat(word) if word else None
    except ValueError:
        raise Invalid(_("Write days as year-month-day, such as 2027-01-31."), field="absence") from None


def _person(request: HttpRequest, actor: User, user_id: int, *, status: int = 200, **more: Any) -> HttpResponse:
    context = shell_context(
        actor,
        tab="people",
        person=get_person(actor=actor, user_id=user_id, day=timezone.localdate()),
        teams=list_teams(actor=actor),
        roles=Role.choices,
        languages_offered=operations.SPOKEN,
        done=request.GET.get("done", ""),
        **more,
    )
    return render(request, "inbox/pages/person.html", context, status=status)


@never_cache
@require_POST
@login_required
def renew_invitation(request: HttpRequest, user_id: int) -> HttpResponse:
    """Another link for somebody who has not come in yet; shown once."""
    actor = cast(User, request.user)
    try:
        link = operations.renew_invitation(actor=actor, user_id=user_id, origin=origin_of(request), now=now())
    except Conflict as error:
        return _person(request, actor, user_id, status=status_of(error), error=error.message)
    return _person(request, actor, user_id, link=link)


@require_POST
@login_required
def deactivate(request: HttpRequest, user_id: int) -> HttpResponse:
    """Switch a colleague off."""
    return _do(request, user_id, operations.deactivate_person, "deactivated")


@require_POST
@login_required
def reactivate(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let a colleague in again."""
    return _do(request, user_id, operations.reactivate_person, "reactivated")


@require_POST
@login_required
def reset(request: HttpRequest, user_id: int) -> HttpResponse:
    """Take a lost phone's second factors away."""
    return _do(request, user_id, operations.reset_second_factors, "reset")


def _do(request: HttpRequest, user_id: int, operation: Any, done: str) -> HttpResponse:
    actor = cast(User, request.user)
    try:
        operation(actor=actor, user_id=user_id, now=now())
    except Conflict as error:
        return _person(request, actor, user_id, status=status_of(error), error=error.message)
    return redirect(f"/admin/people/{user_id}?done={done}")
