"""The journal of deletions: what was taken back stays away, also when an older backup is restored.

It lies outside the database, in SAMSVAR_HOME/tombstones/<year>-<month>.jsonl, is only ever added to, and holds keyed
hashes: whoever reads it learns nothing, and only SAMSVAR_HASH_KEY finds a row by it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from core.secrets import keyed_hash
from inbox.models import Deletion
from tickets.intake.messages import save_changed, set_state
from tickets.intake.places import bury_posts
from tickets.lines import refresh_lines, turn_over
from tickets.models import Channel, Message, MessageState, Post

SLICE = 1000  # rows per transaction


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay took back again."""

    known: int  # different deletions in the journal
    messages: int
    posts: int


def journal_deletions() -> int:
    """Move noted deletions into the journal. Gives: how many.

    Written and synced before the rows go: a crash in between writes one twice, which changes nothing.
    """
    with transaction.atomic():
        rows = list(Deletion.objects.select_for_update(skip_locked=True).order_by("pk")[:SLICE])
        if not rows:
            return 0
        places = _places()
        noted = [(row.at, _hash(places[row.channel_id], row.external_id)) for row in rows if row.channel_id in places]
        _append(noted)
        Deletion.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def replay_tombstones(*, now: datetime) -> Replayed:
    """Take back again what the journal says was taken back. Gives: what that met. Repeating it changes nothing."""
    gone = frozenset(_journal())
    places = _places()
    posts = [pk for pk, hashed in _hashes(Post.objects.filter(deleted_at__isnull=True), places) if hashed in gone]
    alive = Message.objects.exclude(state=MessageState.DELETED).exclude(external_id=None)
    messages = [pk for pk, hashed in _hashes(alive, places) if hashed in gone]
    for start in range(0, len(messages), SLICE):
        _bury_messages(messages[start : start + SLICE], now)
    _bury_posts(posts, now)
    return Replayed(len(gone), len(messages), len(posts))


def _hashes(rows: object, places: dict[int, str]) -> Iterator[tuple[int, str]]:
    found = rows.order_by("pk").values_list("pk", "channel_id", "external_id")  # type: ignore[attr-defined]
    for pk, channel_id, external_id in found.iterator(chunk_size=5000):
        yield pk, _hash(places[channel_id], external_id)


@transaction.atomic
def _bury_messages(ids: Sequence[int], now: datetime) -> None:
    rows = list(Message.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    for message in rows:
        set_state(message, MessageState.DELETED, now)
    save_changed(rows)
    touched = sorted({message.ticket_id for message in rows if message.ticket_id})
    refresh_lines(touched)
    turn_over(touched)


@transaction.atomic
def _bury_posts(ids: Sequence[int], now: datetime) -> None:
    rows = Post.objects.filter(pk__in=ids).values_list("channel_id", "external_id")
    bury_posts(dict.fromkeys(rows, now))


def _places() -> dict[int, str]:
    """Channels by what does not change when a database is made anew."""
    return {c.pk: f"{c.platform}:{c.external_id}" for c in Channel.objects.only("platform", "external_id")}


def _hash(place: str, external_id: str) -> str:
    return keyed_hash(f"{place}:{external_id}", purpose="tombstone").hex()


def _folder() -> Path:
    return Path(settings.HOME) / "tombstones"


def _append(noted: Iterable[tuple[datetime, str]]) -> None:
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    lines: dict[str, list[str]] = {}
    for at, hashed in noted:
        lines.setdefault(f"{at:%Y-%m}.jsonl", []).append(json.dumps({"at": at.isoformat(), "hash": hashed}) + "\n")
    for name, told in lines.items():
        handle = os.open(_folder() / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # lines of two processes must not mix
            file.write("".join(told))
            file.flush()
            os.fsync(file.fileno())


def _journal() -> Iterator[str]:
    """Every hash. A line cut short by a power cut is passed over: its row is still in the database, and comes again."""
    for path in sorted(_folder().glob("*.jsonl")):
        for line in path.read_text().splitlines():
            try:
                yield str(json.loads(line)["hash"])
            except (ValueError, KeyError, TypeError):
                continue
