"""One colleague answers several comments at once: each answer is a reply of its own, in its own case."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.operations.replying import queue_reply
from core.errors import SamsvarError
from core.users.models import User
from tickets.models import Message, Visibility

MOST = 50  # answers at once


@dataclass(frozen=True, slots=True)
class Answer:
    """One public answer. `client_key` makes a repeat recognisable; `seen_message_id` as in `queue_reply`."""

    ticket_id: int
    thread_id: int
    text: str
    client_key: uuid.UUID
    seen_message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one answer: its message, or why it was not taken."""

    answer: Answer
    message: Message | None = None
    error: SamsvarError | None = None


def answer_several(*, actor: User, answers: Sequence[Answer], undo_seconds: int, now: datetime) -> tuple[Outcome, ...]:
    """Store these public answers and ask for their sending, each in a transaction of its own.

    One that is refused stops none of the others; the same form sent twice answers nobody twice.
    Gives: one outcome for each, in their order. Leaves: what each reply leaves.
    """
    outcomes = []
    for answer in answers:
        try:
            message = queue_reply(
                actor=actor,
                ticket_id=answer.ticket_id,
                thread_id=answer.thread_id,
                visibility=Visibility.PUBLIC,
                text=answer.text,
                client_key=answer.client_key,
                undo_seconds=undo_seconds,
                now=now,
                seen_message_id=answer.seen_message_id,
            )
            outcomes.append(Outcome(answer, message=message))
        except SamsvarError as error:
            outcomes.append(Outcome(answer, error=error))
    return tuple(outcomes)
