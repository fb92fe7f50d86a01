"""A plain JSON API over HTTP, for platforms without an SDK worth its weight: one call, one clear end.

good answer ──────────────────────▶ Answer
the platform's own refusal ───────▶ the class that the platform folder gives it
429 ──────────────────────────────▶ RateLimited, as long as Retry-After says
anything else, or no answer at all ▶ RetryLater when certainly not done or harmless to repeat, else OutcomeUnknown
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from . import wire
from .base import Account
from .errors import ConnectorError, NeedsReconnect, OutcomeUnknown, RateLimited, RetryLater, Unreadable
from .http import failure

DEFAULT_PAUSE_SECONDS = 15 * 60
LONGEST_PAUSE_SECONDS = 24 * 3600
SILENT = frozenset({201, 204})  # created, and no content: done, also where nothing more is said
_PRINTABLE = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform answered: a JSON object, and when (its clock, else ours)."""

    status: int
    value: wire.Node
    headers: Mapping[str, str]
    at: datetime

    def made_id(self, key: str) -> str:
        """The id of what a send made. Raises OutcomeUnknown without one: it was taken all the same."""
        try:
            return self.value.need_id(key)
        except Unreadable:
            pass
        raise OutcomeUnknown(code="no_id")


def need_credential(account: Account, name: str) -> str:
    """The credential `name`, fit for a header. Raises NeedsReconnect for anything else, whose error would show it."""
    value = account.credentials.get(name, "")
    if not _PRINTABLE.fullmatch(value):
        raise NeedsReconnect
    return value


class JsonApi:
    """One account's way to a platform for calls of one kind.

    Takes: address, the platform's own, without a slash at its end; headers, with what proves who we are;
    repeatable, whether doing the call twice is harmless (reads, hiding), as against sending a message;
    refusal, the class of an answer that says no, None for one that does not look like the platform's own.
    """

    def __init__(
        self,
        account: Account,
        address: str,
        *,
        headers: Mapping[str, str],
        repeatable: bool,
        refusal: Callable[[Answer], ConnectorError | None],
    ) -> None:
        self._account = account
        self._base = (account.base_url or address).rstrip("/")
        self._headers = dict(headers)
        self._repeatable = repeatable
        self._refusal = refusal

    def call(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> Answer:
        """One call. Identifiers in `path` have been through `path_segment`. Raises ConnectorError."""
        try:
            response = self._account.session.request(
                method, f"{self._base}{path}", params=query, json=body, headers=self._headers
            )
        except requests.RequestException as error:
            failed = failure(error, repeatable=self._repeatable)
        else:
            return self._answered(response)
        raise failed  # outside of the handler: what hangs on as context would hold addresses and headers

    def _answered(self, response: requests.Response) -> Answer:
        label = f"http/{response.status_code}"
        answer = self._read(response)
        if answer is not None and 200 <= response.status_code < 300:
            return answer
        refused = self._refusal(answer) if answer is not None and not response.ok else None
        if refused is not None:
            raise refused
        if response.status_code == 429:
            raise RateLimited(self._pause_seconds(response.headers), code=label)
        raise RetryLater(code=label) if self._repeatable else OutcomeUnknown(code=label)

    def _read(self, response: requests.Response) -> Answer | None:
        """None for what is not a JSON object: a proxy's page, or nothing where something should be."""
        silent = not response.content and (response.status_code in SILENT or response.request.method == "PUT")
        try:
            value = wire.Node({}) if silent else wire.read(response.content)
        except Unreadable:
            return None
        return Answer(response.status_code, value, response.headers, _moment(response.headers) or self._account.clock())

    def _pause_seconds(self, headers: Mapping[str, str]) -> int:
        """Retry-After as seconds or as a date. Source: RFC 9110, section 10.2.3."""
        said = headers.get("retry-after", "")
        until = _moment({"date": said})
        if re.fullmatch(r"[0-9]{1,9}", said):
            seconds = int(said)
        elif until is not None:
            now = _moment(headers) or self._account.clock()
            seconds = int((until - now).total_seconds())
        else:
            seconds = 0
        return min(seconds, LONGEST_PAUSE_SECONDS) if seconds > 0 else DEFAULT_PAUSE_SECONDS


def _moment(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError, OverflowError, IndexError):
        return None
