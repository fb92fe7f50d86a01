"""How a case's thread is put together: neighbours gathered into folds, and only what the browser does not have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from inbox.live.drawn import Setting, drawing, mark_of, setting_of, with_fields
from inbox.templatetags.samsvar import page_address

register = template.Library()

FOLD_EVENTS_OVER = 3  # more grey lines than this in a row are folded
_IDS = {"message": "msg"}  # where the element's name differs from the entry's


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbours of a thread that are shown together. `kind`: single, asides, linked (words that belong to a linked
    case), or events when there are many.
    """

    kind: str
    entries: tuple[Any, ...]

    @property
    def key(self) -> str:
        """A steady name: the group keeps it while it grows at its end."""
        return f"{self.entries[0].entry}-{self.entries[0].id}"

    @property
    def element_id(self) -> str:
        """The id of the element it is drawn as."""
        first = self.entries[0]
        return f"{_IDS.get(first.entry, first.entry)}-{first.id}" if self.kind == "single" else f"fold-{self.key}"


@register.filter
def folded(entries: Iterable[Any]) -> list[Group]:
    """A thread's entries with other people's words, and long runs of history, gathered into folds."""
    groups: list[Group] = []
    for kind, run in groupby(entries, key=_fold_kind):
        gathered = tuple(run)
        if kind in ("asides", "linked") or (kind == "events" and len(gathered) > FOLD_EVENTS_OVER):
            groups.append(Group(kind, gathered))
        else:
            groups.extend(Group("single", (entry,)) for entry in gathered)
    return groups


def _fold_kind(entry: Any) -> str:
    if entry.entry == "message" and entry.aside:
        return "linked" if entry.in_linked else "asides"
    return "events" if entry.entry == "event" else "single"


@register.simple_tag(takes_context=True)
def thread_entries(context: dict[str, Any]) -> SafeString:
    """The entries of this page's case; of those whose mark the browser has, only their place."""
    setting = setting_of(context["case"], context.get("offered") or (), context.get("own_only") or ())
    has, fields = context.get("has", frozenset()), _fields(context)
    parts = (_entry(group, setting, has, fields) for group in folded(context["case"].entries))
    return mark_safe("\n".join(parts))  # noqa: S308  our templates' output


def _entry(group: Group, setting: Setting, has: frozenset[str], fields: str) -> str:
    mark = mark_of(setting, group.entries)
    if mark in has:
        return format_html('<p id="{}" data-kept></p>', group.element_id)
    return with_fields(drawing(group, setting, mark), fields)


def _fields(context: dict[str, Any]) -> str:
    """What each form of the thread carries for this reader."""
    token, address = context.get("csrf_token"), page_address(context)
    fields = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token) if token else ""
    return fields + (format_html('<input type="hidden" name="next" value="{}">', address) if address else "")


@register.simple_tag
def drawn_mark(*drawn_from: Any) -> str:
    """The mark of what is drawn from these values."""
    return mark_of(*drawn_from)
