"""From the number in an address to the case, as far as the person sees it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.errors import NotFound
from core.users.models import User
from tickets.access import visible_to


def ticket_id_of(actor: User, number: int) -> int:
    """The id of the case with this number. One query. Raises: NotFound, also when it is out of sight."""
    found = visible_to(actor).filter(number=number).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such case, or you do not have access to it."))
    return found
