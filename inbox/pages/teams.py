"""Teams, for admins: what there is, a new one, another name."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.clock import now
from core.errors import Invalid
from core.users.models import User
from inbox.pages.shell import shell_context
from inbox.refusals import status_of
from tickets.operations.teams import create_team, rename_team
from tickets.queries.people import list_teams

HOME = "/admin/teams"
LONGEST = 200


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def teams(request: HttpRequest) -> HttpResponse:
    """Every team with its members, and the form that makes one."""
    actor = cast(User, request.user)
    if request.method != "POST":
        return _page(request, actor)
    try:
        create_team(actor=actor, name=request.POST.get("name", "")[:LONGEST], now=now())
    except Invalid as error:
        return _page(request, actor, status=status_of(error), error=error.message)
    return redirect(f"{HOME}?done=created")


@require_POST
@login_required
def rename(request: HttpRequest, team_id: int) -> HttpResponse:
    """Another name."""
    actor = cast(User, request.user)
    try:
        rename_team(actor=actor, team_id=team_id, name=request.POST.get("name", "")[:LONGEST], now=now())
    except Invalid as error:
        return _page(request, actor, status=status_of(error), error=error.message)
    return redirect(f"{HOME}?done=renamed")


def _page(request: HttpRequest, actor: User, *, status: int = 200, **more: Any) -> HttpResponse:
    context = shell_context(actor, tab="teams", teams=list_teams(actor=actor), done=request.GET.get("done", ""), **more)
    return render(request, "inbox/pages/teams.html", context, status=status)
