"""The words of a mail: which part to read, plain or html, and how."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from connectors.kit.foreign_html import text_of_html
from tickets.intake.items import HTML_LIMIT, TEXT_LIMIT

from .attachments import is_body
from .calendar import summary_of
from .mime import Letter, Part

_READ_BYTES = 3_000_000  # of one part as transferred; well above what is kept of its text
_MOST_TEXTS = 50
_STUB = re.compile(
    r"html|browser|selaime|nettleser|webbläsare|webblæser|does not support|can(?:no|')t (?:see|view|read)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Body:
    """`text` to read, `html` as sent where there is some, and whether either is only the beginning."""

    text: str
    html: str
    cut: bool


def body_of(letter: Letter) -> Body:
    """Read a mail's own words. Parts that say the same in two ways are read once; parts in a row are all read."""
    sections: dict[object, list[Part]] = {}
    readable = [part for part in letter.parts if is_body(part)]
    for number, part in enumerate(readable[:_MOST_TEXTS]):
        sections.setdefault(part.alternative or (number, "alone"), []).append(part)
    read = [_section(parts) for parts in sections.values()]
    text = "\n\n".join(words for words, _ in read if words)
    marked = any(source for _, source in read)
    shown = "\n".join(source or f"<pre>{html.escape(words)}</pre>" for words, source in read) if marked else ""
    if not text:
        text = next((found for part in letter.parts if (found := _invitation(part))), "")
    cut = len(text) > 2 * TEXT_LIMIT or len(shown) > HTML_LIMIT or len(readable) > _MOST_TEXTS
    return Body(
        text[: 2 * TEXT_LIMIT], shown[:HTML_LIMIT], cut or any(len(part.body) > _READ_BYTES for part in readable)
    )


def _section(parts: list[Part]) -> tuple[str, str]:
    plain = "\n".join(_plain(part) for part in parts if part.mime == "text/plain").strip()
    source = "\n".join(part.text(_READ_BYTES) for part in parts if part.mime == "text/html").strip()
    if not source or (plain and not _is_stub(plain)):
        return plain, source
    read = text_of_html(source)
    return (read if len(read) > len(plain) or not plain else plain), source


def _is_stub(plain: str) -> bool:
    """Whether the plain part only says that one should look at the other."""
    return len(plain) < 300 and bool(_STUB.search(plain))


def _plain(part: Part) -> str:
    text = part.text(_READ_BYTES)
    if part.parameter("format").lower() != "flowed":
        return text
    return unflowed(text, delete_space=part.parameter("delsp").lower() == "yes")


def unflowed(text: str, *, delete_space: bool = False) -> str:
    """Lines that the sender's program broke, whole again. Source: RFC 3676."""
    lines: list[list[str]] = []
    flowing, before = False, -1
    for written in text.split("\n"):
        depth = len(written) - len(written.lstrip(">"))
        line = written[depth:].removeprefix(" ")
        if not depth and line.startswith(">"):
            line = f" {line}"  # stuffed so as not to pass for a quotation
        if flowing and depth == before and line != "-- ":
            lines[-1].append(line)
        else:
            lines.append([">" * depth + " " if depth else "", line])
        flowing, before = line.endswith(" ") and line != "-- ", depth
        if flowing and delete_space:
            lines[-1][-1] = line[:-1]
    return "\n".join("".join(pieces) for pieces in lines)


def _invitation(part: Part) -> str:
    return summary_of(part.text(_READ_BYTES)) if part.mime == "text/calendar" else ""
