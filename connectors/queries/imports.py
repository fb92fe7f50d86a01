"""Imports as admins see them: what was read, what is wrong with the rest, and how far it has come."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from analysis.masking import mask
from analysis.personal_data import find
from connectors.kit.marks import gettext_noop
from connectors.models import Import, ImportPiece, ImportState
from connectors.queries.channel_cards import demand_card_reader
from core.errors import NotFound
from core.keys.models import unseal_record
from core.secrets import SealBroken
from core.users.models import User

SHOWN = 5  # rows of the preview
FAULTS_SHOWN = 20
FAULT_TEXTS = {
    "unreadable": gettext_noop("This row is not readable as CSV."),
    "cells": gettext_noop("This row has more cells than there are columns."),
    "moment": gettext_noop("Write the time as 2026-10-31T14:05:00+01:00."),
    "choice": gettext_noop("This word is not one of the two that are known here."),
    "empty": gettext_noop("There is no text."),
    "too_long": gettext_noop("The text is longer than any message."),
    "author": gettext_noop("Nobody is named who wrote it."),
    "identifier": gettext_noop("This cannot be an identifier."),
}


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row as it will be read, masked as everywhere."""

    at: datetime
    author: str
    text: str
    incoming: bool
    public: bool


@dataclass(frozen=True, slots=True)
class FaultView:
    """What is wrong with one row."""

    row: int
    column: str
    words: str


@dataclass(frozen=True, slots=True)
class ImportView:
    """One import. `share` of its rows are in, in twelfths; `faults` are the first of `faulty`."""

    id: int
    channel_id: int
    state: str
    rows: int
    faulty: int
    faults: tuple[FaultView, ...]
    taken: int
    fresh: int
    cases: int
    share: int
    as_done: bool
    finished_at: datetime | None
    preview: tuple[PreviewRow, ...] = ()


def get_import(*, actor: User, channel_id: int, import_id: int, all_faults: bool = False) -> ImportView:
    """One import with its first rows. At most three queries. Raises: Forbidden, NotFound."""
    demand_card_reader(actor=actor)
    found = Import.objects.filter(pk=import_id, channel_id=channel_id).first()
    if found is None:
        raise NotFound(_("There is no such import."))
    return _view(found, tuple(_preview(found)), None if all_faults else FAULTS_SHOWN)


def get_newest_imports(*, actor: User, channel_id: int) -> tuple[ImportView, ...]:
    """The last few of a channel, newest first. One query. Raises: Forbidden."""
    demand_card_reader(actor=actor)
    return tuple(_view(one, (), 0) for one in Import.objects.filter(channel_id=channel_id).order_by("-pk")[:5])


def _view(found: Import, preview: tuple[PreviewRow, ...], most: int | None) -> ImportView:
    return ImportView(
        id=found.pk,
        channel_id=found.channel_id,
        state=found.state,
        rows=found.rows,
        faulty=found.faulty,
        faults=tuple(FaultView(row, column, _(FAULT_TEXTS[code])) for row, column, code in found.faults[:most]),
        taken=found.taken,
        fresh=found.fresh,
        cases=found.cases,
        share=12 * found.taken // found.rows if found.rows else 0,
        as_done=found.as_done,
        finished_at=found.finished_at,
        preview=preview,
    )


def _preview(found: Import) -> list[PreviewRow]:
    opened = None if found.state == ImportState.COLUMNS else open_first(found)
    rows = json.loads(opened) if opened is not None else []
    return [_preview_row(values) for values in rows[:SHOWN]]


def open_first(found: Import) -> bytes | None:
    """The first piece in the open; None where there is none, or its key is lost. One query."""
    piece = ImportPiece.objects.filter(of=found).order_by("position").first()
    if piece is None:
        return None
    try:
        return unseal_record(piece.sealed, context=f"import:{found.pk}:{piece.position}")
    except SealBroken:
        return None


def _preview_row(values: dict[str, str]) -> PreviewRow:
    author = values.get("author_name") or values.get("author_id", "")
    return PreviewRow(
        at=datetime.fromisoformat(values["at"]),
        author=masked(author),
        text=masked(values["text"])[:300],
        incoming=values["direction"] == "in",
        public=values["visibility"] == "public",
    )


def masked(text: str) -> str:
    """As it is shown everywhere."""
    return mask(text, find(text)).text
