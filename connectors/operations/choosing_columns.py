"""A file whose columns are called otherwise than ours: somebody says what they hold, and its rows are read."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from connectors.import_columns import CHOOSABLE, DAY, MONTH, DateOrder, Reading
from connectors.import_rows import NEEDED, Unusable
from connectors.kit.marks import gettext_noop
from connectors.models import Import, ImportPiece, ImportState
from connectors.operations.importing import keep_rows, piece_context, waiting_import
from core.audit.record import Actor, record
from core.errors import Conflict, Invalid
from core.keys.models import unseal_record
from core.transactions import in_transaction
from tickets.models import Channel

MISSING, TWICE = (
    gettext_noop("Choose which column says when, which says what, and one that says who."),
    gettext_noop("One column is chosen twice."),
)
NOTHING_READ = gettext_noop("No row could be read this way. Look at the column of times, and at how dates are written.")


@in_transaction
def choose_columns(
    *, actor: Actor, import_id: int, columns: Mapping[str, int], order: str, local: bool, now: datetime
) -> Import:
    """Read a kept file by these columns; its rows are looked at next.

    Takes: columns, ours → its place in the file, at and text among them, and who wrote; order, whether "day" or "month"
    comes first; local, whether times without a zone are the company's, not UTC.
    Raises: Forbidden, NotFound, Conflict (nothing to choose any more), Invalid (a column missing or named twice, or no
    row that could be read so).
    """
    kept = waiting_import(actor=actor, import_id=import_id)
    if kept.state != ImportState.COLUMNS:
        raise Conflict(_("The columns of this file are chosen already."), code="chosen")
    _check(columns, order)
    channel = kept.channel
    assert channel.data_key_id is not None  # noqa: S101  it was kept under it
    reading = Reading(columns, _order(order), ZoneInfo(settings.TIME_ZONE) if local else UTC, _ours(channel))
    last = ImportPiece.objects.filter(of=kept).order_by("-position").values_list("position", flat=True)[0]
    kept.faulty, kept.faults = 0, []
    try:
        keep_rows(kept, channel.data_key_id, io.BufferedReader(KeptBytes(kept.pk, last)), reading, last + 1)
    except Unusable:
        raise Invalid(_(NOTHING_READ), field="at", code="empty") from None
    kept.pieces.filter(position__lte=last).delete()
    record(actor=actor, action="import.read", object_type="channel", object_id=channel.pk, now=now, rows=kept.rows)
    return kept


class KeptBytes(io.RawIOBase):
    """A kept file as it came, up to the stretch `last`: one at a time is in the open."""

    def __init__(self, import_id: int, last: int) -> None:
        super().__init__()
        self._import_id, self._last = import_id, last
        self._position, self._read = 0, 0
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """Back to the beginning, no further."""
        return True

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        """To the beginning. Raises: OSError for any other place."""
        if place or whence != io.SEEK_SET:
            raise OSError("only to the beginning")
        self._position, self._read, self._rest = 0, 0, memoryview(b"")
        return 0

    def tell(self) -> int:
        """How much was read."""
        return self._read

    def readinto(self, buffer: Any) -> int:
        """As much as there is of the stretch."""
        if not self._rest:
            self._rest = self._next()
        taken = min(len(buffer), len(self._rest))
        buffer[:taken] = self._rest[:taken]
        self._rest, self._read = self._rest[taken:], self._read + taken
        return taken

    def _next(self) -> memoryview:
        """Behind the last stretch come the rows that are being read."""
        if self._position > self._last:
            return memoryview(b"")
        piece = ImportPiece.objects.get(of_id=self._import_id, position=self._position)
        self._position += 1
        return memoryview(unseal_record(piece.sealed, context=piece_context(self._import_id, piece.position)))


def _check(columns: Mapping[str, int], order: str) -> None:
    """Raises: Invalid."""
    known = set(columns) <= set(CHOOSABLE) and order in (DAY, MONTH)
    if not known or not set(NEEDED) <= set(columns) or not {"author_id", "author_name"} & set(columns):
        raise Invalid(_(MISSING), field="at", code="columns")
    if len(set(columns.values())) != len(columns):
        raise Invalid(_(TWICE), field="at", code="twice")


def _order(order: str) -> DateOrder:
    return MONTH if order == MONTH else DAY


def _ours(channel: Channel) -> frozenset[str]:
    """What the company itself is called in such a file."""
    return frozenset(name for name in (channel.external_id.lower(), channel.name.lower()) if name)
