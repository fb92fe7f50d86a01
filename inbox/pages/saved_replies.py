"""Saved replies for those who keep them: the list with use and edit rate, and the editor with a tab per language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectors.queries.text_limits import count_on_channels, get_platforms_in_use
from core.clock import now
from core.errors import Conflict, Invalid
from core.users.models import User
from inbox.pages.forms import whole_number
from inbox.pages.shell import shell_context
from inbox.refusals import status_of
from tickets.access import teams_of
from tickets.models import Scope, Visibility
from tickets.operations.saved_replies import (
    KEPT_DELETED,
    Content,
    Variant,
    archive_saved_reply,
    change_saved_reply,
    create_saved_reply,
    restore_saved_reply,
)
from tickets.placeholders import VARIABLES, fill, find_unknown, runs, standing
from tickets.queries.saved_replies import (
    ReplyView,
    VariantView,
    get_reply_to_make,
    get_saved_reply,
    list_places,
    list_saved_replies,
)
from tickets.saved_reply_access import demand_writer, keeps_all

HOME = "/admin/saved-replies"
LONGEST = 200
# Who the preview writes to, in each language; nobody real.
SAMPLES = {"nb": "Kari Nordmann", "sv": "Elsa Lindqvist", "da": "Mette Holm", "fi": "Aino Korhonen", "en": "Alex Smith"}


@dataclass(frozen=True, slots=True)
class Field:
    """One text of the form and what it is for; `number` tells its fields from the others'."""

    number: int
    text: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One language of the editor: its text for any channel, those for one kind, and an empty one for another."""

    language: str
    general: Field
    special: tuple[Field, ...]
    spare: Field
    missing: bool


@never_cache
@require_safe
@login_required
def saved_replies(request: HttpRequest) -> HttpResponse:
    """The list, the last changed first; or what was deleted and can still be brought back."""
    actor = cast(User, request.user)
    text, deleted = request.GET.get("q", "")[:LONGEST].strip(), request.GET.get("deleted") == "1"
    cursor = request.GET.get("cursor", "")
    page = list_saved_replies(actor=actor, text=text, deleted=deleted, cursor=cursor, now=now())
    gone = whole_number(request.GET.get("undo", ""))
    more = {"page": page, "query_text": text, "deleted": deleted, "done": request.GET.get("done", ""), "gone": gone}
    context = shell_context(actor, tab="saved", kept_days=KEPT_DELETED.days, **more)
    return render(request, "inbox/pages/saved_replies.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def new_saved_reply(request: HttpRequest) -> HttpResponse:
    """An empty editor, or one begun with a reply of ours: `from` names the message."""
    actor = cast(User, request.user)
    if request.method == "POST":
        return _save(request, actor, 0)
    demand_writer(actor)
    first: tuple[VariantView, ...] = ()
    language = actor.language
    if message_id := whole_number(request.GET.get("from", "")):
        made = get_reply_to_make(actor=actor, message_id=message_id)
        language = made.language or language
        first = (replace(made, language=language),)
    scope = Scope.ALL if keeps_all(actor) else Scope.OWN
    reply = ReplyView(0, "", "", scope, None, None, first)
    return _editor(request, actor, reply, language=language, made=bool(first))


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def saved_reply(request: HttpRequest, saved_reply_id: int) -> HttpResponse:
    """The editor of one."""
    actor = cast(User, request.user)
    if request.method == "POST":
        return _save(request, actor, saved_reply_id)
    return _editor(request, actor, get_saved_reply(actor=actor, saved_reply_id=saved_reply_id))


def _save(request: HttpRequest, actor: User, saved_reply_id: int) -> HttpResponse:
    try:
        content = _content(request.POST)
        if saved_reply_id:
            change_saved_reply(actor=actor, saved_reply_id=saved_reply_id, content=content, now=now())
        else:
            create_saved_reply(actor=actor, content=content, now=now())
    except (Invalid, Conflict) as error:
        view = _as_posted(request.POST, saved_reply_id)
        return _editor(request, actor, view, status=status_of(error), error=error.message)
    return redirect(f"{HOME}?done=saved")


def _content(posted: Any) -> Content:
    words = {name: posted.get(name, "")[:LONGEST] for name in ("title", "shortcut", "scope")}
    team_id = whole_number(posted.get("team", "")) or None
    if words["scope"].startswith("team-"):
        words["scope"], team_id = Scope.TEAM, whole_number(words["scope"].removeprefix("team-"))
    variants = [Variant(v.language, v.text, v.platform, v.visibility) for v in _texts(posted)]
    return Content(variants=variants, team_id=team_id, review_on=_day(posted.get("review_on", "")), **words)


_FIELD = re.compile(r"text-(\d{1,3})")


def _texts(posted: Any) -> tuple[VariantView, ...]:
    """The texts of the form: `text-3` goes with `language-3` and `channel-3`, which says platform and reader."""
    numbers = sorted(int(found[1]) for name in posted if (found := _FIELD.fullmatch(name)))
    out = []
    for number in numbers:
        platform, _dot, visibility = posted.get(f"channel-{number}", "").partition(".")
        text = posted.get(f"text-{number}", "")
        if text.strip():
            out.append(VariantView(posted.get(f"language-{number}", ""), platform, visibility, text))
    return tuple(out)


def _day(word: str) -> date | None:
    try:
        return date.fromisoformat(word) if word else None
    except ValueError:
        raise Invalid(_("Write days as year-month-day, such as 2027-01-31."), field="review_on") from None


def _as_posted(posted: Any, saved_reply_id: int) -> ReplyView:
    """What a refused form held, to go on with."""
    scope, team_id = posted.get("scope", ""), None
    if scope.startswith("team-"):
        scope, team_id = Scope.TEAM, whole_number(scope.removeprefix("team-"))
    try:
        review_on = _day(posted.get("review_on", ""))
    except Invalid:
        review_on = None
    title, shortcut = (posted.get(name, "")[:LONGEST] for name in ("title", "shortcut"))
    return ReplyView(saved_reply_id, title, shortcut, scope, team_id, review_on, _texts(posted))


def _editor(
    request: HttpRequest, actor: User, reply: ReplyView, *, language: str = "", status: int = 200, **more: Any
) -> HttpResponse:
    platforms = get_platforms_in_use()
    written = [variant.language for variant in reply.variants]
    language = language or (actor.language if actor.language in written or not written else written[0])
    context = shell_context(
        actor,
        tab="saved",
        reply=reply,
        tabs=_tabs(reply.variants),
        language=language,
        places=list_places(actor=actor),
        keeps_all=keeps_all(actor),
        channels=_channel_choices(platforms),
        variables=[(standing(name), _variable_word(name)) for name in VARIABLES],
        **more,
    )
    return render(request, "inbox/pages/saved_reply.html", context, status=status)


def _tabs(variants: tuple[VariantView, ...]) -> list[Tab]:
    numbers = count()
    tabs = []
    for code, _name in settings.LANGUAGES:
        here = [variant for variant in variants if variant.language == code]
        texts = {f"{v.platform}.{v.visibility}".removesuffix("."): v.text for v in here}
        general = Field(next(numbers), texts.pop("", ""))
        special = tuple(Field(next(numbers), text, channel) for channel, text in texts.items())
        tabs.append(Tab(code, general, special, Field(next(numbers)), not here))
    return tabs


def _channel_choices(platforms: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """What a text can be for: a reader, a platform, or both."""
    readers = [(Visibility.PUBLIC, _("public")), (Visibility.PRIVATE, _("private"))]
    choices = [(f".{Visibility.PUBLIC}", _("Public replies")), (f".{Visibility.PRIVATE}", _("Private replies"))]
    for key, name in platforms:
        choices.append((key, name))
        choices += [(f"{key}.{reader}", f"{name}, {word}") for reader, word in readers]
    return choices


def _variable_word(name: str) -> str:
    return {
        "customer.first_name": _("customer's first name"),
        "customer.name": _("customer's name"),
        "agent.first_name": _("your first name"),
        "agent.name": _("your name"),
        "case.number": _("case number"),
        "channel.name": _("channel"),
        "team.name": _("team"),
    }[name]


@never_cache
@require_POST
@login_required
def preview(request: HttpRequest) -> HttpResponse:
    """How a text reads to a sample customer, and what it counts on each kind of channel."""
    actor = cast(User, request.user)
    demand_writer(actor)
    text, language = request.POST.get("text", ""), request.POST.get("language", "")
    platform, _dot, visibility = request.POST.get("channel", "").partition(".")
    filled = fill(text, _sample(actor, language))
    platforms = get_platforms_in_use()
    limits = count_on_channels(text=filled, platforms=platforms, platform=platform, visibility=visibility)
    unknown = find_unknown(text)
    shown = {"runs": runs(filled), "limits": limits, "unknown": unknown[0] if unknown else "", "language": language}
    return render(request, "inbox/fragments/_saved_reply_preview.html", shown)


def _sample(actor: User, language: str) -> Mapping[str, str]:
    name = SAMPLES.get(language, SAMPLES["en"])
    teams = teams_of(actor)
    return {
        "customer.first_name": name.split()[0],
        "customer.name": name,
        "agent.first_name": actor.name.split()[0] if actor.name.split() else "",
        "agent.name": actor.name,
        "case.number": "10482",
        "channel.name": settings.COMPANY,
        "team.name": teams[0].name if teams else _("First line"),
    }


@require_POST
@login_required
def archive(request: HttpRequest, saved_reply_id: int) -> HttpResponse:
    """Delete one; the list offers to undo it."""
    archive_saved_reply(actor=cast(User, request.user), saved_reply_id=saved_reply_id, now=now())
    return redirect(f"{HOME}?done=deleted&undo={saved_reply_id}")


@require_POST
@login_required
def restore(request: HttpRequest, saved_reply_id: int) -> HttpResponse:
    """Bring one back."""
    restore_saved_reply(actor=cast(User, request.user), saved_reply_id=saved_reply_id, now=now())
    return redirect(f"{HOME}?done=restored")
