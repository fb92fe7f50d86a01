"""Times a case can be put aside until: some that are offered, and whatever a person types, in their own time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.clock import now as now_
from tickets.models import UNLISTED, Status
from tickets.queries.queue import QueueRow

MORNING = time(8)
LAST_TODAY = 20  # o'clock; after it nobody is asked to come back the same day
LATER = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Offer:
    """One time in words. `breaks`: it is after the time by which the customer is promised an answer."""

    label: str
    at: datetime
    shown: str
    breaks: bool


@dataclass(frozen=True, slots=True)
class SnoozeOffers:
    """What the picker shows of a case. `promised_at`: set where somebody waits for an answer."""

    offers: tuple[Offer, ...]
    promised_at: datetime | None
    asleep: bool


def snooze_offers(row: QueueRow, now: datetime | None = None) -> SnoozeOffers | None:
    """The times that are offered for a case, in the zone of whoever looks; None where it cannot be snoozed."""
    if row.status in (Status.DONE, *UNLISTED):
        return None
    here = timezone.localtime(now or now_())
    due = row.due_at if row.waiting_since else None
    offers = tuple(
        Offer(label, at, _shown(at, here), due is not None and at > due) for label, at in _moments(here) if at > here
    )
    return SnoozeOffers(offers, due, row.status == Status.SNOOZED)


def offered_times(now: datetime | None = None) -> tuple[tuple[str, datetime], ...]:
    """The times that are offered for cases of whatever promise, each with its words."""
    here = timezone.localtime(now or now_())
    return tuple((f"{label}, {_shown(at, here)}", at) for label, at in _moments(here) if at > here)


def _moments(here: datetime) -> list[tuple[str, datetime]]:
    today = here.date()
    moments: list[tuple[str, datetime]] = []
    later = _rounded(here + LATER)
    if later.date() == today and later.hour < LAST_TODAY:
        moments.append((_("Later today"), later))
    moments.append((_("Tomorrow morning"), _morning(today + timedelta(days=1), here)))
    monday = today + timedelta(days=7 - today.weekday())
    if monday != today + timedelta(days=1):
        moments.append((_("Monday morning"), _morning(monday, here)))
    if monday != today + timedelta(days=7):
        moments.append((_("In a week"), _morning(today + timedelta(days=7), here)))
    return moments


def _morning(day: date, here: datetime) -> datetime:
    return datetime.combine(day, MORNING, here.tzinfo)


def _rounded(at: datetime) -> datetime:
    """Up to the next half hour."""
    past = timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)
    return at - past + (timedelta(minutes=30) if past else timedelta())


def _shown(at: datetime, here: datetime) -> str:
    if at.date() == here.date():
        return date_format(at, "H:i")
    return date_format(at, "D H:i" if at.date() - here.date() < timedelta(days=7) else "D j M H:i")


# Every language of the pages at once: the words hardly meet, and people mix them.
_WORDS: dict[str, str] = {
    "today": "today idag dag tänään",
    "tomorrow": "tomorrow tmrw imorgen imorgon morgen morgon huomenna",
    "0": "mon monday man mandag mån måndag maanantai maanantaina ma",
    "1": "tue tues tuesday tir tirs tirsdag tis tisdag tiistai tiistaina ti",
    "2": "wed wednesday ons onsdag keskiviikko keskiviikkona ke",
    "3": "thu thur thurs thursday tor tors torsdag torstai torstaina to",
    "4": "fri friday fre fredag perjantai perjantaina pe",
    "5": "sat saturday lør lørdag lör lördag lauantai lauantaina la",
    "6": "sun sunday søn søndag sön söndag sunnuntai sunnuntaina su",
    "minutes": "m min mins minute minutes minutt minutter minut minuter minuttia minuutti minuuttia",
    "hours": "h hr hrs hour hours t time timer tim timme timmar tunti tuntia tunnin",
    "days": "d day days dag dager dagar dage pv päivä päivää päivän",
    "weeks": "w week weeks uke uker uka vecka veckor uge uger vk viikko viikkoa viikon",
    "": "in om at kl klo på den the next neste nästa næste ensi i",
}
_MEANING = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")
_DATE = re.compile(r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./](\d{1,2})(?:[./](\d{4}))?\.?)")
_AMOUNT = re.compile(r"(\d{1,3})([a-zåäöæø]+)?")


def read_when(text: str, *, now: datetime, zone: ZoneInfo | None = None) -> datetime | None:
    """What somebody means by `fri 9:30`, `in 2 hours`, `tomorrow`, `27.11. 14:00` or `15:00`; None when it is no time.

    Takes: now, aware; zone, where the person is, else the zone of the pages. A day without a time is its morning; a
    time without a day is the next time the clock shows it.
    """
    here = now.astimezone(zone or timezone.get_current_timezone())
    words = [word for word in text.casefold().replace(",", " ").split() if _MEANING.get(word.rstrip(".")) != ""]
    try:
        return _span(words, here) or _day_and_time(words, here)
    except (ValueError, OverflowError):  # the 31st of June
        return None


def _span(words: list[str], here: datetime) -> datetime | None:
    """`2 h`, `2h`, `3 dager`; and a word for one: `en uke` says nothing to us."""
    match = _AMOUNT.fullmatch("".join(words)) if len(words) in (1, 2) else None
    unit = _MEANING.get((match.group(2) or "") if match else "")
    if match is None or unit not in ("minutes", "hours", "days", "weeks"):
        return None
    amount = timedelta(**{unit: int(match.group(1))})
    if unit in ("minutes", "hours"):  # on the clock of the world: tonight an hour may be missing here
        return (here.astimezone(UTC) + amount).astimezone(here.tzinfo).replace(second=0, microsecond=0)
    return datetime.combine(here.date() + amount, MORNING, here.tzinfo)


def _day_and_time(words: list[str], here: datetime) -> datetime | None:
    if not 1 <= len(words) <= 2:
        return None
    day = _day(words[0], here.date())
    if day is None:
        at = _clock(words[0]) if len(words) == 1 else None
        return None if at is None else _next(at, here)
    at = _clock(words[1]) if len(words) == 2 else MORNING
    if at is None:
        return None
    meant = datetime.combine(day, at, here.tzinfo)
    return meant + timedelta(days=7) if _MEANING.get(words[0], "").isdigit() and meant <= here else meant


def _day(word: str, today: date) -> date | None:
    meaning = _MEANING.get(word, "")
    if meaning in ("today", "tomorrow") or (meaning == "days" and word == "dag"):
        return today + timedelta(days=meaning == "tomorrow")
    if meaning.isdigit():
        return today + timedelta(days=(int(meaning) - today.weekday()) % 7)
    match = _DATE.fullmatch(word)
    if match is None:
        return None
    year, month, day, short_day, short_month, short_year = (int(part) if part else 0 for part in match.groups())
    if year:
        return date(year, month, day)
    try:
        meant = date(short_year or today.year, short_month, short_day)
    except ValueError:
        return None  # 11.30 is a time
    return meant if short_year or meant >= today else meant.replace(year=today.year + 1)


def _clock(word: str) -> time | None:
    match = _CLOCK.fullmatch(word)
    return time(int(match.group(1)), int(match.group(2) or 0)) if match else None


def _next(at: time, here: datetime) -> datetime:
    today = datetime.combine(here.date(), at, here.tzinfo)
    return today if today > here else today + timedelta(days=1)
