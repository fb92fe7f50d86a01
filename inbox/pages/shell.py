"""What a page beside the navigation draws, when it is no list of cases."""

from __future__ import annotations

from typing import Any

from core.clock import now
from core.users.models import User
from core.users.rights import may_set_up
from inbox.queries.navigation import get_navigation
from inbox.queries.surroundings import Surroundings, count_around, get_surroundings
from tickets.access import Action, may
from tickets.queries.drafts import get_own_drafts


def shell_context(actor: User, **more: Any) -> dict[str, Any]:
    """The navigation, with nothing current in it."""
    return shell_around(actor, get_surroundings(actor=actor)) | more


def shell_around(actor: User, around: Surroundings, current: str = "") -> dict[str, Any]:
    """The same for a page that has read the surroundings itself."""
    counts, drafts = count_around(actor=actor, around=around, now=now()), get_own_drafts(actor=actor).count
    nav = get_navigation(actor=actor, around=around, counts=counts, current=current, drafts=drafts)
    rights = {"may_set_up": may_set_up(actor), "may_keep_saved": may(actor, Action.REPLY)}
    return {"nav": nav, "live_seq": around.head, **rights}
