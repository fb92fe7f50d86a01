"""Reading what a browser posts, and where it goes back to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme

BIGGEST = 2**31 - 1


def whole_number(text: str) -> int:
    """A revision or id as a form says it; 0 for anything that is none."""
    return min(int(text), BIGGEST) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def whole_numbers(texts: Iterable[str]) -> tuple[int, ...]:
    """Those of these words that are ids."""
    return tuple(number for text in texts if (number := whole_number(text)))


def moment(text: str) -> datetime | None:
    """An instant as our own pages write it, with its zone; None for anything else."""
    try:
        at = parse_datetime(text[:60])
    except ValueError:
        return None
    return at if at and at.tzinfo else None


def held_by(request: HttpRequest) -> dict[str, Any]:
    """What a composer held that was posted, for showing it again as it was."""
    held: dict[str, Any] = {name: request.POST.get(name, "") for name in ("began_as", "cc", "text")}
    held |= {"mode": request.POST.get("mode", "note"), "to_all": request.POST.get("to_all") == "1"}
    held["line"] = request.POST.get("line", "") if request.POST.get("announce") == "1" else ""
    return held | {"saved_replies": whole_numbers(request.POST.getlist("saved_reply"))}


def back_to(request: HttpRequest, number: int) -> str:
    """Where the form stood: the list with this case open, or the case's own page."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else f"/case/{number}"
