"""Under which master keys records are sealed, and what cannot be opened any more, in plain sentences."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db import DatabaseError, connection

from core import secrets
from core.audit.chain import get_head, sign_head
from core.keys.places import Place, all_places

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeyCount:
    """How many records of one column one master key seals. `at_hand`: the key is in SAMSVAR_KEYS."""

    place: str
    key_id: str
    count: int
    at_hand: bool


def get_key_counts() -> list[KeyCount]:
    """One line per column and key. One query per column."""
    known = secrets.ring_ids()
    return [
        KeyCount(place.name, key_id, count, key_id in known)
        for place in all_places()
        for key_id, count, _first in _counts(place)
    ]


def _counts(place: Place) -> list[tuple[str, int, int]]:
    """(key id, how many, the first row's id), in order of the key's id."""
    column = place.column
    statement = f"""
        SELECT convert_from(substring({column} FROM 3 FOR get_byte({column}, 1)), 'UTF8'), count(*), min(id)
        FROM {place.table} WHERE {column} IS NOT NULL AND length({column}) > 2 AND get_byte({column}, 0) = %s
        GROUP BY 1 ORDER BY 1
    """  # noqa: S608  names of our own models
    with connection.cursor() as cursor:
        cursor.execute(statement, [secrets.MASTER])
        return list(cursor.fetchall())


def list_lost() -> list[str]:
    """What cannot be opened with the keys at hand, one sentence each; empty when all is well.

    Opens one record of each column and key, so that a key with the right name and wrong bytes is found too.
    """
    sentences = [
        sentence
        for place in all_places()
        for key_id, count, first_id in _counts(place)
        if (sentence := _lost(place, key_id, count, first_id))
    ]
    head = get_head()
    if head and sign_head(head.day, head.seq, head.hash) != head.signature:
        sentences.append(
            "SAMSVAR_HASH_KEY is not the one this database was written with: the audit log's heads cannot be proven, "
            "and exact search and the recognition of our own echoes do not meet what was stored before."
        )
    return sentences


def say_lost() -> None:
    """At the start of a process: one log line for each sentence of `list_lost`; none while the database is away."""
    try:
        for sentence in list_lost():
            log.error("%s", sentence)
    except DatabaseError as error:
        log.warning("keys not looked at: %s", type(error).__name__)


def _lost(place: Place, key_id: str, count: int, first_id: int) -> str:
    if key_id not in secrets.ring_ids():
        return (
            f"{count} records of {place.name} are sealed under the key {key_id}, which is not in SAMSVAR_KEYS. "
            f"Without it these are lost: {place.holds}."
        )
    row = place.model._default_manager.get(pk=first_id)
    try:
        secrets.unseal(getattr(row, place.field), context=place.context(row))
    except secrets.SealBroken:
        return (
            f"The key {key_id} in SAMSVAR_KEYS does not open the {count} records of {place.name} that name it: "
            f"it is another key, or the first of them was altered. Without the right one these are lost: {place.holds}."
        )
    return ""
