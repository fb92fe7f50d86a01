"""Who may set up people."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.actors import System
from core.errors import Forbidden
from core.users.models import Role, User


def may_set_up(actor: User | System) -> bool:
    """Whether `actor` invites, changes and switches off colleagues and teams."""
    return isinstance(actor, System) or (actor.is_active and actor.role == Role.ADMIN)


def demand_admin(actor: User | System) -> None:
    """Raises: Forbidden."""
    if not may_set_up(actor):
        raise Forbidden(_("Only an admin may set up people and teams."))
