"""What may come next in the filter field, as options of a listbox. Typed words come in a body, never in an address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core.errors import Forbidden
from core.throttle import count_try
from core.users.models import User
from inbox.templatetags.samsvar import own_name, platform_name
from tickets.access import SEES_ALL, SEES_TEAMS
from tickets.filter_words import CHOICES, DURATIONS, KEYS, REFERENCES, SPECIALS, Words, key_meaning, words_of
from tickets.filters import Token, render_token
from tickets.queries.suggesting import suggest_names

LONGEST = 100  # characters of the piece that is being typed
MOST_A_MINUTE = 400
LENGTHS = ("15m", "30m", "1h", "2h", "4h", "1d", "2d", "1w")
_PIECE = re.compile(r'(-?)([^\W\d_]*)(:?)((?:[^,]*,)*)"?([^",]*)"?', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One option: what it puts in the place of the typed piece, what it shows, and what that means."""

    insert: str
    label: str
    meaning: str = ""
    goes_on: bool = False  # a key: its values come next


@never_cache
@sensitive_post_parameters()
@require_POST
@login_required
def suggestions(request: HttpRequest) -> HttpResponse:
    """Options for the piece of a filter that is being typed (text)."""
    actor = cast(User, request.user)
    if actor.role not in SEES_ALL | SEES_TEAMS:
        raise Forbidden(_("Your role has no lists of cases."))
    count_try(purpose="suggestions", who=str(actor.pk), most=MOST_A_MINUTE, seconds=60)
    typed = request.POST.get("text", "")[:LONGEST].replace("\0", "")
    found = suggest(actor, typed, get_language() or "")
    return render(request, "inbox/fragments/_suggestions.html", {"suggestions": found})


def suggest(actor: User, typed: str, language: str) -> list[Suggestion]:
    """Keys while there is no colon, then the values of the key. At most one query."""
    piece, words = _PIECE.fullmatch(typed.strip()), words_of(language)
    if piece is None:
        return []
    minus, said, colon, earlier, last = piece.groups()
    if not colon:
        return [] if earlier or last or '"' in typed else _keys(minus, said.casefold(), words)
    key = words.keys.get(said.casefold())
    if key is None:
        return []
    chosen = tuple(value.strip('"') for value in earlier.split(",") if value)
    values = _values(actor, key, last.strip(), words)
    return [
        Suggestion(_with(key, (*chosen, value), bool(minus), words), label, meaning) for value, label, meaning in values
    ]


def _keys(minus: str, said: str, words: Words) -> list[Suggestion]:
    shown = {key: words.shown_keys[key] for key in KEYS}
    begun = [key for key in KEYS if shown[key].casefold().startswith(said) or (said and key.startswith(said))]
    return [Suggestion(f"{minus}{shown[key]}:", f"{shown[key]}:", key_meaning(key), goes_on=True) for key in begun]


def _values(actor: User, key: str, last: str, words: Words) -> list[tuple[str, str, str]]:
    """(value as typed, label, meaning) for what begins or, for names, holds the letters."""
    folded, shown = last.casefold(), words.shown_values.get(key, {})
    if key in DURATIONS:
        lengths = [length[:-1] + words.shown_units[length[-1]] for length in LENGTHS]
        return [(length, length, "") for length in lengths if length.startswith(folded)]
    offered = CHOICES.get(key) or SPECIALS.get(key, ())
    options = [(shown.get(one, one), own_name(one) if key == "lang" else "") for one in offered]
    plain = [
        (word, word, also) for word, also in options if word.startswith(folded) or also.casefold().startswith(folded)
    ]
    if key not in REFERENCES:
        return plain
    named = [(value, name, "") for value, name in suggest_names(actor=actor, key=key, typed=last)]
    return plain + (_platforms(folded) if key == "channel" else []) + named


def _platforms(folded: str) -> list[tuple[str, str, str]]:
    from connectors.kit import registry

    named = [(key, platform_name(key)) for key in sorted(registry.keys())]
    begun = [(key, name) for key, name in named if key.startswith(folded) or name.casefold().startswith(folded)]
    return [(key, name, "") for key, name in begun[:8]]


def _with(key: str, values: tuple[str, ...], negated: bool, words: Words) -> str:
    typed = render_token(Token(key, values, fault="value"))  # as they are, quoted where that is needed
    return f"{'-' if negated else ''}{words.shown_keys[key]}:{typed.partition(':')[2]}"
