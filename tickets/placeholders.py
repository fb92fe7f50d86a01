"""Variables in saved replies: a small closed list, filled from the case. Pure text in, text out.

A variable stands as `{{customer.first_name}}`. One without a value stays as it is: people see it marked, and nothing
that holds one leaves the house.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLES = (
    "customer.first_name",
    "customer.name",
    "agent.first_name",
    "agent.name",
    "case.number",
    "channel.name",
    "team.name",
)
_VARIABLE = re.compile(
    r"\{\{\s*(" + "|".join(re.escape(name) for name in VARIABLES) + r")\s*\}\}", re.IGNORECASE | re.ASCII
)
_BRACES = re.compile(r"\{\{([^{}]{0,60})(?:\}\})?|\}\}")


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text; `variable` names the one that stands there unfilled, "" for plain text."""

    text: str
    variable: str = ""


def standing(name: str) -> str:
    """How a variable stands in a text."""
    return "{{" + name + "}}"


def tidied(text: str) -> str:
    """The same text with each variable written in the one way: no spaces inside, lowercase."""
    return _VARIABLE.sub(lambda found: standing(found[1].lower()), text)


def find_unknown(text: str) -> tuple[str, ...]:
    """What stands in double braces and is no variable of ours, as written, each once; a pair left open counts too."""
    rest = _VARIABLE.sub("\0", text)
    return tuple(dict.fromkeys(found[0] for found in _BRACES.finditer(rest)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of variables, once: what a value says is never read as a variable again.

    Takes: values by name; one that is missing or blank leaves its variable standing.
    """
    return _VARIABLE.sub(lambda found: _plain(values.get(found[1].lower(), "")) or standing(found[1].lower()), text)


def find_unfilled(text: str) -> tuple[str, ...]:
    """The variables that stand in a text, each once, in order."""
    return tuple(dict.fromkeys(found[1].lower() for found in _VARIABLE.finditer(text)))


def runs(text: str) -> tuple[Run, ...]:
    """A text cut at its variables, so that a page can mark them."""
    out: list[Run] = []
    at = 0
    for found in _VARIABLE.finditer(text):
        if found.start() > at:
            out.append(Run(text[at : found.start()]))
        out.append(Run(found[0], found[1].lower()))
        at = found.end()
    if at < len(text):
        out.append(Run(text[at:]))
    return tuple(out)


def generalise(text: str, values: Mapping[str, str]) -> str:
    """The other way round: the names of one case become variables, the longest first, whole words only."""
    known = {_plain(value): name for name, value in reversed(list(values.items())) if len(_plain(value)) > 1}
    if not known:
        return text
    words = sorted(known, key=len, reverse=True)
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(re.escape(word) for word in words) + r")(?!\w)")
    return pattern.sub(lambda found: standing(known[found[0]]), text)


def _plain(value: str) -> str:
    return " ".join(value.replace("{", "").replace("}", "").split())
