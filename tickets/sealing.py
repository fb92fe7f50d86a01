"""Masking what people write, and sealing what the masks cover, under the customer's or the channel's data key."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from analysis.masking import Mask, Masked, unmask
from core import secrets
from core.inserting import insert_rows
from core.keys.models import new_data_keys, open_key, open_keys, unseal_record
from core.rows import update_rows
from tickets.models import Channel, Customer, Identity, MaskedValue, Message, Note
from tickets.value_hashes import stored_hashes

Keys = dict[int, bytes]


def message_context(uid: uuid.UUID) -> str:
    """What binds a message's sealed originals to it."""
    return f"tickets.Message:{uid}"


def note_context(uid: uuid.UUID) -> str:
    """What binds a note's sealed originals to it."""
    return f"tickets.Note:{uid}"


def identity_context(platform: str, scope: str, external_key: str) -> str:
    """What binds an identity's sealed contact value to it."""
    return f"tickets.Identity:{platform}:{scope}:{external_key}"


def contact_value(identity: Identity) -> str:
    """The address or number behind a handle, "" when it has none. For reveals and for sending only.

    Raises: core.secrets.SealBroken when its key is lost or destroyed.
    """
    if identity.sealed is None:
        return ""
    context = identity_context(identity.platform, identity.scope, identity.external_key)
    return unseal_record(identity.sealed, context=context).decode()


def masks_json(masked: Masked) -> list[list[Any]]:
    """Masks as they are stored: [[start, end, label], …] in code points of the masked text."""
    return [[mask.start, mask.end, mask.label] for mask in masked.masks]


def seal_originals(masked: Masked, *, key_id: int, key: bytes, context: str) -> bytes | None:
    """Encrypt what the masks cover; None when nothing was masked."""
    if not masked.originals:
        return None
    return secrets.seal_under(key_id, key, json.dumps(masked.originals).encode(), context=context)


def ensure_keys(owners: Sequence[Customer] | Sequence[Channel]) -> Keys:
    """Give every owner a data key, making the missing ones in two statements. Gives: opened keys by key id.

    The owners' rows must be locked, or new in this transaction: two workers must not both make one.
    """
    without = [owner for owner in owners if owner.data_key_id is None]
    for owner, row in zip(without, new_data_keys(len(without)), strict=True) if without else ():
        owner.data_key = row
    update_rows(without, ["data_key"])
    opened = {owner.data_key.pk: open_key(owner.data_key) for owner in without if owner.data_key}
    return opened | open_keys(o.data_key_id for o in owners if o.data_key_id and o.data_key_id not in opened)


def keep_hashes(pairs: Iterable[tuple[Message | Note, Masked]]) -> None:
    """Store keyed hashes of what was masked in rows just stored, so that an exact value can be found. One statement."""
    insert_rows(
        MaskedValue,
        ("message_id", "note_id", "label", "hash"),
        (
            (
                row.pk if isinstance(row, Message) else None,
                row.pk if isinstance(row, Note) else None,
                mask.label,
                hashed,
            )
            for row, masked in pairs
            if row.sealed is not None
            for mask, original in zip(masked.masks, masked.originals, strict=True)
            for hashed in sorted(stored_hashes(mask.label, original))
        ),
    )


def original_values(row: Message | Note) -> list[str]:
    """What the masks of this row cover, in their order. For reveals only, and for `original_text`.

    Raises: core.secrets.SealBroken when its key is lost or destroyed.
    """
    if row.sealed is None:
        return []
    context = message_context(row.uid) if isinstance(row, Message) else note_context(row.uid)
    return list(json.loads(unseal_record(row.sealed, context=context)))


def original_text(row: Message | Note) -> str:
    """The text as written, masks undone. For sending our own reply and for taking it back only.

    Raises: core.secrets.SealBroken when its key is lost or destroyed.
    """
    if row.sealed is None:
        return row.text
    return unmask(row.text, [Mask(*mask) for mask in row.masks], original_values(row))
