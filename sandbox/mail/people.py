"""The town's people as correspondents: addresses, signatures, the program each writes with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from random import Random
from zlib import crc32

from sandbox.mail.stock import STOCKS
from sandbox.mail.stock.shape import MailStock
from sandbox.town.people import PEOPLE, Person

PROGRAMS = ("gmail", "outlook", "iphone", "thunderbird")


@dataclass(frozen=True)
class Correspondent:
    """Somebody with an address. Everything about them follows from name and language, so that it stays theirs."""

    name: str
    address: str
    language: str

    @property
    def stock(self) -> MailStock:
        """Their language's words."""
        return STOCKS[self.language]

    @property
    def program(self) -> str:
        """What they write with."""
        return PROGRAMS[crc32(self.address.encode()) % len(PROGRAMS)]

    @cached_property
    def phone(self) -> str:
        """Their number, from the ranges that are given to nobody."""
        return self.stock.phones.format(n=f"{self.lot.randint(5, 99):02d}")

    @cached_property
    def street(self) -> str:
        """Where they live."""
        return self.lot.choice(self.stock.streets)

    @property
    def signs_fully(self) -> bool:
        """Whether address and number stand below their letters."""
        return crc32(self.name.encode()) % 3 == 0

    @property
    def lot(self) -> Random:
        """The same for them every time."""
        return Random(self.address)

    def spouse(self) -> Correspondent:
        """Whom they put in copy."""
        name = f"{self.lot.choice(self.stock.spouses)} {self.name.split()[-1]}"
        return correspondent(Person(name, self.language, "plain", slips=False))


def correspondent(person: Person) -> Correspondent:
    """A person of the town with an address in the country of their language."""
    return Correspondent(person.name, f"{person.email.split('@')[0]}@{STOCKS[person.language].domain}", person.language)


CORRESPONDENTS: tuple[Correspondent, ...] = tuple(correspondent(person) for person in PEOPLE)
BY_ADDRESS: dict[str, Correspondent] = {each.address: each for each in CORRESPONDENTS}
