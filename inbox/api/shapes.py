"""Query results as JSON. Texts are masked; there is no way from here to what a mask covers."""

from __future__ import annotations

from typing import Any

from tickets.queries.case import CaseView, MessageView, NoteView
from tickets.queries.queue import QueueRow
from tickets.queries.text import Piece


def ticket_json(row: QueueRow) -> dict[str, Any]:
    """A line of the queue."""
    return {
        "id": row.ticket_id,
        "number": row.number,
        "url": f"/api/v1/tickets/{row.ticket_id}/",
        "status": row.status,
        "priority": row.priority,
        "platform": row.platform,
        "visibility": row.visibility,
        "customer": {"name": row.customer_name},
        "team": _named(row.team_id, row.team_name),
        "assignee": _named(row.assignee_id, row.assignee_name),
        "language": row.language,
        "preview": row.preview,
        "due_at": row.due_at,
        "waiting_since": row.waiting_since,
        "last_message_at": row.last_message_at,
        "trouble": row.trouble or None,
        "version": row.version,
    }


def _named(pk: int | None, name: str) -> dict[str, Any] | None:
    return None if pk is None else {"id": pk, "name": name}


def case_json(case: CaseView) -> dict[str, Any]:
    """A case with its messages and notes, oldest first."""
    messages = [entry for entry in case.entries if isinstance(entry, MessageView)]
    notes = [entry for entry in case.entries if isinstance(entry, NoteView)]
    return ticket_json(case.row) | {
        "channel": case.channel_name,
        "opened_at": case.opened_at,
        "threads": [{"id": thread.id, "visibility": thread.visibility} for thread in case.threads],
        "messages": [message_json(message) for message in messages],
        "notes": [{"id": n.id, "at": n.at, "author": n.author_name, "text": _text(n.text)} for n in notes],
    }


def message_json(message: MessageView) -> dict[str, Any]:
    """One message; `delivery` is null for inbound."""
    return {
        "id": message.id,
        "direction": "in" if message.incoming else "out",
        "origin": message.origin,
        "author": message.author_name,
        "visibility": message.visibility,
        "kind": message.kind,
        "text": _text(message.text),
        "masks": _masks(message.text),
        "language": message.language,
        "at": message.at,
        "state": message.state,
        "edited": message.edited,
        "aside": message.aside,
        "external_id": message.external_id,
        "permalink": message.permalink,
        "attachments": [{"kind": a["kind"], "title": a["title"]} for a in message.attachments],
        "delivery": {"state": message.delivery, "reason": message.reason or None} if message.delivery else None,
    }


def _text(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces)


def _masks(pieces: tuple[Piece, ...]) -> list[dict[str, Any]]:
    """Where masks stand in the text, in code points."""
    masks, at = [], 0
    for piece in pieces:
        if piece.label:
            masks.append({"start": at, "end": at + len(piece.text), "label": piece.label})
        at += len(piece.text)
    return masks
