"""The living styleguide: each component in each of its states, from the same templates the pages use."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.clock import now
from core.users.models import Density, Theme
from inbox.pages.reveal import reason_choices
from inbox.styleguide import sample_context


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """For those who build: in the demo and with debugging on only. ?theme= and ?density= show it as others see it."""
    if not (settings.DEMO or settings.DEBUG):
        raise Http404
    return _drawn(request)


@login_required
def _drawn(request: HttpRequest) -> HttpResponse:
    context = sample_context(now()) | reason_choices()
    for name, values in (("theme", Theme.values), ("density", Density.values)):
        if request.GET.get(name) in values:
            context[name] = request.GET[name]
    return render(request, "inbox/pages/styleguide.html", context)
