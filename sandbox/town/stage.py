"""What a simulated platform must offer so that the town can live on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sandbox.town.people import Person


@dataclass(frozen=True, slots=True)
class Said:
    """Something a customer said that still stands: its id, who said it, the text."""

    id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer by the account to a customer: who was spoken to, what they had said, and how often they spoke there."""

    id: str
    seq: int
    name: str
    text: str
    turns: int


class Talk(Protocol):
    """One platform as those see it who answer there."""

    @property
    def platform(self) -> str:
        """Its key."""

    def accounts(self) -> list[str]:
        """The accounts that can be written to."""

    def comment(self, account: str, name: str, below: str, text: str, run_id: int | None) -> str | None:
        """Somebody comments below a post or answers in a thread; gives the id, None when the place is gone."""

    def replies_since(self, account: str, seq: int) -> Sequence[Reply]:
        """The account's own answers after `seq`, oldest first."""


class Life(Protocol):
    """Those who write on one platform by themselves."""

    def act(self, account: str, run_id: int | None = None) -> None:
        """Do one thing; it makes exactly one event."""

    def sing(self, account: str, person: Person, topic: str, run_id: int | None = None) -> None:
        """One voice of a choir."""


class Stage(Talk, Protocol):
    """A platform with posts and comments as its writers see it. Each act makes exactly one event."""

    def own_posts(self, account: str) -> Sequence[Said]:
        """What the account itself has posted lately."""

    def customers_words(self, account: str) -> Sequence[Said]:
        """What customers said lately."""

    def post(self, account: str, name: str, text: str, run_id: int | None) -> str:
        """Somebody writes on the account's wall."""

    def mention(self, account: str, name: str, text: str, run_id: int | None) -> str:
        """Somebody names the account elsewhere."""

    def edit(self, account: str, said: Said, text: str, run_id: int | None) -> None:
        """Somebody changes own words."""

    def remove(self, account: str, said: Said, run_id: int | None) -> None:
        """Somebody takes own words back."""

    def react(self, account: str, name: str, target: str, run_id: int | None) -> None:
        """Somebody reacts to a post or a text."""
