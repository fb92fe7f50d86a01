"""The audit log as a chain: each row's hash covers the row and the hash before it.

Rows are written unchained, so that no write waits for another. A sealer, one at a time, gives committed rows their
places: what commits later gets a later place, whatever its id. A row is therefore outside the chain for some seconds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, transaction
from psycopg2.extras import execute_values

from core.audit.models import AuditEntry, AuditHead
from core.secrets import keyed_hash

SEALER_LOCK = 7_305_003  # an arbitrary name for pg_advisory_xact_lock
SLICE = 1000  # rows per transaction, so that a long backlog gives the lock back in between
SLICES = 20  # per call
GENESIS = bytes(32)  # what the first row's hash stands on

_CONTENT = ("id", "at", "actor_id", "action", "object_type", "object_id", "subject", "data")
_SEAL = """
    UPDATE audit_auditentry AS entry SET seq = fresh.seq, prev_hash = fresh.prev_hash, hash = fresh.hash
    FROM (VALUES %s) AS fresh (id, seq, prev_hash, hash) WHERE entry.id = fresh.id
"""


def entry_hash(entry: AuditEntry, seq: int, prev_hash: bytes) -> bytes:
    """SHA-256 over the hash before and the row as canonical JSON: sorted keys, no spaces, UTC to the microsecond."""
    content: dict[str, Any] = {name: getattr(entry, name) for name in _CONTENT}
    content |= {"seq": seq, "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds")}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(prev_hash + text.encode()).digest()


def seal_entries(*, now: datetime) -> int:
    """Bring what is committed into the chain. Gives: how many rows; a long backlog is left for the next call."""
    total = 0
    for _ in range(SLICES):
        sealed = _seal_slice(now)
        total += sealed
        if sealed < SLICE:
            break
    return total


@transaction.atomic
def _seal_slice(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEALER_LOCK])
        fresh = list(AuditEntry.objects.filter(seq__isnull=True).order_by("pk")[:SLICE])
        if not fresh:
            return 0
        seq, prev_hash = _end()
        rows = []
        for entry in fresh:
            seq += 1
            hashed = entry_hash(entry, seq, prev_hash)
            rows.append((entry.pk, seq, prev_hash, hashed))
            prev_hash = hashed
        execute_values(cursor.cursor, _SEAL, rows, page_size=SLICE)
    _keep_head(now.astimezone(UTC).date(), seq, prev_hash)
    return len(rows)


def _end() -> tuple[int, bytes]:
    last = AuditEntry.objects.filter(seq__isnull=False).order_by("-seq").values_list("seq", "hash").first()
    return (last[0] or 0, bytes(last[1] or b"")) if last else (0, GENESIS)


def _keep_head(day: date, seq: int, hashed: bytes) -> None:
    values = {"seq": seq, "hash": hashed, "signature": sign_head(day, seq, hashed)}
    AuditHead.objects.update_or_create(day=day, defaults=values)


def sign_head(day: date, seq: int, hashed: bytes) -> bytes:
    """The HMAC under SAMSVAR_HASH_KEY that makes a head ours."""
    return keyed_hash(f"{day.isoformat()}:{seq}:{hashed.hex()}", purpose="audit-head")


@dataclass(frozen=True, slots=True)
class Head:
    """A signed end of the chain, as `audit head` prints it and as it is kept elsewhere: `day seq hash signature`."""

    day: date
    seq: int
    hash: bytes
    signature: bytes

    def line(self) -> str:
        """The four words of a kept head."""
        return f"{self.day.isoformat()} {self.seq} {self.hash.hex()} {self.signature.hex()}"


def read_head(line: str) -> Head:
    """Raises: ValueError for anything that is not such a line."""
    day, seq, hashed, signature = line.split()
    return Head(date.fromisoformat(day), int(seq), bytes.fromhex(hashed), bytes.fromhex(signature))


def get_head() -> Head | None:
    """The newest signed head; None while the chain is empty."""
    row = AuditHead.objects.order_by("-seq", "-day").first()
    return _head(row) if row else None


def _head(row: AuditHead) -> Head:
    return Head(row.day, row.seq, bytes(row.hash), bytes(row.signature))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk along the chain found. `fault` is empty when it holds, else a sentence that names the first bad row:
    its place in `bad_seq`, and its id in `bad_id` where the row is there.
    """

    sealed: int
    unsealed: int
    head_hash: str
    fault: str = ""
    bad_seq: int | None = None
    bad_id: int | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.fault


def verify_chain(*, kept: Sequence[Head] = ()) -> Verdict:
    """Walk the whole chain in pages and compare it with the signed heads, ours and those `kept` elsewhere.

    Never writes. Takes some six seconds per 100 000 rows, and the memory of one page.
    """
    heads = sorted([*(_head(row) for row in AuditHead.objects.order_by("day")), *kept], key=lambda head: head.seq)
    unsigned = next((h for h in heads if sign_head(h.day, h.seq, h.hash) != h.signature), None)
    expected = {head.seq: head.hash for head in heads}
    seq, prev_hash = 0, GENESIS
    for entry in _walk():
        fault = _fault(entry, seq + 1, prev_hash) or _off_head(entry, expected)
        if fault:
            return _verdict(prev_hash, fault, seq + 1, entry.pk if entry.seq == seq + 1 else None)
        seq, prev_hash = seq + 1, bytes(entry.hash or b"")
    if heads and heads[-1].seq > seq:
        fault = f"Row {seq + 1} is missing: the chain was signed up to row {heads[-1].seq} on {heads[-1].day}."
        return _verdict(prev_hash, fault, seq + 1, None)
    if unsigned:
        fault = f"The head of {unsigned.day} at row {unsigned.seq} is not signed by this SAMSVAR_HASH_KEY."
        return _verdict(prev_hash, fault, unsigned.seq, None)
    return _verdict(prev_hash, "", None, None)


def _walk() -> Iterator[AuditEntry]:
    after = 0
    while page := list(AuditEntry.objects.filter(seq__gt=after).order_by("seq")[:SLICE]):
        yield from page
        after = page[-1].seq or 0
    yield from AuditEntry.objects.filter(seq__lte=0)  # no place of ours; the constraint refuses them


def _fault(entry: AuditEntry, seq: int, prev_hash: bytes) -> str:
    if entry.seq != seq:
        return f"Row {seq} is missing; the next one there is row {entry.seq} (id {entry.pk})."
    if bytes(entry.prev_hash or b"") != prev_hash:
        return f"Row {seq} (id {entry.pk}) does not follow the row before it."
    if bytes(entry.hash or b"") != entry_hash(entry, seq, prev_hash):
        return f"Row {seq} (id {entry.pk}) is not what was sealed."
    return ""


def _off_head(entry: AuditEntry, expected: dict[int, bytes]) -> str:
    """A chain made anew from some row on is sound in itself; a signed head shows it."""
    seq = entry.seq or 0
    if seq in expected and expected[seq] != bytes(entry.hash or b""):
        return f"Row {seq} (id {entry.pk}) is not the one that was signed as the head."
    return ""


def _verdict(hashed: bytes, fault: str, bad_seq: int | None, bad_id: int | None) -> Verdict:
    unsealed = AuditEntry.objects.filter(seq__isnull=True).count()
    sealed = AuditEntry.objects.filter(seq__isnull=False).count()
    return Verdict(sealed, unsealed, hashed.hex(), fault, bad_seq, bad_id)
