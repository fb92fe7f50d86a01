"""The inbox: navigation, one list, and the case that is open beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from connectors.queries.accounts import get_broken_channels
from core.errors import Invalid, NotFound
from core.users.models import User
from inbox.live.since import get_head
from inbox.pages.case import case_context
from inbox.queries.navigation import get_navigation
from tickets.access import SEES_ALL, team_ids_of
from tickets.models import Channel, Status, Team
from tickets.queries.queue import SORTS, Counts, QueueFilter, get_counts, get_queue_page, holds_personal_value

CURSOR_LIMIT = 400  # characters; ours are far shorter
STATUSES = (Status.OPEN, Status.WAITING, Status.DONE)


@dataclass(frozen=True, slots=True)
class ListAddress:
    """A list as its URL says it."""

    path: str
    current: str  # the navigation's key
    heading: str
    wanted: QueueFilter

    def url(self, **changes: Any) -> str:
        """The address of this list with some of its words changed."""
        words: dict[str, Any] = {"status": self.wanted.status, "sort": self.wanted.sort, "q": self.wanted.text or None}
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
    address = _address(request, actor, view, slug)
    if holds_personal_value(address.wanted.text):
        return redirect("/search/value")  # without the value: addresses are kept by browsers and proxies
    if request.headers.get("HX-Target") == "case-pane" and request.GET.get("case"):
        return render(request, "inbox/fragments/_case.html", _open_case(request, actor))
    context = _context(request, actor, address)
    if request.headers.get("HX-Target") == "queue-rows":
        return render(request, "inbox/fragments/_rows.html", context)
    return render(request, "inbox/pages/queue.html", context | _open_case(request, actor))


def _address(request: HttpRequest, actor: User, view: str, slug: str) -> ListAddress:
    status, sort = request.GET.get("status", Status.OPEN), request.GET.get("sort", "sla")
    if status not in STATUSES:
        raise Invalid(_("Choose open, waiting or done."), field="status")
    if sort not in SORTS:
        raise Invalid(_("Sort by sla, newest or oldest."), field="sort")
    text = request.GET.get("q", "")[:200].replace("\0", "")
    common = {"status": status, "sort": sort, "text": text}
    if view == "team":
        team = _team(actor, slug)
        return ListAddress(f"/inbox/team/{team.slug}", f"team-{team.slug}", team.name,
                           QueueFilter(view="team", team_id=team.pk, **common))  # type: ignore[arg-type]  # fmt: skip
    headings = {"all": _("All open"), "mine": _("Mine"), "unassigned": _("Unassigned")}
    if view not in headings:
        raise NotFound(_("There is no such list."))
    return ListAddress(f"/inbox/{view}", view, headings[view], QueueFilter(view=view, **common))  # type: ignore[arg-type]


def _team(actor: User, slug: str) -> Team:
    """A team whose list this person has; one that is not theirs answers like one that is not there."""
    team = Team.objects.filter(slug=slug).first()
    if team is None or (actor.role not in SEES_ALL and team.pk not in team_ids_of(actor)):
        raise NotFound(_("There is no such list."))
    return team


def _context(request: HttpRequest, actor: User, address: ListAddress) -> dict[str, Any]:
    live_seq = get_head(actor=actor)  # before the rows: what comes in between is told again, never missed
    page = get_queue_page(actor=actor, wanted=address.wanted, cursor=request.GET.get("cursor", "")[:CURSOR_LIMIT])
    counts = get_counts(actor=actor, wanted=address.wanted)
    return {
        "nav": get_navigation(actor=actor, counts=counts, current=address.current),
        "counts": counts,
        "heading": address.heading,
        "tabs": _tabs(address, counts),
        "sorts": _sorts(address),
        "sort_label": _sort_labels()[address.wanted.sort],
        "page": page,
        "next_url": address.url(cursor=page.next_cursor) if page.next_cursor else "",
        "filter_facts": _facts(actor, address.wanted),
        "query_text": address.wanted.text,
        "row_url_base": address.url(),
        "live_seq": live_seq,
        "no_channels": not page.rows and not Channel.objects.exists(),
        "notice": _notice(),
    }


def _tabs(address: ListAddress, counts: Counts) -> list[dict[str, Any]]:
    labels = {Status.OPEN: _("Open"), Status.WAITING: _("Waiting"), Status.DONE: _("Done")}
    numbers = {Status.OPEN: counts.open, Status.WAITING: counts.waiting, Status.DONE: counts.done}
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


def _sort_labels() -> Mapping[str, str]:
    return {"sla": _("SLA first"), "newest": _("Newest"), "oldest": _("Oldest")}


def _sorts(address: ListAddress) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": address.url(sort=sort), "current": address.wanted.sort == sort}
        for sort, label in _sort_labels().items()
    ]


def _facts(actor: User, wanted: QueueFilter) -> dict[str, Any]:
    return {
        "view": wanted.view,
        "team_id": wanted.team_id or "",
        "status": wanted.status,
        "user_id": actor.pk,
        "sort": wanted.sort,
        "text": wanted.text,
    }


def _notice() -> str:
    broken = get_broken_channels()
    if not broken:
        return ""
    return _("%(channel)s needs a new sign-in. Replies wait until an admin reconnects it.") % {"channel": broken[0]}


def _open_case(request: HttpRequest, actor: User) -> dict[str, Any]:
    number = request.GET.get("case", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return {"case": None, "composer": None, "people": []}
    return case_context(actor, int(number))
