"""Channels, for admins: how each fares, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectors.operations.caring import pause_channel, remove_channel, resume_channel
from connectors.operations.self_testing import is_well, send_test_message, test_channel
from connectors.operations.subscribing import subscribe_channel
from connectors.queries.channel_cards import get_card, get_cards, get_removal
from connectors.queries.imports import get_newest_imports
from core.clock import now
from core.errors import Conflict
from core.users.models import User
from inbox.pages.link_door import origin_of
from inbox.pages.shell import shell_context
from inbox.refusals import status_of

HOME = "/admin/channels"


@never_cache
@require_safe
@login_required
def channels(request: HttpRequest) -> HttpResponse:
    """A card for each channel."""
    actor = cast(User, request.user)
    cards = get_cards(actor=actor, now=now())
    context = shell_context(actor, tab="channels", cards=cards, done=request.GET.get("done", ""))
    return render(request, "inbox/pages/channels.html", context)


@never_cache
@require_safe
@login_required
def channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    """One channel: its self-test, its address for the network, its imports."""
    return channel_page(request, cast(User, request.user), channel_id)


def channel_page(request: HttpRequest, actor: User, channel_id: int, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of a channel. Takes: more, what was said to the last form. Raises: Forbidden, NotFound."""
    card = get_card(actor=actor, channel_id=channel_id, now=now())
    context = shell_context(
        actor,
        tab="channels",
        card=card,
        imports=get_newest_imports(actor=actor, channel_id=channel_id),
        webhook_address=f"{origin_of(request)}{card.webhook_path}" if card.webhook_path else "",
        done=request.GET.get("done", ""),
        **more,
    )
    return render(request, "inbox/pages/channel.html", context, status=status)


@require_POST
@login_required
def test(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Run the self-test; what it finds is on the channel's page."""
    found = test_channel(actor=cast(User, request.user), channel_id=channel_id, now=now())
    return redirect(f"{HOME}/{channel_id}?done={'tested_well' if is_well(found) else 'tested'}#test")


@require_POST
@login_required
def repair(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Have the network send its news here; what stands in the way is on the channel's page."""
    actor, take_over = cast(User, request.user), request.POST.get("take_over") == "1"
    origin = origin_of(request)
    try:
        found = subscribe_channel(actor=actor, channel_id=channel_id, origin=origin, take_over=take_over, now=now())
    except Conflict as error:
        return channel_page(request, actor, channel_id, status=status_of(error), error=error.message)
    return redirect(f"{HOME}/{channel_id}?done={'repaired' if is_well(found) else 'tested'}#test")


@require_POST
@login_required
def test_message(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Send a test from the channel to itself."""
    return _do(request, channel_id, send_test_message, "test_sent")


@require_POST
@login_required
def pause(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Let it rest."""
    return _do(request, channel_id, pause_channel, "paused")


@require_POST
@login_required
def resume(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Let it work again."""
    return _do(request, channel_id, resume_channel, "resumed")


def _do(request: HttpRequest, channel_id: int, operation: Callable[..., Any], done: str) -> HttpResponse:
    actor = cast(User, request.user)
    try:
        operation(actor=actor, channel_id=channel_id, now=now())
    except Conflict as error:
        return channel_page(request, actor, channel_id, status=status_of(error), error=error.message)
    return redirect(f"{HOME}/{channel_id}?done={done}")


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def remove(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Say what stays and what goes, then take it away."""
    actor = cast(User, request.user)
    if request.method == "POST":
        remove_channel(actor=actor, channel_id=channel_id, now=now())
        return redirect(f"{HOME}?done=removed")
    card = get_card(actor=actor, channel_id=channel_id, now=now())
    removal = get_removal(actor=actor, channel_id=channel_id)
    context = shell_context(actor, tab="channels", card=card, removal=removal)
    return render(request, "inbox/pages/channel_remove.html", context)
