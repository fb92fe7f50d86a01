"""Filters and tags of our pages: icons, names of channels, and machine codes said in words. Nothing here reads rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide

from inbox.templatetags.said import EVENTS, MASKS, REASONS
from tickets.queries.text import hue, initials

register = template.Library()

FOLD_EVENTS_OVER = 3  # more grey lines than this in a row are folded


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """A lucide icon for decoration: hidden from screen readers, as thick to the eye at every size."""
    return _drawn(str(name), int(size))


@lru_cache(maxsize=256)
def _drawn(name: str, size: int) -> SafeString:
    thickness = {12: 2.6, 14: 2.3, 16: 2.1}.get(size, 1.8)
    options: dict[str, Any] = {"class": "i", "stroke_width": thickness, "aria_hidden": "true"}
    try:
        svg = lucide(name, size=size, **options)
    except IconDoesNotExist:
        svg = lucide("circle", size=size, **options)
    return mark_safe(svg.replace("\n", "").replace("  ", ""))  # noqa: S308  the package's own drawing, no input in it


@register.simple_tag(takes_context=True)
def page_address(context: dict[str, Any]) -> str:
    """Where this page can be got again, for forms that come back to it; "" in fragments and answers to posts."""
    request = context.get("request")
    if (
        request is None
        or request.method != "GET"
        or request.path.startswith("/fragments/")
        or "HX-Request" in request.headers
    ):
        return ""
    return str(request.get_full_path())


@register.filter
def platform_name(key: str) -> str:
    """What people call a platform; the key itself when its connector is no longer here."""
    from connectors.kit import registry  # loads a platform's code only when one is named

    try:
        return registry.get(key).manifest.name
    except LookupError:
        return key


@register.filter
def platform_glyph(key: str) -> str:
    """One letter to stand in a channel tile; never a logo."""
    return platform_name(key)[:1].lower()


@register.filter
def mask_word(label: str) -> str:
    """What a mask hides, in words."""
    return str(MASKS.get(label) or _("personal data"))


@register.filter
def reason_words(code: str) -> str:
    """Why a reply did not go out, as a whole sentence; a general one for a code we do not know."""
    return str(REASONS.get(code) or _("The channel did not accept it."))


@register.filter
def event_sentence(event: Any) -> str:
    """One line of history as a sentence. Takes: an EventView."""
    values = {
        "who": event.actor_name,
        "whom": _named(event, "assignee_name", "to"),
        "team": _named(event, "team_name", "team", "to"),
    }
    said = "taken" if event.kind == "assigned" and values["who"] and values["who"] == values["whom"] else event.kind
    for kind, needed, sentence in EVENTS:
        if kind == said and all(values[name] for name in needed):
            return str(sentence) % values
    return _("The case was changed")


def _named(event: Any, *names: str) -> str:
    return next((str(event.data[name]) for name in names if event.data.get(name)), "")


@register.filter
def case_number(number: int) -> str:
    """A case's number with its thousands apart, so that it can be read aloud; the gap does not break the line."""
    return str(number) if number < 10_000 else f"{number:,}".replace(",", "\u202f")


@register.filter
def stamp(at: datetime | None) -> str:
    """A moment for a `datetime` attribute: ISO 8601 in UTC, the same bytes for every reader."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else ""


@register.filter
def clock(at: datetime) -> str:
    """A moment as the thread says it: the time today, else with its day. The browser says the same for its own zone."""
    here = timezone.localtime(at)
    today = here.date() == timezone.localdate()
    return date_format(here, "H:i" if today else "j M H:i", use_l10n=False)


@register.filter
def own_name(code: str) -> str:
    """A language's own name; the code when nobody knows it."""
    if code in dict(settings.LANGUAGES):
        return str(dict(settings.LANGUAGES)[code])
    try:
        return str(get_language_info(code)["name_local"]).capitalize()
    except KeyError:
        return code


@register.filter
def first_name(name: str) -> str:
    """How a sentence calls a person: the first word of the name."""
    return name.split()[0] if name.split() else ""


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbours of a thread that are shown together. `kind`: single, asides, or events when there are many."""

    kind: str
    entries: tuple[Any, ...]

    @property
    def key(self) -> str:
        """A steady name: the group keeps it while it grows at its end."""
        return f"{self.entries[0].entry}-{self.entries[0].id}"

    @property
    def version(self) -> str:
        """Changes whenever anything inside does."""
        return "-".join(str(getattr(entry, "version", entry.id)) for entry in self.entries)


@register.filter
def folded(entries: Iterable[Any]) -> list[Group]:
    """A thread's entries with other people's words, and long runs of history, gathered into folds."""
    groups: list[Group] = []
    for kind, run in groupby(entries, key=_fold_kind):
        gathered = tuple(run)
        if kind == "asides" or (kind == "events" and len(gathered) > FOLD_EVENTS_OVER):
            groups.append(Group(kind, gathered))
        else:
            groups.extend(Group("single", (entry,)) for entry in gathered)
    return groups


def _fold_kind(entry: Any) -> str:
    if entry.entry == "message" and entry.aside:
        return "asides"
    return "events" if entry.entry == "event" else "single"


@register.filter
def short_count(number: int) -> str:
    """A count beside a name: exact to 999, then in thousands."""
    return str(number) if number < 1000 else f"{number // 1000}\u202fk"


@register.filter
def hue_of(key: int) -> int:
    """A colleague's steady step on the avatar colour wheel."""
    return hue(key or 0)


@register.filter
def initials_of(name: str) -> str:
    """One or two letters for an avatar."""
    return initials(name)


@register.filter
def has_person(people: Iterable[tuple[int, str]], key: int) -> bool:
    """Is a colleague among those a case can be given to?"""
    return any(number == key for number, _name in people)
