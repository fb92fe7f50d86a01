"""What a colleague has seen. It concerns nobody else, changes no case and is told to nobody."""

from __future__ import annotations

from django.db import connection

from core.transactions import in_transaction
from core.users.models import User
from tickets.access import Action, demand
from tickets.models import Visit

_VISIT = """
INSERT INTO tickets_visit (user_id, ticket_id, message_id, before_id) VALUES (%s, %s, %s, %s)
ON CONFLICT (ticket_id, user_id)
DO UPDATE SET message_id = greatest(tickets_visit.message_id, excluded.message_id), before_id = excluded.before_id
"""


def remember_visit(*, actor: User, ticket_id: int, message_id: int, before_id: int) -> None:
    """Keep that the actor was shown a case up to this message. One statement; of two tabs the newer message stays.

    Takes: a case that has just been read for the actor, so that access to it has been decided.
    """
    with connection.cursor() as cursor:
        cursor.execute(_VISIT, [actor.pk, ticket_id, message_id, before_id])


@in_transaction
def mark_unread(*, actor: User, ticket_id: int) -> None:
    """Forget that the actor has seen a case.

    Raises: NotFound, Forbidden.
    """
    ticket = demand(actor, Action.READ, ticket_id, lock=False)
    Visit.objects.filter(user=actor, ticket=ticket).delete()
