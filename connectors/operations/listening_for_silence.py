"""The silence alarm: counting what comes in by the hour, and telling when a channel is quieter than it ever is.

Runs by the clock, with a fixed number of statements whatever the number of messages and channels. What is told ends by
itself with the next news.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction

from connectors.models import Account, ArrivalHour, ArrivalMark, Health
from connectors.rhythm import HOUR, LEAST_WEEKS, MOST_WEEKS, hour_of_week, is_unusual
from core.actors import SYSTEM
from core.audit.record import record_many

log = logging.getLogger(__name__)

SLICE = 50_000  # messages counted in one turn; only a first turn ever meets so many
KEPT = timedelta(weeks=MOST_WEEKS + 2)
# What was fetched long after it was said (a first poll, an import) tells nothing of the hour in which it came.
_COUNT = """
    WITH fresh AS (
        SELECT id, channel_id, direction, at, received_at FROM tickets_message
        WHERE id > %(after)s ORDER BY id LIMIT %(most)s),
    counted AS (
        INSERT INTO connectors_arrivalhour (channel_id, hour, arrived)
        SELECT channel_id, date_trunc('hour', received_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC', count(*) FROM fresh
        WHERE direction = 'in' AND at > received_at - interval '1 day' AND received_at > %(oldest)s
        GROUP BY 1, 2
        ON CONFLICT (channel_id, hour) DO UPDATE SET arrived = connectors_arrivalhour.arrived + EXCLUDED.arrived)
    SELECT max(id), count(*) FROM fresh
"""


@transaction.atomic
def count_arrivals(*, now: datetime) -> int:
    """Count the messages that came since the last turn. Gives: how many were looked at."""
    ArrivalMark.objects.get_or_create(pk=1)
    mark = ArrivalMark.objects.select_for_update().get(pk=1)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"after": mark.message_id, "most": SLICE, "oldest": now - KEPT})
        newest, looked_at = cursor.fetchone()
    if newest is not None:
        ArrivalMark.objects.filter(pk=1).update(message_id=newest)
    ArrivalHour.objects.filter(hour__lt=now - KEPT).delete()
    return int(looked_at)


@dataclass(slots=True)
class Rhythm:
    """What is known of one channel: hours in which something came, the first and the last of them."""

    hours: list[datetime] = field(default_factory=list)

    def weeks(self) -> int:
        """Whole weeks up to the last news, at most as many as count."""
        return min(MOST_WEEKS, (self.hours[-1] + HOUR - self.hours[0]) // timedelta(weeks=1)) if self.hours else 0

    def heard(self) -> Mapping[int, int]:
        """Hour of the week → in how many of those weeks something came in it."""
        found: dict[int, int] = {}
        begin = self.hours[-1] + HOUR - timedelta(weeks=self.weeks())
        for hour in self.hours:
            if hour >= begin:
                found[hour_of_week(hour)] = found.get(hour_of_week(hour), 0) + 1
        return found


def watch_silence(*, now: datetime) -> int:
    """Count, judge every channel that should be heard, and note where that has changed. Gives: how many are quiet."""
    if count_arrivals(now=now) >= SLICE:
        return 0  # the past is still being counted
    rhythms = _rhythms()
    watched = Account.objects.exclude(health=Health.RECONNECT).filter(paused_at__isnull=True)
    quiet: dict[int, datetime] = {}
    for channel_id, heard_at in watched.values_list("channel_id", "last_in_at"):
        rhythm = rhythms.get(channel_id)
        if rhythm is None or rhythm.weeks() < LEAST_WEEKS:
            continue
        last = max(rhythm.hours[-1] + HOUR, heard_at or rhythm.hours[-1])
        if is_unusual(heard=rhythm.heard(), weeks=rhythm.weeks(), last=last, now=now):
            quiet[channel_id] = heard_at or last
    _note(quiet, now)
    return len(quiet)


def _rhythms() -> dict[int, Rhythm]:
    """Of every channel, by one query."""
    found: dict[int, Rhythm] = {}
    for channel_id, hour in ArrivalHour.objects.order_by("channel_id", "hour").values_list("channel_id", "hour"):
        found.setdefault(channel_id, Rhythm()).hours.append(hour)
    return found


@transaction.atomic
def _note(quiet: Mapping[int, datetime], now: datetime) -> None:
    over = Account.objects.filter(quiet_since__isnull=False).exclude(channel_id__in=quiet)
    over_ids = list(over.values_list("channel_id", flat=True))
    over.update(quiet_since=None)
    fresh = Account.objects.filter(channel_id__in=quiet, quiet_since__isnull=True)
    begun = set(fresh.values_list("channel_id", flat=True))
    for channel_id in sorted(begun):
        Account.objects.filter(channel_id=channel_id).update(quiet_since=quiet[channel_id])
        log.warning("channel %d is quieter than it ever is", channel_id)
    kind = {"actor": SYSTEM, "object_type": "channel", "now": now}
    record_many(action="channel.quiet", object_ids=sorted(begun), **kind)  # type: ignore[arg-type]  # as above
    record_many(action="channel.heard_again", object_ids=over_ids, **kind)  # type: ignore[arg-type]
