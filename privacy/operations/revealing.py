"""Showing what a mask hides: to one colleague, for a reason, for some minutes, on record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from core.audit.record import record
from core.transactions import in_transaction
from core.users.models import User
from privacy.models import Reveal
from privacy.queries.hidden import Place, find_hidden, find_letter
from privacy.reasons import Grounds, count_look, limit_recorded, read_grounds
from tickets.access import Action, demand
from tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Revealed:
    """A value in the open. It is never in this object's repr, so never in a log."""

    value: str = field(repr=False)
    label: str
    until: datetime


def reveal_mask(
    *, actor: User, ticket_id: int, place: Place, reason: str, now: datetime, reason_text: str = ""
) -> Revealed:
    """Give the value behind one mask of a message or note of the case, or behind a handle of its customer.

    Takes: reason, a privacy.models.Reason value; reason_text, 10 to 500 code points, needed with `other`.
    Gives: the value and until when it may be shown (SAMSVAR_REVEAL_MINUTES).
    Raises: NotFound (also when the value is no longer kept), Forbidden, Invalid, Throttled (SAMSVAR_REVEALS_PER_HOUR).
    Leaves: one audit entry, `reveal.made` or `reveal.limited`; neither holds the value.
    """
    with limit_recorded(actor, now=now):
        return _reveal(actor, ticket_id, place, reason, reason_text, now)


@in_transaction
def _reveal(actor: User, ticket_id: int, place: Place, reason: str, reason_text: str, now: datetime) -> Revealed:
    ticket = demand(actor, Action.REVEAL, ticket_id)
    kind, pk = place.named
    grounds = read_grounds(reason, reason_text)
    count_look(actor, now=now)
    hidden = find_hidden(ticket, place)
    row = _store(actor, ticket, grounds, now, hidden.label, hidden.digest, of=(kind, pk), index=place.index)
    return Revealed(hidden.value, hidden.label, row.until)


def reveal_letter(
    *, actor: User, ticket_id: int, message_id: int, reason: str, now: datetime, reason_text: str = ""
) -> datetime:
    """Open a letter of the case as it was sent: sender, recipients, subject and html.

    Takes: reason and reason_text as for `reveal_mask`.
    Gives: until when `privacy.queries.hidden.get_open_letter` shows it.
    Raises: NotFound, Forbidden, Invalid, Throttled (together with reveals).
    Leaves: one audit entry, `reveal.made` or `reveal.limited`.
    """
    with limit_recorded(actor, now=now):
        return _reveal_letter(actor, ticket_id, message_id, reason, reason_text, now)


@in_transaction
def _reveal_letter(
    actor: User, ticket_id: int, message_id: int, reason: str, reason_text: str, now: datetime
) -> datetime:
    ticket = demand(actor, Action.REVEAL, ticket_id)
    grounds = read_grounds(reason, reason_text)
    count_look(actor, now=now)
    message, _envelope, digest = find_letter(ticket, message_id)
    return _store(actor, ticket, grounds, now, "LETTER", digest, of=("message", message.pk), whole=True).until


def _store(
    actor: User,
    ticket: Ticket,
    grounds: Grounds,
    now: datetime,
    label: str,
    digest: bytes,
    *,
    of: tuple[str, int],
    index: int = 0,
    whole: bool = False,
) -> Reveal:
    row = Reveal.objects.create(
        ticket=ticket,
        mask_index=index,
        whole=whole,
        label=label,
        record_digest=digest,
        actor=actor,
        reason=grounds.reason,
        reason_text=grounds.text,
        at=now,
        until=now + timedelta(minutes=settings.REVEAL_MINUTES),
        **{f"{of[0]}_id": of[1]},
    )
    record(
        actor=actor,
        action="reveal.made",
        object_type=of[0],
        object_id=of[1],
        now=now,
        person_id=ticket.customer_id,
        ticket_id=ticket.pk,
        reveal_id=row.pk,
        index=index,
        kind=label,
        reason=grounds.reason,
    )
    return row
