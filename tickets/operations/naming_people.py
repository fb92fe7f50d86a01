"""What a network tells about a person afterwards: the name and handle that their words came without."""

from __future__ import annotations

from datetime import datetime

from core.events import emit
from core.transactions import in_transaction
from tickets.events import TicketChange, TicketPlace, TicketsChanged
from tickets.intake.prepare import masked_name
from tickets.lines import refresh_lines
from tickets.models import Customer, Identity, Ticket


@in_transaction
def learn_name(*, identity_id: int, name: str, handle: str, profile_url: str, again_at: datetime) -> bool:
    """Keep what the network told of somebody; a name that is known already stays. Masked as any name is.

    Takes: again_at, from when the network may be asked once more where it told no name.
    Gives: whether they have a name now that they had not. Leaves: TicketsChanged where they do.
    """
    identity = Identity.objects.select_for_update().filter(pk=identity_id).first()
    if identity is None:  # erased meanwhile
        return False
    identity.handle = identity.handle or masked_name(handle)
    identity.profile_url = identity.profile_url or profile_url
    identity.ask_again_at = again_at
    identity.save(update_fields=["handle", "profile_url", "ask_again_at"])
    customer = Customer.objects.select_for_update().get(pk=identity.customer_id)
    if customer.name or not masked_name(name):
        return False
    customer.name = masked_name(name)
    customer.save(update_fields=["name"])
    _tell(customer)
    return True


def _tell(customer: Customer) -> None:
    """The cases that showed nobody's name show this one."""
    unnamed = Ticket.objects.select_for_update().filter(customer=customer, customer_name="").order_by("pk")
    rows = list(unnamed.values_list("pk", "team_id", "assignee_id"))
    Ticket.objects.filter(pk__in=[row[0] for row in rows]).update(customer_name=customer.name)
    refresh_lines([row[0] for row in rows])
    emit(TicketsChanged([TicketChange(pk, "state", TicketPlace(team, person)) for pk, team, person in rows]))
