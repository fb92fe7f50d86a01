"""Keeping files: what they are by their bytes, in sealed pieces, and giving them out again."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import filetype
from django.conf import settings

from analysis.masking import mask
from analysis.personal_data import find
from core import secrets
from core.ids import new_uid
from core.jobs import enqueue
from core.keys.models import open_keys
from core.secrets import SealBroken
from tickets.intake.items import NAME_LIMIT
from tickets.jobs import SCAN
from tickets.models import FileChunk, FileState, Message, StoredFile, Ticket

log = logging.getLogger(__name__)

CHUNK = 256 * 1024  # bytes sealed together
UNKNOWN_TYPE = "application/octet-stream"
# What a browser may show in place, known by its bytes; everything else is a download.
SHOWN_IN_PLACE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_TEXT_NAMES = {"csv": "text/csv", "ics": "text/calendar", "vcf": "text/vcard", "eml": "message/rfc822"}


@dataclass(frozen=True, slots=True)
class FileToKeep:
    """A file as it came: its name, kind and bytes, and for which message or unsent reply it is."""

    name: str = field(repr=False)
    kind: str
    content: bytes = field(repr=False)
    content_id: str = ""
    position: int = 0
    message: Message | None = None
    ticket: Ticket | None = None
    uploader_id: int | None = None


def sniff_type(content: bytes, name: str) -> str:
    """What the bytes are, as a MIME type; plain text only where they read as text. The sender's word counts nothing."""
    kind = filetype.guess(content)
    if kind is not None:
        return str(kind.mime)
    try:
        content[:CHUNK].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(content[:CHUNK]) - 4:  # not merely a character cut in two
            return UNKNOWN_TYPE
    if b"\x00" in content[:CHUNK]:
        return UNKNOWN_TYPE
    return _TEXT_NAMES.get(name.rpartition(".")[2].lower(), "text/plain")


def keep_files(
    files: Iterable[FileToKeep], *, keys: dict[int, bytes], owners: list[int], now: datetime
) -> list[StoredFile]:
    """Store files in sealed pieces.

    Takes: owners, the data key of each file, opened in `keys`. One too large leaves its row without bytes.
    Leaves: job SCAN where a scanner is set up.
    Gives: the rows. At most two statements, and one more for each 16 MB.
    """
    wanted = list(files)
    rows = [_row(one, key_id, now) for one, key_id in zip(wanted, owners, strict=True)]
    StoredFile.objects.bulk_create(rows)
    pieces = (
        piece
        for one, row in zip(wanted, rows, strict=True)
        if row.state != FileState.TOO_LARGE
        for piece in _pieces(one.content, row, keys)
    )
    FileChunk.objects.bulk_create(pieces, batch_size=64)
    if any(row.state == FileState.WAITING for row in rows):
        enqueue(SCAN)
    return rows


def _row(one: FileToKeep, key_id: int, now: datetime) -> StoredFile:
    too_large = len(one.content) > settings.FILE_MAX_BYTES
    waiting = FileState.WAITING if settings.SCAN_COMMAND else FileState.OPEN
    return StoredFile(
        uid=new_uid(),
        message=one.message,
        ticket=one.ticket,
        uploader_id=one.uploader_id,
        position=one.position,
        name=mask(one.name, find(one.name)).text[:NAME_LIMIT] or "file",
        kind=one.kind,
        mime=sniff_type(one.content, one.name),
        size=len(one.content),
        content_id=one.content_id,
        state=FileState.TOO_LARGE if too_large else waiting,
        data_key_id=key_id,
        created_at=now,
    )


def _context(row: StoredFile, position: int) -> str:
    return f"tickets.StoredFile:{row.uid}:{position}"


def _pieces(content: bytes, row: StoredFile, keys: dict[int, bytes]) -> Iterator[FileChunk]:
    assert row.data_key_id is not None  # noqa: S101  set in `_row`
    for position, start in enumerate(range(0, len(content), CHUNK)):
        sealed = secrets.seal_under(
            row.data_key_id,
            keys[row.data_key_id],
            content[start : start + CHUNK],
            context=_context(row, position),
        )
        yield FileChunk(file=row, position=position, sealed=sealed)


def read_file(row: StoredFile) -> Iterator[bytes]:
    """The file piece by piece, one query each. Raises: core.secrets.SealBroken when its key is lost or destroyed."""
    key = open_keys([row.data_key_id]).get(row.data_key_id) if row.data_key_id else None
    if key is None:
        raise SealBroken("its key is gone")
    position = 0
    while sealed := FileChunk.objects.filter(file=row, position=position).values_list("sealed", flat=True).first():
        yield secrets.unseal_under(key, sealed, context=_context(row, position))
        position += 1


def described(row: StoredFile) -> dict[str, str | int]:
    """A file as a message lists it beside what came as a mere address. `external_id` is the file's own."""
    return {
        "kind": row.kind,
        "url": "",
        "external_id": str(row.uid),
        "title": row.name,
        "file": True,
        "mime": row.mime,
        "size": row.size,
        "inline": row.content_id,
    }
