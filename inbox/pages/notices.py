"""The bell's page, and the list of who can be named in a note."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.clock import now
from core.errors import Forbidden, SamsvarError
from core.users.models import User
from inbox.live.since import get_head
from inbox.pages.finding import ticket_id_of
from inbox.pages.shell import shell_context
from inbox.refusals import refuse_page
from tickets.access import Action, demand, may
from tickets.operations.seeing_notices import see_notices
from tickets.queries.nameable import list_choices
from tickets.queries.notices import get_notices_page

CURSOR_LIMIT = 200


@require_safe
@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """What this person has been told of, by case, the latest first."""
    actor = cast(User, request.user)
    head, drawn_at = get_head(actor=actor), now()
    page = get_notices_page(actor=actor, cursor=request.GET.get("cursor", "")[:CURSOR_LIMIT])
    context = shell_context(actor, page=page, live_seq=head, drawn_at=drawn_at)
    return render(request, "inbox/pages/notices.html", context)


@require_POST
@login_required
def seen(request: HttpRequest) -> HttpResponse:
    """Mark all as seen, up to when the list was drawn."""
    try:
        until = parse_datetime(request.POST.get("until", "")[:60])
    except ValueError:
        until = None
    see_notices(actor=cast(User, request.user), until=until if until and until.tzinfo else None, now=now())
    return redirect("/notices")


@require_safe
@never_cache
@login_required
def nameable(request: HttpRequest, number: int) -> HttpResponse:
    """Whom an @ in this case's notes can call, and who of them would see it."""
    actor = cast(User, request.user)
    try:
        ticket = demand(actor, Action.READ, ticket_id_of(actor, number), lock=False)
        if not may(actor, Action.NOTE):
            raise Forbidden(_("Your role does not allow this."))
    except SamsvarError as error:
        return refuse_page(request, error)
    return JsonResponse({"choices": [asdict(choice) for choice in list_choices(ticket=ticket)]})
