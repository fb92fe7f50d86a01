"""One case as people see it: on a page of its own, beside the list, and the part of it that lives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from connectors.queries.reply_ways import get_offered_actions, get_own_only_actions
from connectors.queries.standing import THREAD_FACTS
from core.clock import now
from core.errors import SamsvarError
from core.users.models import User
from inbox.live.drawn import mark_of, read_marks
from inbox.live.since import get_head
from inbox.pages.composer import composer_for, newest_message
from inbox.pages.objections import objection_to
from inbox.pages.reveal import reason_choices
from inbox.pages.when import snooze_offers
from inbox.queries.navigation import get_navigation
from inbox.queries.surroundings import count_around, get_surroundings
from tickets.access import Action, may
from tickets.models import Priority, Status
from tickets.operations import visiting
from tickets.operations.seeing_notices import see_notices
from tickets.queries.case import get_case, with_unread_line
from tickets.queries.case_views import CaseView, EventView, VisitView
from tickets.queries.choices import get_choices
from tickets.queries.drafts import DraftView, get_drafts, get_own_drafts
from tickets.queries.waiting_files import get_waiting_files

WINDOW_HEADER = "X-Case-Start"  # of a page that has a case open: the place from which on it shows what was said
MARKS_HEADER = "X-Case-Has"  # of the same: the marks of what it shows, see `inbox.live.drawn`
CURSOR_LIMIT = 400  # characters; ours are far shorter


def open_context(actor: User, number: int) -> dict[str, Any]:
    """The case as it is opened: news since the last visit are marked, what was begun there stands in the composer.

    Raises: NotFound.
    """
    case = get_case(actor=actor, number=number, facts=THREAD_FACTS)
    drafts = get_drafts(actor=actor, ticket_id=case.row.ticket_id)
    return _opened(actor, case, drafts) | {"rang": case.rings}


def _opened(actor: User, case: CaseView, drafts: Mapping[str, DraftView], **composer: Any) -> dict[str, Any]:
    since = case.visit.message_id
    _remember(actor, case, since)
    _see(actor, case)
    context = _context(actor, case, since, drafts=drafts, **composer)
    if context["composer"] and context["composer"].takes_files:
        files = get_waiting_files(actor=actor, ticket_id=case.row.ticket_id)
        context["composer"] = replace(context["composer"], files=files)
    return context


def live_context(
    actor: User,
    number: int,
    *,
    window: str = "",
    looking: bool = True,
    has: frozenset[str] = frozenset(),
    own: bool = False,
) -> dict[str, Any]:
    """What changed of a case for somebody who has it open: the mark of what is new stays where it was when they came,
    and so does the beginning.

    Takes: window, where what they have on their page begins; looking, false for a window that nobody sees, whose bell
    goes on ringing; has, the marks of what stands there; own, for their own command: a picker may show what they asked
    for and did not get, so head and facts are drawn whatever their marks.
    Raises: NotFound, Invalid.
    """
    told = get_head(actor=actor)  # read first: all that was told up to here is in what is read now
    case = get_case(actor=actor, number=number, since=window, facts=THREAD_FACTS)
    since = case.visit.before_id
    _remember(actor, case, since)
    if looking:
        _see(actor, case)
    context = _living(actor, case, since)
    kept = not own and context["parts_mark"] in has
    return context | {"fragment": True, "has": has, "parts_kept": kept, "told": told}


def _remember(actor: User, case: CaseView, since: int) -> None:
    newest = max(case.newest_id, case.visit.message_id)
    if (newest, since) != (case.visit.message_id, case.visit.before_id):
        visiting.remember_visit(actor=actor, ticket_id=case.row.ticket_id, message_id=newest, before_id=since)


def _see(actor: User, case: CaseView) -> None:
    """What the bell said of this case is seen with it."""
    if case.rings:
        see_notices(actor=actor, ticket_id=case.row.ticket_id, now=now())


def _context(
    actor: User, case: CaseView, since: int, *, drafts: Mapping[str, DraftView] | None = None, **composer: Any
) -> dict[str, Any]:
    box = composer_for(case, drafts=drafts, last_step=actor.after_send, **composer)
    return _living(actor, case, since) | reason_choices() | {"composer": box}


def _living(actor: User, case: CaseView, since: int) -> dict[str, Any]:
    """What the living part is drawn from, with the mark of its head and facts."""
    resolved, follows = last_resolved(case), any(pk == actor.pk for pk, _name in case.followers)
    undos = [undo for undo in case.undos if undo.until > now()] if may(actor, Action.ASSIGN) else []
    choices, snooze = get_choices(actor=actor) if case.may_assign else None, snooze_offers(case.row)
    beside = replace(case, entries=(), posts=(), start="", visit=VisitView(), rings=False, newest_id=0)
    return {
        "case": replace(case, entries=with_unread_line(case.entries, since)),
        "returning": since > 0,
        "choices": choices,
        "priorities": Priority.choices,
        "offered": get_offered_actions(case) if case.may_moderate else [],
        "own_only": get_own_only_actions(case),
        "resolved": resolved,
        "snooze": snooze,
        "follows": follows,
        "seen": newest_message(case),
        "undos": undos,
        "parts_mark": mark_of(beside, resolved, follows, undos, choices, snooze),
    }


def last_resolved(case: CaseView) -> EventView | None:
    """Who resolved it and when, for those who have it open meanwhile."""
    if case.row.status != Status.DONE:
        return None
    done = [entry for entry in case.entries if isinstance(entry, EventView) and entry.kind == "resolved"]
    return done[-1] if done else None


@require_safe
@login_required
def case(request: HttpRequest, number: int) -> HttpResponse:
    """The case on a page of its own."""
    return case_page(request, number)


def case_page(
    request: HttpRequest, number: int, status: int = 200, *, refusal: SamsvarError | None = None, **composer: Any
) -> HttpResponse:
    """The whole page of a case. Takes: refusal, what was said to the last form; composer, what that form held."""
    actor = cast(User, request.user)
    around = get_surroundings(actor=actor)
    shown = get_case(actor=actor, number=number, facts=THREAD_FACTS)
    if refusal is not None:
        composer |= {"error": refusal.message, "objection": objection_to(request, shown, refusal)}
    context = _opened(actor, shown, get_drafts(actor=actor, ticket_id=shown.row.ticket_id), **composer)
    drafts = get_own_drafts(actor=actor).count
    counts = count_around(actor=actor, around=around, now=now())
    context["nav"] = get_navigation(actor=actor, around=around, counts=counts, current="", drafts=drafts)
    context["live_seq"] = around.head
    context["just_done"] = next((undo for undo in context["undos"] if str(undo.uid) == request.GET.get("done")), None)
    return render(request, "inbox/pages/case.html", context, status=status)


@require_safe
@login_required
def case_live(request: HttpRequest, number: int) -> HttpResponse:
    """Head, facts and thread: what a live hint makes a browser fetch. The composer is never part of it."""
    looking = request.GET.get("looking") != "0"
    return live_part(request, cast(User, request.user), number, looking=looking)


def live_part(
    request: HttpRequest, actor: User, number: int, *, looking: bool = True, own: bool = False
) -> HttpResponse:
    """What the living part of a case has that this page has not. Raises: NotFound, Invalid."""
    window = request.headers.get(WINDOW_HEADER, "")[:CURSOR_LIMIT]
    has = read_marks(request.headers.get(MARKS_HEADER, ""))
    context = live_context(actor, number, window=window, looking=looking, has=has, own=own)
    return render(request, "inbox/fragments/_case_live.html", context)
