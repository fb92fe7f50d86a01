"""How improbable a silence is, by what a channel's weeks were like. Pure arithmetic; see docs/decisions/0012.

For each hour of the week we know in how many of the last weeks something came in it. If a channel lives on, an hour in
which something came k times in w weeks stays silent with a chance of about 1 - k / (w + 1); the chances of the whole
silent hours since the last news are multiplied. Hours count once however much came in them, so that a storm of messages
in one evening makes no other evening suspicious.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

WEEK_HOURS = 168
MOST_WEEKS = 8
LEAST_WEEKS = 3  # a newer channel has no rhythm yet
LEAST_HOURS = 30  # with something in them, within those weeks; a rarer channel has no rhythm at all
LEAST_SILENCE = timedelta(hours=2)
IMPROBABLE = 0.001
HOUR = timedelta(hours=1)


def hour_of_week(at: datetime) -> int:
    """0 is Monday at midnight, UTC."""
    there = at.astimezone(UTC)
    return there.weekday() * 24 + there.hour


def chance_of_silence(
    *, heard: Mapping[int, int], weeks: int, last: datetime, now: datetime, bound: float = 0.0
) -> float:
    """How likely the silence since `last` is while the channel is well.

    Takes: heard, hour of week → in how many of the `weeks` something came in it; bound, below which nobody needs to
    know more exactly.
    """
    chance, hour = 1.0, _next_whole(last)
    while hour + HOUR <= now and chance > bound:
        chance *= 1 - min(heard.get(hour_of_week(hour), 0), weeks) / (weeks + 1)
        hour += HOUR
    return chance


def is_unusual(*, heard: Mapping[int, int], weeks: int, last: datetime, now: datetime) -> bool:
    """Whether people should be told of the silence since `last`."""
    if weeks < LEAST_WEEKS or sum(heard.values()) < LEAST_HOURS or now - last < LEAST_SILENCE:
        return False
    return chance_of_silence(heard=heard, weeks=weeks, last=last, now=now, bound=IMPROBABLE / 2) < IMPROBABLE


def _next_whole(at: datetime) -> datetime:
    whole = at.replace(minute=0, second=0, microsecond=0)
    return whole if whole == at else whole + HOUR
