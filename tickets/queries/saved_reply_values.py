"""What stands in a case for each variable of a saved reply."""

from __future__ import annotations

from django.db.models import Q

from core.users.models import User
from tickets.models import Identity, Ticket, Visibility

_SAME = {"nn": "nb", "no": "nb"}  # whoever writes nynorsk is answered in what we have of Norwegian


def written_language(code: str) -> str:
    """In which of our languages a text in this one is answered; the code itself for all others."""
    return _SAME.get(code, code)


def get_values(*, actor: User, ticket: Ticket, visibility: str) -> dict[str, str]:
    """The values by variable; "" where the case has none. One query in public, none otherwise.

    In public a customer is called what everybody reads there already: the name they show on that network, never one
    that is known from elsewhere. Takes: a ticket with channel and team loaded.
    """
    name = _public_name(ticket) if visibility == Visibility.PUBLIC else ticket.customer_name
    customer = "" if _is_masked(name) else name
    return {
        "customer.first_name": _first(customer),
        "customer.name": customer,
        "agent.first_name": _first(actor.name),
        "agent.name": actor.name,
        "case.number": str(ticket.number),
        "channel.name": ticket.channel.name,
        "team.name": ticket.team.name if ticket.team else "",
    }


def _public_name(ticket: Ticket) -> str:
    """The name came with the handle they were first known by; of a handle that was linked later we know only that."""
    here = Identity.objects.filter(customer=ticket.customer_id, platform=ticket.platform).order_by("pk")
    known = list(here.annotate(is_open=Q(sealed__isnull=True)).values_list("evidence", "handle", "is_open"))
    if any(not evidence for evidence, _handle, _open in known):
        return ticket.customer_name
    return next((handle for _evidence, handle, is_open in known if is_open and handle), "")


def _is_masked(name: str) -> bool:
    """Somebody without a name is called by a masked address or number: nothing to greet anybody with."""
    return "•" in name or "[" in name or "@" in name.strip()[1:]


def _first(name: str) -> str:
    return name.split()[0] if name.split() else ""
