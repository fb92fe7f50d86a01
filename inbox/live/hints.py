"""From a change to a numbered hint in every browser's reach.

A hint row is written in the change's transaction. After commit it gets its number: one numberer at a time, held apart
by an advisory lock, gives numbers to all committed hints that have none, commits, and tells Valkey. Since numbers are
given only to what is already visible, a client that has seen N will never find a smaller one later.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from core.broker import broker
from core.clock import now
from core.inserting import insert_rows
from inbox.live.models import Hint
from tickets.access import scopes_for
from tickets.events import TicketChange, TicketsChanged

log = logging.getLogger(__name__)

NUMBERER_LOCK = 7_305_001  # an arbitrary name for pg_advisory_xact_lock

_NUMBER = """
    WITH fresh AS MATERIALIZED (
        SELECT id FROM live_hint WHERE seq IS NULL ORDER BY id
    ), numbered AS MATERIALIZED (
        SELECT id, nextval('live_hint_numbers') AS seq FROM fresh
    )
    UPDATE live_hint AS hint SET seq = numbered.seq
    FROM numbered WHERE hint.id = numbered.id
    RETURNING hint.seq, hint.kind, hint.ticket_id, hint.scopes, hint.left_scopes
"""


def live_channel() -> str:
    """The publish channel of this installation: several may share one Valkey, whose channels know no database."""
    return f"samsvar:live:{connection.settings_dict['NAME']}"


def write_hints(event: TicketsChanged) -> None:
    """React to changed tickets: one hint row each, in the same transaction; numbered after commit."""
    at = now()
    rows = (
        (c.kind, c.ticket_id, sorted(scopes_for(c.place.team_id, c.place.assignee_id)), _left(c), at)
        for c in event.changes
    )
    insert_rows(Hint, ("kind", "ticket_id", "scopes", "left_scopes", "created_at"), rows)
    transaction.on_commit(publish_hints, robust=True)


def _left(change: TicketChange) -> list[str]:
    if change.before is None:
        return []
    before = scopes_for(change.before.team_id, change.before.assignee_id)
    return sorted(before - scopes_for(change.place.team_id, change.place.assignee_id))


def publish_hints() -> int:
    """Number whatever is committed and unnumbered, and tell every web process. Gives: how many.

    Called after each commit and by the sweeper, which finds what a process that died in between left behind.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERER_LOCK])
        cursor.execute(_NUMBER)
        rows = sorted(cursor.fetchall())
    _tell(rows)
    return len(rows)


def _tell(rows: Sequence[tuple[Any, ...]]) -> None:
    """All in one round trip. A lost message is harmless: the next heartbeat shows the gap and the client catches up."""
    try:
        pipe = broker().pipeline(transaction=False)
        for seq, kind, ticket_id, scopes, left in rows:
            frame = {"seq": seq, "kind": kind, "ticket_id": ticket_id, "scopes": _list(scopes), "left": _list(left)}
            pipe.publish(live_channel(), json.dumps(frame))
        pipe.execute()
    except Exception as error:  # any broker fault: rows are the truth
        log.warning("%d hints not published: %s", len(rows), type(error).__name__)


def _list(value: Any) -> list[str]:
    return list(json.loads(value) if isinstance(value, str) else value)
