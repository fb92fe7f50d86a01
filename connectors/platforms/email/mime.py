"""A mail's bytes as headers and a flat row of parts, in bounded time and memory whatever they are.

The standard library's parser recurses once per nested part and its header parser is slow on long headers, and both
are at the mercy of the sender. This reader walks: one buffer, offsets instead of copies, and a limit on everything.
Source: RFC 5322, 2045, 2046, 2183, 2231.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from .words import decode, decode_words, unbase64, unuu

MAX_DEPTH = 30
MAX_PARTS = 500
MAX_HEADERS = 1000
HEADER_LIMIT = 300_000  # bytes of one header: some 5 000 recipients
_PARAMETERS_LIMIT = 4000
_BOUNDARY_HITS = 100_000
_HEADER = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
_GUESSED = re.compile(rb"(?:\A|\n)--([^\s-][^\r\n]{0,69}?)[ \t]*\r?\n(?=[Cc]ontent-)")
_TRANSFER = {"base64": unbase64, "quoted-printable": binascii.a2b_qp, "x-uuencode": unuu, "uuencode": unuu}


class Headers:
    """Headers by lower-case name, unfolded, undecoded; the first of a name counts unless all are asked for."""

    def __init__(self, rows: list[tuple[str, str]]) -> None:
        self._rows: dict[str, list[str]] = {}
        for name, value in rows:
            self._rows.setdefault(name, []).append(value)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, name: str) -> bool:
        return name in self._rows

    def get(self, name: str) -> str:
        """The value as it stands, or an empty string."""
        return self._rows.get(name, [""])[0].strip()

    def all(self, name: str) -> list[str]:
        """Every value of that name, in order."""
        return self._rows.get(name, [])

    def text(self, name: str, limit: int = 4000) -> str:
        """The value as people read it."""
        return decode_words(self.get(name)[:limit])


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf of the tree. `alternative` is the number of the multipart/alternative it is in, 0 for none; `body`
    is as it was transferred.
    """

    headers: Headers
    mime: str
    alternative: int
    body: bytes = field(repr=False)

    def content(self, limit: int | None = None) -> bytes:
        """The bytes meant, of at most the first `limit` bytes transferred."""
        way = self.headers.get("content-transfer-encoding").lower().strip("'\" ")
        body = self.body if limit is None else self.body[:limit]
        return _TRANSFER[way](body) if way in _TRANSFER else body

    def text(self, limit: int) -> str:
        """The text, in the charset declared or whatever it seems to be."""
        content = self.content(limit)
        charset = self.parameter("charset")
        if self.mime == "text/html" and not charset:
            declared = re.search(rb"(?i)<meta[^>]{0,200}charset=[\"']?([a-z0-9_-]{1,40})", content[:4000])
            charset = declared[1].decode() if declared else ""
        return decode(content, charset).replace("\r\n", "\n").replace("\r", "\n")

    def parameter(self, name: str) -> str:
        """A parameter of Content-Type, RFC 2231 read."""
        return parameter(self.headers.get("content-type"), name)

    @property
    def disposition(self) -> str:
        """`attachment`, `inline` or an empty string."""
        return self.headers.get("content-disposition").partition(";")[0].strip().lower()

    @property
    def filename(self) -> str:
        """The name as sent, possibly with a path; empty for none."""
        return parameter(self.headers.get("content-disposition"), "filename") or self.parameter("name")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail: its headers, what it is as a whole, its leaves in order; `incomplete` when a limit left something out."""

    headers: Headers
    mime: str
    parts: tuple[Part, ...]
    incomplete: bool


@dataclass(slots=True)
class _Walk:
    raw: bytes = field(repr=False)
    parts: list[Part] = field(default_factory=list)
    hits: int = 0
    alternatives: int = 0
    incomplete: bool = False


def read_letter(raw: bytes) -> Letter:
    """Read the bytes of one mail. Never fails; what has no headers at all gives none."""
    headers, start = read_headers(raw, 0, len(raw))
    walk = _Walk(raw)
    # Still to do, last first: headers, start, end, depth, alternative, default type.
    waiting = [(headers, start, len(raw), 0, 0, "text/plain")]
    while waiting:
        own, begin, end, depth, alternative, default = waiting.pop()
        mime = _mime(own, default)
        if mime.startswith("multipart/") and depth < MAX_DEPTH and (pieces := _pieces(walk, own, begin, end)):
            if mime == "multipart/alternative":
                walk.alternatives += 1
                alternative = walk.alternatives
            inner = "message/rfc822" if mime == "multipart/digest" else "text/plain"
            for low, high in reversed(pieces):
                nested, body = read_headers(raw, low, high)
                waiting.append((nested, body, high, depth + 1, alternative, inner))
            continue
        if len(walk.parts) >= MAX_PARTS:
            walk.incomplete = True
            break
        if mime.startswith("multipart/"):
            # Without any boundary it is text; what a limit kept from being taken apart is a file.
            unread = depth >= MAX_DEPTH or walk.hits >= _BOUNDARY_HITS
            walk.incomplete |= unread
            mime = "application/octet-stream" if unread else "text/plain"
        walk.parts.append(Part(own, mime, alternative, raw[begin:end]))
    return Letter(headers, _mime(headers, "text/plain"), tuple(walk.parts), walk.incomplete)


def read_headers(raw: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The header block at `start`, and where the body begins. A line that is no header ends the block, as a blank one.

    Leaves out: headers beyond the limits' number, and what goes beyond the limit of one.
    """
    rows: list[tuple[bytes, list[bytes], list[int]]] = []
    place = start
    while place < end:
        stop = raw.find(b"\n", place, end)
        stop = end if stop < 0 else stop + 1
        line = raw[place : min(stop, place + HEADER_LIMIT)].rstrip(b"\r\n")
        if not line:
            place = stop
            break
        if line[:1] in b" \t":
            if rows and rows[-1][2][0] < HEADER_LIMIT:
                rows[-1][1].append(line)
                rows[-1][2][0] += len(line)
        elif found := _HEADER.match(line):
            if len(rows) <= MAX_HEADERS:
                rows.append((found[1].lower(), [line[found.end() :]], [len(line)]))
        elif not (place == start and line.startswith((b"From ", b">From "))):
            break
        place = stop
    read = [(name.decode(), decode(b"".join(pieces)[:HEADER_LIMIT])) for name, pieces, _ in rows[:MAX_HEADERS]]
    return Headers(read), place


def parameter(value: str, name: str) -> str:
    """A parameter of a structured header such as `attachment; filename*=utf-8''%E4.txt`; empty when not there."""
    if ";" not in value:
        return ""
    holder = Message()
    holder["content-type"] = value[:_PARAMETERS_LIMIT].replace("\n", " ").replace("\r", " ")
    try:
        found = holder.get_param(name, "")
    except (ValueError, LookupError, TypeError):
        return ""
    if isinstance(found, tuple):
        charset, _, text = found
        return decode(text.encode("latin-1", "replace"), charset or "")
    return decode_words(str(found))


def _mime(headers: Headers, default: str) -> str:
    value = headers.get("content-type").partition(";")[0].strip().lower()
    return value if re.fullmatch(r"[a-z0-9.+_-]{1,60}/[a-z0-9.+_-]{1,100}", value) else default


def _pieces(walk: _Walk, headers: Headers, begin: int, end: int) -> list[tuple[int, int]]:
    """The offsets of a multipart's children; none when its boundary is nowhere, even guessed."""
    boundary = parameter(headers.get("content-type"), "boundary").strip().encode("utf-8", "ignore")
    found = _between(walk, boundary, begin, end) if boundary else []
    if not found and (guess := _GUESSED.search(walk.raw[begin : min(end, begin + 100_000)])):
        found = _between(walk, guess[1].rstrip(), begin, end)
    return found


def _between(walk: _Walk, boundary: bytes, begin: int, end: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    opened = -1
    for line, after, closing in _delimiters(walk, b"--" + boundary, begin, end):
        if opened >= 0:
            found.append((opened, line))
        opened = -1 if closing else after
        if closing or len(found) > MAX_PARTS:
            break
    if opened >= 0:
        found.append((opened, end))  # the closing line is missing: what is there is the last part
    return found


def _delimiters(walk: _Walk, mark: bytes, begin: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Where each delimiter line begins (its line break included), where it ends, and whether it closes."""
    raw, place = walk.raw, begin
    while walk.hits < _BOUNDARY_HITS and (place := raw.find(mark, place, end)) >= 0:
        walk.hits += 1
        stop = raw.find(b"\n", place, end)
        stop = end if stop < 0 else stop + 1
        rest = raw[place + len(mark) : min(stop, place + len(mark) + 100)].rstrip()
        if (place == begin or raw[place - 1 : place] == b"\n") and rest in (b"", b"--"):
            yield max(begin, _line_break(raw, place)), stop, rest == b"--"
        place = min(stop, place + len(mark))


def _line_break(raw: bytes, place: int) -> int:
    if raw[place - 2 : place] == b"\r\n":
        return place - 2
    return place - 1 if raw[place - 1 : place] == b"\n" else place
