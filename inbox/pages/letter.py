"""A letter as it was sent: why somebody needs to see it, then its addresses, subject and html for some minutes."""

from __future__ import annotations

from typing import cast

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import escape
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from connectors.kit.foreign_html import safe_html
from core.clock import now
from core.errors import Forbidden, NotFound, SamsvarError
from core.users.models import User
from inbox.pages.finding import ticket_id_of
from inbox.pages.reveal import reason_words
from inbox.refusals import status_of
from privacy.operations.revealing import reveal_letter
from privacy.queries.hidden import OpenedLetter, get_open_letter

# The html runs nothing and loads nothing but what its own mail brought, unless its reader asks for more.
_POLICY = (
    "default-src 'none'; img-src 'self'{remote}; style-src 'none'; base-uri 'none'; form-action 'none'; "
    "sandbox allow-popups; frame-ancestors 'self'"
)


@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # its types know views without arguments only
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def letter(request: HttpRequest, number: int, message_id: int) -> HttpResponse:
    """The letter while a reveal of it lasts; else the question why."""
    actor = cast(User, request.user)
    ticket_id = ticket_id_of(actor, number)
    if request.method == "POST":
        return _reveal(request, actor, ticket_id, number, message_id)
    found = get_open_letter(actor=actor, ticket_id=ticket_id, message_id=message_id, now=now())
    return _page(request, number, message_id, found)


def _reveal(request: HttpRequest, actor: User, ticket_id: int, number: int, message_id: int) -> HttpResponse:
    try:
        reveal_letter(
            actor=actor,
            ticket_id=ticket_id,
            message_id=message_id,
            reason=request.POST.get("reason", ""),
            reason_text=request.POST.get("reason_text", ""),
            now=now(),
        )
    except SamsvarError as error:
        if isinstance(error, NotFound | Forbidden):
            raise
        return _page(request, number, message_id, None, status=status_of(error), error=error.message)
    return HttpResponseRedirect(f"/case/{number}/letter/{message_id}")


def _page(
    request: HttpRequest,
    number: int,
    message_id: int,
    found: OpenedLetter | None,
    *,
    status: int = 200,
    error: str = "",
) -> HttpResponse:
    context = reason_words(request) | {
        "number": number,
        "message_id": message_id,
        "letter": found,
        "pictures": "pictures" in request.GET,
        "error": error,
    }
    return render(request, "inbox/pages/letter.html", context, status=status)


@never_cache
@require_safe
@login_required
def letter_html(request: HttpRequest, number: int, message_id: int) -> HttpResponse:
    """The sanitised html alone, for the frame on the letter's page. Remote pictures only when asked for."""
    actor = cast(User, request.user)
    found = get_open_letter(actor=actor, ticket_id=ticket_id_of(actor, number), message_id=message_id, now=now())
    remote = "pictures" in request.GET
    html = safe_html(found.envelope.html, remote_pictures=remote) if found else ""
    for content_id, uid in found.pictures.items() if found else ():
        html = html.replace(f'data-cid="{escape(content_id)}"', f'src="/case/{number}/file/{uid}"')
    response = HttpResponse(html)
    response["Content-Security-Policy"] = _POLICY.format(remote=" https:" if remote else "")
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    return response
