"""Fifty colleagues reach for one case."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from core.audit.models import AuditEntry
from core.errors import Conflict
from inbox.live.models import Hint
from tickets.models import Ticket, TicketEvent
from tickets.operations.assigning import take_ticket

HANDS = 50


@pytest.mark.django_db(transaction=True)
def test_of_fifty_who_take_at_once_exactly_one_wins(case_of, make_user, teams, now):
    ticket = case_of("c1")
    people = [make_user("agent", teams["first-line"], name=f"Hand {n}") for n in range(HANDS)]
    hints, together = Hint.objects.count(), Barrier(HANDS)

    def reach(person):
        together.wait(timeout=30)
        try:
            take_ticket(actor=person, ticket_id=ticket.pk, now=now)
            return person.name
        except Conflict as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as hands:
        ends = list(hands.map(reach, people))
    ticket.refresh_from_db()
    assert [end for end in ends if isinstance(end, str)] == [ticket.assignee.name]
    sentences = {str(end) for end in ends if isinstance(end, Conflict)}
    assert sentences == {f"{ticket.assignee.name} has taken this case."}
    assert AuditEntry.objects.filter(action="ticket.assigned").count() == 1
    assert TicketEvent.objects.filter(kind="assigned").count() == 1
    assert (Hint.objects.count(), Ticket.objects.get().version) == (hints + 1, ticket.version)
