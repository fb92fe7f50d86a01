"""Data keys: one per customer or channel, wrapped by the master key.

Deleting the row makes what it sealed unreadable.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from django.db import models

from core import secrets


class DataKey(models.Model):
    """A 256-bit key, stored only wrapped under the master key ring."""

    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"data key {self.pk}"


WRAP = "keys.DataKey"


def new_data_keys(count: int) -> list[DataKey]:
    """Make and store `count` keys in one statement. Gives: the rows, with their ids."""
    rows = [DataKey(wrapped=secrets.seal(os.urandom(secrets.KEY_BYTES), context=WRAP)) for _ in range(count)]
    return DataKey.objects.bulk_create(rows)


def open_key(row: DataKey) -> bytes:
    """Unwrap. Raises: core.secrets.SealBroken."""
    return secrets.unseal(row.wrapped, context=WRAP)


def open_keys(key_ids: Iterable[int]) -> dict[int, bytes]:
    """Unwrap many by id in one query; an id whose row is gone is simply absent (its texts are shredded)."""
    return {row.pk: open_key(row) for row in DataKey.objects.filter(pk__in=set(key_ids))}


def unseal_record(record: secrets.Sealed, *, context: str) -> bytes:
    """Open a record under whichever data key it names.

    Raises: core.secrets.SealBroken, also when the key was destroyed.
    """
    key = open_keys([secrets.data_key_id(record)])
    if not key:
        raise secrets.SealBroken("its key was destroyed")
    return secrets.unseal_under(next(iter(key.values())), record, context=context)
