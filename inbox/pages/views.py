"""Saved views: keeping the filter of a list under a name, and a page to name, share, order and delete them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.clock import now
from core.errors import Conflict, Invalid, SamsvarError
from core.users.models import User
from inbox.pages.filtering import scope_choices, token_words
from inbox.pages.forms import whole_number
from inbox.pages.shell import shell_around
from inbox.queries.surroundings import get_surroundings
from inbox.refusals import status_of
from inbox.templatetags.samsvar import Chip
from tickets.filters import Token
from tickets.operations import viewing
from tickets.queries.filtering import Named, resolve_names
from tickets.queries.saved_views import View

HOME = "/views"
LONGEST = 200
DELETED = "deleted-view"  # in the session: what the next page offers to put back


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def views(request: HttpRequest) -> HttpResponse:
    """The person's views; a post keeps another one and opens it."""
    actor = cast(User, request.user)
    if request.method != "POST":
        return _page(request, actor)
    words: dict[str, Any] = {name: request.POST.get(name, "") for name in ("sort", "density")}
    name, text = request.POST.get("name", "")[:LONGEST], request.POST.get("text", "")
    try:
        made = viewing.save_view(actor=actor, name=name, text=text, now=now(), **_audience(request), **words)
    except (Invalid, Conflict) as error:
        return _page(request, actor, error)
    return redirect(f"/view/{made.slug}")


def _audience(request: HttpRequest) -> dict[str, Any]:
    """A scope as the form says it: own, all, or team-3."""
    scope, _dash, team = request.POST.get("scope", "own").partition("-")
    return {"scope": scope, "team_id": whole_number(team) or None}


def _action(act: Callable[[HttpRequest, User, int], str]) -> Callable[..., HttpResponse]:
    """A post on one view; it says where to go, and a refusal is said on the page of views."""

    @require_POST
    @login_required
    def view(request: HttpRequest, view_id: int) -> HttpResponse:
        actor = cast(User, request.user)
        try:
            return redirect(act(request, actor, view_id))
        except (Invalid, Conflict) as error:
            return _page(request, actor, error)

    return view


def _change(request: HttpRequest, actor: User, view_id: int) -> str:
    """Whatever the form names: name, audience, or the filter with its order and density."""
    changes: dict[str, Any] = {
        name: request.POST[name] for name in ("name", "text", "sort", "density") if name in request.POST
    }
    if "scope" in request.POST:
        changes |= _audience(request)
    changed = viewing.change_view(actor=actor, view_id=view_id, now=now(), **changes)
    return f"/view/{changed.slug}" if "text" in changes else f"{HOME}#view-{view_id}"


def _delete(request: HttpRequest, actor: User, view_id: int) -> str:
    gone = viewing.delete_view(actor=actor, view_id=view_id, now=now())
    request.session[DELETED] = {"id": gone.pk, "name": gone.name}
    return HOME


def _restore(_request: HttpRequest, actor: User, view_id: int) -> str:
    return f"/view/{viewing.restore_view(actor=actor, view_id=view_id, now=now()).slug}"


def _move(request: HttpRequest, actor: User, view_id: int) -> str:
    viewing.reorder_view(actor=actor, view_id=view_id, up=request.POST.get("to") == "up", now=now())
    return f"{HOME}#view-{view_id}"


change, delete, restore, move = _action(_change), _action(_delete), _action(_restore), _action(_move)


def _page(request: HttpRequest, actor: User, error: SamsvarError | None = None) -> HttpResponse:
    around = get_surroundings(actor=actor)
    lines = _lines(around.views)
    context = shell_around(actor, around) | {
        "tab": "views",
        "own": [line for line in lines if line["view"].mine],
        "shared": [line for line in lines if not line["view"].mine],
        "scopes": scope_choices(actor, around),
        "deleted": request.session.pop(DELETED, None),
        "error": error.message if error else "",
    }
    return render(request, "inbox/pages/views.html", context, status=status_of(error) if error else 200)


def _lines(views: Sequence[View]) -> list[dict[str, Any]]:
    """Each view with its filter as chips, the names of all of them looked up at once."""
    every = tuple(token for view in views for token in view.filter.tokens)
    resolved = resolve_names(every, known={key: name for view in views for key, name in view.names.items()})
    tokens, lines = iter(resolved.tokens), []
    for view in views:
        chips = [_chip(next(tokens), resolved.names) for _token in view.filter.tokens]
        chips += [Chip(f"“{word}”") for word in view.filter.words]
        lines.append({"view": view, "chips": chips, "scope": f"team-{view.team_id}" if view.team_id else view.scope})
    return lines


def _chip(token: Token, names: Named) -> Chip:
    return Chip(token_words(token, names), "danger" if token.fault else "")
