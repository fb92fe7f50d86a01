"""Joining cases and taking them apart: a page each, which a dialog over the case shows as well."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, SamsvarError
from core.users.models import User
from inbox.pages.finding import ticket_id_of
from inbox.pages.forms import whole_number
from inbox.refusals import refuse_page, status_of
from inbox.templatetags.samsvar import case_number
from tickets.access import Action, may
from tickets.models import UndoRecord
from tickets.operations.merging import merge_tickets
from tickets.operations.relating import link_tickets, unlink_tickets
from tickets.operations.splitting import split_ticket
from tickets.queries.case import get_case
from tickets.queries.case_views import MessageView
from tickets.queries.joining import get_join_side, list_joinable

DIALOG = "case-dialog"  # what htmx-like requests of our own script say they fill
View = Callable[[HttpRequest, User, int], HttpResponse]


def _page(view: View, methods: tuple[str, ...] = ("GET", "HEAD", "POST")) -> Callable[..., HttpResponse]:
    @require_http_methods(methods)
    @login_required
    def checked(request: HttpRequest, number: int) -> HttpResponse:
        actor = cast(User, request.user)
        try:
            ticket_id_of(actor, number)
            if not may(actor, Action.ASSIGN):
                raise Forbidden(_("Your role does not allow this."))
            return view(request, actor, number)
        except SamsvarError as error:
            return refuse_page(request, error)

    return checked


def _show(request: HttpRequest, part: str, status: int = 200, **context: Any) -> HttpResponse:
    """Alone on a page, or for the dialog."""
    inside = request.headers.get("HX-Target") == DIALOG
    template = f"inbox/fragments/_{part}.html" if inside else "inbox/pages/join.html"
    return render(request, template, {"part": f"inbox/fragments/_{part}.html", **context}, status=status)


def done_answer(request: HttpRequest, sentence: str, undo: UndoRecord | None, number: int) -> HttpResponse:
    """It is done: for our script as an event with what takes it back, else the case with a notice."""
    if request.headers.get("HX-Request"):
        told = {"sentence": sentence, "undo": str(undo.uid) if undo else "", "number": number}
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"samsvar:done": told})})
    return redirect(f"/case/{number}?done={undo.uid}" if undo else f"/case/{number}")


# Merging


def _merge(request: HttpRequest, actor: User, number: int) -> HttpResponse:
    words = request.POST or request.GET
    other = whole_number(words.get("with", ""))
    error = None
    if request.method == "POST":
        try:
            return _merged(request, actor, number, other)
        except (Conflict, Invalid) as refused:
            error = refused
    return _picked(request, actor, number, other, "merge", error)


def _merged(request: HttpRequest, actor: User, number: int, other: int) -> HttpResponse:
    keep, gone = (other, number) if request.POST.get("keep") == "other" else (number, other)
    undo = merge_tickets(
        actor=actor,
        keep_id=ticket_id_of(actor, keep),
        merge_id=ticket_id_of(actor, gone),
        other_person=request.POST.get("other_person") == "1",
        now=now(),
    )
    sentence = _("%(gone)s is part of %(kept)s now.") % {"gone": case_number(gone), "kept": case_number(keep)}
    return done_answer(request, sentence, undo, keep)


def _picked(
    request: HttpRequest, actor: User, number: int, other: int, part: str, error: SamsvarError | None
) -> HttpResponse:
    """Two steps of one page: choose the other case, then see both."""
    text = request.GET.get("find", "")[:200].replace("\0", "")
    context: dict[str, Any] = {"number": number, "here": get_join_side(actor=actor, number=number), "error": error}
    if other and other != number:
        there = get_join_side(actor=actor, number=other)
        context |= {"there": there, "two_people": there.row.customer_id != context["here"].row.customer_id}
    else:
        context |= {"find": text, "offered": list_joinable(actor=actor, number=number, text=text)}
    return _show(request, part, status_of(error) if error else 200, **context)


# Linking


def _link(request: HttpRequest, actor: User, number: int) -> HttpResponse:
    words = request.POST or request.GET
    other = whole_number(words.get("with", ""))
    error = None
    if request.method == "POST":
        try:
            ids = {"ticket_id": ticket_id_of(actor, number), "other_id": ticket_id_of(actor, other)}
            undo = link_tickets(actor=actor, now=now(), **ids)
            sentence = _("%(one)s and %(other)s are linked.")
            numbers = {"one": case_number(number), "other": case_number(other)}
            return done_answer(request, sentence % numbers, undo, number)
        except (Conflict, Invalid) as refused:
            error = refused
    return _picked(request, actor, number, 0 if error else other, "link", error)


def _unlink(request: HttpRequest, actor: User, number: int) -> HttpResponse:
    other = whole_number(request.POST.get("with", ""))
    ids = {"ticket_id": ticket_id_of(actor, number), "other_id": ticket_id_of(actor, other)}
    unlink_tickets(actor=actor, now=now(), **ids)
    return done_answer(request, _("The cases are no longer linked."), None, number)


# Splitting


def _split(request: HttpRequest, actor: User, number: int) -> HttpResponse:
    error = None
    if request.method == "POST":
        try:
            return _split_off(request, actor, number)
        except (Conflict, Invalid) as refused:
            error = refused
    case = get_case(actor=actor, number=number)
    said = [entry for entry in case.entries if isinstance(entry, MessageView) and not entry.aside]
    words = request.POST or request.GET
    context = {
        "number": number,
        "case": case,
        "said": said,
        "how": "chosen" if words.get("how") == "chosen" else "onward",
        "chosen": {whole_number(value) for value in words.getlist("message")},
        "start": whole_number(words.get("from", "")) or _last_heard(said),
        "error": error,
    }
    return _show(request, "split", status_of(error) if error else 200, **context)


def _last_heard(said: list[MessageView]) -> int:
    return next((message.id for message in reversed(said) if message.incoming), 0)


def _split_off(request: HttpRequest, actor: User, number: int) -> HttpResponse:
    if request.POST.get("how") == "chosen":
        chosen: dict[str, Any] = {"message_ids": [whole_number(value) for value in request.POST.getlist("message")]}
    else:
        chosen = {"onward_from": whole_number(request.POST.get("from", ""))}
    undo = split_ticket(actor=actor, ticket_id=ticket_id_of(actor, number), now=now(), **chosen)
    assert undo.other is not None  # noqa: S101  a split makes a case
    sentence = _("%(number)s is a case of its own now.") % {"number": case_number(undo.other.number)}
    return done_answer(request, sentence, undo, undo.other.number)


merge, link, split = _page(_merge), _page(_link), _page(_split)
unlink = require_POST(_page(_unlink, ("POST",)))
