"""What the palette asks the server for: cases by number or customer, and those this browser had open last.

Both are posts: a customer's name belongs in no address.
"""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core.users.models import User
from tickets.access import Action, may
from tickets.queries.jumping import MOST, CaseHit, get_cases_called, get_cases_numbered
from tickets.queries.queue import holds_personal_value

LONGEST = 100  # characters of what was typed


@never_cache
@sensitive_post_parameters()
@require_POST
@login_required
def cases(request: HttpRequest) -> HttpResponse:
    """Options for the palette. A phone number or the like is not looked for here: that takes a reason."""
    actor = cast(User, request.user)
    text = " ".join(request.POST.get("q", "")[:LONGEST].replace("\0", "").split())
    personal = holds_personal_value(text)
    hits: list[CaseHit] = []
    if text and not personal:
        hits = get_cases_called(actor=actor, text=text)
    elif not text:
        hits = get_cases_numbered(actor=actor, numbers=_numbers(request.POST.getlist("number")))
    may_reveal = may(actor, Action.REVEAL)
    context = {"hits": hits, "personal": personal, "may_reveal": may_reveal, "recent": not text}
    return render(request, "inbox/fragments/_palette_cases.html", context)


def _numbers(texts: list[str]) -> list[int]:
    return [int(text) for text in texts[:MOST] if text.isascii() and text.isdigit() and len(text) < 19]
