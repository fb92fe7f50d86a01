"""Waiting for news on an open IMAP connection. Source: RFC 2177 (IDLE)."""

from __future__ import annotations

import imaplib
import time
from collections.abc import Callable, Iterable, Iterator

from imap_tools import BaseMailBox

from connectors.kit.base import Account, Raw
from connectors.kit.errors import ConnectorError

from .imap_line import FAILURES, failure_of, opened
from .settings import mailbox_of

WAKE_SECONDS = 4.0  # between two looks at `stop`
REISSUE_SECONDS = 9 * 60  # Gmail drops an idle line after some ten minutes, others after thirty


def listen(account: Account, stop: Callable[[], bool]) -> Iterator[Raw | None]:
    """Wait on the first folder until `stop()` is true.

    Gives: None each time the folder has changed: poll now. Ends at once where the server does not offer IDLE.
    Raises: RetryLater when the line drops; sign-in errors as in `poll`.
    """
    failed: ConnectorError
    try:
        with opened(account) as box:
            if "IDLE" in _capabilities(box):
                box.folder.set(mailbox_of(account).folders[0], readonly=True)
                yield from _news(box, stop)
        return
    except ConnectorError as error:
        failed = error
    except FAILURES as error:
        failed = failure_of(error)
    failed.__context__ = failed.__cause__ = None
    raise failed


def _capabilities(box: BaseMailBox) -> set[str]:
    """What the server offers now; before signing in it may have offered something else."""
    _, data = box.client.capability()
    return set(b" ".join(each for each in data or [] if each).decode("ascii", "replace").upper().split())


def _news(box: BaseMailBox, stop: Callable[[], bool]) -> Iterator[None]:
    _begin(box)
    began = time.monotonic()
    while not stop():
        asked = time.monotonic()
        told = box.idle.poll(timeout=WAKE_SECONDS)
        if any(line.upper().startswith(b"* BYE") for line in told):
            raise imaplib.IMAP4.abort
        # Something to read and nothing read is the end of the line; asking anew tells it from half a record of TLS.
        silent = not told and time.monotonic() - asked < WAKE_SECONDS / 2
        if silent or time.monotonic() - began > REISSUE_SECONDS:
            told = [*told, *_end(box)]
            _begin(box)
            began = time.monotonic()
        if _is_news(told):
            yield None
    _end(box)


def _begin(box: BaseMailBox) -> None:
    box.idle.start()  # type: ignore[no-untyped-call]


def _end(box: BaseMailBox) -> list[bytes]:
    """Gives: what was told meanwhile."""
    _, late = box.idle.stop()  # type: ignore[no-untyped-call]
    return list(late)


def _is_news(lines: Iterable[bytes]) -> bool:
    return any(isinstance(line, bytes) and line.upper().rstrip().endswith(b" EXISTS") for line in lines)
