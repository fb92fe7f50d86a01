"""One call to LinkedIn's versioned API: its headers, and what each of its refusals means.

Source: Microsoft Learn, "Error handling" and "Rate limiting", read 2026-11; the service codes of dead tokens and of the
day's limit are from experience.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from connectors.kit.base import Account
from connectors.kit.errors import (
    ConnectorError,
    NeedsReconnect,
    RateLimited,
    Rejected,
    RejectReason,
    Unreadable,
)
from connectors.kit.json_api import Answer, JsonApi

from .manifest import API_VERSION
from .tokens import bearer, ended

ADDRESS = "https://api.linkedin.com"
EXPIRED = 65602
DAY_THROTTLE = 101
_VERSION = re.compile(r"20[0-9]{4}")
_BAD_VERSION = frozenset({"NONEXISTENT_VERSION", "VERSION_MISSING", "INVALID_VERSION"})
_REJECTED = {
    400: RejectReason.REFUSED,
    404: RejectReason.TARGET_GONE,
    409: RejectReason.DUPLICATE,
    422: RejectReason.CONTENT_REFUSED,
}


def open_api(account: Account, *, repeatable: bool, needs: tuple[str, ...]) -> JsonApi:
    """A way to the API for calls of one kind. Takes: needs, the scopes without which they are refused.

    Raises: NeedsReconnect (no token, odd version), TokenExpired.
    """
    version = account.credentials.get("api_version") or API_VERSION
    if not _VERSION.fullmatch(version):
        raise NeedsReconnect(code="version")
    headers = {
        "Authorization": f"Bearer {bearer(account)}",
        "LinkedIn-Version": version,
        "X-Restli-Protocol-Version": "2.0.0",
    }

    def refusal(answer: Answer) -> ConnectorError | None:
        return _refusal(account, answer, needs)

    return JsonApi(account, ADDRESS, headers=headers, repeatable=repeatable, refusal=refusal)


def _refusal(account: Account, answer: Answer, needs: tuple[str, ...]) -> ConnectorError | None:
    """The kit's word for an answer that says no; None where it is not LinkedIn's own, or LinkedIn itself is down."""
    try:
        status, service = answer.value.number("status"), answer.value.number("serviceErrorCode")
        word = answer.value.text("code")
    except Unreadable:
        return None
    if status != answer.status:
        return None
    code = f"{status}/{service}" if service is not None else f"http/{status}"
    if status == 426 or (status == 400 and word in _BAD_VERSION):
        return NeedsReconnect(code="version")
    match status:
        case 401:
            return ended(account, code) if service == EXPIRED else NeedsReconnect(code=code)
        case 403:
            return NeedsReconnect(needs, code=code)
        case 429 if service == DAY_THROTTLE and "retry-after" not in answer.headers:
            return RateLimited(_seconds_of_day_left(answer.at), code=code)
    return Rejected(_REJECTED[status], code=code) if status in _REJECTED else None


def _seconds_of_day_left(at: datetime) -> int:
    """Limits are counted by the day, which ends at midnight UTC."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return int((midnight - at).total_seconds()) + 1
