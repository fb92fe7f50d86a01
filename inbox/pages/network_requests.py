"""Addresses that a network calls in the name of one of its people, and the page on which a request is looked up."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from core.clock import now
from core.errors import Forbidden
from privacy.operations.network_requests import receive_departure, receive_erasure_request
from privacy.queries.requests import get_erasure_request


@csrf_exempt
@require_POST
@sensitive_post_parameters()
def erase(request: HttpRequest, family: str, key: str) -> HttpResponse:
    """A person wants their data erased. Answers where that can be looked up, in the two fields that Meta reads."""
    signed = request.POST.get("signed_request", "")
    try:
        kept = receive_erasure_request(family=family, key=key, signed_request=signed, now=now())
    except Forbidden:
        return HttpResponse(status=403)
    url = request.build_absolute_uri(f"/erasure/{kept.code}")
    return JsonResponse({"url": url, "confirmation_code": kept.code})


@csrf_exempt
@require_POST
@sensitive_post_parameters()
def departed(request: HttpRequest, family: str, key: str) -> HttpResponse:
    """A person removed our app."""
    signed = request.POST.get("signed_request", "")
    try:
        receive_departure(family=family, key=key, signed_request=signed, now=now())
    except Forbidden:
        return HttpResponse(status=403)
    return JsonResponse({"success": True})


@never_cache
@require_safe
def status(request: HttpRequest, code: str) -> HttpResponse:
    """How a request stands, for whoever has its code."""
    return render(request, "inbox/pages/erasure.html", {"told": get_erasure_request(code)})
