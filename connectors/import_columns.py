"""Tables whose columns are called otherwise than ours: which of them holds what, and how they write a time.

Exports differ by program, language and year, so nothing is taken for granted: names give a first guess, and a person
sees the first lines and decides.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Literal

SHOWN = 5  # lines of the preview
MOST_COLUMNS = 60
CELL = 120  # characters of a cell that are shown
CHOOSABLE = ("at", "text", "author_name", "author_id", "direction", "permalink", "id", "thread", "subject")

DateOrder = Literal["day", "month"]
DAY: Literal["day"] = "day"
MONTH: Literal["month"] = "month"

_CALLED = {
    "at": "at date datetime time timestamp created createdat createdtime sent senttime published dato tid tidspunkt "
    "opprettet datum skapad oprettet sendt päivämäärä aika luotu",
    "text": "text message comment content body post fulltext tweet melding kommentar tekst innhold meddelande besked "
    "indhold innehåll viesti kommentti teksti sisältö",
    "author_name": "author authorname name from user username handle sender commenter screenname navn avsender "
    "fra forfatter bruker från namn användare afsender bruger nimi lähettäjä käyttäjä",
    "author_id": "authorid userid senderid fromid profile profileurl authorurl email epost",
    "direction": "direction type retning riktning suunta",
    "permalink": "link url permalink posturl messageurl commenturl lenke länk linkki",
    "id": "id messageid commentid tweetid postid statusid meldingsid kommentarid",
    "thread": "thread threadid conversation conversationid samtale tråd keskustelu inreplyto",
    "subject": "subject emne ämne aihe",
}
_WORDS = {name: column for column, names in _CALLED.items() for name in names.split()}
_NUMERIC = re.compile(
    r"(\d{1,4})[./-](\d{1,2})[./-](\d{2,4})\.?(?:[ ,T]+(?:kl\.? *)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\.\d+)? *"
    r"([ap])?\.?(?:m\.?)?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table of other names is read. `columns`: ours → its place; `zone` of times that name none; `ours` are the
    names and ids that are the company's own, in lower case: what they wrote went out.
    """

    columns: Mapping[str, int]
    order: DateOrder = DAY
    zone: tzinfo = UTC
    ours: frozenset[str] = frozenset()

    def told(self, cells: Sequence[str]) -> dict[str, str]:
        """A row by our names. Its time is left as it stands where it cannot be read."""
        told = {name: cells[at].strip() if at < len(cells) else "" for name, at in self.columns.items()}
        moment = moment_of(told.get("at", ""), self.order, self.zone)
        if moment is not None:
            told["at"] = moment.isoformat()
        said = told.get("direction", "").lower()
        if said not in ("in", "out"):
            mine = {told.get("author_id", "").lower(), told.get("author_name", "").lower().removeprefix("@")}
            told["direction"] = "out" if mine & self.ours else ""
        return told


@dataclass(frozen=True, slots=True)
class Table:
    """What a file looks like: its own column names, its first lines, and what they seem to be."""

    names: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...] = field(repr=False)
    guess: Mapping[str, int]
    order: DateOrder


def table_of(beginning: str) -> Table | None:
    """Read the beginning of a file as a table; None for what is none: fewer than two columns, or no line below."""
    head = beginning.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        rows = [row for _n, row in zip(range(SHOWN + 1), _rows(beginning, delimiter), strict=False)]
    except csv.Error:
        return None
    if len(rows) < 2 or not 2 <= len(rows[0]) <= MOST_COLUMNS:
        return None
    names = tuple(cell.strip() for cell in rows[0])
    lines = tuple(tuple(row[: len(names)]) for row in rows[1:])
    guess = guessed(names)
    times = [row[guess["at"]] for row in lines if guess.get("at", len(row)) < len(row)]
    return Table(names, lines, guess, order_of(times))


def guessed(names: Sequence[str]) -> dict[str, int]:
    """Our column → the place of the first of theirs that is called like it."""
    found: dict[str, int] = {}
    for at, name in enumerate(names):
        column = _WORDS.get(re.sub(r"[\W_]", "", name.lower()))
        if column is not None:
            found.setdefault(column, at)
    return found


def order_of(times: Sequence[str]) -> DateOrder:
    """Whether day or month comes first, from what cannot be the other; the day, as in this part of the world."""
    numbers = [found for said in times if (found := _NUMERIC.match(said.strip())) and len(found[1]) < 3]
    if any(int(found[1]) > 12 for found in numbers):
        return DAY
    return MONTH if any(int(found[2]) > 12 for found in numbers) else DAY


def moment_of(said: str, order: DateOrder, zone: tzinfo) -> datetime | None:
    """A time in one of the ways in which programs write it, in UTC; None for any other."""
    said = said.strip()
    for read in (_seconds, _iso, partial(_numeric, order=order), _worded):
        try:
            at = read(said)
            return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError, TypeError):
            continue
    return None


def _rows(beginning: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(beginning.replace("\0", "")), delimiter=delimiter)


def _iso(said: str) -> datetime:
    return datetime.fromisoformat(said)


def _seconds(said: str) -> datetime:
    """Unix time in seconds or milliseconds."""
    if not re.fullmatch(r"\d{10}|\d{13}", said):
        raise ValueError
    return datetime.fromtimestamp(int(said[:10]), UTC)


def _worded(said: str) -> datetime:
    """`Fri Nov 20 09:15:31 +0000 2026`, or as mail writes it."""
    try:
        return datetime.strptime(said, "%a %b %d %H:%M:%S %z %Y")
    except ValueError:
        return parsedate_to_datetime(said)


def _numeric(said: str, order: DateOrder) -> datetime:
    """`31.10.2026 14:05`, `10/31/26 2:05 PM`, `2026/10/31`."""
    found = _NUMERIC.fullmatch(said)
    if found is None:
        raise ValueError
    first, second, third = (int(found[n]) for n in (1, 2, 3))
    year = third if third > 99 else 2000 + third
    day, month = (first, second) if order == DAY else (second, first)
    if len(found[1]) == 4:
        year, month, day = first, second, third
    hour, minute, seconds = (int(found[n] or 0) for n in (4, 5, 6))
    if found[7]:
        hour = hour % 12 + (12 if found[7].lower() == "p" else 0)
    return datetime(year, month, day, hour, minute, seconds)  # noqa: DTZ001  its zone is the caller's to choose
