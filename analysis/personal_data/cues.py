"""Says from the words around a number what it is: the nearest telling word in the same clause decides."""

import re
from dataclasses import dataclass
from functools import lru_cache

from analysis.personal_data import cue_words

LEFT_WINDOW = 90
RIGHT_WINDOW = 50
LEFT_WORDS = 6
RIGHT_WORDS = 4
WORDS_PAST_A_WEAK_ONE = 2

_KINDS = tuple(
    (kind, re.compile("|".join(patterns)))
    for kind, patterns in (
        ("REFERENCE", cue_words.REFERENCE),
        ("PHONE", cue_words.PHONE),
        ("IDENTITY", cue_words.IDENTITY),
        ("CARD", cue_words.CARD),
        ("ACCOUNT", cue_words.ACCOUNT),
        ("PERSON", cue_words.PERSON),
        ("NUMBER", cue_words.NUMBER),
        ("IDENTIFIER", cue_words.IDENTIFIER),
    )
)
_WEAK = {"NUMBER", "IDENTIFIER", "PERSON"}
_PLATE = re.compile("|".join(cue_words.PLATE))
_PLATE_NOUN = re.compile("|".join(cue_words.PLATE_NOUN))
_ADDRESS = re.compile("|".join(cue_words.ADDRESS))
_DELIVERY = re.compile("|".join(cue_words.DELIVERY))
_STRONG_ACCOUNT = re.compile("|".join(cue_words.STRONG_ACCOUNT))

# A word, a number, a stretch already found (NUL), or the end of a clause.
_TOKEN = re.compile(r"[^\W\d_]+(?:[-'’./][^\W\d_]+)*|[0-9][0-9.,:/-]*|\0|[\n;]| [-–—] |[.!?](?=\s)|#")
_ABBREVIATIONS = frozenset(
    ["nr", "no", "num", "tlf", "tel", "telf", "mob", "puh", "ref", "reg", "kto", "org", "pers", "str"]
)
_COPULAS = {"er", "är", "is", "ist", "on", "var", "was", "war", "oli", "som", "gjelder"}
# "Telefon:" on a line of its own speaks of the next line.
_HEADING = re.compile(r":[ \t]*\n{1,2}\Z")
_STOPS = {"\0", "\n", ";", ".", "!", "?", " - ", " – ", " — "}
_JOINT = re.compile(r"[-./]")


@dataclass(frozen=True, slots=True)
class Cue:
    """What the words say: `kind` is empty when they say nothing; `words_away` counts from the number."""

    kind: str = ""
    words_away: int = 99
    strong_account: bool = False


NOTHING = Cue()


@lru_cache(maxsize=16384)
def word_kind(word: str) -> str:
    """The kind of one lower-case word, or an empty string."""
    if len(word) > 40:
        return ""
    for kind, pattern in _KINDS:
        if pattern.fullmatch(word):
            return kind
    parts = _JOINT.split(word)
    return next((kind for kind in map(word_kind, parts) if kind), "") if len(parts) > 1 else ""


def cue_around(text: str, start: int, end: int) -> Cue:
    """The cue for the number at `start`..`end`: words before it go first, words after it only if those say little."""
    left = _nearest(words_before(text, start), LEFT_WORDS)
    if left.kind and left.kind not in _WEAK:
        return left
    after, linked = _said_after(text, end)
    right = _nearest(after, RIGHT_WORDS, past_weak=0)
    if not left.kind or (linked and right.kind not in ("", *_WEAK)):
        return right
    return left


def _said_after(text: str, end: int) -> tuple[list[str], bool]:
    """Words after a number that speak of it, and whether a verb links them to it.

    In `98765432 order 4711` the word belongs to the next number; in `98765432 is my order` it belongs to this one.
    """
    found = words_after(text, end)
    linked = bool(found) and found[0] in _COPULAS
    if found and _is_a_number(found[-1]):
        return (found[:-2] if linked else []), linked
    return found, linked


def words_after(text: str, end: int) -> list[str]:
    """Lower-case words of the clause after `end`, nearest first; a number of four digits or more is the last."""
    found: list[str] = []
    for raw in _TOKEN.findall(text[end : end + RIGHT_WINDOW]):
        token = raw.lower()
        if token in _STOPS:
            break
        found.append(token)
        if _is_a_number(token):
            break
    return found


def _is_a_number(token: str) -> bool:
    return token[0].isdigit() and len(token) > 3


def _is_abbreviation(word: str) -> bool:
    return word in _ABBREVIATIONS or word.endswith(("nr", "tlf", "tel"))


def glued_cue(text: str, start: int) -> Cue | None:
    """The cue in `tlf98765432` or `cpr-0101011234`: a telling word that touches the number."""
    letters = re.search(r"[^\W\d_]{2,20}[-.]?\Z", text[max(0, start - 21) : start])
    if letters is None:
        return None
    kind = word_kind(letters.group().rstrip("-.").lower())
    return Cue(kind, 1) if kind not in ("", "REFERENCE", "PERSON") else None


def words_before(text: str, start: int) -> list[str]:
    """Lower-case words of the clause before `start`, nearest first; a number of four digits or more ends it."""
    found: list[str] = []
    window = text[max(0, start - LEFT_WINDOW) : start]
    if _HEADING.search(window):
        window = window.rstrip()
    tokens = _TOKEN.findall(window)
    for at in range(len(tokens) - 1, -1, -1):
        word = tokens[at].lower()
        if at and word == "." and _is_abbreviation(tokens[at - 1].lower()):
            continue
        if word in _STOPS or _is_a_number(word):
            break
        found.append(word)
    return found


def _nearest(words: list[str], limit: int, past_weak: int = WORDS_PAST_A_WEAK_ONE) -> Cue:
    weak = NOTHING
    for away, word in enumerate(words[:limit], start=1):
        kind = "REFERENCE" if word == "#" else word_kind(word)
        if kind and kind not in _WEAK:
            return Cue(kind, away, bool(_STRONG_ACCOUNT.fullmatch(word)))
        if kind and not weak.kind:
            weak = Cue(kind, away)
        if weak.kind in ("NUMBER", "IDENTIFIER") and away - weak.words_away >= past_weak:
            break
    return weak


def speaks_of_a_vehicle(text: str, start: int, end: int) -> bool:
    """Whether a word for car, plate or parking stands near, and no word for an order or version stands nearer."""
    for word in words_before(text, start)[:LEFT_WORDS]:
        if _is(_PLATE, word):
            return True
        if word_kind(word) == "REFERENCE":
            return False
    return any(_is(_PLATE, word) for word in words_after(text, end)[:RIGHT_WORDS])


def speaks_of_a_product(text: str, start: int) -> bool:
    """Whether the nearest telling word before means an order, version or the like."""
    return _nearest(words_before(text, start), LEFT_WORDS).kind == "REFERENCE"


def speaks_of_a_plate(text: str, start: int, _end: int) -> bool:
    """Whether one of the two words before means the plate itself, not only the car."""
    return any(_is(_PLATE_NOUN, word) for word in words_before(text, start)[:2])


def speaks_of_a_home(text: str, start: int) -> bool:
    """Whether the clause before speaks of an address, moving or living somewhere."""
    return any(_is(_ADDRESS, word) for word in words_before(text, start)[:LEFT_WORDS])


def speaks_of_delivery(text: str, start: int) -> bool:
    """Whether the clause before says that something goes somewhere."""
    return any(_is(_DELIVERY, word) for word in words_before(text, start)[:LEFT_WORDS])


def _is(pattern: re.Pattern[str], word: str) -> bool:
    return len(word) <= 40 and pattern.fullmatch(word) is not None
