"""Teams as colleagues see them."""

from __future__ import annotations

from core.users.models import User
from tickets.models import Team


def get_own_teams(*, actor: User) -> list[Team]:
    """The teams a colleague is in, by name. One query."""
    return list(Team.objects.filter(members=actor).order_by("name", "pk"))
