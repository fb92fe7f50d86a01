"""Saved replies beside a case: the list behind `/`, and without JavaScript a page that fills the box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.errors import NotFound, SamsvarError
from core.users.models import User
from inbox.pages.acting import check_case
from inbox.pages.case import case_page
from inbox.pages.finding import ticket_id_of
from inbox.pages.forms import held_by, whole_number
from inbox.refusals import refuse_page
from inbox.templatetags.samsvar import own_name
from tickets.queries.saved_reply_offers import Offer, get_offer, offer_saved_replies


@dataclass(frozen=True, slots=True)
class Group:
    """Offers under one heading."""

    label: str
    offers: tuple[Offer, ...]


@never_cache
@require_POST
@login_required
def saved_replies(request: HttpRequest, number: int) -> HttpResponse:
    """What can be answered with here: the options alone for the picker, or a page that keeps what was written.

    By post, so that neither what is searched for nor what was written stands in an address.
    """
    actor = cast(User, request.user)
    mode, text = request.POST.get("mode", ""), request.POST.get("q", "")
    try:
        check_case(request, number)
        ticket_id = ticket_id_of(actor, number)
        groups = _grouped(offer_saved_replies(actor=actor, ticket_id=ticket_id, mode=mode, text=text))
    except SamsvarError as error:
        return refuse_page(request, error)
    if getattr(request, "htmx", False):
        return render(request, "inbox/fragments/_saved_reply_options.html", {"groups": groups})
    page = {"groups": groups, "number": number, "query_text": text, "kept": _kept(request)}
    return render(request, "inbox/pages/saved_reply_choice.html", page)


def _grouped(offers: tuple[Offer, ...]) -> list[Group]:
    ours = tuple(offer for offer in offers if offer.ours)
    others = tuple(offer for offer in offers if not offer.ours)
    groups = [
        Group(_("In the customer's language, %(language)s") % {"language": own_name(ours[0].language)}, ours)
        if ours
        else None,
        Group(_("In other languages") if ours else _("Not in the customer's language"), others) if others else None,
    ]
    return [group for group in groups if group is not None]


_PASSED_ON = ("case", "mode", "text", "began_as", "cc", "to_all", "line", "announce", "next", "saved_reply")


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """What the composer held, to be carried along."""
    return [(name, value) for name in _PASSED_ON for value in request.POST.getlist(name)]


@never_cache
@require_POST
@login_required
def use_saved_reply(request: HttpRequest, number: int) -> HttpResponse:
    """The case again, with the chosen text below what stood in the box, or with that alone. Nothing is sent."""
    actor = cast(User, request.user)
    held = held_by(request)
    variant_id = whole_number(request.POST.get("variant", ""))
    try:
        check_case(request, number)
        if variant_id:
            held |= _with_offer(actor, ticket_id_of(actor, number), held, variant_id)
    except SamsvarError as error:
        return refuse_page(request, error)
    return case_page(request, number, **held)


def _with_offer(actor: User, ticket_id: int, held: Mapping[str, Any], variant_id: int) -> dict[str, Any]:
    offer = get_offer(actor=actor, ticket_id=ticket_id, mode=held["mode"], variant_id=variant_id)
    if offer is None:
        raise NotFound(_("There is no such saved reply."))
    written = held["text"].rstrip()
    text = f"{written}\n\n{offer.text}" if written else offer.text
    return {"text": text, "saved_replies": (*held["saved_replies"], variant_id)}
