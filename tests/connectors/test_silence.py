"""The silence alarm: by the arithmetic of a channel's weeks, over a clock that the test turns."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from connectors.models import Account, ArrivalHour
from connectors.operations.listening_for_silence import count_arrivals, watch_silence
from connectors.rhythm import WEEK_HOURS, chance_of_silence, hour_of_week, is_unusual
from core.audit.models import AuditEntry

MONDAY = datetime(2026, 11, 16, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALWAYS = dict.fromkeys(range(WEEK_HOURS), 8)
WEEKS = st.integers(3, 8)
RHYTHMS = st.dictionaries(st.integers(0, WEEK_HOURS - 1), st.integers(0, 8))


@given(heard=RHYTHMS, weeks=WEEKS, silent=st.integers(0, 24 * 30), more=st.integers(0, 72))
def test_a_longer_silence_is_never_likelier(heard, weeks, silent, more):
    short = chance_of_silence(heard=heard, weeks=weeks, last=MONDAY, now=MONDAY + silent * HOUR)
    long = chance_of_silence(heard=heard, weeks=weeks, last=MONDAY, now=MONDAY + (silent + more) * HOUR)

    assert 0 <= long <= short <= 1


@given(heard=RHYTHMS, weeks=st.integers(0, 2), silent=st.integers(0, 24 * 60))
def test_a_new_channel_is_never_judged(heard, weeks, silent):
    assert not is_unusual(heard=heard, weeks=weeks, last=MONDAY, now=MONDAY + silent * HOUR)


@given(hours=st.sets(st.integers(0, WEEK_HOURS - 1), max_size=7), silent=st.integers(0, 24 * 365))
def test_a_rare_channel_is_never_judged(hours, silent):
    heard = dict.fromkeys(hours, 4)
    assert not is_unusual(heard=heard, weeks=8, last=MONDAY, now=MONDAY + silent * HOUR)


@given(st.floats(0, 1.99))
def test_nothing_is_told_before_two_hours(hours):
    assert not is_unusual(heard=ALWAYS, weeks=8, last=MONDAY, now=MONDAY + timedelta(hours=hours))


def test_more_weeks_make_the_alarm_quicker():
    def first(weeks):
        heard = dict.fromkeys(range(WEEK_HOURS), weeks)
        return next(n for n in range(100) if is_unusual(heard=heard, weeks=weeks, last=MONDAY, now=MONDAY + n * HOUR))

    assert (first(8), first(4), first(3)) == (4, 5, 5)


def test_a_quiet_night_is_as_usual_and_a_quiet_morning_is_not():
    office = {day * 24 + hour: 8 for day in range(5) for hour in range(8, 16)}
    evening = MONDAY + 16 * HOUR

    assert not is_unusual(heard=office, weeks=8, last=evening, now=evening + 16 * HOUR)
    assert not is_unusual(heard=office, weeks=8, last=evening, now=evening + 19 * HOUR)
    assert is_unusual(heard=office, weeks=8, last=evening, now=evening + 20 * HOUR)


def test_a_week_begins_on_monday_at_midnight():
    assert [hour_of_week(MONDAY), hour_of_week(MONDAY - HOUR)] == [0, 167]


@pytest.fixture
def office(channel):
    """Eight weeks in which something came in every hour from eight to four, Monday to Friday."""
    hours = [
        MONDAY - timedelta(weeks=week) + timedelta(days=day, hours=hour)
        for week in range(1, 10)
        for day in range(5)
        for hour in range(8, 16)
    ]
    ArrivalHour.objects.bulk_create(ArrivalHour(channel=channel, hour=hour, arrived=3) for hour in hours)
    Account.objects.update(last_in_at=MONDAY - timedelta(days=2, hours=8) - timedelta(minutes=5))
    return lambda: Account.objects.get().quiet_since


def entries():
    return list(
        AuditEntry.objects.filter(action__startswith="channel.").order_by("pk").values_list("action", flat=True)
    )


def test_the_alarm_is_raised_once_and_ends_by_itself(office, channel):
    watch_silence(now=MONDAY + 10 * HOUR)
    assert office() is None
    for minutes in range(0, 60, 5):
        watch_silence(now=MONDAY + 13 * HOUR + timedelta(minutes=minutes))
    assert office() is not None
    assert entries().count("channel.quiet") == 1

    Account.objects.update(last_in_at=MONDAY + 14 * HOUR)
    watch_silence(now=MONDAY + 14 * HOUR + timedelta(minutes=5))

    assert office() is None
    assert entries()[-2:] == ["channel.quiet", "channel.heard_again"]


@pytest.mark.parametrize("change", [{"paused_at": MONDAY}, {"health": "reconnect"}])
def test_a_channel_that_is_not_heard_for_a_known_reason_is_not_told_of(office, change):
    Account.objects.update(**change)
    watch_silence(now=MONDAY + 15 * HOUR)

    assert office() is None


def test_messages_are_counted_once_by_the_hour_and_what_was_fetched_late_is_not(take_in, comment, now):
    take_in(comment("1_1", "En"), comment("1_2", "To"), comment("1_3", "Gammel", at=now - timedelta(days=3)))

    looked = [count_arrivals(now=now + HOUR), count_arrivals(now=now + HOUR)]

    assert looked == [3, 0]
    assert list(ArrivalHour.objects.values_list("hour", "arrived")) == [(now, 2)]


def test_it_costs_the_same_for_one_message_and_for_many(take_in, comment, now):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            watch_silence(now=now + HOUR)
        return len(seen)

    watch_silence(now=now)
    take_in(comment("1_1", "En"))
    one = cost()
    take_in(*(comment(f"2_{n}", f"Nummer {n}") for n in range(30)))

    assert cost() == one
