"""An invitation as a line of text, for mail that says nothing else. Source: RFC 5545."""

from __future__ import annotations

import re

_LINE = re.compile(r"^(SUMMARY|DTSTART|LOCATION)((?:;[^:\n]{0,200})?):(.*)$", re.IGNORECASE | re.MULTILINE)
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_ESCAPED = {"\\n": " ", "\\N": " ", "\\,": ",", "\\;": ";", "\\\\": "\\"}
_READ_LIMIT = 200_000


def summary_of(calendar: str) -> str:
    """What, when and where of the first event, on a line each; empty when it names none."""
    unfolded = re.sub(r"\r?\n[ \t]", "", calendar[:_READ_LIMIT])
    _, event, body = unfolded.partition("BEGIN:VEVENT")
    found: dict[str, str] = {}
    for name, parameters, value in _LINE.findall(body if event else ""):
        told = _moment(value, parameters) if name.upper() == "DTSTART" else _unescaped(value)
        found.setdefault(name.upper(), told.strip())
    return "\n".join(line for name in ("SUMMARY", "DTSTART", "LOCATION") if (line := found.get(name, "")))


def _unescaped(value: str) -> str:
    return re.sub(r"\\[nN,;\\]", lambda found: _ESCAPED[found[0]], value)


def _moment(value: str, parameters: str) -> str:
    found = _MOMENT.match(value.strip())
    if found is None:
        return ""
    day = f"{found[1]}-{found[2]}-{found[3]}"
    if not found[4]:
        return day
    zone = re.search(r"(?i)TZID=\"?([^;\"]+)", parameters)
    return f"{day} {found[4]}:{found[5]} {'UTC' if found[6] else zone[1] if zone else ''}".strip()
