"""One act on the selected cases: asked for by a plain form, done by a worker, followed here."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.clock import now
from core.errors import Invalid, NotFound, SamsvarError
from core.users.models import User
from inbox.pages import queue
from inbox.pages.forms import whole_number
from inbox.pages.joining import DIALOG
from inbox.pages.when import offered_times
from inbox.refusals import refuse_page, status_of
from tickets.bulk_acts import ACTS
from tickets.models import Priority
from tickets.models.bulk_job import Outcome
from tickets.operations.bulk import start_bulk
from tickets.queries.bulk import BulkView, count_listed, get_bulk, list_bulk_rows
from tickets.queries.choices import get_choices
from tickets.queries.queue import QueueFilter

CHOICES = {
    "assign": "assignee",
    "tag": "tag",
    "priority": "priority",
    "move": "team",
    "snooze": "until",
}  # what an act must be told


@require_POST
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Begin, or first ask what the act must be told. The cases come as number:version, or as a list's address."""
    actor, act = cast(User, request.user), request.POST.get("act", "")
    try:
        wanted = wanted_of(actor, request.POST.get("list", "")) if request.POST.get("all") == "1" else None
        chosen = _chosen(request) if wanted is None else None
        if act in CHOICES and CHOICES[act] not in request.POST:
            count = count_listed(actor=actor, wanted=wanted) if wanted else len(chosen or ())
            return _ask(request, actor, act, count)
        job = start_bulk(actor=actor, act=act, choice=request.POST.dict(), chosen=chosen, wanted=wanted, now=now())
    except SamsvarError as error:
        if act in CHOICES and CHOICES[act] in request.POST and isinstance(error, Invalid):
            return _ask(request, actor, act, len(_chosen(request)), error)
        return refuse_page(request, error)
    if request.headers.get("HX-Request"):
        return JsonResponse({"uid": str(job.uid), "total": job.total})
    return redirect(f"/bulk/{job.uid}")


def _chosen(request: HttpRequest) -> dict[int, int]:
    """Each ticked case's number and the version in which it was seen."""
    pairs = (value.partition(":") for value in request.POST.getlist("case"))
    return {whole_number(number): whole_number(version) for number, _colon, version in pairs}


def wanted_of(actor: User, address: str) -> QueueFilter:
    """The list at an address of ours. Raises: Invalid, NotFound."""
    parts = urlsplit(address)
    try:
        match = resolve(parts.path)
    except Resolver404:
        raise NotFound(_("There is no such list.")) from None
    if match.func is not queue.queue:
        raise NotFound(_("There is no such list."))
    asked = HttpRequest()
    asked.GET = QueryDict(parts.query)
    return queue.list_address(asked, actor, match.kwargs["view"], match.kwargs.get("slug", "")).wanted


def _ask(request: HttpRequest, actor: User, act: str, count: int, error: SamsvarError | None = None) -> HttpResponse:
    inside = request.headers.get("HX-Target") == DIALOG
    context = {
        "act": act,
        "label": ACTS[act].label,
        "count": count,
        "choices": get_choices(actor=actor),
        "priorities": Priority.choices,
        "times": offered_times(),
        "held": {name: request.POST.getlist(name) for name in ("case", "all", "list") if name in request.POST},
        "error": error,
    }
    template = "inbox/fragments/_bulk_ask.html" if inside else "inbox/pages/bulk_ask.html"
    return render(request, template, context, status=status_of(error) if error else 200)


@require_safe
@login_required
@never_cache
def count(request: HttpRequest) -> HttpResponse:
    """Exactly how many cases a list holds (?list=)."""
    actor = cast(User, request.user)
    try:
        return JsonResponse({"count": count_listed(actor=actor, wanted=wanted_of(actor, request.GET.get("list", "")))})
    except SamsvarError as error:
        return refuse_page(request, error)


@require_safe
@login_required
@never_cache
def result(request: HttpRequest, uid: UUID) -> HttpResponse:
    """How far it has come, and what became of each case."""
    actor = cast(User, request.user)
    try:
        job = get_bulk(actor=actor, uid=uid, now=now())
    except SamsvarError as error:
        return refuse_page(request, error)
    rows = list_bulk_rows(actor=actor, uid=uid) if job.ended else []
    words = {str(outcome): outcome.label for outcome in Outcome}
    shown = [{"row": row, "word": words[row.outcome], "left": row.outcome in LEFT} for row in rows]
    context = {"job": job, "sentence": said(job), "rows": shown, "label": ACTS[job.act].label}
    return render(request, "inbox/pages/bulk.html", context)


LEFT = (Outcome.CHANGED, Outcome.REFUSED, Outcome.KEPT)


@require_safe
@login_required
@never_cache
def progress(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The same in few words, for the page that began it."""
    try:
        job = get_bulk(actor=cast(User, request.user), uid=uid, now=now())
    except SamsvarError as error:
        return refuse_page(request, error)
    facts: dict[str, Any] = {"uid": str(uid), "done": job.done, "total": job.total, "ended": job.ended}
    return JsonResponse(facts | {"sentence": said(job), "undo": str(job.undo_uid) if job.undo_uid else ""})


def said(job: BulkView) -> str:
    """What came of it: *36 resolved, 2 changed meanwhile and were left*."""
    if not job.ended:
        return _("%(done)d of %(total)d") % {"done": job.done, "total": job.total}
    numbers = {Outcome(outcome): n for outcome, n in job.counts.items()}
    told = [_outcome_words(job.act, outcome, n) for outcome, n in sorted(numbers.items(), key=_rank)]
    return ", ".join(told)


def _rank(pair: tuple[Outcome, int]) -> int:
    return list(Outcome).index(pair[0])


def _outcome_words(act: str, outcome: Outcome, n: int) -> str:
    words = {
        Outcome.DONE: str(ACTS[act].done % {"n": n}),
        Outcome.SAME: ngettext("%(n)d was so already", "%(n)d were so already", n),
        Outcome.CHANGED: ngettext("%(n)d changed meanwhile and was left", "%(n)d changed meanwhile and were left", n),
        Outcome.REFUSED: ngettext("%(n)d could not be changed", "%(n)d could not be changed", n),
        Outcome.UNDONE: ngettext("%(n)d undone", "%(n)d undone", n),
        Outcome.KEPT: ngettext("%(n)d changed since and was left", "%(n)d changed since and were left", n),
    }
    return words[outcome] % {"n": n} if "%" in words[outcome] else words[outcome]
