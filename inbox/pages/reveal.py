"""A hidden value, by page: why it is needed, then the value for some minutes. No answer here is stored anywhere."""

from __future__ import annotations

import re
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from core.clock import now
from core.errors import Forbidden, Invalid, NotFound, SamsvarError
from core.users.models import User
from inbox.pages.finding import ticket_id_of
from inbox.refusals import status_of
from privacy.models import Reason
from privacy.operations.revealing import Revealed, reveal_mask
from privacy.queries.hidden import Place, StillOpen, get_mask_kind, get_open_value

_OF = re.compile(r"(message|note|identity)-([0-9]{1,18})-([0-9]{1,4})")


def reason_choices() -> dict[str, Any]:
    """What every form of reasons draws."""
    return {"reveal_reasons": Reason.choices, "reveal_minutes": settings.REVEAL_MINUTES}


def reason_words(request: HttpRequest) -> dict[str, Any]:
    """The same, with what was chosen."""
    words = {name: request.POST.get(name, "") for name in ("reason", "reason_text")}
    return reason_choices() | words


@never_cache
@require_safe
@login_required
def ask(request: HttpRequest, number: int) -> HttpResponse:
    """The question as a page of its own, for those without JavaScript."""
    of = request.GET.get("of", "")
    return _form(request, number, of, status=200)


@never_cache
@sensitive_post_parameters()
@require_POST
@login_required
def show(request: HttpRequest, number: int) -> HttpResponse:
    """The value, when there is a reason or an earlier one still covers it."""
    actor, of = cast(User, request.user), request.POST.get("of", "")
    try:
        revealed = _reveal(request, actor, number, of)
    except SamsvarError as error:
        return _refused(request, number, of, error)
    if _wants_json(request):
        return JsonResponse({"value": revealed.value, "label": revealed.label, "until": revealed.until.isoformat()})
    return render(request, "inbox/pages/reveal.html", {"revealed": revealed, "number": number})


def _reveal(request: HttpRequest, actor: User, number: int, of: str) -> Revealed | StillOpen:
    ticket_id, place, moment = ticket_id_of(actor, number), _place(of), now()
    reason = request.POST.get("reason", "")
    again = None if reason else get_open_value(actor=actor, ticket_id=ticket_id, place=place, now=moment)
    return again or reveal_mask(
        actor=actor,
        ticket_id=ticket_id,
        reason=reason,
        reason_text=request.POST.get("reason_text", ""),
        place=place,
        now=moment,
    )


def _refused(request: HttpRequest, number: int, of: str, error: SamsvarError) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"error": {"code": error.code, "message": error.message}}, status=status_of(error))
    if isinstance(error, NotFound | Forbidden):
        raise error
    return _form(request, number, of, status=status_of(error), error=error.message)


def _form(request: HttpRequest, number: int, of: str, *, status: int, error: str = "") -> HttpResponse:
    actor = cast(User, request.user)
    ticket_id, place = ticket_id_of(actor, number), _place(of)
    context = reason_words(request) | {
        "number": number,
        "of": of,
        "kind": get_mask_kind(actor=actor, ticket_id=ticket_id, place=place),
        "still_open": get_open_value(actor=actor, ticket_id=ticket_id, place=place, now=now()) is not None,
        "error": error,
    }
    return render(request, "inbox/pages/reveal.html", context, status=status)


def _place(of: str) -> Place:
    """`message-5-0`: the first mask of message 5."""
    match = _OF.fullmatch(of)
    if match is None:
        raise Invalid(_("This form is incomplete. Load the page again."), field="of")
    return Place(index=int(match[3]), **{f"{match[1]}_id": int(match[2])})


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
