"""The only way out: a `requests.Session` that SDKs may use as theirs, with guards they do not have.

Every call has time limits and goes to the platform's own hosts over https; the address that answers must be a public
one, looked at after connecting, so that a name cannot lie. Redirects stay on the same host and are never followed
for writes. Answers are bounded in size and time. Failures become `CallFailed`, which says whether bytes may have left
and nothing of the address, the headers or the token.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import requests
import urllib3.exceptions

from .errors import ConnectorError, OutcomeUnknown, Rejected, RejectReason, RetryLater
from .peers import GuardedAdapter, is_loopback

MAX_ANSWER_BYTES = 8 * 1024 * 1024
_CHUNK = 64 * 1024

Origin = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds to connect, between two pieces of an answer, and for reading the whole answer."""

    connect: float = 5.0
    read: float = 20.0
    whole: float = 60.0


class CallFailed(requests.RequestException):
    """No usable answer. `maybe_sent` is False only when certainly no byte of the request reached the platform."""

    def __init__(self, kind: str, *, maybe_sent: bool) -> None:
        super().__init__(kind)
        self.kind = kind
        self.maybe_sent = maybe_sent


class HostRefused(requests.RequestException):
    """A call to a host that the manifest does not name; nothing left."""


def session_for(
    hosts: Collection[str], base_url: str | None = None, limits: TimeLimits | None = None
) -> requests.Session:
    """A guarded session for one account.

    Takes: hosts, the manifest's; base_url, a simulated platform instead of them: https, or anything on loopback. One
    that is simulated over another protocol (mail://) leaves nothing that may be called.
    Raises: ValueError for a base_url that is neither.
    """
    return GuardedSession(hosts, base_url, limits or TimeLimits())


def failure(error: requests.RequestException, *, repeatable: bool) -> ConnectorError:
    """The kit's word for a call without an answer.

    Takes: repeatable, whether doing the call twice is harmless (reads, hiding), as against sending a message.
    """
    if isinstance(error, HostRefused):
        return Rejected(RejectReason.REFUSED, code="host_not_allowed")
    if repeatable or (isinstance(error, CallFailed) and not error.maybe_sent):
        return RetryLater()
    return OutcomeUnknown()


def path_segment(external_id: str) -> str:
    """An identifier made safe as one step of a URL path. Raises Rejected for one that would change the path."""
    if not external_id or external_id.strip(".") == "":
        raise Rejected(RejectReason.TARGET_GONE, code="bad_id")
    return quote(external_id.encode("utf-8", "replace"), safe="")


class GuardedSession(requests.Session):
    """See `session_for`."""

    def __init__(self, hosts: Collection[str], base_url: str | None, limits: TimeLimits) -> None:
        super().__init__()
        self.trust_env = False  # a .netrc would replace our Authorization header, a proxy would see our calls
        self.max_redirects = 3
        self._limits = limits
        self.adapters.clear()
        if base_url is None:
            self._origins: set[Origin] = {("https", host, 443) for host in hosts}
            self.mount("https://", GuardedAdapter(loopback=False))
        else:
            self._origins = {_checked_base(base_url)}
            self.mount(f"{urlsplit(base_url).scheme}://", GuardedAdapter(loopback=True))

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Build the request. What cannot be built was not sent, and its exception would hold what we tried to say."""
        try:
            return super().prepare_request(request)
        except (requests.RequestException, ValueError) as error:
            failed = CallFailed(type(error).__name__, maybe_sent=False)
        raise failed  # outside of the handler: what hangs on as context would hold addresses and headers

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send under guard. Raises CallFailed or HostRefused, with nothing chained to them."""
        if _origin(request.url or "") not in self._origins:
            raise HostRefused
        options.update(stream=True, verify=True, proxies={}, cert=None)
        options["timeout"] = (self._limits.connect, self._limits.read)
        try:
            response = super().send(request, **options)
            self._read(response)
        except (CallFailed, HostRefused) as error:
            failed: requests.RequestException = error
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            failed = CallFailed(type(error).__name__, maybe_sent=not _certainly_not_sent(error))
        else:
            return response
        raise failed

    def open(self, request: requests.PreparedRequest, *, silence: float) -> requests.Response:
        """Send a request whose answer does not end: one with status 200 is given unread, any other is read as usual.

        Takes: silence, seconds between two pieces after which the connection counts as broken.
        Raises: CallFailed or HostRefused, with nothing chained to them.
        """
        if _origin(request.url or "") not in self._origins:
            raise HostRefused
        timeout = (self._limits.connect, silence)
        try:
            response = super().send(
                request, stream=True, verify=True, proxies={}, cert=None, timeout=timeout, allow_redirects=False
            )
            if response.status_code != 200:
                self._read(response)
            return response
        except CallFailed as error:
            failed = error
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            failed = CallFailed(type(error).__name__, maybe_sent=not _certainly_not_sent(error))
        raise failed

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Where to go on, or None to take the redirect itself as the answer."""
        target = super().get_redirect_target(resp)
        if target is None or resp.request.method not in ("GET", "HEAD"):
            return None
        absolute = requests.compat.urljoin(resp.url, target)
        return target if _origin(absolute) == _origin(resp.url) else None

    def _read(self, response: requests.Response) -> None:
        """Read the answer up to its bounds; requests alone would wait for ever on a slow drip.

        `read1` gives what has come, where `iter_content` waits until a whole piece is there.
        """
        if isinstance(response._content, bytes):  # at the end of a redirect this was done one level down
            return
        deadline = time.monotonic() + self._limits.whole
        pieces, size = [], 0
        while piece := response.raw.read1(_CHUNK, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_ANSWER_BYTES or time.monotonic() > deadline:
                response.close()
                raise CallFailed("AnswerTooLarge" if size > MAX_ANSWER_BYTES else "AnswerTooSlow", maybe_sent=True)
        response._content = b"".join(pieces)  # as requests does after reading, with the mark that it has
        response._content_consumed = True  # type: ignore[attr-defined]


def _origin(url: str) -> Origin | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return None
    if parts.username is not None or parts.password is not None:
        return None
    return (parts.scheme, (parts.hostname or "").lower(), port)


def _checked_base(base_url: str) -> Origin:
    origin = _origin(base_url)
    if origin is None or not origin[1] or origin[0] not in ("https", "http", "mail"):
        raise ValueError("base_url is not an address")
    if origin[0] != "https" and not is_loopback(origin[1]):
        raise ValueError("base_url without https is allowed on loopback only")
    return origin


def _certainly_not_sent(error: BaseException) -> bool:
    """Look through what wraps what. Not through `__context__`: an older, unrelated failure may hang there."""
    never_left = (
        urllib3.exceptions.ConnectTimeoutError,
        urllib3.exceptions.NewConnectionError,  # refused, unknown name, address not allowed
        ssl.SSLCertVerificationError,
        requests.exceptions.ConnectTimeout,
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidHeader,
        requests.exceptions.InvalidSchema,
        requests.exceptions.MissingSchema,
        UnicodeEncodeError,
    )
    waiting: list[object] = [error]
    for _ in range(20):
        if not waiting:
            return False
        current = waiting.pop()
        if isinstance(current, never_left):
            return True
        if isinstance(current, BaseException):
            waiting += [*current.args, getattr(current, "reason", None), current.__cause__]
    return False
