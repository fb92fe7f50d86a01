"""Every command that has a key, as data: what it is called, where it works, its usual key, and how keys are written.

A key is one typed character ("e"; "E" with Shift; "!"), two in a row ("g i"), or, in `fixed`, one that no setting
changes: "Mod+k" (⌘ on Apple, Ctrl elsewhere) or a named key. Only the typed ones can be turned off or chosen anew.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Invalid
from core.users.models import User

SHIFT = "⇧"
SHIFT_WORDS = (SHIFT, "shift+", "shift ")
# Typed with AltGr, Option or a dead key on one of the Nordic keyboards.
HARD_TO_TYPE = frozenset("@£$€[]{}\\|~^`´¨")


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a key does. The control it presses carries `data-command="<id>"`; without one here it is not offered.

    `repeats`: may go on while the key is held. `href`: the page it opens. `listed`: the palette names it.
    """

    id: str
    where: str
    words: Promise
    icon: str
    key: str = ""
    fixed: tuple[str, ...] = ()
    repeats: bool = False
    href: str = ""
    listed: bool = True


ANYWHERE, LIST, CASE, COMPOSER = "anywhere", "list", "case", "composer"
PLACES: dict[str, Promise] = {
    ANYWHERE: gettext_lazy("Anywhere"),
    LIST: gettext_lazy("List"),
    CASE: gettext_lazy("Case"),
    COMPOSER: gettext_lazy("Composer"),
}
COMMANDS: tuple[Command, ...] = (
    Command("palette", ANYWHERE, gettext_lazy("Search or jump"), "search", fixed=("Mod+k",), listed=False),
    Command("search", ANYWHERE, gettext_lazy("Search all cases"), "search", "/", href="/search"),
    Command("keys", ANYWHERE, gettext_lazy("Show all keys"), "keyboard", "?"),
    Command("go-mine", ANYWHERE, gettext_lazy("Mine"), "inbox", "g i", listed=False),
    Command("go-unassigned", ANYWHERE, gettext_lazy("Unassigned"), "circle-dashed", "g u", listed=False),
    Command("go-team", ANYWHERE, gettext_lazy("Team, then the next team"), "users", "g t", listed=False),
    Command("go-mentions", ANYWHERE, gettext_lazy("Mentions of me"), "at-sign", "g m", listed=False),
    Command("go-admin", ANYWHERE, gettext_lazy("People and teams"), "users", "g a", listed=False),
    Command("undo", ANYWHERE, gettext_lazy("Undo"), "undo-2", "z"),
    Command("pane-next", ANYWHERE, gettext_lazy("Next pane"), "columns-2", fixed=("F6",), listed=False),
    Command("pane-previous", ANYWHERE, gettext_lazy("Previous pane"), "columns-2", fixed=("Shift+F6",), listed=False),
    Command(
        "toast", ANYWHERE, gettext_lazy("To the message at the bottom"), "message-square", fixed=("F8",), listed=False
    ),
    Command("back", ANYWHERE, gettext_lazy("Close, then back"), "chevron-left", fixed=("Escape",), listed=False),
    Command("down", LIST, gettext_lazy("Down"), "arrow-down", "j", ("ArrowDown",), repeats=True, listed=False),
    Command("up", LIST, gettext_lazy("Up"), "arrow-up", "k", ("ArrowUp",), repeats=True, listed=False),
    Command("open", LIST, gettext_lazy("Open"), "panel-right", "o", ("Enter",), listed=False),
    Command("select", LIST, gettext_lazy("Select"), "square-check", "x"),
    Command(
        "extend-down", LIST, gettext_lazy("Extend the selection down"), "list-checks", "J", repeats=True, listed=False
    ),
    Command("extend-up", LIST, gettext_lazy("Extend the selection up"), "list-checks", "K", repeats=True, listed=False),
    Command("select-all", LIST, gettext_lazy("Select all"), "list-checks", fixed=("Mod+a",)),
    Command("filter", LIST, gettext_lazy("Filter this list"), "list-filter", "f"),
    Command("sort", LIST, gettext_lazy("Sort this list"), "arrow-down-up", "s"),
    Command("show-new", LIST, gettext_lazy("Show what is new"), "refresh-cw", "."),
    Command("unread", LIST, gettext_lazy("Mark unread"), "mail", "U"),
    Command("reply", CASE, gettext_lazy("Reply as last time"), "reply", "r"),
    Command("public", CASE, gettext_lazy("Public reply"), "globe", "p"),
    Command("private", CASE, gettext_lazy("Private message"), "lock", "m"),
    Command("note", CASE, gettext_lazy("Note"), "sticky-note", "n"),
    Command("assign", CASE, gettext_lazy("Assign"), "user", "a"),
    Command("take", CASE, gettext_lazy("Take it myself"), "hand", "i"),
    Command("tag", CASE, gettext_lazy("Tag"), "tag", "t"),
    Command("snooze", CASE, gettext_lazy("Snooze"), "clock", "h"),
    Command("resolve", CASE, gettext_lazy("Resolve, or reopen"), "check", "e"),
    Command("resolve-next", CASE, gettext_lazy("Resolve and open the next"), "check-check", "E"),
    Command("priority", CASE, gettext_lazy("Priority"), "flag", "!"),
    Command("follow", CASE, gettext_lazy("Follow"), "bell", "w"),
    Command("side", CASE, gettext_lazy("Side panel"), "panel-right", "b"),
    Command("quote", CASE, gettext_lazy("Quote what is selected"), "quote", "q"),
    Command("next-unread", CASE, gettext_lazy("Next unread message"), "arrow-down", "u"),
    Command("send", COMPOSER, gettext_lazy("Send"), "send", fixed=("Mod+Enter",), listed=False),
    Command("send-and-resolve", COMPOSER, gettext_lazy("Send and resolve"), "send", fixed=("Mod+Shift+Enter",)),
)
BY_ID: dict[str, Command] = {command.id: command for command in COMMANDS}


def chosen_keys(user: User) -> dict[str, str]:
    """The typed key of each command that can have one, as this person chose; "" for none."""
    return with_own(user.own_keys if isinstance(user.own_keys, dict) else {})


def with_own(own: Mapping[str, str]) -> dict[str, str]:
    """The usual keys with some of them chosen anew. Fixed commands are not among them."""
    return {one.id: own.get(one.id, one.key) for one in COMMANDS if one.key}


def active_keys(user: User) -> dict[str, str]:
    """What a page listens to: the chosen keys, none when single keys are off."""
    return chosen_keys(user) if user.single_keys else {}


def shown(key: str) -> tuple[str, ...]:
    """A key as caps to look at: ("E",), ("⇧E",), ("G", "I"), ("Ctrl K",). The browser says ⌘ where that is the word."""
    if key.startswith(("Mod+", "Shift+")):
        *mods, last = key.split("+")
        return (f"{'Ctrl ' if 'Mod' in mods else ''}{SHIFT if 'Shift' in mods else ''}{_cap(last)}",)
    return tuple(_cap(part, typed=True) for part in key.split(" ") if part)


_NAMES = {"Escape": "Esc", "Enter": "↵", "ArrowDown": "↓", "ArrowUp": "↑"}


def _cap(part: str, *, typed: bool = False) -> str:
    if len(part) > 1:
        return _NAMES.get(part, part)
    return f"{SHIFT}{part}" if typed and part != part.lower() else part.upper()


def written(key: str) -> str:
    """A typed key as the settings page writes it, and as `read_key` reads it."""
    return " ".join(shown(key))


def read_key(text: str) -> str:
    """A key from how people write it: "e" or "E" is the E key, "⇧E" or "Shift E" with Shift, "G I" two in a row.

    Raises: Invalid, saying why this cannot be a key.
    """
    text = unicodedata.normalize("NFC", " ".join(text.split()))[:20]
    shifted = next((word for word in SHIFT_WORDS if text.lower().startswith(word)), "")
    parts = text[len(shifted) :].split()
    if not parts and not shifted:
        return ""
    if len(parts) not in (1, 2) or any(len(part) != 1 for part in parts) or (shifted and len(parts) == 2):
        raise Invalid(_("Type one character, a letter with Shift, or two characters in a row such as G I."))
    for part in parts:
        _refuse_hard(part)
    if shifted:
        if not parts[0].isalpha():
            raise Invalid(_("Only letters are told apart by Shift. Type the character itself."))
        return parts[0].upper()
    return " ".join(part.lower() for part in parts)


def _refuse_hard(part: str) -> None:
    kind = unicodedata.category(part)
    if part in HARD_TO_TYPE or kind == "Sk":
        raise Invalid(_("%(key)s needs AltGr or a dead key on some keyboards. Choose another.") % {"key": part})
    if kind[0] not in "LNPS" or len(part.upper()) != 1 or part.upper().lower() != part.lower():
        raise Invalid(_("This cannot be a key. Choose another."))


def read_keys(texts: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Chosen keys from a form: those that differ from the usual, and what is wrong, by command.

    Takes: texts by command; a command that is not there keeps its usual key.
    """
    own, wrong = {}, {}
    for command in COMMANDS:
        if not command.key or command.id not in texts:
            continue
        try:
            key = read_key(texts[command.id])
        except Invalid as error:
            wrong[command.id] = error.message
            continue
        if key != command.key:
            own[command.id] = key
    return own, wrong | find_doubles(own)


def find_doubles(own: Mapping[str, str]) -> dict[str, str]:
    """Which chosen keys are taken already, in words, by command."""
    keys, wrong = with_own(own), {}
    for one in own:
        for other, key in keys.items():
            # Of two that were both chosen the later one is said to be wrong.
            later = other not in own or list(keys).index(other) < list(keys).index(one)
            if other != one and later and _clash(keys[one], key):
                wrong[one] = _("%(key)s is taken: %(command)s.") % {"key": written(key), "command": BY_ID[other].words}
    return wrong


def _clash(one: str, other: str) -> bool:
    """Whether two keys are the same, or one is how the other begins."""
    return bool(one and other) and (one == other or one.startswith(f"{other} ") or other.startswith(f"{one} "))
