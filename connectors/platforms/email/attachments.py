"""The files a mail brings, kept as they are: nothing is unpacked, and what the sender calls them is never believed."""

from __future__ import annotations

import re
from typing import Literal

from tickets.intake.items import Attachment, clean_line

from .mime import Letter, Part

MAX_ATTACHMENTS = 100
_ENDINGS = {
    "message/rfc822": ".eml", "message/global": ".eml", "text/calendar": ".ics", "text/html": ".html",
    "text/plain": ".txt", "text/vcard": ".vcf", "text/csv": ".csv", "application/pdf": ".pdf",
    "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp",
    "application/ms-tnef": ".dat", "application/pkcs7-mime": ".p7m", "application/pkcs7-signature": ".p7s",
    "application/pgp-signature": ".asc",
}  # fmt: skip


def is_body(part: Part) -> bool:
    """Whether a part is text to read, not a file that happens to be text."""
    if part.mime not in ("text/plain", "text/html") or part.disposition == "attachment":
        return False
    return not part.filename or (part.disposition != "inline" and part.alternative > 0)


def attachments_of(letter: Letter, *, torn: bool = False) -> tuple[tuple[Attachment, ...], bool]:
    """The files in order, at most the limit, and whether there were more.

    Of a `torn` mail the last part ends in the middle: its file keeps the name but not the bytes, which would mislead.
    """
    files = [part for part in letter.parts if not is_body(part) and (part.body or part.filename)]
    last = letter.parts[-1] if torn and letter.parts else None
    kept = tuple(
        _attachment(part, number, whole=part is not last) for number, part in enumerate(files[:MAX_ATTACHMENTS], 1)
    )
    return kept, len(files) > MAX_ATTACHMENTS


def _attachment(part: Part, number: int, *, whole: bool) -> Attachment:
    return Attachment(
        kind=_kind(part.mime),
        title=clean_filename(part.filename) or f"{_stem(part)}-{number}{_ENDINGS.get(part.mime, '')}",
        mime=part.mime,
        content_id=clean_line(part.headers.get("content-id").strip("<> "), 255),
        content=part.content() if whole else b"",
    )


def _kind(mime: str) -> Literal["image", "video", "audio", "file"]:
    match mime.partition("/")[0]:
        case "image":
            return "image"
        case "video":
            return "video"
        case "audio":
            return "audio"
    return "file"


def _stem(part: Part) -> str:
    return "message" if part.mime.startswith("message/") else "file"


def clean_filename(name: str) -> str:
    """A file name without path, control characters or leading dots, its ending kept when it must be shortened."""
    bare = clean_line(re.split(r"[\\/]", name)[-1], 1000).strip(". ")
    bare = re.sub(r'[<>:"|?*\x00-\x1f]', "_", bare)
    stem, dot, ending = bare.rpartition(".")
    if len(bare) > 150 and dot and len(ending) <= 10:
        return f"{stem[: 149 - len(ending)]}.{ending}"
    return bare[:150]
