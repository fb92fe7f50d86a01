"""The list's search field, and the search for one exact personal value, which asks why and is in no address."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clock import now
from core.errors import Forbidden, Invalid, Throttled
from core.users.models import User
from inbox.pages.filtering import add_typed
from inbox.pages.reveal import reason_words
from inbox.pages.shell import shell_context
from inbox.refusals import status_of
from privacy.operations.searching import search_value
from tickets.access import Action, may
from tickets.queries.queue import holds_personal_value

LONGEST = 400  # characters of what was typed


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def search(request: HttpRequest) -> HttpResponse:
    """A field to search from; and what was typed there or beside a list: words go to that list, a phone number or the
    like to the search with a reason."""
    if request.method != "POST":
        return render(request, "inbox/pages/search.html", shell_context(cast(User, request.user)))
    text = request.POST.get("q", "")[:LONGEST].replace("\0", "")
    if holds_personal_value(text):
        return _form(request, value=text)
    return redirect(_list_with(request.POST.get("list", ""), text))


def _list_with(address: str, text: str) -> str:
    parts = urlsplit(address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else "")
    if not parts.path.startswith(("/inbox/", "/view/")):
        return f"/inbox/all?{urlencode({'q': add_typed('', text)})}"
    words = dict(parse_qsl(parts.query))
    words["q"] = add_typed(words.get("q", ""), text)
    return f"{parts.path}?{urlencode({name: word for name, word in words.items() if word or name == 'q'})}"


@never_cache
@require_safe
@login_required
def ask(request: HttpRequest) -> HttpResponse:
    """The form, empty."""
    return _form(request)


@never_cache
@sensitive_post_parameters()
@require_POST
@login_required
def find_cases(request: HttpRequest) -> HttpResponse:
    """The form again, with the cases that hold the value or with what is wrong."""
    words = {name: request.POST.get(name, "")[:LONGEST] for name in ("value", "reason")}
    try:
        rows = search_value(
            actor=cast(User, request.user), reason_text=request.POST.get("reason_text", ""), now=now(), **words
        )
    except (Invalid, Throttled) as error:
        return _form(request, status=status_of(error), value=words["value"], error=error.message)
    return _form(request, value=words["value"], rows=rows)


def _form(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    if not may(cast(User, request.user), Action.REVEAL):
        raise Forbidden(_("Your role does not allow searching for hidden values."))
    context = {"rows": None} | reason_words(request) | more
    return render(request, "inbox/pages/value_search.html", context, status=status)
