"""Moving sealed records to the first master key: data keys are wrapped again, the rest is sealed again.

What data keys seal (texts, notes, webhooks) stays as it is. Each slice is one transaction and the records themselves
say which key they are under, so a rotation that was cut short goes on where it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from core import secrets
from core.actors import SYSTEM
from core.audit.record import record
from core.errors import Invalid
from core.keys.places import Place, all_places

SLICE = 200  # records per transaction


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many records moved, and how many could not be opened and were left as they are."""

    key_id: str
    moved: int
    left: int


def rotate_keys(*, now: datetime, to: str = "") -> Rotated:
    """Bring every master-key record under the first key of SAMSVAR_KEYS, slice by slice.

    Takes: to, the id the caller expects to be first.
    Raises: Invalid when `to` is not the first key: new seals would go on under another one.
    Leaves: one audit entry, `keys.rotated`, when anything moved; it commits with the first slice.
    """
    first = secrets.ring_ids()[0]
    if to and to != first:
        raise Invalid(f"New seals are made under {first}. Put {to} first in SAMSVAR_KEYS, restart, and rotate then.")
    moved = left = 0
    for place in all_places():
        after = 0
        while done := _move_slice(place, first, after, told=moved > 0, now=now):
            after, moved, left = done.last_id, moved + done.moved, left + done.left
    return Rotated(first, moved, left)


@dataclass(frozen=True, slots=True)
class _Slice:
    last_id: int
    moved: int
    left: int


@transaction.atomic
def _move_slice(place: Place, key_id: str, after: int, *, told: bool, now: datetime) -> _Slice | None:
    ids = _stale_ids(place, key_id, after)
    if not ids:
        return None
    rows = list(place.model._default_manager.filter(pk__in=ids).order_by("pk"))
    opened = [row for row in rows if _seal_again(place, row)]
    place.model._default_manager.bulk_update(opened, [place.field])
    if opened and not told:
        record(actor=SYSTEM, action="keys.rotated", object_type="keys", object_id=None, now=now, key=key_id)
    return _Slice(ids[-1], len(opened), len(rows) - len(opened))


def _stale_ids(place: Place, key_id: str, after: int) -> list[int]:
    """Records not under the key, locked: who writes credentials meanwhile waits, or has sealed under the new key."""
    prefix = secrets.master_prefix(key_id)
    statement = f"""
        SELECT id FROM {place.table}
        WHERE id > %s AND {place.column} IS NOT NULL AND substring({place.column} FROM 1 FOR %s) <> %s
        ORDER BY id LIMIT %s FOR UPDATE
    """  # noqa: S608  names of our own models
    with connection.cursor() as cursor:
        cursor.execute(statement, [after, len(prefix), prefix, SLICE])
        return [row[0] for row in cursor.fetchall()]


def _seal_again(place: Place, row: object) -> bool:
    context = place.context(row)
    try:
        plain = secrets.unseal(getattr(row, place.field), context=context)
    except secrets.SealBroken:
        return False
    setattr(row, place.field, secrets.seal(plain, context=context))
    return True
