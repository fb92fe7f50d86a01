"""The grammar of filters: text ⇄ tokens and free words. Pure: nothing here reads rows, and nothing raises on rubbish.

    filter  = piece*
    piece   = ["-"] key ":" value ("," value)*     a token; "-" turns it round
            | "\\"" phrase "\\""                     free words that belong together
            | word                                 a free word; so is whatever has an unknown key
    value   = word | "\\"" anything "\\""            inside quotes \\" and \\\\ stand for " and \\

Values of one token are alternatives; tokens and words all have to hold. Keys and values are read in the reader's
language and in the neutral one (`filter_words`). A token whose value makes no sense keeps it as it was typed, with a
`fault`, so that it can be shown and mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tickets.filter_words import CHOICES, DURATIONS, NEUTRAL, UNITS, Words, words_of

LONGEST = 800  # characters read; the rest is left out
LONGEST_VALUE = 80
_TOKEN = re.compile(r'(-?)([^\W\d_]+):((?:"(?:[^"\\]|\\.)*(?:"|$)|[^\s"])*)', re.DOTALL)
_VALUE = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|$)|([^",\s]+)', re.DOTALL)
_PHRASE = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|$)', re.DOTALL)
_WORD = re.compile(r"\S+")
_FREE = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)|\S+', re.DOTALL)
_SPACE = re.compile(r"\s*")
_LENGTH = re.compile(r"([0-9]{1,4})([^\W\d_]+)")
_PLAIN = re.compile(r'[^\s",:\\]+')


@dataclass(frozen=True, slots=True)
class Token:
    """One condition. `values` are neutral and any of them will do; with a `fault` they are as typed.

    Faults: empty, value (not one of the choices), duration; and from looking names up: unknown, several.
    """

    key: str
    values: tuple[str, ...]
    negated: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a filter says: tokens in the order typed, and free words and phrases."""

    tokens: tuple[Token, ...] = ()
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tokens or self.words)

    def without(self, position: int) -> Filter:
        """The same less one token."""
        return replace(self, tokens=self.tokens[:position] + self.tokens[position + 1 :])


def parse_filter(text: str, language: str = NEUTRAL) -> Filter:
    """Read what somebody typed in `language`; any text is a filter. Tokens that are repeated count once."""
    text, words = text[:LONGEST].replace("\0", ""), words_of(language)
    tokens: dict[Token, None] = {}
    free: dict[str, None] = {}
    at = _skip_space(text, 0)
    while at < len(text):
        token, phrase = _TOKEN.match(text, at), _PHRASE.match(text, at)
        if token and token[2].casefold() in words.keys:
            at = token.end()
            tokens.setdefault(_token(words.keys[token[2].casefold()], token[3], bool(token[1]), words))
        else:
            found = phrase or _WORD.match(text, at)
            assert found is not None  # noqa: S101  a place that is no space begins a word
            at = found.end()
            free.setdefault(_in_line(_unescaped(found[1]) if phrase else found[0]))
        at = _skip_space(text, at)
    return Filter(tuple(tokens), tuple(word for word in free if word))


def words_in(text: str) -> tuple[str, ...]:
    """The words and phrases of a text that holds no tokens, whatever it looks like."""
    found = ((match, _PHRASE.match(text, match.start())) for match in _FREE.finditer(text[:LONGEST]))
    pieces = (_in_line(_unescaped(phrase[1]) if phrase else match[0]) for match, phrase in found)
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def render_filter(wanted: Filter, language: str = NEUTRAL) -> str:
    """The text that `parse_filter` reads as this filter, in the words of `language`."""
    return " ".join([*(render_token(token, language) for token in wanted.tokens), render_words(wanted.words)]).strip()


def render_words(free: Iterable[str]) -> str:
    """Free words and phrases as they are typed."""
    return " ".join(_quoted(word) for word in free)


def render_token(token: Token, language: str = NEUTRAL) -> str:
    """One token as it is typed."""
    words = words_of(language)
    values = ",".join(_quoted(value) for value in shown_values(token, language))
    return f"{'-' if token.negated else ''}{words.shown_keys[token.key]}:{values}"


def shown_values(token: Token, language: str) -> tuple[str, ...]:
    """A token's values in the words of `language`; names and what is at fault stay as they are."""
    if token.fault in ("empty", "value", "duration"):
        return token.values
    words = words_of(language)
    if token.key in DURATIONS:
        return tuple(value[:-1] + words.shown_units[value[-1]] for value in token.values)
    return tuple(words.shown_values.get(token.key, {}).get(value, value) for value in token.values)


def minutes_of(value: str) -> int:
    """A neutral length of time, such as 30m or 2d, in minutes."""
    return int(value[:-1]) * UNITS[value[-1]]


def _token(key: str, typed: str, negated: bool, words: Words) -> Token:
    pieces = (_unescaped(quoted) if quoted else plain for quoted, plain in _VALUE.findall(typed))
    raw = tuple(dict.fromkeys(value for piece in pieces if (value := _in_line(piece)[:LONGEST_VALUE].strip())))
    if not raw:
        return Token(key, (), negated, "empty")
    read = [_value(key, value, words) for value in raw]
    values = tuple(dict.fromkeys(value for value in read if value is not None))
    if None in read:
        return Token(key, raw, negated, "duration" if key in DURATIONS else "value")
    return Token(key, values, negated)


def _value(key: str, typed: str, words: Words) -> str | None:
    """The neutral value; None for what the key does not take."""
    if key in DURATIONS:
        length = _LENGTH.fullmatch(typed)
        unit = words.units.get(length[2].casefold()) if length else None
        return f"{int(length[1])}{unit}" if length and unit else None
    known = words.values[key].get(typed.casefold())
    return known if key in CHOICES else known or typed


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)


def _in_line(value: str) -> str:
    return " ".join(value.split())


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
