"""The inbox: navigation, one list, and the case that is open beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from connectors.queries.accounts import get_troubled_channels
from core.clock import now
from core.errors import Invalid, NotFound
from core.users.models import User
from core.users.rights import may_set_up
from inbox.pages.case import open_context
from inbox.pages.filtering import ListFilter, filter_bar, read_filter, tab_numbers
from inbox.pages.session import remember_sort
from inbox.queries.navigation import get_navigation
from inbox.queries.surroundings import Surroundings, count_around, get_surroundings
from tickets.access import Action, may
from tickets.models import Channel, Status
from tickets.queries.counts import Counts
from tickets.queries.drafts import get_own_drafts
from tickets.queries.queue import (
    SORTS,
    QueueFilter,
    Sort,
    get_queue_page,
    holds_personal_value,
    order_of,
    tickets_in,
)
from tickets.queries.view_counts import filter_branches, filter_numbers

CURSOR_LIMIT = 400  # characters; ours are far shorter
CHECKED = 200  # cases a live page may ask about at once
T = TypeVar("T")
STATUSES = (Status.OPEN, Status.WAITING, Status.DONE)
# Lists beside these: which status their cases have (None: any), and their usual order.
ASIDE = {
    "drafts": (None, "newest"),
    "mentions": (None, "newest"),
    "snoozed": (Status.SNOOZED, "wake"),
    "spam": (Status.SPAM, "newest"),
}


@dataclass(frozen=True, slots=True)
class ListAddress:
    """A list as its URL says it."""

    path: str
    current: str  # the navigation's key
    heading: str
    wanted: QueueFilter
    asked: ListFilter = field(default_factory=ListFilter)

    def url(self, **changes: Any) -> str:
        """The address of this list with some of its words changed."""
        q = self.asked.typed if self.asked.view else self.asked.typed or None
        words: dict[str, Any] = {"status": self.wanted.status, "sort": self.wanted.sort, "q": q}
        return f"{self.path}?{urlencode({k: v for k, v in (words | changes).items() if v is not None})}"


@require_safe
@login_required
def start(_request: HttpRequest) -> HttpResponse:
    """The person's start view."""
    return redirect("/inbox/all")


@require_safe
@login_required
def queue(request: HttpRequest, view: str = "all", slug: str = "") -> HttpResponse:
    """A list of cases, with one open beside it when ?case= names it."""
    actor = cast(User, request.user)
    if holds_personal_value(request.GET.get("q", "")):
        return redirect("/search/value")  # without the value: addresses are kept by browsers and proxies
    if request.headers.get("HX-Target") == "case-pane" and request.GET.get("case"):
        return render(request, "inbox/fragments/_case.html", _open_case(request, actor))
    around = get_surroundings(actor=actor)
    address = _address(request, actor, around, view, slug)
    if request.headers.get("HX-Target") == "queue-check":
        return JsonResponse({"here": _belonging(request, actor, address)}, headers={"Cache-Control": "no-store"})
    context = _context(request, actor, around, address)
    if request.headers.get("HX-Target") == "queue-rows":
        return render(request, "inbox/fragments/_rows.html", context)
    context |= _open_case(request, actor)
    if context.get("rang"):  # it was counted a moment ago and is seen with the case
        context["nav"] = replace(context["nav"], unseen=max(0, context["nav"].unseen - 1))
    return render(request, "inbox/pages/queue.html", context)


def _belonging(request: HttpRequest, actor: User, address: ListAddress) -> list[int]:
    """Which of the cases that a live page asks about (?only=) this list shows now."""
    numbers = [
        int(word) for word in request.GET.get("only", "").split(",")[:CHECKED] if word.isascii() and word.isdigit()
    ]
    found = tickets_in(actor=actor, wanted=address.wanted).filter(number__in=[n for n in numbers if n < 2**63])
    return sorted(found.values_list("number", flat=True))


def _address(request: HttpRequest, actor: User, around: Surroundings, view: str, slug: str) -> ListAddress:
    saved = _of_slug(around.views, slug) if view == "view" else None
    text = request.GET.get("q")
    asked = read_filter(actor, None if text is None else text.replace("\0", ""), now(), saved)
    if view in ASIDE:
        return _aside(request, view, asked)
    status = request.GET.get("status", Status.OPEN)
    if status not in STATUSES:
        raise Invalid(_("Choose open, waiting or done."), field="status")
    sort = _sort(request, actor, saved.sort if saved else "")
    common: dict[str, Any] = {"sort": sort, "text": asked.words, "condition": asked.condition}
    common["status"] = None if asked.names_status else status
    if saved is not None:
        return ListAddress(f"/view/{saved.slug}", f"view-{saved.slug}", saved.name, QueueFilter(**common), asked)
    if view == "team":
        team = _of_slug(around.teams, slug)
        wanted = QueueFilter(view="team", team_id=team.pk, **common)
        return ListAddress(f"/inbox/team/{team.slug}", f"team-{team.slug}", team.name, wanted, asked)
    headings = {"all": _("All open"), "mine": _("Mine"), "unassigned": _("Unassigned")}
    if view not in headings:
        raise NotFound(_("There is no such list."))
    wanted = QueueFilter(view=view, **common)  # type: ignore[arg-type]  # one of the headings
    return ListAddress(f"/inbox/{view}", view, headings[view], wanted, asked)


def _aside(request: HttpRequest, view: str, asked: ListFilter) -> ListAddress:
    """A list beside the statuses, in an order of its own: drafts and mentions in whatever state their cases are."""
    status, usual = ASIDE[view]
    sort = request.GET.get("sort", usual)
    if sort not in (*SORTS, usual):
        raise Invalid(_("Sort by sla, newest, oldest or waiting."), field="sort")
    headings = {"drafts": _("Drafts"), "mentions": _("Mentions of me"), "snoozed": _("Snoozed"), "spam": _("Spam")}
    wanted = QueueFilter(view=view, status=status, sort=sort, text=asked.words, condition=asked.condition)  # type: ignore[arg-type]  # checked above
    return ListAddress(f"/inbox/{view}", view, headings[view], wanted, asked)


def _of_slug(lists: Iterable[T], slug: str) -> T:
    """A team or view whose list this person has; one that is not theirs answers like one that is not there."""
    found = next((one for one in lists if getattr(one, "slug", None) == slug), None)
    if found is None:
        raise NotFound(_("There is no such list."))
    return found


def _sort(request: HttpRequest, actor: User, of_view: str) -> str:
    """The order the address says, which is then this person's own, unless it is a view's; else what was chosen last."""
    sort = request.GET.get("sort")
    if sort is None:
        return next((one for one in (of_view, actor.queue_sort) if one in SORTS), SORTS[0])
    if sort not in SORTS:
        raise Invalid(_("Sort by sla, newest, oldest or waiting."), field="sort")
    if not of_view:
        remember_sort(actor, sort)
    return sort


def _context(request: HttpRequest, actor: User, around: Surroundings, address: ListAddress) -> dict[str, Any]:
    asked, wanted, at = address.asked, address.wanted, now()
    cursor = request.GET.get("cursor", "")[:CURSOR_LIMIT]
    page = get_queue_page(actor=actor, wanted=wanted, cursor=cursor)
    empty = not page.rows and not cursor
    beside = filter_branches(actor=actor, wanted=wanted, given=asked.given, now=at, empty=empty)
    counts = count_around(actor=actor, around=around, wanted=wanted, now=at, more=beside)
    numbers = filter_numbers(counts.more)
    own = get_own_drafts(actor=actor, ticket_ids=[row.ticket_id for row in page.rows])
    density = {"density": asked.view.density} if asked.view and asked.view.density else {}
    return density | {
        "nav": get_navigation(actor=actor, around=around, counts=counts, current=address.current, drafts=own.count),
        "draft_starts": own.starts,
        "counts": counts,
        "heading": address.heading,
        "tabs": _tabs(address, tab_numbers(asked, numbers, status_counts(counts), wanted.status)),
        "sorts": _sorts(address),
        "sort_label": _sort_labels()[order_of(wanted)],
        "page": page,
        "next_url": address.url(cursor=page.next_cursor) if page.next_cursor else "",
        "filter_facts": _facts(actor, address),
        "filter_bar": filter_bar(actor, around, asked, numbers, address.url, found=not empty),
        "query_text": wanted.text,
        "row_url_base": address.url(),
        "live_seq": around.head,
        "may_work": may(actor, Action.ASSIGN),
        "no_channels": not page.rows and not asked.given and not Channel.objects.exists(),
        "notice": _notice(actor),
        "notice_url": "/admin/channels" if may_set_up(actor) else "",
    }


def status_counts(counts: Counts) -> dict[str, int]:
    """The kept counts by the states that have tabs."""
    return {Status.OPEN.value: counts.open, Status.WAITING.value: counts.waiting, Status.DONE.value: counts.done}


def _tabs(address: ListAddress, numbers: Mapping[str, int | None]) -> list[dict[str, Any]]:
    if address.wanted.status not in STATUSES:
        return []
    labels = {Status.OPEN: _("Open"), Status.WAITING: _("Waiting"), Status.DONE: _("Done")}
    return [
        {
            "key": str(status),
            "label": labels[status],
            "url": address.url(status=status),
            "count": numbers[status],
            "current": address.wanted.status == status,
        }
        for status in STATUSES
    ]


def _sort_labels() -> Mapping[Sort, str]:
    return {
        "sla": _("SLA first"),
        "newest": _("Newest"),
        "oldest": _("Oldest"),
        "waiting": _("Waiting longest"),
        "wake": _("Back soonest"),
    }


def _sorts(address: ListAddress) -> list[dict[str, Any]]:
    """The orders that make sense in this list; what was chosen elsewhere stays chosen there."""
    wanted, order = address.wanted, order_of(address.wanted)
    return [
        {"label": label, "url": address.url(sort=sort), "current": order == sort}
        for sort, label in _sort_labels().items()
        if (sort != "wake" or wanted.view == "snoozed") and order_of(replace(wanted, sort=sort)) == sort
    ]


def _facts(actor: User, address: ListAddress) -> dict[str, Any]:
    wanted = address.wanted
    return {
        "view": wanted.view,
        "team_id": wanted.team_id or "",
        "status": wanted.status or "",
        "user_id": actor.pk,
        "sort": wanted.sort,
        "text": address.asked.text,
        "clock": address.asked.has_clock,
    }


def _notice(actor: User) -> str:
    """A channel that needs a new sign-in is everybody's matter, an unusual silence the admins'."""
    troubled = get_troubled_channels()
    if troubled.broken:
        sentence = _("%(channel)s needs a new sign-in. Replies wait until an admin reconnects it.")
        return sentence % {"channel": troubled.broken[0]}
    if troubled.quiet and may_set_up(actor):
        return _("%(channel)s is quieter than it ever is.") % {"channel": troubled.quiet[0]}
    return ""


def _open_case(request: HttpRequest, actor: User) -> dict[str, Any]:
    number = request.GET.get("case", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return {"case": None, "composer": None}
    return open_context(actor, int(number))


def list_address(request: HttpRequest, actor: User, view: str, slug: str = "") -> ListAddress:
    """The list that these words of an address mean to this person. Raises: Invalid, NotFound."""
    return _address(request, actor, get_surroundings(actor=actor), view, slug)
