"""Reading a file of older messages: one row is one message, and what cannot be used is named by row and column.

The file is CSV with a first line of column names, in UTF-8 or Windows-1252, with commas, semicolons or tabs. It is read
line by line and never held whole. The columns are described in docs/guides/import-messages.md.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO

from connectors.import_columns import Reading
from connectors.kit.manifest import Action, Manifest
from core.secrets import keyed_hash
from tickets.intake.items import TEXT_LIMIT, Author, ItemError, MessageItem, clean_line

LONGEST_LINE = 400_000  # characters; a file with a longer one is none that we know how to read
NEEDED, OPTIONAL = ("at", "text"), (
    *("id", "direction", "author_id", "author_name", "thread", "visibility", "permalink", "subject"),
)  # fmt: skip
COLUMNS = (*NEEDED, *OPTIONAL)
MADE_UP = "import:"  # begins the id of a message, thread or person that the file gives none
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx, ods; the older xls
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row; `column` is "" where it is the row as a whole."""

    row: int
    column: str
    code: str


@dataclass(frozen=True, slots=True)
class Row:
    """A usable row, its values cleaned; `at` in ISO 8601, UTC."""

    number: int
    values: dict[str, str] = field(repr=False)


class Unusable(ValueError):
    """The file as a whole cannot be read; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_rows(content: IO[bytes], manifest: Manifest, reading: Reading | None = None) -> Iterator[Row | Fault]:
    """Every row in order. Takes: reading, for a table whose columns are called otherwise than ours.

    Raises: Unusable for a file that is no such table.
    """
    _refuse_workbook(content)
    text = io.TextIOWrapper(content, encoding=_encoding(content), errors="replace", newline="")
    try:
        lines = _lines(text)
        first = next(lines, "")
        reader = csv.reader(lines, delimiter=_delimiter(first), strict=False)
        names = _names(first)
        if reading is None and not set(NEEDED) <= set(names):
            raise Unusable("columns")
        yield from _rows(reader, names, manifest, reading)
    finally:
        text.detach()  # the file is the caller's


def message_of(values: dict[str, str], *, platform: str, account: str, manifest: Manifest) -> MessageItem:
    """A kept row as the usual intake takes it. Raises: ItemError."""
    incoming = values["direction"] == "in"
    said = {name: values.get(name, "") for name in COLUMNS}
    row_id = said["id"] or MADE_UP + _digest("row", *(said[name] for name in COLUMNS))
    return MessageItem(
        platform=platform,
        account_external_id=account,
        external_id=row_id,
        external_root=said["thread"] or row_id,
        at=datetime.fromisoformat(said["at"]),
        text=said["text"],
        direction="in" if incoming else "out",
        visibility="public" if said["visibility"] == "public" else "private",
        kind="email" if manifest.letter else "comment" if said["visibility"] == "public" else "dm",
        permalink=said["permalink"],
        subject=said["subject"],
        author=_author(said, account, manifest) if incoming else None,
    )


def safe_cell(value: object) -> str:
    """A value as a spreadsheet may have it: what would be run as a formula is shown as the text it is."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _author(said: dict[str, str], account: str, manifest: Manifest) -> Author:
    scope = account if manifest.scoped_people else ""
    if manifest.letter is not None:
        return Author(said["author_id"].lower(), said["author_name"], contact="email")
    person = said["author_id"] or MADE_UP + _digest("person", said["author_name"])
    return Author(person, said["author_name"], scope=scope)


def _digest(kind: str, *parts: str) -> str:
    return keyed_hash("\x1f".join(parts), purpose=f"import-{kind}").hex()[:40]


def _refuse_workbook(content: IO[bytes]) -> None:
    """Raises: Unusable for a file of a spreadsheet program, which a person can save as CSV."""
    beginning = content.read(8)
    content.seek(0)
    if beginning.startswith(_WORKBOOKS):
        raise Unusable("workbook")


def text_of(beginning: bytes) -> str:
    """The beginning of a file as text, for a person to look at; its last line may be cut."""
    return beginning.decode(_encoding(io.BytesIO(beginning)), "replace")


def _encoding(content: IO[bytes]) -> str:
    """UTF-8 where the beginning reads as such, else what older spreadsheets of this part of the world write."""
    beginning = content.read(64 * 1024)
    content.seek(0)
    try:
        beginning.decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8-sig" if error.start > len(beginning) - 4 else "cp1252"
    return "utf-8-sig"


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        if len(line) >= LONGEST_LINE:
            raise Unusable("line_too_long")
        yield line.replace("\0", "")


def _delimiter(first: str) -> str:
    return max(",;\t", key=first.count)


def _names(first: str) -> list[str]:
    """The columns by their place."""
    return [name.strip().lower() for name in next(csv.reader([first], delimiter=_delimiter(first)), [])]


def _rows(
    reader: Iterator[list[str]], names: list[str], manifest: Manifest, reading: Reading | None
) -> Iterator[Row | Fault]:
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Fault(number, "", "unreadable")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names):
            yield Fault(number, "", "cells")
            continue
        told = reading.told(cells) if reading is not None else dict(zip(names, cells, strict=False))
        yield _checked(number, {name: told.get(name, "").strip() for name in COLUMNS}, manifest)


def _checked(number: int, told: dict[str, str], manifest: Manifest) -> Row | Fault:
    moment = _moment(told["at"])
    if moment is None:
        return Fault(number, "at", "moment")
    told["at"] = moment.isoformat()
    told["direction"] = told["direction"].lower() or "in"
    usual = "public" if Action.REPLY_PUBLIC in manifest.actions else "private"
    told["visibility"] = told["visibility"].lower() or usual
    for column, allowed in (("direction", ("in", "out")), ("visibility", ("public", "private"))):
        if told[column] not in allowed:
            return Fault(number, column, "choice")
    if not told["text"]:
        return Fault(number, "text", "empty")
    if len(told["text"]) > TEXT_LIMIT:
        return Fault(number, "text", "too_long")
    if told["direction"] == "in" and not _is_somebody(told, manifest):
        return Fault(number, "author_id", "author")
    try:
        whole = {**told, "id": told["id"] or "x", "author_id": told["author_id"] or "x"}  # spares the digests
        message_of(whole, platform=manifest.key, account="x", manifest=manifest)
    except ItemError as error:
        return Fault(number, _COLUMN_OF.get(error.field_name, ""), "identifier")
    return Row(number, {name: value for name, value in told.items() if value})


_COLUMN_OF = {"external_id": "id", "external_root": "thread", "author.external_id": "author_id"}


def _is_somebody(told: dict[str, str], manifest: Manifest) -> bool:
    if manifest.letter is not None:
        return bool(_ADDRESS.fullmatch(told["author_id"]))
    return bool(told["author_id"] or clean_line(told["author_name"]))


def _moment(said: str) -> datetime | None:
    """ISO 8601; without an offset it is UTC."""
    try:
        at = datetime.fromisoformat(said)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
