"""The words of the filter: what may stand before and behind the colon, in neutral words and in a reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import get_language_info, override, pgettext
from django.utils.translation import gettext as _

from analysis.language import LANGUAGES
from tickets.models.ticket import UNLISTED, Priority, Status

NEUTRAL = ""  # the language in which filters are stored and stand in addresses: the keys themselves
ANY = "any"
# What each key takes: one of these words, a length of time, or a name.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "public": ("yes", "no"),
    "status": (*(status.value for status in Status if status not in UNLISTED), ANY),
    "priority": tuple(priority.name.lower() for priority in Priority),
    "lang": LANGUAGES,
    "is": ("unread", "late", "unanswered", "failed"),
    "has": ("draft", "tag", "reply", "note", "file"),
}
DURATIONS = ("sla", "waiting", "older", "newer")
SPECIALS: Mapping[str, tuple[str, ...]] = {
    "assignee": ("me", "none"),
    "team": ("mine", "none"),
    "channel": (),
    "tag": (),
}
REFERENCES = tuple(SPECIALS)  # keys whose values name rows
NAMES = (*REFERENCES, "from")
KEYS = ("channel", "public", "tag", "assignee", "team", "status", "priority", "lang", "from", "is", "has", *DURATIONS)
UNITS: Mapping[str, int] = {"m": 1, "h": 60, "d": 1440, "w": 10080}  # in minutes
_ALSO_SPOKEN = {"nb": "no", "nn": "no"}


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words, both ways. What is read: its own, and the neutral ones wherever it has no such word."""

    keys: Mapping[str, str]  # as read, folded → neutral
    values: Mapping[str, Mapping[str, str]]  # by neutral key: as read, folded → neutral
    units: Mapping[str, str]
    shown_keys: Mapping[str, str]  # neutral → as shown
    shown_values: Mapping[str, Mapping[str, str]]
    shown_units: Mapping[str, str]


@lru_cache(maxsize=16)
def words_of(language: str) -> Words:
    """The words of a language; NEUTRAL gives the neutral ones alone."""
    if not language:
        return _words({key: key for key in KEYS}, {key: {v: v for v in _offered(key)} for key in KEYS},
                      {unit: unit for unit in UNITS})  # fmt: skip
    with override(language):
        return _words(_key_words(), _value_words(), _unit_words())


def _words(keys: Mapping[str, str], values: Mapping[str, Mapping[str, str]], units: Mapping[str, str]) -> Words:
    return Words(
        keys=_read(KEYS, keys),
        values={key: _read(_offered(key), values.get(key, {})) | _spoken(key) for key in KEYS},
        units=_read(UNITS, units),
        shown_keys=dict(keys),
        shown_values={key: dict(shown) for key, shown in values.items()},
        shown_units=dict(units),
    )


def _read(neutral: Iterable[str], shown: Mapping[str, str]) -> dict[str, str]:
    """The neutral words read as themselves, unless the language uses one of them for something else."""
    return {one.casefold(): one for one in neutral} | {said.casefold(): one for one, said in shown.items()}


def _offered(key: str) -> tuple[str, ...]:
    return CHOICES.get(key) or SPECIALS.get(key, ())


def _spoken(key: str) -> dict[str, str]:
    """Languages are also read by their names, in every language at hand."""
    if key != "lang":
        return {}
    names = {info[name].casefold(): code for code in LANGUAGES for info in (get_language_info(code),)
             for name in ("name", "name_local", "name_translated")}  # fmt: skip
    return _ALSO_SPOKEN | names | {code: code for code in LANGUAGES}


def _key_words() -> dict[str, str]:
    return {
        "channel": pgettext("filter", "channel"),
        "public": pgettext("filter", "public"),
        "tag": pgettext("filter", "tag"),
        "assignee": pgettext("filter", "assignee"),
        "team": pgettext("filter", "team"),
        "status": pgettext("filter", "status"),
        "priority": pgettext("filter", "priority"),
        "lang": pgettext("filter", "lang"),
        "from": pgettext("filter", "from"),
        "is": pgettext("filter", "is"),
        "has": pgettext("filter", "has"),
        "sla": pgettext("filter", "sla"),
        "waiting": pgettext("filter", "waiting"),
        "older": pgettext("filter", "older"),
        "newer": pgettext("filter", "newer"),
    }


def _value_words() -> dict[str, dict[str, str]]:
    return {
        "public": {"yes": pgettext("filter value", "yes"), "no": pgettext("filter value", "no")},
        "status": {
            **{status.value: str(status.label).lower() for status in Status},
            ANY: pgettext("filter value", "any"),
        },
        "priority": {priority.name.lower(): str(priority.label).lower() for priority in Priority},
        "lang": {code: code for code in LANGUAGES},
        "assignee": {"me": pgettext("filter value", "me"), "none": pgettext("filter value", "none")},
        "team": {"mine": pgettext("filter value", "mine"), "none": pgettext("filter value", "none")},
        "is": {
            "unread": pgettext("filter value", "unread"),
            "late": pgettext("filter value", "late"),
            "unanswered": pgettext("filter value", "unanswered"),
            "failed": pgettext("filter value", "failed"),
        },
        "has": {
            "draft": pgettext("filter value", "draft"),
            "tag": pgettext("filter value", "tag"),
            "reply": pgettext("filter value", "reply"),
            "note": pgettext("filter value", "note"),
            "file": pgettext("filter value", "file"),
        },
    }


def _unit_words() -> dict[str, str]:
    return {
        "m": pgettext("filter unit, minutes", "m"),
        "h": pgettext("filter unit, hours", "h"),
        "d": pgettext("filter unit, days", "d"),
        "w": pgettext("filter unit, weeks", "w"),
    }


def key_meaning(key: str) -> str:
    """What a key narrows by, for the list of suggestions."""
    return {
        "channel": _("Channel"),
        "public": _("Everyone can read it"),
        "tag": _("Tag"),
        "assignee": _("Colleague who has it"),
        "team": _("Team"),
        "status": _("Status"),
        "priority": _("Priority"),
        "lang": _("Language"),
        "from": _("Customer’s name"),
        "is": _("Unread, late, unanswered, failed"),
        "has": _("Holds a draft, tag, reply, note or file"),
        "sla": _("Due within"),
        "waiting": _("Customer has waited longer than"),
        "older": _("Nothing said since"),
        "newer": _("Something said within"),
    }[key]


def fault_words(fault: str, key: str) -> str:
    """What is wrong with a token, as a sentence."""
    if fault == "unknown":
        return {
            "tag": _("There is no such tag, or it was deleted."),
            "assignee": _("There is no such colleague."),
            "team": _("There is no such team, or it was deleted."),
            "channel": _("There is no such channel, or it was removed."),
        }.get(key, _("There is no such word here."))
    return {
        "empty": _("Something is missing after the colon."),
        "duration": _("Write a time such as 30m, 2h or 3d."),
        "several": _("Several colleagues have this name. Choose one from the list."),
    }.get(fault, _("This word is not one of the choices."))
