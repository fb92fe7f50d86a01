"""What goes over the socket, and over /live/since: small envelopes of ids, enums and one neutral row fragment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.template.loader import get_template
from django.utils import timezone, translation

from connectors.queries.replies import Undoable
from inbox.live.models import Hint
from tickets.access import scopes_for
from tickets.models import Ticket
from tickets.queries.queue import QueueRow, queue_rows

CACHE_SIZE = 2000  # fragments; one is about 1.5 kB


@dataclass(frozen=True, slots=True)
class Notice:
    """A numbered hint in memory."""

    seq: int
    kind: str
    ticket_id: int
    scopes: frozenset[str]
    left: frozenset[str]

    def merged(self, later: Notice) -> Notice:
        """This and a later one on the same ticket as one: the later place, and everyone who lost sight meanwhile."""
        left = (self.left | self.scopes | later.left) - later.scopes
        return Notice(later.seq, _stronger(self.kind, later.kind), self.ticket_id, later.scopes, left)

    def reach(self, row: QueueRow, scopes: frozenset[str]) -> str:
        """What somebody with these scopes gets: "row", "gone" or "" for nothing.

        The row is as it stands now, which may be elsewhere than when the hint was written: who can no longer see it
        is never sent it.
        """
        if not (self.scopes | self.left) & scopes:
            return ""
        return "row" if self.scopes & scopes and scopes_for(row.team_id, row.assignee_id) & scopes else "gone"


def _stronger(first: str, second: str) -> str:
    return first if first == "opened" else second


def notice_from(hint: Hint) -> Notice:
    """A stored hint as it travels."""
    return Notice(hint.seq or 0, hint.kind, hint.ticket_id, frozenset(hint.scopes), frozenset(hint.left_scopes))


@lru_cache(maxsize=CACHE_SIZE)
def row_html(row: QueueRow, language: str) -> str:
    """The fragment of a row in a language, made once per process, whoever looks.

    The whole row is the key, not its version, so that a colleague's or team's new name shows at once.
    """
    return render_row(row, language)


@cache
def _row_template() -> Any:
    return get_template("inbox/fragments/_row.html")


def render_row(row: QueueRow, language: str, start: str = "") -> str:
    """One line of the queue in a language; neutral, unless it holds how somebody's unsent text begins."""
    with translation.override(language), timezone.override(None):  # kept for whoever comes, wherever they are
        return str(_row_template().render({"row": row, "draft_starts": {row.ticket_id: start}}))


def rows_of(ticket_ids: Iterable[int]) -> dict[int, QueueRow]:
    """The lines of many tickets in one query. Each socket's scopes are checked by whoever sends."""
    return {row.ticket_id: row for row in queue_rows(Ticket.objects.filter(pk__in=set(ticket_ids)))}


def row_frame(notice: Notice, row: QueueRow, html: str) -> dict[str, Any]:
    """A line that is new or has changed."""
    return {
        "kind": "row",
        "seq": notice.seq,
        "scope_head": notice.seq,
        "target": f"row-{row.number}",
        "facts": facts_of(row) | {"what": notice.kind},
        "html": html,
    }


def facts_of(row: QueueRow) -> dict[str, Any]:
    """What lets a browser decide whether a line belongs in its filtered list."""
    return {
        "number": row.number,
        "ticket_id": row.ticket_id,
        "status": row.status,
        "team_id": row.team_id,
        "assignee_id": row.assignee_id,
        "visibility": row.visibility,
        "platform": row.platform,
        "version": row.version,
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "last_message_at": row.last_message_at.isoformat(),
    }


def gone_frame(notice: Notice, row: QueueRow) -> dict[str, Any]:
    """A line that moved out of this person's sight."""
    return {
        "kind": "gone",
        "seq": notice.seq,
        "scope_head": notice.seq,
        "target": f"row-{row.number}",
        "facts": {"number": row.number},
    }


def case_frame(notice: Notice, row: QueueRow) -> dict[str, Any]:
    """The open case has changed: fetch it."""
    return {
        "kind": "case",
        "seq": notice.seq,
        "scope_head": notice.seq,
        "target": f"case-{row.number}",
        "facts": {"number": row.number, "what": notice.kind},
    }


def undo_frame(undoable: Undoable) -> dict[str, Any]:
    """A reply of one's own that has not left yet."""
    return {
        "kind": "undo",
        "target": f"case-{undoable.number}",
        "facts": {
            "number": undoable.number,
            "message_id": undoable.message_id,
            "name": undoable.customer_name,
            "until": undoable.undo_until.isoformat(),
            "then": undoable.then,
        },
    }


def frames_for(
    notices: Iterable[Notice], rows: Mapping[int, QueueRow], *, scopes: frozenset[str], language: str
) -> list[dict[str, Any]]:
    """The row and gone frames one person gets, oldest first."""
    out = []
    for notice in notices:
        row = rows.get(notice.ticket_id)
        if row is None:
            continue
        reach = notice.reach(row, scopes)
        if reach == "row":
            out.append(row_frame(notice, row, row_html(row, language)))
        elif reach == "gone":
            out.append(gone_frame(notice, row))
    return out
