"""Bringing older messages in from a file: kept in sealed pieces, looked at by a person, then taken in piece by piece.

Each row goes through the usual intake: the same recognising, masking and making of cases as for what comes from the
network, so that a second import, or a network that tells of the same messages later, changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import IO

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from connectors.import_columns import Reading, table_of
from connectors.import_rows import Fault, Row, Unusable, message_of, read_rows, text_of
from connectors.jobs import IMPORT
from connectors.kit import registry
from connectors.kit.marks import gettext_noop
from connectors.models import Account, Import, ImportPiece, ImportState, Lane
from connectors.operations.channels import demand_admin
from core import secrets
from core.actors import SYSTEM
from core.audit.record import Actor, record
from core.errors import Conflict, Invalid, NotFound
from core.jobs import clear_pending, enqueue
from core.keys.models import open_keys, unseal_record
from core.transactions import in_transaction
from tickets.intake.apply import apply_prepared
from tickets.intake.items import ItemError, MessageItem
from tickets.intake.prepare import find_channels, prepare
from tickets.models import Channel, Ticket
from tickets.operations.closing_imported import close_imported

PIECE = 500  # rows sealed together, and taken in by one turn of the worker
MOST_BYTES = 200 * 1024 * 1024
STRETCH = 512 * 1024  # bytes sealed together while columns are to be chosen
MOST_FAULTS = 500  # named; more are counted
TRIES = 3

UNUSABLE = {
    "columns": gettext_noop("The first line must name the columns; at and text are needed."),
    "line_too_long": gettext_noop("A line of this file is longer than any message. Is it a CSV file?"),
    "workbook": gettext_noop("This is a workbook of a spreadsheet program. Save it there as CSV and choose that file."),
    "empty": gettext_noop("There is no row in this file that could be used."),
}


@in_transaction
def keep_import(*, actor: Actor, channel_id: int, content: IO[bytes], now: datetime) -> Import:
    """Read a file and keep its usable rows, sealed, until somebody decides.

    Takes: content, bytes that can be read from the beginning; they are never held whole.
    Raises: Forbidden, NotFound, Invalid (no such table, too large, nothing usable).
    """
    demand_admin(actor=actor)
    channel = Channel.objects.filter(pk=channel_id, account__isnull=False).first()
    if channel is None or channel.data_key_id is None:
        raise NotFound(_("There is no such channel."))
    kept = Import.objects.create(channel=channel, actor_id=actor.pk, created_at=now)
    try:
        keep_rows(kept, channel.data_key_id, content)
    except Unusable as error:
        if error.code != "columns" or not keep_bytes(kept, channel.data_key_id, content):
            raise Invalid(_(UNUSABLE[error.code]), field="file", code=error.code) from None
    record(actor=actor, action="import.kept", object_type="channel", object_id=channel_id, now=now, rows=kept.rows)
    return kept


def keep_rows(kept: Import, key_id: int, content: IO[bytes], reading: Reading | None = None, position: int = 0) -> None:
    """Read the file row by row into sealed pieces from `position` on; the import waits for a decision then.

    Raises: Unusable for a file that is no table of ours, or holds nothing usable.
    """
    key = open_keys([key_id])[key_id]
    manifest = registry.get(kept.channel.platform).manifest
    waiting: list[Row] = []
    for row in read_rows(content, manifest, reading):
        if content.tell() > MOST_BYTES:
            raise Unusable("line_too_long")
        if isinstance(row, Fault):
            kept.faulty += 1
            if len(kept.faults) < MOST_FAULTS:
                kept.faults.append([row.row, row.column, row.code])
            continue
        kept.rows += 1
        waiting.append(row)
        if len(waiting) == PIECE:
            _seal_piece(kept, position, waiting, key_id, key)
            waiting, position = [], position + 1
    if waiting:
        _seal_piece(kept, position, waiting, key_id, key)
    if not kept.rows:
        raise Unusable("empty")
    kept.state = ImportState.LOOKED_AT
    kept.save(update_fields=["state", "rows", "faulty", "faults"])


def keep_bytes(kept: Import, key_id: int, content: IO[bytes]) -> bool:
    """Keep a table of other columns as it is, sealed, until somebody says what they hold. Gives: False for no table.

    Raises: Unusable for one that is too large.
    """
    content.seek(0)
    if table_of(text_of(content.read(STRETCH))) is None:
        return False
    content.seek(0)
    key = open_keys([key_id])[key_id]
    position = 0
    while stretch := content.read(STRETCH):
        if position * STRETCH > MOST_BYTES:
            raise Unusable("line_too_long")
        seal_bytes(kept, position, stretch, key_id, key)
        position += 1
    kept.state = ImportState.COLUMNS
    kept.save(update_fields=["state"])
    return True


def _seal_piece(kept: Import, position: int, rows: Sequence[Row], key_id: int, key: bytes) -> None:
    seal_bytes(kept, position, json.dumps([row.values for row in rows]).encode(), key_id, key)


def seal_bytes(kept: Import, position: int, told: bytes, key_id: int, key: bytes) -> None:
    """One piece, readable with the channel's key alone."""
    sealed = secrets.seal_under(key_id, key, told, context=piece_context(kept.pk, position))
    ImportPiece.objects.create(of=kept, position=position, sealed=sealed)


@in_transaction
def start_import(*, actor: Actor, import_id: int, as_done: bool, now: datetime) -> Import:
    """Let the worker take it in. Takes: as_done, whether the cases that it opens are resolved at once.

    Raises: Forbidden, NotFound, Conflict (begun already). Leaves: job IMPORT.
    """
    kept = waiting_import(actor=actor, import_id=import_id)
    if kept.state != ImportState.LOOKED_AT:
        raise Conflict(_("Choose first what the columns hold."), code="columns")
    newest = Ticket.objects.aggregate(newest=Max("pk"))["newest"] or 0
    kept.state, kept.as_done, kept.first_ticket_id = ImportState.RUNNING, as_done, newest
    kept.save(update_fields=["state", "as_done", "first_ticket_id"])
    record(actor=actor, action="import.started", object_type="channel", object_id=kept.channel_id, now=now)
    enqueue(IMPORT)
    return kept


@in_transaction
def discard_import(*, actor: Actor, import_id: int, now: datetime) -> None:
    """Forget a file that was looked at. Raises: Forbidden, NotFound, Conflict (begun already)."""
    kept = waiting_import(actor=actor, import_id=import_id)
    channel_id = kept.channel_id
    kept.delete()
    record(actor=actor, action="import.discarded", object_type="channel", object_id=channel_id, now=now)


def waiting_import(*, actor: Actor, import_id: int) -> Import:
    """An import that has not begun, locked. Raises: Forbidden, NotFound, Conflict (begun already)."""
    demand_admin(actor=actor)
    kept = Import.objects.select_for_update().filter(pk=import_id).first()
    if kept is None:
        raise NotFound(_("There is no such import."))
    if kept.state not in (ImportState.COLUMNS, ImportState.LOOKED_AT):
        raise Conflict(_("This import has begun already."), code="begun")
    return kept


def import_waiting(*, now: datetime) -> bool:
    """Take in one piece of the import that waits longest, and ask for another turn. Gives: whether there was one.

    Leaves: job IMPORT while there is more.
    """
    clear_pending(IMPORT)
    for attempt in range(TRIES):
        try:
            return _take_piece(now)
        except (IntegrityError, OperationalError):
            if attempt == TRIES - 1:
                raise
    return False


@transaction.atomic
def _take_piece(now: datetime) -> bool:
    running = Import.objects.select_for_update(skip_locked=True, of=("self",)).select_related("channel")
    kept = running.filter(state=ImportState.RUNNING).order_by("pk").first()
    if kept is None:
        return False
    piece = kept.pieces.order_by("position").first()
    account = Account.objects.filter(channel_id=kept.channel_id).first()
    if piece is None or account is None:
        kept.pieces.all().delete()
        kept.state, kept.finished_at = ImportState.DONE, now
        kept.save(update_fields=["state", "finished_at"])
        return True
    Lane.objects.select_for_update().get(pk=account.lane_id)
    _take_rows(kept, piece, now)
    piece.delete()
    enqueue(IMPORT)
    return True


def _take_rows(kept: Import, piece: ImportPiece, now: datetime) -> None:
    rows = rows_of(piece)
    items = [item for values in rows if (item := _item(kept, values)) is not None]
    before = Ticket.objects.aggregate(newest=Max("pk"))["newest"] or 0
    applied = apply_prepared(prepare(items, find_channels(items)), now=now)
    if kept.as_done:
        after, then = kept.first_ticket_id, kept.created_at
        close_imported(actor=SYSTEM, ticket_ids=applied.tickets, after_id=after, said_before=then, now=now)
    opened = sum(ticket_id > before for ticket_id in applied.tickets)
    Import.objects.filter(pk=kept.pk).update(
        taken=F("taken") + len(rows), fresh=F("fresh") + applied.new_messages, cases=F("cases") + opened
    )


def _item(kept: Import, values: dict[str, str]) -> MessageItem | None:
    channel = kept.channel
    manifest = registry.get(channel.platform).manifest
    try:
        return message_of(values, platform=channel.platform, account=channel.external_id, manifest=manifest)
    except ItemError:  # it was usable when it was kept, by another version of ours
        return None


def rows_of(piece: ImportPiece) -> list[dict[str, str]]:
    """The rows of a piece, in the open. Raises: core.secrets.SealBroken."""
    context = piece_context(piece.of_id, piece.position)
    rows: list[dict[str, str]] = json.loads(unseal_record(piece.sealed, context=context))
    return rows


def piece_context(import_id: int, position: int) -> str:
    """What binds a sealed piece to its place."""
    return f"import:{import_id}:{position}"
