"""Connecting a channel, or connecting it again: the form, the way to the network's own sign-in, and back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from connectors.operations.channels import add_channel, reconnect_channel
from connectors.operations.self_testing import is_well
from connectors.operations.signing_in import begin_sign_in, choose_account, get_returned, return_from_sign_in
from connectors.operations.subscribing import subscribe_channel
from connectors.queries.channel_cards import Card, get_card
from connectors.queries.connect_forms import get_connect_form, get_offers
from core.clock import now
from core.errors import Conflict, Invalid
from core.users.models import User
from inbox.operations.demo_pages import tell_sandbox
from inbox.pages.channels import HOME
from inbox.pages.forms import whole_number
from inbox.pages.link_door import origin_of
from inbox.pages.shell import shell_context
from inbox.refusals import status_of
from tickets.queries.people import list_teams

BACK = "/admin/channels/sign-in/back"
LONGEST = 4000  # of one value; keys of some platforms are long
NOT_SETTINGS = frozenset({"csrfmiddlewaretoken", "team", "way"})


@never_cache
@require_safe
@login_required
def offers(request: HttpRequest) -> HttpResponse:
    """Every platform there is."""
    actor = cast(User, request.user)
    context = shell_context(actor, tab="channels", offers=get_offers(actor=actor))
    return render(request, "inbox/pages/channel_offers.html", context)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@login_required
def connect(request: HttpRequest, platform: str) -> HttpResponse:
    """The form of a platform."""
    actor = cast(User, request.user)
    if request.method != "POST":
        return _form(request, actor, platform=platform)
    values, team = _values(request), whole_number(request.POST.get("team", "")) or None
    try:
        if request.POST.get("way") == "sign_in":
            return _leave(request, actor, platform=platform, values=values, team_id=team)
        made = add_channel(actor=actor, platform=platform, values=values, team_id=team, now=now())
    except (Invalid, Conflict) as error:
        return _form(request, actor, platform=platform, entered=values, error=error)
    return _connected(request, actor, made.id, "connected")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@login_required
def reconnect(request: HttpRequest, channel_id: int) -> HttpResponse:
    """The same form over a channel there is: what is left empty stays as it was."""
    actor = cast(User, request.user)
    card = get_card(actor=actor, channel_id=channel_id, now=now())
    if request.method != "POST":
        return _form(request, actor, card=card)
    values = _values(request)
    try:
        if request.POST.get("way") == "sign_in":
            return _leave(request, actor, platform=card.platform, values=values, channel_id=channel_id)
        reconnect_channel(actor=actor, channel_id=channel_id, values=values, now=now())
    except (Invalid, Conflict) as error:
        return _form(request, actor, card=card, entered=values, error=error)
    return _connected(request, actor, channel_id, "reconnected")


@never_cache
@require_safe
@login_required
def back(request: HttpRequest) -> HttpResponse:
    """From the network's door. A single account is connected at once; of several one is chosen."""
    actor = cast(User, request.user)
    code, state = request.GET.get("code", "")[:LONGEST], request.GET.get("state", "")[:LONGEST]
    try:
        returned = return_from_sign_in(actor=actor, state=state, code=code, now=now())
        if len(returned.owned) > 1 and not returned.channel_id:
            return redirect(f"/admin/channels/sign-in/{returned.id}")
        chosen = returned.owned[0].external_id
        if returned.channel_id:
            card = get_card(actor=actor, channel_id=returned.channel_id, now=now())
            chosen = next((o.external_id for o in returned.owned if o.external_id == card.external_id), chosen)
        made = choose_account(actor=actor, sign_in_id=returned.id, external_id=chosen, now=now())
    except (Invalid, Conflict) as error:
        return _failed(request, actor, error)
    return _connected(request, actor, made, "connected")


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def choose(request: HttpRequest, sign_in_id: int) -> HttpResponse:
    """Which of the accounts that the person manages."""
    actor = cast(User, request.user)
    returned = get_returned(actor=actor, sign_in_id=sign_in_id, now=now())
    error: Invalid | Conflict | None = None
    if request.method == "POST":
        chosen = request.POST.get("external_id", "")[:LONGEST]
        try:
            made = choose_account(actor=actor, sign_in_id=sign_in_id, external_id=chosen, now=now())
            return _connected(request, actor, made, "connected")
        except (Invalid, Conflict) as refused:
            error = refused
    context = shell_context(actor, tab="channels", returned=returned, error=error.message if error else "")
    return render(request, "inbox/pages/channel_choose.html", context, status=status_of(error) if error else 200)


def _values(request: HttpRequest) -> dict[str, str]:
    posted = request.POST.items()
    return {name: str(value)[:LONGEST].strip() for name, value in posted if name not in NOT_SETTINGS}


def _leave(request: HttpRequest, actor: User, *, platform: str, **more: Any) -> HttpResponse:
    """A page with the way to the network: a form that is sent on elsewhere would be stopped by our own rules."""
    leaving = begin_sign_in(actor=actor, platform=platform, redirect=_back(request), now=now(), **more)
    context = shell_context(actor, tab="channels", leaving=leaving, platform=platform)
    return render(request, "inbox/pages/channel_leave.html", context)


def _back(request: HttpRequest) -> str:
    return f"{origin_of(request)}{BACK}"


def _connected(request: HttpRequest, actor: User, channel_id: int, done: str) -> HttpResponse:
    """Where the network can be asked to send its news here, it is; what a break leaves undone the next poll mends."""
    tell_sandbox()  # in a demo the platform's side is ours too
    with suppress(Conflict):  # at this network the address is entered by hand
        found = subscribe_channel(actor=actor, channel_id=channel_id, origin=origin_of(request), now=now())
        return redirect(f"{HOME}/{channel_id}?done={done}_{'well' if is_well(found) else 'look'}")
    return redirect(f"{HOME}/{channel_id}?done={done}")


def _failed(request: HttpRequest, actor: User, error: Invalid | Conflict) -> HttpResponse:
    context = shell_context(actor, tab="channels", sentence=error.message)
    return render(request, "inbox/pages/channel_failed.html", context, status=status_of(error))


def _form(
    request: HttpRequest,
    actor: User,
    *,
    platform: str = "",
    card: Card | None = None,
    entered: dict[str, str] | None = None,
    error: Invalid | Conflict | None = None,
) -> HttpResponse:
    wrong = (error.field, error.message) if isinstance(error, Invalid) else ("", "")
    form = get_connect_form(
        actor=actor, platform=platform, channel_id=card.id if card else None, entered=entered, wrong=wrong
    )
    context = shell_context(
        actor,
        tab="channels",
        form=form,
        card=card,
        teams=[] if card else list_teams(actor=actor),
        return_address=_back(request),
        error=_("Nothing was saved yet. Secrets have to be entered again.") if error else "",
        refusal=error.message if error and not isinstance(error, Invalid) else "",
    )
    return render(request, "inbox/pages/channel_connect.html", context, status=status_of(error) if error else 200)
