"""What a reason must be, and how often one colleague may look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from analysis.read import read
from core.audit.record import record
from core.errors import Invalid, Throttled
from core.users.models import User
from privacy.models import Reason, Reveal, ValueSearch
from tickets.intake.items import clean_text

SHORTEST_TEXT, LONGEST_TEXT = 10, 500  # code points
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Grounds:
    """A reason from the list, and its words, masked."""

    reason: str
    text: str


def read_grounds(reason: str, text: str) -> Grounds:
    """Check a reason. Takes: reason, a Reason value; text, needed for `other`, 10 to 500 code points.

    Raises: Invalid naming `reason` or `reason_text`.
    """
    if reason not in Reason.values:
        raise Invalid(_("Choose why you need to see this."), field="reason", code="reason_missing")
    words = " ".join(clean_text(text, LONGEST_TEXT + 1).split())
    if len(words) > LONGEST_TEXT:
        raise Invalid(_("Use %(limit)d characters or fewer.") % {"limit": LONGEST_TEXT}, field="reason_text")
    if reason == Reason.OTHER and len(words) < SHORTEST_TEXT:
        sentence = _("Say in at least %(least)d characters why you need to see this.") % {"least": SHORTEST_TEXT}
        raise Invalid(sentence, field="reason_text", code="reason_text_missing")
    return Grounds(reason, read(words).masked.text[:LONGEST_TEXT])


def count_look(actor: User, *, now: datetime) -> None:
    """Reveals and value searches of the last hour, together. The colleague's row is locked, so that two at once are
    counted one after the other. Raises: Throttled.
    """
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    since = now - HOUR
    looks = [
        *Reveal.objects.filter(actor=actor, at__gt=since).values_list("at", flat=True),
        *ValueSearch.objects.filter(actor=actor, at__gt=since).values_list("at", flat=True),
    ]
    if len(looks) < settings.REVEALS_PER_HOUR:
        return
    free_at = sorted(looks)[-settings.REVEALS_PER_HOUR] + HOUR
    raise Throttled(
        _("You have looked at %(most)d hidden values within an hour. Wait a while, or ask a lead.")
        % {"most": settings.REVEALS_PER_HOUR},
        after_seconds=max(1, round((free_at - now).total_seconds())),
    )


@contextmanager
def limit_recorded(actor: User, *, now: datetime) -> Iterator[None]:
    """Around an operation's transaction: when it is refused for its frequency, the audit log keeps that alone."""
    try:
        yield
    except Throttled:
        record(actor=actor, action="reveal.limited", object_type="user", object_id=actor.pk, now=now)
        raise
