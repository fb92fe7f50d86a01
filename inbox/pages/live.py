"""The live side's HTTP half: catching up and counts."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.users.models import User
from inbox.live.since import get_missed
from inbox.queries.navigation import get_navigation
from tickets.queries.queue import QueueFilter, get_counts


@require_safe
@never_cache
@login_required
def since(request: HttpRequest, seq: int) -> JsonResponse:
    """What this person missed after `seq`."""
    return JsonResponse(get_missed(actor=cast(User, request.user), seq=seq))


@require_safe
@never_cache
@login_required
def counts(request: HttpRequest) -> HttpResponse:
    """The navigation's and the tabs' numbers for the list the page shows (?view=, ?team_id=)."""
    actor = cast(User, request.user)
    view, team = request.GET.get("view", "all"), request.GET.get("team_id", "")
    if view not in ("all", "mine", "unassigned", "team"):
        view = "all"
    team_id = int(team) if team.isascii() and team.isdigit() and len(team) < 19 else None
    numbers = get_counts(actor=actor, wanted=QueueFilter(view=view, team_id=team_id))  # type: ignore[arg-type]
    nav = get_navigation(actor=actor, counts=numbers, current="")
    return render(request, "inbox/fragments/_counts.html", {"nav": nav, "counts": numbers})
