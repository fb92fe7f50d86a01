"""One signed-in IMAP connection, and what its failures mean.

Neither imaplib's nor imap-tools' exceptions go further: their texts hold what the server wrote and what we asked for.
Only the response code in brackets is taken from them. Source: RFC 5530.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, UnexpectedCommandStatusError

from connectors.kit.base import Account
from connectors.kit.errors import ConnectorError, RateLimited, RetryLater

from . import oauth
from .settings import Mailbox, Server, mailbox_of

TIMEOUT_SECONDS = 20.0
PAUSE_SECONDS = 15 * 60
# Not about this password or this mail: the same call may work later. Gmail says ALERT when too many are signed in.
_PASSING = frozenset({"UNAVAILABLE", "INUSE", "SERVERBUG", "CONTACTADMIN", "ALERT"})
_TOO_MUCH = frozenset({"LIMIT", "OVERQUOTA", "THROTTLED"})
_CODE = re.compile(r"\s*\[([A-Z][A-Z0-9-]{0,30})[\] ]")

# What imaplib and imap-tools raise, their stumbling over an odd answer included.
FAILURES = (OSError, imaplib.IMAP4.error, ImapToolsError, ValueError, LookupError)

P = ParamSpec("P")
T = TypeVar("T")


def translated(function: Callable[P, T]) -> Callable[P, T]:
    """Let only the kit's errors out of `function`, with nothing chained to them."""

    @wraps(function)
    def call(*args: P.args, **named: P.kwargs) -> T:
        try:
            return function(*args, **named)
        except ConnectorError as error:
            failed = error
        except FAILURES as error:
            failed = failure_of(error)
        failed.__context__ = failed.__cause__ = None
        raise failed

    return call


def failure_of(error: Exception) -> ConnectorError:
    """The consequence of a failure on a line: reading does no harm, so all of them may be repeated."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return RetryLater(code="certificate")
    said = response_code(error)
    if said in _TOO_MUCH:
        return RateLimited(PAUSE_SECONDS, code=f"imap/{said}")
    return RetryLater(code=f"imap/{said}" if said else "imap")


def response_code(error: Exception) -> str:
    """The code in brackets of a NO, or nothing."""
    text: Any = error.args[0] if error.args else ""
    if isinstance(error, UnexpectedCommandStatusError):
        text = error.command_result[1][-1] if error.command_result[1] else ""
    if isinstance(text, bytes):
        text = text.decode("ascii", "replace")
    found = _CODE.match(text) if isinstance(text, str) else None
    return found[1] if found else ""


def is_passing(code: str) -> bool:
    """Does this response code speak of the server's state and not of what was asked?"""
    return code in _PASSING or code in _TOO_MUCH


def strict_context() -> ssl.SSLContext:
    """Certificates and names are checked against the machine's authorities (SSL_CERT_FILE adds a company's own)."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextmanager
def opened(account: Account) -> Iterator[BaseMailBox]:
    """A signed-in connection with no folder open, closed at the end.

    Raises: ConnectorError for settings and sign-in, else what `FAILURES` lists; callers are `translated`.
    """
    mailbox = mailbox_of(account)
    token = oauth.bearer(account) if oauth.uses_oauth(account) else ""
    box = _connected(mailbox.imap)
    try:
        refusal = _sign_in(box, mailbox, token)
        if refusal is not None:
            raise _refused(account, refusal)
        yield box
    finally:
        with suppress(*FAILURES):
            box.logout()
        with suppress(*FAILURES):
            box.client.shutdown()  # logout does so too, unless it failed


def _connected(server: Server) -> BaseMailBox:
    if server.security == "tls":
        return MailBox(server.host, server.port, timeout=TIMEOUT_SECONDS, ssl_context=strict_context())
    box = MailBoxUnencrypted(server.host, server.port, timeout=TIMEOUT_SECONDS)
    if server.security == "starttls":
        try:
            box.client.starttls(strict_context())
        except FAILURES:
            with suppress(*FAILURES):
                box.client.shutdown()
            raise
    return box


def _sign_in(box: BaseMailBox, mailbox: Mailbox, token: str) -> Exception | None:
    """Sign in. Gives: the refusal, or None when we are in; a dropped line is raised."""
    try:
        if token:
            box.xoauth2(mailbox.user, token, initial_folder=None)
        elif (mailbox.user + mailbox.password).isascii():
            box.login(mailbox.user, mailbox.password, initial_folder=None)
        else:
            box.login_utf8(mailbox.user, mailbox.password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnexpectedCommandStatusError) as error:
        return error
    return None


def _refused(account: Account, refusal: Exception) -> ConnectorError:
    said = response_code(refusal)
    if is_passing(said):
        return failure_of(refusal)
    return oauth.refused(account, f"imap/{said}" if said else "imap/NO")
