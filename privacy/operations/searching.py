"""Finding the cases that hold an exact personal value, by keyed hash."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from analysis.personal_data import normalise
from core.audit.record import record
from core.errors import Forbidden, Invalid
from core.transactions import in_transaction
from core.users.models import User
from privacy.models import ValueSearch
from privacy.reasons import count_look, limit_recorded, read_grounds
from tickets.access import Action, may, visible_to
from tickets.intake.people import contact_keys
from tickets.models import Identity, MaskedValue
from tickets.queries.queue import QueueRow, queue_rows
from tickets.value_hashes import wanted_hashes

SHORTEST, LONGEST = 4, 200  # characters of the normalised value; a short one would be guessed, not searched
MOST = 50  # cases shown


def search_value(*, actor: User, value: str, reason: str, now: datetime, reason_text: str = "") -> tuple[QueueRow, ...]:
    """The cases the actor sees in which exactly this number, address or other personal value was masked, newest first.

    Takes: value, in any usual spelling; reason and reason_text as for `reveal_mask`.
    Gives: at most 50 lines of the queue.
    Raises: Forbidden, Invalid, Throttled (together with reveals).
    Leaves: one audit entry, `value.searched` or `reveal.limited`; neither holds the value or a hash of it.
    """
    if not may(actor, Action.REVEAL):
        raise Forbidden(_("Your role does not allow this."))
    with limit_recorded(actor, now=now):
        return _search(actor, value, reason, reason_text, now)


@in_transaction
def _search(actor: User, value: str, reason: str, reason_text: str, now: datetime) -> tuple[QueueRow, ...]:
    grounds = read_grounds(reason, reason_text)
    if not SHORTEST <= len(normalise(value).lstrip("+")) <= LONGEST:
        raise Invalid(_("Write the whole value, such as a phone number or an email address."), field="value")
    count_look(actor, now=now)
    rows = _holding(actor, value)
    search = ValueSearch.objects.create(
        actor=actor, reason=grounds.reason, reason_text=grounds.text, found=len(rows), at=now
    )
    record(
        actor=actor,
        action="value.searched",
        object_type="value_search",
        object_id=search.pk,
        now=now,
        found=len(rows),
        reason=grounds.reason,
    )
    return rows


def _holding(actor: User, value: str) -> tuple[QueueRow, ...]:
    found = MaskedValue.objects.filter(hash__in=wanted_hashes(value))
    in_messages = Q(pk__in=found.filter(message__isnull=False).values("message__ticket"))
    in_notes = Q(pk__in=found.filter(note__isnull=False).values("note__ticket"))
    known = Identity.objects.filter(external_key__in=contact_keys(value), sealed__isnull=False)
    tickets = visible_to(actor).filter(in_messages | in_notes | Q(customer__in=known.values("customer")))
    return tuple(queue_rows(tickets.order_by("-last_message_at", "-pk")[:MOST]))
