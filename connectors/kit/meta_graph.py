"""Meta's Graph API through facebook-sdk, with what the SDK of 2018 lacks.

The SDK knows versions up to 3.1, writes the token into the URL, has no time limits, throws status and headers away
and follows ready-made `next` addresses that hold a token. Here: version v26.0, the token in a header, the guarded
session, `appsecret_proof`, the usage headers, and paging by cursor.
Source: facebook-sdk 3.1.0; Meta, Graph API changelog and "Handling Errors", read 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import facebook
import requests

from . import wire
from .base import Account, Receipt
from .errors import (
    ConnectorError,
    NeedsReconnect,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RejectReason,
    RetryLater,
    Unreadable,
)
from .http import failure, path_segment
from .meta_errors import DEFAULT_PAUSE_SECONDS, graph_error
from .signatures import hmac_hex

VERSION = "v26.0"
GRAPH_HOST = "graph.facebook.com"
_TOKEN = re.compile(r"[!-~]+")
_NEARLY_USED_UP = 90  # per cent
_LONGEST_PAUSE_SECONDS = 24 * 3600


class Graph(facebook.GraphAPI):  # type: ignore[misc]
    """One account's way to the Graph API for calls of one kind.

    Takes: repeatable, whether such a call may be done twice without harm; needs, the scopes it takes; host, another
    one of Meta's with the same API (a simulated platform has it below its own address).
    Leaves: `pause_seconds` and `answered_at` of the latest answer.
    """

    def __init__(
        self, account: Account, *, repeatable: bool, needs: tuple[str, ...] = (), host: str = GRAPH_HOST
    ) -> None:
        token = account.credentials.get("access_token", "")
        if not _TOKEN.fullmatch(token):  # anything else would break the header, and its error would show it
            raise NeedsReconnect
        super().__init__(access_token=token, session=account.session)
        self.version = VERSION
        self.pause_seconds: int | None = None
        self.answered_at: datetime | None = None
        self._base = _address(account.base_url, host)
        self._clock = account.clock
        self._app_secret = account.app_secret
        self._repeatable = repeatable
        self._needs = needs

    def request(
        self,
        path: str,
        args: Mapping[str, Any] | None = None,
        post_args: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        method: str | None = None,
    ) -> dict[str, Any]:
        """One call; the SDK's own methods all end here. Gives the answer's object; raises ConnectorError."""
        query, form = dict(args or {}), None if post_args is None else dict(post_args)
        proved = query if form is None else form
        if self._app_secret:
            proved["appsecret_proof"] = hmac_hex(self._app_secret, self.access_token.encode())
        response = self._call("POST" if form is not None else method or "GET", path, query, form, files)
        self.pause_seconds = _pause_seconds(response.headers)
        self.answered_at = _answered_at(response.headers)
        return self._answer(response).value

    def read(self, path: str, **args: Any) -> wire.Node:
        """The object or edge at `path`, which starts with an identifier made safe by `path_segment`."""
        return wire.Node(self.get_object(path, **args))

    def receipt(self, external_id: str, recipient: str = "") -> Receipt:
        """What the latest answer says was done, at the platform's time or else ours."""
        return Receipt(external_id, self.answered_at or self._clock(), recipient, self.pause_seconds)

    def _call(
        self,
        method: str,
        path: str,
        query: dict[str, Any],
        form: dict[str, Any] | None,
        files: Mapping[str, Any] | None,
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.access_token}"}
        try:
            return self.session.request(  # type: ignore[no-any-return]
                method, f"{self._base}/{path}", params=query, data=form, files=files, headers=headers
            )
        except requests.RequestException as error:
            failed = failure(error, repeatable=self._repeatable)
        raise failed

    def _answer(self, response: requests.Response) -> wire.Node:
        try:
            answer = wire.read(response.content)
        except Unreadable:
            failed = self._unclear(response.status_code)
        else:
            if not answer.value.get("error") and response.ok and not response.is_redirect:
                return answer
            failed = self._refusal(answer, response.status_code)
        raise failed

    def _refusal(self, answer: wire.Node, status: int) -> ConnectorError:
        if not answer.value.get("error"):
            return self._unclear(status)
        return graph_error(answer, repeatable=self._repeatable, needs=self._needs, pause_seconds=self.pause_seconds)

    def _unclear(self, status: int) -> ConnectorError:
        """An answer that is not the Graph API's own: a proxy's page, a redirect, nothing at all."""
        label = f"http/{status}"
        if status == 429:
            return RateLimited(self.pause_seconds or DEFAULT_PAUSE_SECONDS, code=label)
        return RetryLater(code=label) if self._repeatable else OutcomeUnknown(code=label)


def made_id(answer: wire.Node, key: str) -> str:
    """The id of what a send made. Without one it was taken all the same, so the outcome is for the echo to tell."""
    try:
        return answer.need_id(key)
    except Unreadable:
        pass
    raise OutcomeUnknown(code="no_id")


def require_success(answer: Mapping[str, Any]) -> None:
    """Raises Rejected(not_allowed) where the platform declines, RetryLater for an answer that says neither."""
    if answer.get("success") is False:
        raise Rejected(RejectReason.NOT_ALLOWED)
    if answer.get("success") is not True:
        raise RetryLater


def is_dead(error: ConnectorError) -> bool:
    """Is the token itself dead, rather than one look refused?"""
    return isinstance(error, NeedsReconnect) and (not error.code or error.code.partition("/")[0] in ("102", "190"))


def read_person(graph: Graph, external_id: str, fields: str) -> wire.Node | None:
    """A person's profile, or None where the platform will not tell, which is usual for mere commenters.

    Raises: NeedsReconnect for a dead token; else as the platform answers.
    """
    try:
        return graph.read(path_segment(external_id), fields=fields)
    except (Rejected, NeedsReconnect) as error:
        if is_dead(error):
            raise
        return None


def after_cursor(answer: wire.Node) -> str:
    """Where the next page starts, or "" on the last one.

    The ready-made `next` address holds the token and is used only to see that there is a next page.
    Source: Meta, "Paginated results"; a page may be short or empty and still have a next one.
    """
    paging = answer.child("paging")
    if paging is None or not paging.text("next"):
        return ""
    cursors = paging.child("cursors")
    if cursors is not None and cursors.text("after"):
        return cursors.text("after")
    try:
        return parse_qs(urlsplit(paging.text("next")).query).get("after", [""])[0]
    except ValueError:
        raise Unreadable(paging.where("next")) from None


def _address(base_url: str | None, host: str) -> str:
    if base_url is None:
        return f"https://{host}"
    return base_url.rstrip("/") if host == GRAPH_HOST else f"{base_url.rstrip('/')}/{host}"


def _answered_at(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def _pause_seconds(headers: Mapping[str, str]) -> int | None:
    """How long to rest before the next call, None while there is allowance left."""
    meters = _meters(headers)
    asked = max((_number(meter, "estimated_time_to_regain_access") for meter in meters), default=0) * 60
    used = max(
        (_number(meter, name) for meter in meters for name in ("call_count", "total_time", "total_cputime")), default=0
    )
    if asked <= 0 and used < _NEARLY_USED_UP:
        return None
    return min(asked, _LONGEST_PAUSE_SECONDS) if asked > 0 else DEFAULT_PAUSE_SECONDS


def _meters(headers: Mapping[str, str]) -> list[wire.Node]:
    """Both usage headers as a flat list. A header we cannot read must not spoil a call that went well."""
    meters = []
    try:
        meters.append(wire.read(headers.get("x-app-usage", "{}").encode("latin-1", "replace")))
        cases = wire.read(headers.get("x-business-use-case-usage", "{}").encode("latin-1", "replace"))
        for object_id in cases.value:
            meters += cases.children(object_id)
    except Unreadable:
        pass
    return meters


def _number(meter: wire.Node, name: str) -> int:
    found = meter.value.get(name)
    return int(found) if isinstance(found, int | float) and 0 <= found < 10**9 else 0
