"""What was said in a case before what its page shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from connectors.queries.reply_ways import get_offered_actions, get_own_only_actions
from core.errors import Invalid
from core.users.models import User
from inbox.pages.shell import shell_context
from tickets.queries.case import get_case

CURSOR_LIMIT = 400  # characters; ours are far shorter


@require_safe
@login_required
def earlier(request: HttpRequest, number: int) -> HttpResponse:
    """One step back, as a page of its own or for a script that puts it above what it has (?before=)."""
    actor = cast(User, request.user)
    context = _context(actor, number, request.GET.get("before", "")[:CURSOR_LIMIT])
    if "HX-Request" in request.headers:
        return render(request, "inbox/fragments/_earlier.html", context)
    context["case"] = replace(context["case"], may_reveal=False)  # that takes the form on the case's own page
    context |= shell_context(actor)
    return render(request, "inbox/pages/earlier.html", context)


def _context(actor: User, number: int, before: str) -> dict[str, Any]:
    if not before:
        raise Invalid("This page marker is not one of ours.", field="before")
    case = get_case(actor=actor, number=number, before=before)
    return {
        "case": case,
        "offered": get_offered_actions(case) if case.may_moderate else [],
        "own_only": get_own_only_actions(case),
    }
