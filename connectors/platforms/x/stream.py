"""The filtered stream: posts that mention us or meet the search, as they are written.

    connect ──▶ "poll now" ──▶ lines … ──▶ broken ──▶ wait by the kind of the failure ──▶ connect

A connection without a sign of life for twenty seconds is broken. What a gap swallowed the poll finds; what comes twice
is recognised by its id. An app has one connection, which serves all of its accounts: rules are named after them.
Source: docs.x.com, "Filtered stream" and "Handling disconnections", read 2026-11.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import requests
import tweepy

from connectors.kit import wire
from connectors.kit.base import Account, Raw
from connectors.kit.errors import ConnectorError, CreditsUsedUp, NeedsReconnect, RateLimited, RetryLater, Unreadable
from connectors.kit.lines import Lines, open_lines

from .calls import Guarded
from .objects import ASKED
from .parse import OPEN_TO_ALL, TAG
from .settings import answers_everyone, handle, setting


class Failure(StrEnum):
    """Why a connection is not there; each kind has a patience of its own."""

    NETWORK = "network"
    HTTP = "http"
    LIMITED = "limited"


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: without a sign of life a connection is broken; how long to wait before the next."""

    silence: float = 20.0
    network_step: float = 0.25
    network_most: float = 16.0
    http_first: float = 5.0
    http_most: float = 320.0
    limited_first: float = 60.0
    limited_most: float = 900.0


@dataclass(slots=True)
class Patience:
    """How long to wait after one failure more. A connection that has given a line starts anew."""

    pace: Pace
    kind: Failure | None = None
    times: int = 0

    def after(self, kind: Failure) -> float:
        """Seconds to wait: a step longer each time for the network, twice as long for the others."""
        self.times = self.times + 1 if kind is self.kind else 0
        self.kind = kind
        pace, doubled = self.pace, 2 ** min(self.times, 20)
        match kind:
            case Failure.NETWORK:
                return min(pace.network_step * (self.times + 1), pace.network_most)
            case Failure.HTTP:
                return float(min(pace.http_first * doubled, pace.http_most))
            case Failure.LIMITED:
                return float(min(pace.limited_first * doubled, pace.limited_most))

    def renew(self) -> None:
        """All is well again."""
        self.kind, self.times = None, 0


class Broken(Exception):
    """The connection is over."""

    def __init__(self, kind: Failure) -> None:
        super().__init__(kind.value)
        self.kind = kind


class Stream(Guarded, tweepy.StreamingClient):  # type: ignore[misc]
    """tweepy's streaming client with one connection at a time, read by whoever asks; it logs nothing.

    tweepy's own loop sleeps where nobody can wake it and writes X's words into the log.
    """

    silence = 21.0
    opened: requests.Response | None = None

    def _connect(self, _method: str, endpoint: str, params: Mapping[str, Any] | None = None, **_: Any) -> None:
        url = f"{self._base}/2/tweets/{endpoint}/stream"
        self.opened = open_lines(self.session, url, headers=self._headers(), params=params or {}, silence=self.silence)


def listen(account: Account, stop: Callable[[], bool], pace: Pace = Pace()) -> Iterator[Raw | None]:
    """Posts from the stream as raw pieces, and None after each connection: what was missed is for the poll to find.

    Gives: nothing at all where the app's bearer token or anything to look for is not set.
    Raises: CreditsUsedUp; RetryLater when the app's token is refused, which must not stop the poll.
    """
    if not setting(account, "app_token") or not _rule(account):
        return
    patience = Patience(pace)
    while not stop():
        try:
            yield from _connection(account, stop, patience)
        except Broken as broken:
            _wait(patience.after(broken.kind), stop)


def _connection(account: Account, stop: Callable[[], bool], patience: Patience) -> Iterator[Raw | None]:
    """One connection from beginning to end. Raises Broken, and what `listen` raises."""
    stream = Stream(account, repeatable=True, as_app=True)
    stream.silence = patience.pace.silence + 1
    response = _opened(account, stream)
    facts = {OPEN_TO_ALL: "1"} if answers_everyone(account) else {}
    with Lines(response) as lines:
        yield None
        heard_at = time.monotonic()
        while not stop():
            line = _take(lines, min(1.0, patience.pace.silence / 4))
            if line is None:
                if time.monotonic() - heard_at > patience.pace.silence:
                    raise Broken(Failure.NETWORK)
                continue
            heard_at = time.monotonic()
            patience.renew()
            if line and _is_post(line):
                yield Raw(line, facts)


def _opened(account: Account, stream: Stream) -> requests.Response:
    """The open stream, with our rule in force. Raises Broken, CreditsUsedUp, RetryLater."""
    try:
        _keep_rule(account, stream)
        stream.filter(**ASKED)
        response = stream.opened
        failed = None if response is None or response.status_code == 200 else stream.failed(response)
    except requests.RequestException:
        raise Broken(Failure.NETWORK) from None
    except ConnectorError as error:
        response, failed = None, error
    if response is not None and failed is None:
        return response
    raise _followed(failed)


def _followed(failed: ConnectorError | None) -> Exception:
    """What a refused connection leads to. A dead app token is no reason to stop reading with the account's own."""
    match failed:
        case CreditsUsedUp():
            return failed
        case RateLimited():
            return Broken(Failure.LIMITED)
        case NeedsReconnect():
            return RetryLater(code="app-token")
        case RetryLater() if not failed.code:
            return Broken(Failure.NETWORK)
    return Broken(Failure.HTTP)


def _keep_rule(account: Account, stream: Stream) -> None:
    """Our one rule on the app's stream, as the settings have it; other accounts' rules stay."""
    value, tag = _rule(account), f"{TAG}{account.external_id}"
    rules = [rule for rule in wire.Node(stream.get_rules()).children("data") if rule.text("tag") == tag]
    stale = [rule.need_id("id") for rule in rules if rule.text("value") != value]
    if stale:
        stream.delete_rules(stale)
    if len(stale) == len(rules):
        stream.add_rules(tweepy.StreamRule(value, tag=tag))


def _rule(account: Account) -> str:
    wanted = [f"@{handle(account)}" if handle(account) else "", setting(account, "search")]
    parts = " OR ".join(f"({part})" for part in wanted if part)
    return f"({parts}) -is:retweet" if parts else ""


def _take(lines: Lines, seconds: float) -> bytes | None:
    try:
        return lines.take(seconds)
    except requests.RequestException:
        raise Broken(Failure.NETWORK) from None


def _is_post(line: bytes) -> bool:
    """Is it a post? X says in the same place why it ends the connection; what we cannot read is kept for a replay."""
    try:
        told = wire.read(line)
        if told.has("connection_issue"):
            raise Broken(Failure.LIMITED)
        if told.has("errors") and not told.has("data"):
            raise Broken(Failure.NETWORK)
    except Unreadable:
        return True
    return told.has("data")


def _wait(seconds: float, stop: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while not stop() and (left := until - time.monotonic()) > 0:
        time.sleep(min(0.5, left))
