"""Times as people write them, and those that are offered."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.pages.when import _moments, read_when

OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 18, 10, 20, 30, tzinfo=OSLO)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("in 2 hours", "11-18 12:20"),
        ("2h", "11-18 12:20"),
        ("om 3 t", "11-18 13:20"),
        ("90 min", "11-18 11:50"),
        ("om 3 dager", "11-21 08:00"),
        ("2 uker", "12-02 08:00"),
        ("1 pv", "11-19 08:00"),
        ("tomorrow", "11-19 08:00"),
        ("i morgen kl 10", "11-19 10:00"),
        ("huomenna 9", "11-19 09:00"),
        ("i dag 14", "11-18 14:00"),
        ("Fri 9:30", "11-20 09:30"),
        ("fredag kl. 9", "11-20 09:00"),
        ("mandag", "11-23 08:00"),
        ("lör 12", "11-21 12:00"),
        ("wed 11", "11-18 11:00"),
        ("wed 9", "11-25 09:00"),
        ("15:00", "11-18 15:00"),
        ("9", "11-19 09:00"),
        ("11.30", "11-18 11:30"),
        ("27.11. 14:00", "11-27 14:00"),
        ("2026-12-01 08:15", "12-01 08:15"),
        ("31.6.", None),
        ("fri 99", None),
        ("whenever", None),
        ("", None),
        ("9" * 60, None),
    ],
)
def test_a_time_in_words(text, meant):
    read = read_when(text, now=NOW, zone=OSLO)

    assert (read and f"{read:%m-%d %H:%M}") == meant


def test_an_hour_is_an_hour_when_the_clocks_change():
    before = datetime(2026, 3, 29, 1, 30, tzinfo=OSLO)

    assert read_when("1 h", now=before, zone=OSLO).astimezone(UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@given(st.text(max_size=60))
def test_any_text_is_read_without_a_fault(text):
    read = read_when(text, now=NOW, zone=OSLO)

    assert read is None or read.tzinfo is not None


@pytest.mark.parametrize(
    ("now", "offered"),
    [
        (NOW, ["11-18 13:30", "11-19 08:00", "11-23 08:00", "11-25 08:00"]),
        (datetime(2026, 11, 22, 18, 0, tzinfo=OSLO), ["11-23 08:00", "11-29 08:00"]),  # Sunday evening
        (datetime(2026, 11, 23, 9, 0, tzinfo=OSLO), ["11-23 12:00", "11-24 08:00", "11-30 08:00"]),  # Monday
    ],
)
def test_no_time_is_offered_twice(now, offered):
    assert [f"{at:%m-%d %H:%M}" for _label, at in _moments(now)] == offered
