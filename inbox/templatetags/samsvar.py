"""Filters and tags of our pages: icons, names of channels, and machine codes said in words. Nothing here reads rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide

from inbox.live.frames import render_row, row_html
from inbox.templatetags.said import EVENTS, INBOUND, MASKS, REASONS
from tickets.models import Priority, Status
from tickets.queries.queue import QueueRow
from tickets.queries.text import hue, initials

register = template.Library()

ROW_CHIPS = 2


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


@register.simple_tag
def queue_row(row: QueueRow, start: str = "") -> SafeString:
    """A line of the queue in the language of this page; drawn once per process, whoever looks.

    Takes: start, how this person's own unsent text begins; such a line is theirs alone and kept by nobody.
    """
    if start:
        return mark_safe(render_row(row, get_language() or settings.LANGUAGE_CODE, start))  # noqa: S308  likewise
    return mark_safe(row_html(row, get_language() or settings.LANGUAGE_CODE))  # noqa: S308  our template's output


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
def of_ticket(texts: Any, ticket_id: int) -> str:
    """What a table by ticket holds for this one; "" where there is no table, as in rows that are for everyone."""
    return str(texts.get(ticket_id, "")) if texts else ""


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
def is_public_place(key: str) -> bool:
    """Whether the world can read what is answered there: its mark is square."""
    from connectors.kit import registry

    try:
        return "reply_public" in registry.get(key).manifest.actions
    except LookupError:
        return False


@register.filter
def inbound_words(takes: Iterable[str]) -> str:
    """What comes in from a platform, as a list in words."""
    return ", ".join(str(INBOUND[word]) for word in INBOUND if word in set(takes))


@register.filter
def mask_word(label: str) -> str:
    """What a mask hides, in words."""
    return str(MASKS.get(label) or _("personal data"))


@register.filter
def reason_words(code: str) -> str:
    """Why a reply did not go out, as a whole sentence; a general one for a code we do not know."""
    return str(REASONS.get(code) or _("The channel did not accept it."))


@dataclass(frozen=True, slots=True)
class Chip:
    """One small word on a line; `kind` is its colour."""

    text: str
    kind: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Chips:
    """What a row shows, how many more there are, and which."""

    shown: tuple[Chip, ...]
    more: int
    rest: str


@register.filter
def row_chips(row: Any) -> Chips:
    """The words on a row: who can read it where that matters, how pressing it is, then its tags; two, and +n."""
    chips = []
    if row.visibility == "public":
        chips.append(Chip(_("Public"), "public", "globe"))
    elif row.moved_private:
        chips.append(Chip(_("Moved to private"), "private", "lock"))
    if row.priority >= Priority.HIGH:
        chips.append(Chip(priority_word(row.priority), "line", "flag"))
    chips += [Chip(tag) for tag in row.tags]
    rest = chips[ROW_CHIPS:]
    return Chips(tuple(chips[:ROW_CHIPS]), len(rest), ", ".join(chip.text for chip in rest))


@register.filter
def priority_word(priority: int) -> str:
    """Low, normal, high or urgent."""
    return str(dict(Priority.choices).get(priority, priority))


@register.filter
def status_word(status: str) -> str:
    """Where a case is in its life, for a status that a page has no word of its own for."""
    return str(dict(Status.choices).get(status, status))


@register.filter
def visible_for(message: Any) -> str:
    """How long a hidden message was there for all to see."""
    seconds = max(0, int((message.state_at - message.at).total_seconds()))
    for size, words in ((86400, _("%(n)d d")), (3600, _("%(n)d h")), (60, _("%(n)d min"))):
        if seconds >= size:
            return words % {"n": seconds // size}
    return _("%(n)d s") % {"n": seconds}


@dataclass(frozen=True, slots=True)
class HiddenValue:
    """One hidden value a customer has given: what it is, and where it stands."""

    label: str
    of: str
    of_id: int
    mask: int


@register.filter
def hidden_values(case: Any) -> list[HiddenValue]:
    """The ways to reach the customer, then of each kind of hidden value that they wrote the newest."""
    contacts = [HiddenValue(contact.kind, "identity", contact.identity_id, 0) for contact in case.contacts]
    found: dict[str, HiddenValue] = {}
    for entry in case.entries:
        if entry.entry == "message" and entry.incoming and not entry.aside and entry.state != "deleted":
            for piece in entry.text:
                if piece.label:
                    found[piece.label] = HiddenValue(piece.label, "message", entry.id, piece.mask)
    return contacts + list(found.values())


@register.filter
def event_sentence(event: Any) -> str:
    """One line of history as a sentence. Takes: an EventView."""
    values = {
        "who": event.actor_name,
        "whom": _named(event, "assignee_name", "to"),
        "team": _named(event, "team_name", "team", "to"),
        "priority": str(dict(Priority.choices).get(event.data.get("priority"), "")),
        "until": clock(datetime.fromisoformat(event.data["until"])) if event.data.get("until") else "",
        "number": case_number(event.data["number"]) if event.data.get("number") else "",
    }
    said = "taken" if event.kind == "assigned" and values["who"] and values["who"] == values["whom"] else event.kind
    said = f"woke_{event.data.get('because')}" if said == "woke" else said
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
