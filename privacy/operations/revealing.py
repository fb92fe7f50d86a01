"""Showing what a mask hides: to one colleague, for a reason, for some minutes, on record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Invalid
from core.transactions import in_transaction
from core.users.models import User
from privacy.models import Reveal
from privacy.queries.hidden import find_hidden
from privacy.reasons import count_look, limit_recorded, read_grounds
from tickets.access import Action, demand


@dataclass(frozen=True, slots=True)
class Revealed:
    """A value in the open. It is never in this object's repr, so never in a log."""

    value: str = field(repr=False)
    label: str
    until: datetime


def reveal_mask(
    *,
    actor: User,
    ticket_id: int,
    index: int,
    reason: str,
    now: datetime,
    message_id: int | None = None,
    note_id: int | None = None,
    reason_text: str = "",
) -> Revealed:
    """Give the value behind one mask of a message or note of the case.

    Takes: one of message_id and note_id; index, which of its masks, from 0; reason, a privacy.models.Reason value;
    reason_text, 10 to 500 code points, needed with `other`.
    Gives: the value and until when it may be shown (SAMSVAR_REVEAL_MINUTES).
    Raises: NotFound (also when the value is no longer kept), Forbidden, Invalid, Throttled (SAMSVAR_REVEALS_PER_HOUR).
    Leaves: one audit entry, `reveal.made` or `reveal.limited`; neither holds the value.
    """
    with limit_recorded(actor, now=now):
        return _reveal(actor, ticket_id, message_id, note_id, index, reason, reason_text, now)


@in_transaction
def _reveal(
    actor: User,
    ticket_id: int,
    message_id: int | None,
    note_id: int | None,
    index: int,
    reason: str,
    reason_text: str,
    now: datetime,
) -> Revealed:
    ticket = demand(actor, Action.REVEAL, ticket_id)
    if (message_id is None) == (note_id is None):
        raise Invalid(_("Name a message or a note, one of them."), field="message_id")
    grounds = read_grounds(reason, reason_text)
    count_look(actor, now=now)
    hidden = find_hidden(ticket, message_id=message_id, note_id=note_id, index=index)
    row = Reveal.objects.create(
        ticket=ticket,
        message_id=message_id,
        note_id=note_id,
        mask_index=index,
        label=hidden.label,
        record_digest=hidden.digest,
        actor=actor,
        reason=grounds.reason,
        reason_text=grounds.text,
        at=now,
        until=now + timedelta(minutes=settings.REVEAL_MINUTES),
    )
    record(
        actor=actor,
        action="reveal.made",
        object_type="message" if message_id is not None else "note",
        object_id=message_id if message_id is not None else note_id,
        now=now,
        person_id=hidden.person_id,
        ticket_id=ticket.pk,
        reveal_id=row.pk,
        index=index,
        kind=hidden.label,
        reason=grounds.reason,
    )
    return Revealed(hidden.value, hidden.label, row.until)
