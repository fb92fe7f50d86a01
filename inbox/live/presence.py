"""Who looks at a case and who writes in it, as long as their browsers say so.

Nothing of this is stored. A web process hears of it on the live channel, keeps it in memory and forgets it after
`EXPIRY` seconds without a word. Ids travel; names are read by whoever tells the browsers. No connector hears of it:
customers never see that somebody types.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from core.users.models import User
from tickets.models import Mode
from tickets.queries.text import hue, initials

EXPIRY = 20.0  # seconds without a sign of life
VIEWS, TYPES, GONE = "views", "types", "gone"


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of life of one browser at one case. `mode` says for whom is being written."""

    ticket_id: int
    number: int
    user_id: int
    line: str  # names the socket, since one person may have several
    doing: str
    mode: str = ""
    scopes: frozenset[str] = frozenset()

    def told(self) -> dict[str, Any]:
        """As it travels between the web processes."""
        return {"here": [self.ticket_id, self.number, self.user_id, self.line, self.doing, self.mode, [*self.scopes]]}


def sign_from(told: dict[str, Any]) -> Sign:
    """The sign another process told of."""
    ticket_id, number, user_id, line, doing, mode, scopes = told["here"]
    return Sign(ticket_id, number, user_id, line, doing, mode, frozenset(scopes))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a case, as a frame says it: the most telling of what their browsers do."""

    user_id: int
    doing: str
    mode: str


class Presence:
    """Signs of life by case. Times are the caller's clock, so that a test can let them pass."""

    def __init__(self) -> None:
        self._signs: dict[int, dict[str, tuple[Sign, float]]] = {}

    def hear(self, sign: Sign, at: float) -> bool:
        """Note a sign. Gives: whether what is to be seen of the case has changed."""
        before = self.people(sign.ticket_id)
        lines = self._signs.setdefault(sign.ticket_id, {})
        if sign.doing == GONE:
            lines.pop(sign.line, None)
        else:
            lines[sign.line] = (sign, at)
        if not lines:
            del self._signs[sign.ticket_id]
        return self.people(sign.ticket_id) != before

    def expire(self, at: float) -> list[Sign]:
        """Forget whoever has been silent. Gives: one of the forgotten of each case where that changed something."""
        silent = [sign for lines in self._signs.values() for sign, heard in lines.values() if at - heard >= EXPIRY]
        return [sign for sign in silent if self.hear(replace(sign, doing=GONE), at)]

    def people(self, ticket_id: int) -> list[Person]:
        """Who is at the case: each once, by id; typing counts before looking."""
        found: dict[int, Person] = {}
        for sign, _heard in self._signs.get(ticket_id, {}).values():
            if sign.doing == TYPES or sign.user_id not in found:
                found[sign.user_id] = Person(sign.user_id, sign.doing, sign.mode)
        return sorted(found.values(), key=lambda person: person.user_id)

    def seen_in(self, scopes: frozenset[str]) -> list[Sign]:
        """One sign of each case that somebody is at and that these scopes see."""
        first = (next(iter(lines.values()))[0] for lines in self._signs.values())
        return [sign for sign in first if sign.scopes & scopes]

    def moved(self, ticket_id: int, scopes: frozenset[str]) -> Sign | None:
        """The case is seen by these scopes now; so is who is at it. Gives: one of its signs if that is a change."""
        lines = self._signs.get(ticket_id, {})
        changed = any(sign.scopes != scopes for sign, _heard in lines.values())
        for line, (sign, heard) in lines.items():
            lines[line] = (replace(sign, scopes=scopes), heard)
        return next(iter(lines.values()))[0] if changed else None


def presence_frame(number: int, people: Iterable[Person], names: dict[int, str]) -> dict[str, Any]:
    """Who is at a case, the same for everyone who may see it; a browser leaves its own person out."""
    return {
        "kind": "presence",
        "target": f"case-{number}",
        "facts": {
            "number": number,
            "people": [
                {
                    "id": person.user_id,
                    "name": names[person.user_id],
                    "initials": initials(names[person.user_id]),
                    "hue": hue(person.user_id),
                    "doing": person.doing,
                    "mode": person.mode,
                }
                for person in people
                if person.user_id in names
            ],
        },
    }


def mode_of(value: Any) -> str:
    """The mode a browser names; "" when it names none."""
    return value if isinstance(value, str) and value in Mode.values else ""


def names_of(user_ids: Iterable[int]) -> dict[int, str]:
    """Colleagues' names. One query."""
    return dict(User.objects.filter(pk__in=set(user_ids)).values_list("pk", "name"))
