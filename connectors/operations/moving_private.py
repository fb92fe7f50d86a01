"""From the open comment to the private talk in one step: the private text, and the polite line under the comment."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.operations.replying import queue_reply
from core.transactions import in_transaction
from core.users.models import User
from tickets.access import Action, demand
from tickets.models import Message, TicketEvent, Visibility


@dataclass(frozen=True, slots=True)
class PublicLine:
    """What everybody reads under the comment, and in which of the case's threads."""

    thread_id: int
    text: str


@in_transaction
def move_to_private(
    *,
    actor: User,
    ticket_id: int,
    thread_id: int,
    text: str,
    client_key: uuid.UUID,
    undo_seconds: int,
    now: datetime,
    line: PublicLine | None = None,
    files: Sequence[uuid.UUID] = (),
    draft_revision: int | None = None,
    seen_message_id: int | None = None,
) -> Message:
    """Answer a public message in private, and say so under it where a line is given; both are stored or neither.

    The line waits for the private reply: it leaves once that one is sent, and is taken back and fails with it.
    The case stays one, and its clock goes on as after any reply. Takes: as `queue_reply`; thread_id, the
    public thread; client_key, of the private reply, from which the line's own is made.
    Gives: the private reply; the same one when client_key repeats.
    Raises: as `queue_reply`.
    Leaves: what two replies leave, and one line of history.
    """
    ticket = demand(actor, Action.REPLY, ticket_id)
    repeated = Message.objects.filter(client_key=client_key).exists()
    said = None
    if line is not None:  # stored first, so that it stands before the turn to private; it leaves after
        said = queue_reply(
            actor=actor,
            ticket_id=ticket_id,
            thread_id=line.thread_id,
            visibility=Visibility.PUBLIC,
            text=line.text,
            client_key=_line_key(client_key),
            undo_seconds=undo_seconds,
            now=now,
            seen_message_id=seen_message_id,
        )
    message = queue_reply(
        actor=actor,
        ticket_id=ticket_id,
        thread_id=thread_id,
        visibility=Visibility.PRIVATE,
        text=text,
        client_key=client_key,
        undo_seconds=undo_seconds,
        now=now,
        files=files,
        draft_revision=draft_revision,
        seen_message_id=seen_message_id,
    )
    if not repeated:
        if said is not None:
            said.parts.update(waits_for=message.parts.get(position=0))
        data = {"message": message.pk, "line": line is not None}
        TicketEvent.objects.create(ticket=ticket, kind="moved_private", actor_id=actor.pk, at=now, data=data)
    return message


def _line_key(client_key: uuid.UUID) -> uuid.UUID:
    return uuid.uuid5(client_key, "public line")
