"""A person's own keys: which letter does what, and whether letters do anything at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from core.clock import now
from core.users.models import User
from inbox.keymap import COMMANDS, HARD_TO_TYPE, PLACES, Command, chosen_keys, read_keys, written
from inbox.operations.choosing_keys import choose_keys
from inbox.pages.shell import shell_context

HOME = "/me/keys"
FIELD = "key-"


@dataclass(frozen=True, slots=True)
class KeyField:
    """One command's field: what stands in it, the usual key where that differs, and what is wrong."""

    command: Command
    value: str
    usual: str
    changed: bool
    error: str


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def keys(request: HttpRequest) -> HttpResponse:
    """The page, and keeping what was chosen on it."""
    if request.method != "POST":
        return _page(request)
    texts = {one.id: request.POST[FIELD + one.id] for one in COMMANDS if FIELD + one.id in request.POST}
    own, wrong = read_keys(texts)
    if wrong:
        return _page(request, texts=texts, wrong=wrong, status=422)
    on, following = "single_keys" in request.POST, "open_next" in request.POST
    choose_keys(actor=cast(User, request.user), single_keys=on, open_next=following, own=own, now=now())
    return redirect(f"{HOME}?done=keys")


@require_POST
@login_required
def reset(request: HttpRequest) -> HttpResponse:
    """All as it was at first."""
    choose_keys(actor=cast(User, request.user), single_keys=True, open_next=True, own={}, now=now())
    return redirect(f"{HOME}?done=keys")


def _page(
    request: HttpRequest,
    *,
    texts: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = cast(User, request.user)
    typed = {one: written(key) for one, key in chosen_keys(actor).items()} | dict(texts or {})
    asked: Mapping[str, Any] = request.POST if texts is not None else {}
    context = shell_context(
        actor,
        tab="keys",
        places=_places(typed, wrong or {}),
        wrong=bool(wrong),
        single_keys="single_keys" in asked if asked else actor.single_keys,
        open_next="open_next" in asked if asked else actor.open_next,
        hard_to_type="".join(sorted(HARD_TO_TYPE)),
        done=request.GET.get("done", ""),
    )
    return render(request, "inbox/pages/keys.html", context, status=status)


def _places(typed: Mapping[str, str], wrong: Mapping[str, str]) -> list[tuple[str, list[KeyField]]]:
    fields = {
        place: [_field(one, typed, wrong) for one in COMMANDS if one.where == place and one.key] for place in PLACES
    }
    return [(str(PLACES[place]), found) for place, found in fields.items() if found]


def _field(one: Command, typed: Mapping[str, str], wrong: Mapping[str, str]) -> KeyField:
    value, usual = typed[one.id][:20], written(one.key)
    return KeyField(one, value, usual, value != usual, wrong.get(one.id, ""))
