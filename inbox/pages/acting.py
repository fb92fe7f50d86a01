"""Everything a colleague does to a case, by plain posts that htmx speeds up."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from connectors.operations import handing_over, moderating, moving_private, replying
from core.clock import now
from core.errors import Conflict, Invalid, NotFound, SamsvarError
from core.transactions import in_transaction
from core.users.models import User
from inbox.pages.case import case_page, live_part
from inbox.pages.finding import ticket_id_of
from inbox.pages.forms import back_to, held_by, moment, whole_number, whole_numbers
from inbox.pages.objections import CODES, object_to_reply, objection_answer
from inbox.refusals import refuse_page, status_of
from tickets.case_locks import standing_id
from tickets.models import Message
from tickets.operations import assigning, closing, linking_people, noting, prioritising, tagging, visiting
from tickets.operations.filing import put_up_file
from tickets.operations.following_up import hold_follow_up
from tickets.operations.saved_replies import count_saved_reply_uses
from tickets.queries.case import get_case
from tickets.queries.drafts import get_drafts

Act = Callable[[HttpRequest, User, int], str]


def case_action(act: Act) -> Callable[..., HttpResponse]:
    """A post on a case: do it, then show the case as it now is.

    Takes: act(request, actor, ticket id), which may give a JSON event for the browser. Without JavaScript a refusal
    that concerns the composer shows the case again with what was typed.
    """

    @require_POST
    @login_required
    def view(request: HttpRequest, number: int, **ids: int) -> HttpResponse:
        actor = cast(User, request.user)
        try:
            check_case(request, number)
            trigger = act(request, actor, ticket_id_of(actor, number), **ids)
        except SamsvarError as error:
            return _refused(request, number, error)
        if not getattr(request, "htmx", False):
            return redirect(back_to(request, number))
        try:
            response = live_part(request, actor, number, own=True)
        except NotFound:  # given to a team whose cases this person does not see
            return HttpResponse(status=204, headers={"HX-Redirect": "/"})
        if trigger:
            response["HX-Trigger"] = trigger
        return response

    return view


def check_case(request: HttpRequest, number: int) -> None:
    """A composer says which case it was written in; a text that lands in another one is refused, never sent."""
    written_in = request.POST.get("case", "")
    if written_in and written_in != str(number):
        raise Conflict(_("This text was written in another case. It was not sent."), code="wrong_case")


def _refused(request: HttpRequest, number: int, error: SamsvarError) -> HttpResponse:
    text = request.POST.get("text")
    if text is None or isinstance(error, NotFound):
        return refuse_page(request, error)
    if getattr(request, "htmx", False):
        if error.code not in CODES:
            return refuse_page(request, error)
        return objection_answer(request, get_case(actor=cast(User, request.user), number=number), error)
    return case_page(request, number, status_of(error), refusal=error, **held_by(request))


def _client_key(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("client_key", ""))
    except ValueError:
        raise Invalid(_("This form is incomplete. Load the page again."), field="client_key") from None


def _reply(request: HttpRequest, actor: User, ticket_id: int) -> str:
    """Notes have their own address; a form that says note and comes here is refused, never sent."""
    if request.POST.get("mode") not in ("public", "private"):
        raise Invalid(_("Choose who should read this."), field="mode")
    said_in = request.GET.get("thread_id") or request.POST.get("thread_id", "")
    thread_id = whole_number(said_in or request.POST.get(f"thread_of_{request.POST['mode']}", ""))
    if not thread_id:
        raise Invalid(_("This form is incomplete. Load the page again."), field="thread_id")
    mode, text = request.POST["mode"], request.POST.get("text", "")
    began_as, sure = request.POST.get("began_as", ""), request.GET.getlist("sure")
    client_key, seen = _client_key(request), request.GET.get("seen") or request.POST.get("seen", "")
    files = _files(request, actor, ticket_id)  # kept first: what came with the form outlives a refusal
    line = _public_line(request) if mode == "private" else None
    asked: dict[str, Any] = {"actor": actor, "ticket_id": ticket_id, "began_as": began_as, "sure": sure}
    object_to_reply(**asked, thread_id=thread_id, mode=mode, text=text)
    if line is not None:
        object_to_reply(**asked, thread_id=line.thread_id, mode="public", text=line.text)
    shared: dict[str, Any] = {
        "actor": actor,
        "ticket_id": ticket_id,
        "thread_id": thread_id,
        "text": text,
        "client_key": client_key,
        "undo_seconds": settings.UNDO_SECONDS,
        "now": now(),
        "files": files,
        "draft_revision": _revision(request, mode),
        "seen_message_id": whole_number(seen) if seen else None,
    }
    _send(request, mode, shared, line)
    return _draft_event("samsvar:sent", actor, ticket_id, mode)


@in_transaction
def _send(request: HttpRequest, mode: str, shared: dict[str, Any], line: moving_private.PublicLine | None) -> None:
    """The reply, what it was made from and what is to follow it: all of it is kept or nothing."""
    if mode == "private" and request.POST.get("moves") == str(shared["thread_id"]):
        message = moving_private.move_to_private(**shared, line=line)
    else:
        cc = [address for address in re.split(r"[\s,;]+", request.POST.get("cc", "")) if address]
        message = replying.queue_reply(**shared, visibility=mode, to_all=request.POST.get("to_all") == "1", cc=cc)
    about: dict[str, Any] = {"actor": shared["actor"], "message": message, "now": shared["now"]}
    if variant_ids := whole_numbers(request.POST.getlist("saved_reply")):
        count_saved_reply_uses(text=shared["text"], variant_ids=variant_ids, **about)
    if then := request.GET.get("then", ""):
        hold_follow_up(kind=then, until=moment(request.GET.get("until", "")), **about)


def _public_line(request: HttpRequest) -> moving_private.PublicLine | None:
    """What is to be said under the comment beside a private answer; None when it was not ticked."""
    if request.POST.get("announce") != "1":
        return None
    thread_id = whole_number(request.POST.get("line_thread", ""))
    return moving_private.PublicLine(thread_id, request.POST.get("line", ""))


def _revision(request: HttpRequest, mode: str) -> int | None:
    """The draft this form was written over; None from a form that knows of none."""
    revision = request.POST.get(f"revision_{mode}")
    return None if revision is None else whole_number(revision)


def _draft_event(name: str, actor: User, ticket_id: int, mode: str) -> str:
    """What the composer's script needs to go on: ids and enums only, since headers are logged by proxies."""
    draft = get_drafts(actor=actor, ticket_id=ticket_id).get(mode)
    return json.dumps({name: {"mode": mode, "revision": draft.revision if draft else 0}})


def _files(request: HttpRequest, actor: User, ticket_id: int) -> list[uuid.UUID]:
    """What was put up before, by uid, and what comes with the form itself where there is no JavaScript."""
    try:
        chosen = [uuid.UUID(value) for value in request.POST.getlist("file_uid")]
    except ValueError:
        raise Invalid(_("This form is incomplete. Load the page again."), field="files") from None
    for given in request.FILES.getlist("file"):
        row = put_up_file(actor=actor, ticket_id=ticket_id, name=given.name or "", content=given.read(), now=now())
        chosen.append(row.uid)
    return chosen


def _note(request: HttpRequest, actor: User, ticket_id: int) -> str:
    noting.add_note(
        actor=actor,
        ticket_id=ticket_id,
        text=request.POST.get("text", ""),
        client_key=_client_key(request),
        now=now(),
        draft_revision=_revision(request, "note"),
        insist="unseeing" in request.GET.getlist("sure"),
    )
    return _draft_event("samsvar:sent", actor, ticket_id, "note")


def _assign(request: HttpRequest, actor: User, ticket_id: int) -> str:
    chosen = request.POST.get("assignee", "")
    if chosen and not whole_number(chosen):
        raise Invalid(_("Choose a colleague who answers customers."), field="assignee")
    assigning.assign_ticket(actor=actor, ticket_id=ticket_id, assignee_id=int(chosen) if chosen else None, now=now())
    return ""


def _prioritise(request: HttpRequest, actor: User, ticket_id: int) -> str:
    chosen = request.POST.get("priority", "")
    priority = whole_number(chosen) if chosen.isdigit() else -1
    prioritising.set_priority(actor=actor, ticket_id=ticket_id, priority=priority, now=now())
    return ""


def _move(request: HttpRequest, actor: User, ticket_id: int) -> str:
    team_id = whole_number(request.POST.get("team", ""))
    assigning.move_ticket(actor=actor, ticket_id=ticket_id, team_id=team_id, now=now())
    return ""


def _tag(request: HttpRequest, actor: User, ticket_id: int) -> str:
    """The words that are ticked, and the new one that was written."""
    names = [*request.POST.getlist("tag"), request.POST.get("new_tag", "")]
    tagging.set_tags(actor=actor, ticket_id=ticket_id, names=[name for name in names if name.strip()], now=now())
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
    """Also from the page of a case that was merged meanwhile: the reply waits in the kept one."""
    ticket_id = standing_id(ticket_id)
    mode = Message.objects.filter(pk=message_id, ticket_id=ticket_id).values_list("visibility", flat=True).first() or ""
    replying.take_back_reply(actor=actor, ticket_id=ticket_id, message_id=message_id, now=now())
    return _draft_event("samsvar:undone", actor, ticket_id, mode)


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


def _hand(request: HttpRequest, actor: User, ticket_id: int, thread_id: int = 0) -> str:
    handing_over.hand_conversation(
        actor=actor, ticket_id=ticket_id, thread_id=thread_id, action=request.POST.get("action", ""), now=now()
    )
    return ""


def _separate(_request: HttpRequest, actor: User, ticket_id: int, identity_id: int = 0) -> str:
    linking_people.separate_identity(actor=actor, ticket_id=ticket_id, identity_id=identity_id, now=now())
    return ""


reply, note, assign, take = case_action(_reply), case_action(_note), case_action(_assign), case_action(_take)
resolve, reopen = case_action(_resolve), case_action(_reopen)
prioritise, move, tag = case_action(_prioritise), case_action(_move), case_action(_tag)
undo, retry, confirm, moderate = case_action(_undo), case_action(_retry), case_action(_confirm), case_action(_moderate)
hand, separate = case_action(_hand), case_action(_separate)


@require_POST
@login_required
def unread(request: HttpRequest, number: int) -> HttpResponse:
    """Leave a case as if it had not been read, for later."""
    actor = cast(User, request.user)
    visiting.mark_unread(actor=actor, ticket_id=ticket_id_of(actor, number))
    if getattr(request, "htmx", False):
        return HttpResponse(status=204)
    wanted = back_to(request, number)
    return redirect("/" if wanted == f"/case/{number}" else wanted)  # going back to the case would read it again
