"""Unsent texts over HTTP: saved by the composer's script as one writes, or by a button without it."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from connectors.queries.reply_ways import measure_reply
from core.clock import now
from core.errors import Conflict, Invalid, SamsvarError
from core.users.models import User
from inbox.pages.acting import check_case
from inbox.pages.case import case_page
from inbox.pages.finding import ticket_id_of
from inbox.pages.forms import back_to, whole_number
from inbox.refusals import refuse_page, status_of
from tickets.case_locks import standing_id
from tickets.models import Mode
from tickets.operations.drafting import Saved, save_draft
from tickets.queries.drafts import get_drafts, masked_start


@require_safe
@never_cache
@login_required
def drafts(request: HttpRequest, number: int) -> HttpResponse:
    """The person's own unsent texts in a case: what a browser compares its own with."""
    actor = cast(User, request.user)
    try:
        kept = get_drafts(actor=actor, ticket_id=ticket_id_of(actor, number))
    except SamsvarError as error:
        return refuse_page(request, error)
    told = {mode: asdict(draft) | {"start": masked_start(draft.text)} for mode, draft in kept.items()}
    return JsonResponse({"drafts": told})


@require_POST
@login_required
def draft(request: HttpRequest, number: int) -> HttpResponse:
    """Keep what is being written; with an empty text, throw it away.

    A script (Accept: application/json) hears the new revision, or 409 with the other text. It may name a sending whose
    answer it did not get, and hears then whether that text had gone out. A plain form comes back to the page, which
    shows both texts when another window has saved since.
    """
    actor = cast(User, request.user)
    scripted = request.headers.get("Accept") == "application/json"
    mode, text = request.POST.get("mode", ""), request.POST.get("text", "")
    force = request.POST.get("force") == "1"
    revision = whole_number(request.POST.get(f"revision_{mode}", "0"))
    try:
        check_case(request, number)
        ticket_id = standing_id(ticket_id_of(actor, number))  # in a case merged meanwhile it goes on in the kept one
        asked: dict[str, Any] = {"mode": mode, "text": text, "base_revision": revision, "force": force}
        kept = save_draft(actor=actor, ticket_id=ticket_id, sent_as=_sent_as(request), now=now(), **asked)
    except Conflict as error:
        return JsonResponse(_other(actor, ticket_id, mode), status=409) if scripted else _both(request, number, error)
    except SamsvarError as error:
        if scripted:
            return JsonResponse({"sentence": error.message}, status=status_of(error))
        return refuse_page(request, error)
    return JsonResponse(_kept(kept)) if scripted else redirect(back_to(request, number))


def _sent_as(request: HttpRequest) -> uuid.UUID | None:
    """The idempotency key of a sending with an unknown end."""
    try:
        return uuid.UUID(request.POST["sent_as"]) if request.POST.get("sent_as") else None
    except ValueError:
        raise Invalid(_("This form is incomplete. Load the page again."), field="sent_as") from None


def _kept(saved: Saved) -> dict[str, Any]:
    """The new revision, how a list shows it, how long it is as the channel counts; what is left where it went out."""
    draft, text = saved.draft, saved.text
    length = None
    if draft.mode != Mode.NOTE:
        length = measure_reply(platform=draft.ticket.platform, visibility=draft.mode, text=text)
    told = {"revision": draft.revision, "start": masked_start(text) if text else "", "length": length}
    return told | {"sent": True, "text": text} if saved.sent else told


def _other(actor: User, ticket_id: int, mode: str) -> dict[str, Any]:
    other = get_drafts(actor=actor, ticket_id=ticket_id)[mode]
    return {"revision": other.revision, "text": other.text}


def _both(request: HttpRequest, number: int, error: Conflict) -> HttpResponse:
    mode, text = request.POST.get("mode", ""), request.POST.get("text", "")
    return case_page(request, number, status_of(error), mode=mode, text=text, refusal=error)
