"""A list's filter as its page shows it: the tokens as chips, what each excludes, and how the list is kept as a view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.users.models import Role, User
from inbox.queries.surroundings import Surroundings
from inbox.templatetags.samsvar import own_name, platform_name
from tickets.filter_words import fault_words, words_of
from tickets.filters import LONGEST, Filter, Token, parse_filter, render_filter, render_words, shown_values
from tickets.models import Scope, Status
from tickets.models.saved_view import NAME_LENGTH
from tickets.queries.filtering import Named, condition_of, resolve_names
from tickets.queries.saved_views import MAY_SHARE_WITH_ALL, View, has_clock
from tickets.queries.view_counts import FilterNumbers


@dataclass(frozen=True, slots=True)
class ListFilter:
    """The filter of one list, its names looked up. `typed`: what the address says; None on a view that is unchanged."""

    given: Filter = field(default_factory=Filter)
    names: Named = field(default_factory=dict)
    typed: str | None = None
    view: View | None = None
    condition: Q | None = None

    @property
    def text(self) -> str:
        """All of it in neutral words, as a live page asks with it."""
        return render_filter(self.given)

    @property
    def words(self) -> str:
        """The free words alone."""
        return render_words(self.given.words)

    @property
    def names_status(self) -> bool:
        """Whether a token says which states are shown, so that there are no tabs."""
        return any(token.key == "status" for token in self.given.tokens)

    @property
    def has_clock(self) -> bool:
        """Whether time alone changes what belongs here."""
        return has_clock(self.given)


def read_filter(actor: User, text: str | None, now: datetime, view: View | None = None) -> ListFilter:
    """The filter an address names: its own words, else the view's. At most one query, for the names in it."""
    if view is not None and text is None:
        wanted, known = view.filter, view.names
    else:
        wanted, known = parse_filter((text or "")[:LONGEST], get_language() or ""), view.names if view else {}
    resolved = resolve_names(wanted.tokens, known=known)
    given = Filter(resolved.tokens, wanted.words)
    typed = None if text is None else render_filter(wanted)
    if view is not None and render_filter(given) == render_filter(view.filter):
        typed = None
    condition = condition_of(actor=actor, tokens=given.tokens, now=now) if given.tokens else None
    return ListFilter(given, resolved.names, typed, view, condition)


def add_typed(base: str, typed: str) -> str:
    """What the address says after somebody typed into the field: tokens are added, free words take the old ones' place.

    Takes: base, the address's filter so far; typed, in the reader's words. Gives: neutral words.
    """
    before, now_typed = parse_filter(base, get_language() or ""), parse_filter(typed, get_language() or "")
    tokens = tuple(dict.fromkeys((*before.tokens, *now_typed.tokens)))
    return render_filter(Filter(tokens, now_typed.words))


def token_words(token: Token, names: Named) -> str:
    """A token as a chip says it, in the reader's language."""
    language = get_language() or ""
    values = ", ".join(_value_words(token.key, value, shown, names)
                       for value, shown in zip(token.values, shown_values(token, language), strict=True))  # fmt: skip
    words = f"{words_of(language).shown_keys[token.key]}: {values}"
    return _("not %(token)s") % {"token": words} if token.negated else words


def _value_words(key: str, value: str, shown: str, names: Named) -> str:
    if value.startswith("#"):
        return names.get(f"{key}{value}", value)
    return {"lang": own_name, "channel": platform_name}.get(key, str)(shown)


def filter_bar(
    actor: User,
    around: Surroundings,
    asked: ListFilter,
    numbers: FilterNumbers,
    address: Callable[..., str],
    *,
    found: bool,
) -> dict[str, Any]:
    """What the page draws of it. Takes: address(q=…), the list's URL with another filter; found, whether it has any."""
    given, view = asked.given, asked.view
    texts = [render_filter(given.without(at)) for at in range(len(given.tokens))]
    chips = [
        {
            "text": token_words(token, asked.names),
            "fault": fault_words(token.fault, token.key) if token.fault else "",
            "url": address(q=text),
        }
        for token, text in zip(given.tokens, texts, strict=True)
    ]
    return {
        "chips": chips,
        "view": view,
        "modified": view is not None and asked.typed is not None,
        "saves": bool(chips) and not any(chip["fault"] for chip in chips),
        "text": asked.text,
        "url": address(),
        "clear_url": address(q=""),
        "clean_url": address(q=None),
        "suggested_name": _name_from(given, asked.names),
        "scopes": scope_choices(actor, around),
        "proposal": None if found else _proposal(chips, numbers.without),
        "density": actor.density,
    }


def _name_from(given: Filter, names: Named) -> str:
    """A first try at a view's name: what the tokens say, less what goes without saying."""
    said = []
    for token in given.tokens:
        key, _colon, values = token_words(token, names).partition(": ")
        bare = token.key in ("tag", "assignee", "team", "lang", "channel", "priority", "status", "is", "from")
        said.append(values if bare and not token.negated else key if token.values == ("yes",) else f"{key} {values}")
    name = ", ".join(said)
    return (name[:1].upper() + name[1:])[:NAME_LENGTH]


def _proposal(chips: list[dict[str, str]], without: Mapping[int, int]) -> dict[str, Any] | None:
    """The token that excludes most, when its removal would show something."""
    at = max(without, key=lambda place: without[place], default=None)
    return None if at is None or not without[at] else chips[at] | {"count": without[at]}


def scope_choices(actor: User, around: Surroundings) -> list[tuple[str, str]]:
    """For whom this person may keep a view: ("team-3", "First line")."""
    shares = actor.role in MAY_SHARE_WITH_ALL
    teams = [(f"team-{team.pk}", team.name) for team in around.teams if shares or actor.role != Role.AUDITOR]
    return [(Scope.OWN.value, _("Only me")), *teams, *([(Scope.ALL.value, _("Everyone"))] if shares else [])]


def tab_numbers(
    asked: ListFilter, numbers: FilterNumbers, plain: Mapping[str, int], status: str | None
) -> dict[str, Any]:
    """What stands on each tab: the kept count, or under a filter the count of it. None where nothing was counted."""
    if not asked.given:
        return dict(plain)
    counted = set(plain) if not asked.given.words else {status or Status.OPEN.value}
    return {key: numbers.by_status.get(key, 0) if key in counted else None for key in plain}
