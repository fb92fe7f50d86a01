"""One table from refusal to HTTP status, shared by the pages and the API."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import Conflict, Forbidden, Invalid, NotFound, SamsvarError, Throttled

STATUS: dict[type[SamsvarError], int] = {NotFound: 404, Forbidden: 403, Invalid: 422, Conflict: 409, Throttled: 429}


def status_of(error: SamsvarError) -> int:
    """The HTTP status of a refusal."""
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 400)


def refuse_page(request: HttpRequest, error: SamsvarError) -> HttpResponse:
    """A whole page with the sentence; for htmx only the status and the sentence as an event, so that nothing is
    swapped."""
    status = status_of(error)
    if getattr(request, "htmx", False):
        response = HttpResponse(status=status)
        response["HX-Trigger"] = json.dumps({"samsvar:refused": {"sentence": error.message, "code": error.code}})
        return response
    return render(request, "inbox/pages/refusal.html", {"status": status, "sentence": error.message}, status=status)
