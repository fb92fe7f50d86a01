"""An answer that does not end: its lines as they come, for platforms that push over an open HTTP connection.

The guarded session reads every answer whole; here the same guard stands at the door, and a thread reads on, so that
whoever waits for a line can look up every second and leave.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Mapping
from typing import Any

import requests
import urllib3.exceptions

from .http import CallFailed, GuardedSession

MOST_LINE_BYTES = 1024 * 1024
_PIECE = 64 * 1024
_WAITING = 1000  # lines; a reader that is so far ahead waits
_ENDED = None


class Lines:
    """The lines of one open answer. Use it as a context; leaving closes the connection."""

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        self._queue: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._closed = threading.Event()
        threading.Thread(target=self._read, name="lines", daemon=True).start()

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def take(self, seconds: float) -> bytes | None:
        """The next line without its end; an empty one is a sign of life, None means that none came in the time.

        Raises: CallFailed when the connection is over and every line was taken.
        """
        try:
            line = self._queue.get(timeout=seconds)
        except queue.Empty:
            return None
        if line is _ENDED:
            self._put(_ENDED)  # whoever asks again hears the same
            raise CallFailed("StreamEnded", maybe_sent=False)
        return line

    def close(self) -> None:
        """Let the connection go, also while the reader waits for bytes."""
        self._closed.set()
        with contextlib.suppress(Exception):  # the other side may have gone already
            self._response.raw.shutdown()
        with contextlib.suppress(Exception):
            self._response.close()

    def _read(self) -> None:
        rest = b""
        with contextlib.suppress(OSError, ValueError, AttributeError, urllib3.exceptions.HTTPError):
            while piece := self._response.raw.read1(_PIECE, decode_content=True):
                *whole, rest = (rest + piece).split(b"\n")
                for line in whole:
                    self._put(line.rstrip(b"\r"))
                if len(rest) > MOST_LINE_BYTES or self._closed.is_set():
                    break
        self._put(_ENDED)

    def _put(self, line: bytes | None) -> None:
        while not self._closed.is_set():
            try:
                self._queue.put(line, timeout=1)
            except queue.Full:
                continue
            return


def open_lines(
    session: requests.Session, url: str, *, headers: Mapping[str, str], params: Mapping[str, Any], silence: float
) -> requests.Response:
    """Ask for an answer that does not end. Gives: the response, unread when its status is 200, else read whole.

    Takes: session, the account's guarded one; silence, seconds without a byte after which the connection is broken.
    Raises: CallFailed, HostRefused, with nothing chained to them.
    """
    assert isinstance(session, GuardedSession)  # noqa: S101  every account's session is
    request = session.prepare_request(requests.Request("GET", url, headers=dict(headers), params=dict(params)))
    return session.open(request, silence=silence)
