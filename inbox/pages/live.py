"""The live side's HTTP half: catching up and counts."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.clock import now
from core.users.models import User
from inbox.live.since import get_missed
from inbox.pages.filtering import ListFilter, read_filter, tab_numbers
from inbox.pages.queue import ASIDE, status_counts
from inbox.queries.navigation import get_navigation
from inbox.queries.surroundings import count_around, get_surroundings
from tickets.models import Status
from tickets.queries.drafts import get_own_drafts
from tickets.queries.queue import QueueFilter, holds_personal_value
from tickets.queries.view_counts import filter_branches, filter_numbers


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
    """The navigation's and the tabs' numbers for the list the page shows (?view=, ?team_id=, ?status=, ?q=)."""
    actor, at = cast(User, request.user), now()
    around = get_surroundings(actor=actor)
    wanted, asked = _list(request, actor, at)
    beside = filter_branches(actor=actor, wanted=wanted, given=asked.given, now=at)
    numbers = count_around(actor=actor, around=around, wanted=wanted, now=at, more=beside)
    drafts = get_own_drafts(actor=actor).count
    nav = get_navigation(actor=actor, around=around, counts=numbers, current="", drafts=drafts)
    tabs = tab_numbers(asked, filter_numbers(numbers.more), status_counts(numbers), wanted.status)
    return render(request, "inbox/fragments/_counts.html", {"nav": nav, "tab_counts": tabs})


def _list(request: HttpRequest, actor: User, at: datetime) -> tuple[QueueFilter, ListFilter]:
    view, team = request.GET.get("view", "all"), request.GET.get("team_id", "")
    if view not in ("all", "mine", "unassigned", "team", *ASIDE):
        view = "all"
    team_id = int(team) if team.isascii() and team.isdigit() and len(team) < 19 else None
    text = request.GET.get("q", "").replace("\0", "")
    asked = read_filter(actor, "" if holds_personal_value(text) else text, at)
    status = request.GET.get("status", Status.OPEN.value)
    wanted = QueueFilter(view=view, team_id=team_id, text=asked.words, condition=asked.condition,  # type: ignore[arg-type]
                         status=status if status in Status.values and not asked.names_status else None)  # fmt: skip
    return wanted, asked
