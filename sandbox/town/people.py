"""The people of the town. All are invented; no one is meant."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_NAMES: dict[str, str] = {
    "nb": """
        Kari Solvang Myhre, Odd Birger Fjellro, Ingvild Sandtangen, Jonas Kvernvik, Marte Lillehagen,
        Terje Bråtalien, Silje Havnerud, Per Arne Tindlund, Åse Marie Storbekk, Eirik Nordskar, Tuva
        Ekreberg, Roar Vestmoen, Nadia Rahimi Lund, Bjørn Ole Krokstrand
    """,
    "sv": """
        Malin Ekstigen, Göran Tallåker, Ebba Sjölinder, Kjell Åke Myrhult, Hanna Björksäter, Mehmet
        Lindåsen, Ulrika Vintervall, Linus Fårbäck, Birgitta Stenhamra, Oskar Höglycke, Saga Norrängen,
        Ruth Ållebring
    """,
    "da": """
        Freja Lundehave, Søren Klitmose, Mette Bækgård Holt, Anders Skovtofte, Laila Nørrehede, Ib
        Strandager, Signe Æblegård, Jeppe Rugholm, Kirsten Markfelt, Yusuf Engvang
    """,
    "fi": """
        Aino Kivisuvanto, Pekka Lehtoranta-Aho, Sanna Hillamäki, Veikko Tuulikari, Riikka Ylöjoutsen,
        Mikael Saarnikoski, Tuula Mäntypirtti, Jere Kuutamo, Helmi Rantavaara, Onni Peuranen, Leena
        Äijälampi, Ahmed Koivukannas
    """,
    "en": """
        Priya Ashdown, Tom Wetherlow, Grace Okonjo-Hale, Liam Fernsby, Chloe Marchbank, Daniel
        Aldercroft, Zofia Brannigan, Sam Thistlewood, Maya Penhallow, Owen Larkfield, Ifeoma Redshaw,
        Harriet Quillfeather
    """,
}

_TEMPERS = ("warm", "dry", "angry", "plain", "plain")


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who writes: name, main language, temper (warm, dry, angry, plain) and whether the fingers slip."""

    name: str
    language: str
    temper: str
    slips: bool

    @property
    def email(self) -> str:
        """An address that cannot exist outside of examples."""
        plain = unicodedata.normalize(
            "NFKD", self.name.replace("ø", "o").replace("Ø", "O").replace("æ", "ae").replace("Æ", "Ae")
        )
        letters = "".join(c for c in plain.lower() if c.isascii() and (c.isalpha() or c == " "))
        return ".".join(letters.split()) + "@example.com"


def _settle() -> tuple[Person, ...]:
    named = [(" ".join(name.split()), language) for language, names in _NAMES.items() for name in names.split(",")]
    return tuple(
        Person(name, language, _TEMPERS[place % len(_TEMPERS)], slips=place % 4 == 1)
        for place, (name, language) in enumerate(named)
    )


PEOPLE: tuple[Person, ...] = _settle()
BY_NAME: dict[str, Person] = {person.name: person for person in PEOPLE}
