"""One table from refusal to HTTP status, shared by the pages and the API."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _
from django.views import defaults

from core.errors import Conflict, Forbidden, Invalid, NotFound, SamsvarError, Throttled
from inbox.logs import reference_of

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


API = "/api/"


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of unknown addresses; below the API in the API's one shape."""
    if request.path.startswith(API):
        return _api_error(404, "not_found", _("There is nothing at this address."))
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of requests it cannot trust, such as one for another host; below the API in its one shape."""
    if request.path.startswith(API):
        return _api_error(400, "bad_request", _("This request cannot be read."))
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler of our own faults; below the API in the API's one shape. Its reference stands in the log."""
    reference = reference_of(request)
    response: HttpResponse
    if request.path.startswith(API):
        response = _api_error(500, "fault", _("The fault is ours and is written to the log."))
    else:
        response = HttpResponse(loader.render_to_string("500.html", {"reference": reference}), status=500)
    response["X-Reference"] = reference
    return response


def _api_error(status: int, code: str, sentence: str) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "message": sentence}}, status=status)
