"""One case: reading it, and everything a colleague does to it, by plain posts that htmx speeds up."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from connectors.operations import moderating, replying
from connectors.queries.reply_ways import get_offered_actions
from core.clock import now
from core.errors import Invalid, NotFound, SamsvarError
from core.users.models import User
from inbox.live.since import get_head
from inbox.pages.composer import composer_for
from inbox.pages.reveal import reason_choices
from inbox.queries.navigation import get_navigation
from inbox.refusals import refuse_page, status_of
from tickets.access import visible_to
from tickets.operations import assigning, closing, noting
from tickets.queries.case import get_case
from tickets.queries.queue import get_colleagues, get_counts


def case_context(actor: User, number: int, *, mode: str = "", text: str = "", error: str = "") -> dict[str, Any]:
    """What the case templates draw. Raises: NotFound."""
    case = get_case(actor=actor, number=number)
    return {
        "case": case,
        "composer": composer_for(case, mode=mode, text=text, error=error),
        "people": get_colleagues(actor=actor) if case.may_assign else [],
        "offered": get_offered_actions(case) if case.may_moderate else [],
        **reason_choices(),
    }


@require_safe
@login_required
def case(request: HttpRequest, number: int) -> HttpResponse:
    """The case on a page of its own."""
    return _page(request, number)


def _page(request: HttpRequest, number: int, status: int = 200, **composer: str) -> HttpResponse:
    actor = cast(User, request.user)
    head = get_head(actor=actor)
    context = case_context(actor, number, **composer)
    context["nav"] = get_navigation(actor=actor, counts=get_counts(actor=actor), current="")
    context["live_seq"] = head
    return render(request, "inbox/pages/case.html", context, status=status)


@require_safe
@login_required
def case_live(request: HttpRequest, number: int) -> HttpResponse:
    """Head, facts and thread: what a live hint makes a browser fetch. The composer is never part of it."""
    return render(request, "inbox/fragments/_case_live.html", case_context(cast(User, request.user), number))


Act = Callable[[HttpRequest, User, int], str]


def _action(act: Act) -> Callable[..., HttpResponse]:
    """A post on a case: do it, then show the case as it now is.

    Takes: act(request, actor, ticket id), which may give a JSON event for the browser. Without JavaScript a refusal
    that concerns the composer shows the case again with what was typed.
    """

    @require_POST
    @login_required
    def view(request: HttpRequest, number: int, **ids: int) -> HttpResponse:
        actor = cast(User, request.user)
        try:
            trigger = act(request, actor, _ticket_id(actor, number), **ids)
        except SamsvarError as error:
            return _refused(request, number, error)
        if not getattr(request, "htmx", False):
            return _kept_text(request, number, trigger) or redirect(_back(request, number))
        response = render(request, "inbox/fragments/_case_live.html", case_context(actor, number))
        if trigger:
            response["HX-Trigger"] = trigger
        return response

    return view


def _kept_text(request: HttpRequest, number: int, trigger: str) -> HttpResponse | None:
    """Without JavaScript a reply that was taken back comes back in the composer of the page itself."""
    undone = json.loads(trigger or "{}").get("samsvar:undone")
    return _page(request, number, text=undone["text"]) if undone else None


def _ticket_id(actor: User, number: int) -> int:
    found = visible_to(actor).filter(number=number).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such case, or you do not have access to it."))
    return found


def _back(request: HttpRequest, number: int) -> str:
    """Where the form stood: the list with this case open, or the case's own page."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else f"/case/{number}"


def _refused(request: HttpRequest, number: int, error: SamsvarError) -> HttpResponse:
    text = request.POST.get("text")
    if getattr(request, "htmx", False) or text is None or isinstance(error, NotFound):
        return refuse_page(request, error)
    mode = request.POST.get("mode", "note")
    return _page(request, number, status_of(error), mode=mode, text=text, error=error.message)


def _client_key(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("client_key", ""))
    except ValueError:
        raise Invalid(_("This form is incomplete. Load the page again."), field="client_key") from None


def _reply(request: HttpRequest, actor: User, ticket_id: int) -> str:
    """Notes have their own address; a form that says note and comes here is refused, never sent."""
    if request.POST.get("mode") not in ("public", "private"):
        raise Invalid(_("Choose who should read this."), field="mode")
    thread_id = request.POST.get("thread_id", "")
    if not (thread_id.isascii() and thread_id.isdigit() and len(thread_id) < 19):
        raise Invalid(_("This form is incomplete. Load the page again."), field="thread_id")
    replying.queue_reply(
        actor=actor,
        ticket_id=ticket_id,
        thread_id=int(thread_id),
        visibility=request.POST["mode"],
        text=request.POST.get("text", ""),
        client_key=_client_key(request),
        undo_seconds=settings.UNDO_SECONDS,
        now=now(),
    )
    return ""


def _note(request: HttpRequest, actor: User, ticket_id: int) -> str:
    noting.add_note(
        actor=actor,
        ticket_id=ticket_id,
        text=request.POST.get("text", ""),
        client_key=_client_key(request),
        now=now(),
    )
    return ""


def _assign(request: HttpRequest, actor: User, ticket_id: int) -> str:
    chosen = request.POST.get("assignee", "")
    if chosen and not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
        raise Invalid(_("Choose a colleague who answers customers."), field="assignee")
    assigning.assign_ticket(actor=actor, ticket_id=ticket_id, assignee_id=int(chosen) if chosen else None, now=now())
    return ""


def _take(_request: HttpRequest, actor: User, ticket_id: int) -> str:
    assigning.take_ticket(actor=actor, ticket_id=ticket_id, now=now())
    return ""


def _resolve(_request: HttpRequest, actor: User, ticket_id: int) -> str:
    closing.resolve_ticket(actor=actor, ticket_id=ticket_id, now=now())
    return ""


def _reopen(_request: HttpRequest, actor: User, ticket_id: int) -> str:
    closing.reopen_ticket(actor=actor, ticket_id=ticket_id, now=now())
    return ""


def _undo(_request: HttpRequest, actor: User, ticket_id: int, message_id: int = 0) -> str:
    text = replying.take_back_reply(actor=actor, ticket_id=ticket_id, message_id=message_id, now=now())
    return json.dumps({"samsvar:undone": {"text": text}})


def _retry(_request: HttpRequest, actor: User, ticket_id: int, message_id: int = 0) -> str:
    replying.retry_reply(actor=actor, ticket_id=ticket_id, message_id=message_id, now=now())
    return ""


def _confirm(_request: HttpRequest, actor: User, ticket_id: int, message_id: int = 0) -> str:
    replying.confirm_reply(actor=actor, ticket_id=ticket_id, message_id=message_id, now=now())
    return ""


def _moderate(request: HttpRequest, actor: User, ticket_id: int, message_id: int = 0) -> str:
    moderating.moderate_message(
        actor=actor, ticket_id=ticket_id, message_id=message_id, action=request.POST.get("action", ""), now=now()
    )
    return ""


reply, note, assign, take = _action(_reply), _action(_note), _action(_assign), _action(_take)
resolve, reopen = _action(_resolve), _action(_reopen)
undo, retry, confirm, moderate = _action(_undo), _action(_retry), _action(_confirm), _action(_moderate)
