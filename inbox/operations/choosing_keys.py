"""Choosing one's own keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Invalid
from core.transactions import in_transaction
from core.users.models import User
from inbox.keymap import BY_ID, find_doubles


@in_transaction
def choose_keys(*, actor: User, single_keys: bool, open_next: bool, own: Mapping[str, str], now: datetime) -> None:
    """Keep what a person wants of the keyboard.

    Takes: own, command → key, as `inbox.keymap.read_keys` gives it. Raises: Invalid (unknown command, or a double).
    """
    for command in [one for one in own if one not in BY_ID or not BY_ID[one].key]:
        raise Invalid(_("There is no such command."), field=command)
    for command, sentence in find_doubles(own).items():
        raise Invalid(sentence, field=command)
    user = User.objects.select_for_update().get(pk=actor.pk)
    user.single_keys, user.open_next, user.own_keys = single_keys, open_next, dict(own)
    user.save(update_fields=["single_keys", "open_next", "own_keys"])
    facts: dict[str, int | str | None] = {"changed": len(own), "single_keys": "on" if single_keys else "off"}
    record(actor=actor, action="keys.chosen", object_type="user", object_id=user.pk, now=now, person_id=None, **facts)
