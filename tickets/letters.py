"""The sealed half of a letter: its subject, addresses and html as written."""

from __future__ import annotations

import json
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.masking import mask
from analysis.personal_data import find
from core import secrets
from core.keys.models import unseal_record
from tickets.intake.items import NAME_LIMIT, SUBJECT_LIMIT, Recipient
from tickets.models import Letter, Message


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a letter says in the open. Never in a repr, so never in a log."""

    subject: str = field(default="", repr=False)
    recipients: tuple[Recipient, ...] = field(default=(), repr=False)
    html: str = field(default="", repr=False)


def letter_context(uid: uuid.UUID) -> str:
    """What binds a letter's sealed envelope to its message."""
    return f"tickets.Letter:{uid}"


def seal_envelope(envelope: Envelope, *, uid: uuid.UUID, key_id: int, key: bytes) -> bytes:
    """Compress and encrypt an envelope."""
    plain = {
        "subject": envelope.subject,
        "recipients": [[r.role, r.address, r.name] for r in envelope.recipients],
        "html": envelope.html,
    }
    return secrets.seal_under(key_id, key, zlib.compress(json.dumps(plain).encode()), context=letter_context(uid))


def open_envelope(message: Message) -> Envelope:
    """The envelope as written; an empty one for a message that is no letter. One query, unless `letter` is loaded.

    For sending, for answering and for reveals only. Raises: core.secrets.SealBroken when its key is lost or destroyed.
    """
    letter = Letter.objects.filter(pk=message.pk).first()
    if letter is None or letter.sealed is None:
        return Envelope()
    packed = unseal_record(letter.sealed, context=letter_context(message.uid))
    plain: dict[str, Any] = json.loads(zlib.decompress(packed))
    recipients = tuple(Recipient(role, address, name) for role, address, name in plain["recipients"])
    return Envelope(plain["subject"], recipients, plain["html"])


def masked_subject(subject: str) -> str:
    """A subject as it may be shown: people put order and phone numbers there."""
    return mask(subject, find(subject)).text[:SUBJECT_LIMIT]


def masked_recipients(recipients: Sequence[Recipient], own: frozenset[str]) -> list[list[str]]:
    """Recipients as a page may show them; `own` are the company's addresses, which stay as they are."""
    return [
        [
            r.role,
            mask(r.name, find(r.name)).text[:NAME_LIMIT],
            r.address if r.address in own else masked_address(r.address),
        ]
        for r in recipients
    ]


def masked_address(address: str) -> str:
    """A contact value in a field: that there is one, and its last two characters."""
    name, at, _ = address.partition("@")
    return f"•••@•••{address[-2:]}" if at and name else f"•••{address[-2:]}"
