"""Turns stock and person into one text: fills slots, adds greeting and sign-off, lets fingers slip."""

from __future__ import annotations

import re
from functools import cache
from random import Random

from sandbox.town.people import PEOPLE, Person
from sandbox.town.stock import STOCKS
from sandbox.town.stock.shape import MATTERS

_FALLBACK = "en"
_AFTER_FULL_STOP = re.compile(r"(?<=[.?!] )\{(\w+)\}")
_HAPPY = ("", "", "😊", "👏", "❤️", "👍👍", "Hurra!")
_KEEPS_CAPITAL = ("Fri Fart", "I ", "I'", "E-", "EDIT")
_KEYS_NEARBY = {"a": "s", "e": "r", "i": "o", "n": "m", "t": "r", "s": "d", "l": "k", "o": "p"}
_TEMPER_MATTERS = {"warm": "praise", "dry": "irony", "angry": "leaving"}


def speak(rng: Random, person: Person) -> str:
    """One text by `person` about a matter that suits the person's temper."""
    matter = rng.choices(list(MATTERS), weights=list(MATTERS.values()))[0]
    if person.temper in _TEMPER_MATTERS and rng.random() < 0.25:
        matter = _TEMPER_MATTERS[person.temper]
    return about(rng, person, matter)


def about(rng: Random, person: Person, matter: str) -> str:
    """One text by `person` about `matter`, a key of MATTERS."""
    text = _fill(rng, person, STOCKS[person.language].lines[matter])
    if matter == "praise":
        return _slip(rng, person, f"{text} {rng.choice(_HAPPY)}".strip())
    return _dress(rng, person, text)


def sing(rng: Random, person: Person, topic: str) -> str:
    """One voice of a choir on `topic`, one of TOPICS."""
    return _dress(rng, person, _fill(rng, person, STOCKS[person.language].choirs[topic]))


def answer(rng: Random, person: Person, mood: str) -> str:
    """What `person` says to the page's reply; mood is thanks, followups or still_angry."""
    lines: dict[str, tuple[str, ...]] = {
        "thanks": STOCKS[person.language].thanks,
        "followups": STOCKS[person.language].followups,
        "still_angry": STOCKS[person.language].still_angry,
    }
    return _slip(rng, person, _fill(rng, person, lines[mood]))


def chatter(rng: Random, person: Person) -> str:
    """What `person` says to another customer."""
    return _slip(rng, person, _fill(rng, person, STOCKS[person.language].chatter))


def second_thought(rng: Random, person: Person) -> str:
    """What `person` puts behind a text when editing it."""
    return _fill(rng, person, STOCKS[person.language].second_thoughts)


def guess_language(text: str) -> str:
    """The language of the stock that shares most words with `text`; good enough to answer a stranger in kind."""
    said = set(text.lower().split())
    return max(STOCKS, key=lambda language: (len(said & _known_words(language)), language == _FALLBACK))


@cache
def _known_words(language: str) -> frozenset[str]:
    stock = STOCKS[language]
    groups = [*stock.lines.values(), *stock.choirs.values(), stock.openings, stock.chatter, stock.thanks]
    return frozenset(word for lines in groups for line in lines for word in line.lower().split())


def anyone(rng: Random, language: str | None = None) -> Person:
    """Somebody of the town; three times in four of the given language."""
    speakers = [person for person in PEOPLE if person.language == language]
    return rng.choice(speakers if speakers and rng.random() < 0.75 else PEOPLE)


def choir(rng: Random, voices: int) -> list[Person]:
    """That many people, all different up to the size of the town."""
    order = rng.sample(PEOPLE, len(PEOPLE))
    return [order[place % len(order)] for place in range(voices)]


def _fill(rng: Random, person: Person, lines: tuple[str, ...]) -> str:
    stock = STOCKS[person.language]
    values = {name: rng.choice(options) for name, options in stock.slots.items()}
    phone = stock.phones.format(n=f"{rng.randint(5, 99):02d}")
    line = _AFTER_FULL_STOP.sub(lambda slot: values[slot[1]][0].upper() + values[slot[1]][1:], rng.choice(lines))
    text = line.format(**values, phone=phone, email=person.email)
    return text[0].upper() + text[1:]


def _dress(rng: Random, person: Person, text: str) -> str:
    stock = STOCKS[person.language]
    if opening := rng.choice(stock.openings):
        if opening[-1] in ",:" and text[1:2].islower() | (text[1:2] == " ") and not text.startswith(_KEEPS_CAPITAL):
            text = text[0].lower() + text[1:]
        text = f"{opening} {text}"
    if closing := rng.choice(stock.closings):
        text = f"{text}{'' if text[-1] in '.!?🐌👏' else '.'} {closing}"
    if rng.random() < 0.35:
        text = f"{text} {rng.choice(stock.emoji) * rng.choice((1, 1, 1, 2, 3))}"
    return _slip(rng, person, text)


def _slip(rng: Random, person: Person, text: str) -> str:
    """Typing as on a phone: one wrong, doubled or swapped letter, or no capitals. Digits and addresses stay right."""
    if not person.slips or rng.random() < 0.4:
        return text
    if rng.random() < 0.3 and "@" not in text:
        return text.lower()
    words = text.split(" ")
    long_words = [place for place, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long_words:
        return text
    place = rng.choice(long_words)
    words[place] = _mistype(rng, words[place])
    return " ".join(words)


def _mistype(rng: Random, word: str) -> str:
    at = rng.randint(1, len(word) - 2)
    letter = word[at]
    return rng.choice(
        (
            word[:at] + word[at + 1] + letter + word[at + 2 :],
            word[:at] + letter + word[at:],
            word[:at] + word[at + 1 :],
            word[:at] + _KEYS_NEARBY.get(letter, letter) + word[at + 1 :],
        )
    )
