"""The `fields` parameter: `id,message,from{id,name},comments.limit(25){message}` into a tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sandbox.facebook.errors import GraphError

_TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[{},]|\.\s*[a-z_]+\s*\([^()]*\))")


@dataclass(slots=True)
class Field:
    """One wanted field, its modifiers (`limit`, `filter`, …) and what is wanted below it (None: the default set)."""

    name: str
    modifiers: dict[str, str] = field(default_factory=dict)
    below: list[Field] | None = None


def parse_fields(text: str) -> list[Field]:
    """Read a `fields` value; raises GraphError 2500 on a syntax error."""
    tokens = _tokens(text)
    fields = _read_list(tokens)
    if tokens:
        raise _syntax_error(text)
    return fields


def _tokens(text: str) -> list[str]:
    """The tokens in reverse order, so that `pop` takes the next one."""
    found, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _syntax_error(text[at:])
        found.append(match.group(1))
        at = match.end()
    return found[::-1]


def _read_list(tokens: list[str]) -> list[Field]:
    fields = []
    while tokens and tokens[-1] != "}":
        if tokens[-1] == ",":
            tokens.pop()
            continue
        fields.append(_read_field(tokens))
    return fields


def _read_field(tokens: list[str]) -> Field:
    name = tokens.pop()
    if not name[0].isalpha() and name[0] != "_":
        raise _syntax_error(name)
    made = Field(name)
    while tokens and tokens[-1].startswith("."):
        key, _, value = tokens.pop()[1:].partition("(")
        made.modifiers[key.strip()] = value.removesuffix(")").strip()
    if tokens and tokens[-1] == "{":
        tokens.pop()
        made.below = _read_list(tokens)
        if not tokens:
            raise _syntax_error(name)
        tokens.pop()
    return made


def _syntax_error(near: str) -> GraphError:
    return GraphError(2500, f"Syntax error in field list near: {near[:40]}")
