"""Public comments under their posts: the list of posts, one of them open beside it, and answers to several at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from connectors.queries.comment_ways import get_comment_limit, why_unanswerable
from core.clock import now
from core.errors import Forbidden, Invalid, SamsvarError
from core.ids import new_uid
from core.users.models import User
from inbox.pages.answers import AnswerLine, read_answers, send_answers
from inbox.pages.forms import whole_number
from inbox.pages.shell import shell_around
from inbox.queries.surroundings import get_surroundings
from inbox.refusals import status_of
from tickets.access import Action, may
from tickets.queries.posts import CommentView, PostPage, count_news, get_post_lines, get_post_page

CURSOR_LIMIT = 400  # characters; ours are far shorter


@require_safe
@login_required
def posts(request: HttpRequest, post_id: int = 0) -> HttpResponse:
    """The posts with comments that this person sees, and what was said under the one that is open."""
    return _page(request, post_id)


@require_safe
@login_required
def branches(request: HttpRequest, post_id: int) -> HttpResponse:
    """What was said under one post, as a script fetches it again."""
    actor = cast(User, request.user)
    return render(request, "inbox/fragments/_branches.html", _open(request, actor, post_id))


@require_safe
@login_required
def news(request: HttpRequest, post_id: int) -> JsonResponse:
    """How many comments came since the newest one that the page holds."""
    after = whole_number(request.GET.get("after", ""))
    return JsonResponse({"count": count_news(actor=cast(User, request.user), post_id=post_id, after=after)})


@require_POST
@login_required
def reply(request: HttpRequest, post_id: int) -> HttpResponse:
    """Answer the comments that are ticked, or the one whose button was pressed.

    More than one is asked about first, with the number; so is what would be objected to in a case of its own.
    """
    actor = cast(User, request.user)
    get_post_page(actor=actor, post_id=post_id, size=1)  # there, and to be seen
    if not may(actor, Action.REPLY):
        raise Forbidden(_("Your role does not allow this."))
    try:
        lines = read_answers(request, actor)
    except Invalid as error:
        return _page(request, post_id, error)
    asked = len(lines) > 1 and whole_number(request.POST.get("confirmed", "")) != len(lines)
    if asked or any(line.problem for line in lines):
        return _ask(request, post_id, lines)
    return _page(request, post_id, results=send_answers(actor, lines))


def _ask(request: HttpRequest, post_id: int, lines: tuple[AnswerLine, ...]) -> HttpResponse:
    context = _around(request) | {"post_id": post_id, "answers": lines, "count": len(lines)}
    return render(request, "inbox/pages/answers.html", context)


def _page(
    request: HttpRequest, post_id: int, error: SamsvarError | None = None, results: tuple[AnswerLine, ...] = ()
) -> HttpResponse:
    actor = cast(User, request.user)
    order = request.GET.get("order", "newest")
    around = _around(request)  # first, since what comes in between is told again
    page = get_post_lines(actor=actor, order=order, cursor=request.GET.get("before", "")[:CURSOR_LIMIT])
    context = {
        "lines": page.rows,
        "next_lines": page.next_cursor,
        "order": order,
        "post_id": post_id,
        "error": error.message if error else "",
        "results": results,
    }
    opened = _open(request, actor, post_id, _held(request, results)) if post_id else {"post": None}
    return render(
        request, "inbox/pages/posts.html", around | context | opened, status=status_of(error) if error else 200
    )


def _around(request: HttpRequest) -> dict[str, Any]:
    """The navigation, and from where the live line goes on."""
    actor = cast(User, request.user)
    around = get_surroundings(actor=actor)
    return shell_around(actor, around, current="posts") | {"live_seq": around.head}


def _held(request: HttpRequest, results: tuple[AnswerLine, ...]) -> dict[str, str]:
    """What a refused form held, so that no word is lost; not what was sent."""
    sent = {f"text-{line.field}" for line in results if line.message_id}
    held = {name: str(text) for name, text in request.POST.items() if name not in sent}
    ticked = {f"to-{field}": "1" for field in request.POST.getlist("to") if f"text-{field}" not in sent}
    return held | ticked if not results or len(sent) < len(results) else {}


def _open(
    request: HttpRequest, actor: User, post_id: int, held: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    cursor = request.GET.get("cursor", "")[:CURSOR_LIMIT]
    page = get_post_page(actor=actor, post_id=post_id, cursor=cursor)
    return {
        "post": page.post,
        "branches": _drawn(page, may(actor, Action.REPLY), held),
        "same_text": held.get("same_text", ""),
        "may_reply": may(actor, Action.REPLY),
        "next_said": page.next_cursor,
        "is_older_page": bool(cursor),
        "newest_id": page.newest_id,
        "limit": get_comment_limit(platform=page.post.platform),
        "post_id": post_id,
    }


def _drawn(page: PostPage, may_reply: bool, held: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each branch with its comments, and for those that can be answered the ending of their form fields."""
    moment = now()
    return [
        {
            "key": branch.key,
            "version": "_".join(f"{one.message.version}.{one.status}.{one.latest}" for one in branch.comments),
            "waits": any(one.waits for one in branch.comments),
            "comments": [_comment(page.post.platform, one, moment, may_reply, held) for one in branch.comments],
        }
        for branch in page.branches
    ]


def _comment(
    platform: str, view: CommentView, moment: datetime, may_reply: bool, held: Mapping[str, str]
) -> dict[str, Any]:
    refused = why_unanswerable(platform=platform, comment=view, now=moment) if view.latest else ""
    field = f"{view.ticket_id}-{view.thread_id}"
    return {
        "view": view,
        "refused": refused,
        "field": field if may_reply and view.latest and not refused else "",
        "client_key": new_uid(),
        "text": held.get(f"text-{field}", ""),
        "ticked": f"to-{field}" in held,
    }
