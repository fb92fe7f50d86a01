"""The self-test of a connected account: what a platform lets us find out, as data that people and programs can read.

A platform's own `self_test` asks the platform and yields findings; it lets the kit's errors go up, since each of them
is a finding too and ends the test. `examine` adds what needs no knowledge of the platform: whether this machine's clock
agrees with the platform's, and when the sign-in ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from .errors import (
    ConnectorError,
    CreditsUsedUp,
    NeedsReconnect,
    RateLimited,
    Rejected,
    RejectReason,
    RetryLater,
    TokenExpired,
)
from .selftest_words import OK_CODES, TEXTS

if TYPE_CHECKING:
    import requests

    from .base import Account, Connector

CLOCK_TOLERANCE = timedelta(minutes=2)  # sign-ins and signatures that carry a time are refused beyond a few minutes
ENDS_SOON = timedelta(days=14)


class Severity(StrEnum):
    """What a finding asks of people."""

    OK = "ok"  # looked at, and well
    NOTE = "note"  # worth knowing; the channel works
    WRONG = "wrong"  # somebody must do something


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `facts` fill the words of `TEXTS[code]`; none of them is a secret."""

    code: str
    severity: Severity
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in TEXTS:
            raise ValueError(f"no words for the finding {self.code}")


SelfTest = Callable[["Account", str], Iterator[Finding]]


def well(code: str, /, **facts: str) -> Finding:
    """Looked at, and as it should be."""
    return Finding(code, Severity.OK, facts)


def note(code: str, /, **facts: str) -> Finding:
    """Worth knowing."""
    return Finding(code, Severity.NOTE, facts)


def wrong(code: str, /, **facts: str) -> Finding:
    """Needs somebody."""
    return Finding(code, Severity.WRONG, facts)


def examine(connector: Connector, account: Account, webhook_path: str) -> list[Finding]:
    """Ask the platform everything that the self-test knows to ask.

    Takes: webhook_path, the path of our address that the platform should post to, "" where nothing is pushed.
    Gives: findings, those that need somebody first. Raises: TokenExpired, which a renewal may mend.
    """
    clock = _Clock(account)
    found: list[Finding] = []
    try:
        if connector.self_test is not None:
            for finding in connector.self_test(account, webhook_path):
                found.append(finding)
    except TokenExpired:
        raise
    except ConnectorError as error:
        found.append(of_error(error))
    found += clock.findings()
    found += _ending(account, renewable=connector.manifest.refresh_ahead is not None)
    order = [Severity.WRONG, Severity.NOTE, Severity.OK]
    return sorted(found, key=lambda one: order.index(one.severity))


def of_error(error: ConnectorError) -> Finding:
    """What a failed call says of the account."""
    match error:
        case NeedsReconnect() if error.missing:
            return wrong("missing_permission", scopes=", ".join(error.missing), code=error.code)
        case NeedsReconnect() | TokenExpired():
            return wrong("sign_in_dead", code=error.code)
        case CreditsUsedUp():
            return wrong("credits", code=error.code)
        case RateLimited():
            return note("limited", code=error.code)
        case RetryLater() if error.code == "certificate":
            return wrong("certificate")
        case RetryLater():
            return wrong("unreachable", code=error.code)
        case Rejected() if error.reason is RejectReason.TARGET_GONE:
            return wrong("account_not_found", code=error.code)
    return wrong("refused", code=error.code)


def webhook_of(address: str, webhook_path: str) -> Finding:
    """Whether the address that the platform holds is ours. Only paths are compared: the key in ours is known to nobody
    else, and a proxy may answer for us under another name."""
    path = address.partition("://")[2].partition("/")[2].partition("?")[0]
    if f"/{path}".rstrip("/") == webhook_path.rstrip("/"):
        return well("webhook")
    return wrong("webhook_elsewhere")


class _Clock:
    """Listens to the answers of a session for the time at which they were given."""

    def __init__(self, account: Account) -> None:
        self._now = account.clock
        self._skews: list[timedelta] = []
        account.session.hooks["response"].append(self._hear)

    def _hear(self, response: requests.Response, *_args: Any, **_named: Any) -> None:
        try:
            told = parsedate_to_datetime(response.headers["date"]).astimezone(UTC)
        except (KeyError, ValueError, TypeError, OverflowError):
            return
        self._skews.append(self._now() - told)

    def findings(self) -> Iterator[Finding]:
        """Nothing where no answer told a time. The smallest difference counts: an answer may have been slow."""
        if not self._skews:
            return
        skew = min(self._skews, key=abs)
        if abs(skew) > CLOCK_TOLERANCE:
            word = "clock_ahead" if skew > timedelta() else "clock_behind"
            yield wrong(word, seconds=str(int(abs(skew).total_seconds())))
        else:
            yield well("clock")


def _ending(account: Account, *, renewable: bool) -> Iterator[Finding]:
    """When a sign-in ends that only a person can renew."""
    told = account.credentials
    name = "refresh_expires_at" if told.get("refresh_token") else "expires_at"
    said = told.get(name, "")
    if renewable or not (said.isascii() and said.isdigit() and len(said) < 12):
        return
    yield from ends(datetime.fromtimestamp(int(said), UTC), account.clock())


def ends(at: datetime, now: datetime) -> Iterator[Finding]:
    """A finding where a sign-in ends within two weeks."""
    left = at - now
    if left <= timedelta():
        yield wrong("sign_in_ended")
    elif left <= ENDS_SOON:
        yield note("sign_in_ends", days=str(max(1, left.days)))


def all_well(findings: list[Finding]) -> bool:
    """Whether nothing needs anybody."""
    return all(one.code in OK_CODES or one.severity is not Severity.WRONG for one in findings)
