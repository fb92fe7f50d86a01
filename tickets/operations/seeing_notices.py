"""A colleague's own mark on their notices: seen. It concerns nobody else and changes no case."""

from __future__ import annotations

from datetime import datetime

from core.events import emit
from core.transactions import in_transaction
from core.users.models import User
from tickets.events import NoticesChanged
from tickets.models import Notice


@in_transaction
def see_notices(*, actor: User, now: datetime, ticket_id: int | None = None, until: datetime | None = None) -> int:
    """Mark the actor's own notices as seen.

    Takes: ticket_id, of one case only; until, only what they were told up to then, so that what came after a list was
    drawn stays.
    Gives: how many were not seen before.
    Leaves: NoticesChanged when there were any.
    """
    unseen = Notice.objects.filter(recipient=actor, seen_at__isnull=True)
    if ticket_id is not None:
        unseen = unseen.filter(ticket_id=ticket_id)
    if until is not None:
        unseen = unseen.filter(at__lte=until)
    locked = unseen.select_for_update(of=("self",)).order_by("recipient_id", "ticket_id", "kind")
    seen = Notice.objects.filter(pk__in=locked.values("pk")).update(seen_at=now)
    if seen:
        emit(NoticesChanged([actor.pk]))
    return seen
