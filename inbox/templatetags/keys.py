"""Keys in our pages: the cap of one command, and the table of all, each as the person who looks has chosen them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from core.users.models import User
from inbox.keymap import COMMANDS, PLACES, Command, active_keys, shown

register = template.Library()


@dataclass(frozen=True, slots=True)
class Line:
    """A command, the typed key it answers to here ("" for none), and all its keys as caps."""

    command: Command
    key: str
    caps: SafeString


@dataclass(frozen=True, slots=True)
class Place:
    """The commands that work in one place."""

    key: str
    words: str
    lines: tuple[Line, ...]


def _user(context: Any) -> User | None:
    user = getattr(context.get("request"), "user", None)
    return user if isinstance(user, User) else None


def caps(keys: tuple[str, ...]) -> SafeString:
    """Some keys as little caps, hidden from screen readers: controls say theirs by `aria-keyshortcuts`."""
    each = [(cap,) for key in keys for cap in shown(key)]
    return format_html_join("", '<kbd aria-hidden="true">{}</kbd>', each)


@register.simple_tag(takes_context=True)
def key(context: Any, command: str) -> SafeString:
    """The cap of a command for the button that does it; nothing where the person has no key for it."""
    user = _user(context)
    mine = active_keys(user).get(command, "") if user else ""
    return caps((mine,)) if mine else SafeString("")


@register.simple_tag(takes_context=True)
def command_places(context: Any) -> list[Place]:
    """Every command by the place it works in. No query: the choices stand on the person's own row."""
    user = _user(context)
    mine = active_keys(user) if user else {}
    lines = [Line(one, mine.get(one.id, ""), caps(_keys(one, mine))) for one in COMMANDS]
    return [
        Place(place, str(words), tuple(line for line in lines if line.command.where == place))
        for place, words in PLACES.items()
    ]


def _keys(command: Command, mine: dict[str, str]) -> tuple[str, ...]:
    return tuple(key for key in (mine.get(command.id, ""), *command.fixed) if key)


@register.simple_tag
def command_data(line: Line) -> SafeString:
    """What the scripts need of a command, as attributes."""
    one = line.command
    attributes = {"id": one.id, "where": one.where, "key": line.key, "fixed": " ".join(one.fixed), "href": one.href,
                  "repeats": "1" if one.repeats else "", "listed": "1" if one.listed else ""}  # fmt: skip
    return format_html_join(" ", 'data-{}="{}"', ((name, value) for name, value in attributes.items() if value))
