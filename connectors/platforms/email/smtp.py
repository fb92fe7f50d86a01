"""Sending one mail, step by step, so that each failure can be told from the others.

    connect ─ EHLO ─ STARTTLS ─ AUTH ─ MAIL ─ RCPT … ─ DATA ─ the mail ─┃─ "." ─ 250
    ◀──────────── nothing was sent: RetryLater or Rejected ────────────▶┃◀ a line that drops here: OutcomeUnknown

A mail goes to all its recipients or to none: when one is refused nothing is sent, and the refusal says so. A server
takes the mail only with the final dot, so whatever happens before it may be repeated.
Source: RFC 5321, RFC 3463 (status codes), RFC 4954 (AUTH), RFC 6531 (SMTPUTF8).
"""

from __future__ import annotations

import logging
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from connectors.kit.base import Account, OutgoingPart, Receipt
from connectors.kit.errors import (
    ConnectorError,
    NeedsReconnect,
    OutcomeUnknown,
    Rejected,
    RejectReason,
    RetryLater,
)
from connectors.kit.textfit import require_text

from . import oauth, smtp_replies
from .compose import Letter, compose, fixed_id
from .imap import sent_folder
from .imap_line import opened, strict_context, translated
from .manifest import MANIFEST
from .settings import Mailbox, mailbox_of

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 20.0
BODY_SECONDS = 90.0  # for the whole mail; with all the rest still below the time after which a send counts as stuck
VERDICT_SECONDS = 60.0  # servers look for spam and viruses between the dot and the answer
GOODBYE_SECONDS = 3.0  # the mail is taken; that the line ends well is a courtesy
_DOT_FIRST = re.compile(rb"^\.", re.M)
_FAILURES = (OSError, smtplib.SMTPException, ValueError)  # SMTPException is an OSError; said for the reader


def send(account: Account, part: OutgoingPart) -> Receipt:
    """Send one mail, and keep a copy among the sent ones where the account wants it.

    Gives: a receipt with the Message-ID, which is the one `fixed_id` gave before.
    Raises: Unsupported, Rejected, RetryLater, TokenExpired, NeedsReconnect, OutcomeUnknown.
    """
    MANIFEST.require(part.action)
    _demand_content(part)
    mailbox = mailbox_of(account)
    letter = compose(account, mailbox, part)
    if not letter.recipients:
        raise Rejected(RejectReason.RECIPIENT_UNAVAILABLE, code="recipients")
    _deliver(account, mailbox, letter)
    at = account.clock()
    if mailbox.keep_sent:
        _keep_copy(account, mailbox, letter)
    return Receipt(external_id=fixed_id(account, part), at=at)


def _demand_content(part: OutgoingPart) -> None:
    """A text, or files and perhaps a text, within the manifest's limits. Raises: Rejected."""
    limits = MANIFEST.limits
    if part.text.strip() or not part.files:
        require_text(part.text, limits.private_text)
    allowed, letter = limits.attachments, MANIFEST.letter
    if allowed is None or letter is None:
        raise Rejected(RejectReason.NOT_ALLOWED)
    if len(part.files) > allowed.count or sum(len(file.content) for file in part.files) > allowed.max_bytes:
        raise Rejected(RejectReason.TOO_LONG, code="attachments")
    if len(part.recipients) > letter.max_recipients:
        raise Rejected(RejectReason.NOT_ALLOWED, code="recipients")


@contextmanager
def _line(mailbox: Mailbox) -> Iterator[smtplib.SMTP]:
    """An encrypted line that has been greeted. We call ourselves by the mail domain, not by this machine's name."""
    server, name = mailbox.smtp, mailbox.domain
    if server.security == "tls":
        line: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, local_hostname=name, timeout=TIMEOUT_SECONDS, context=strict_context()
        )
    else:
        line = smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=TIMEOUT_SECONDS)
    try:
        line.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            line.starttls(context=strict_context())
            line.ehlo_or_helo_if_needed()
        yield line
        _wait_at_most(line, GOODBYE_SECONDS)
        with suppress(*_FAILURES):
            line.quit()
    finally:
        line.close()


@contextmanager
def authenticated(account: Account, mailbox: Mailbox, token: str) -> Iterator[smtplib.SMTP]:
    """A line on which we have signed in, for the self-test. Raises: ConnectorError for the sign-in, smtplib's own."""
    with _line(mailbox) as line:
        refusal = _sign_in(line, account, mailbox, token)
        if refusal is not None:
            raise refusal
        yield line


def _deliver(account: Account, mailbox: Mailbox, letter: Letter) -> None:
    """Up to the dot and its answer. Nothing of smtplib's goes further: its exceptions quote the server and us."""
    token = oauth.bearer(account) if oauth.uses_oauth(account) else ""
    dotted = False
    try:
        with _line(mailbox) as line:
            failed = _prepare(line, account, mailbox, token, letter)
            if failed is None:
                _wait_at_most(line, VERDICT_SECONDS)
                dotted = True
                line.send(b".\r\n")
                code, text = line.getreply()
                failed = None if code == 250 else smtp_replies.refused(code, text, "data")
    except _FAILURES as error:
        failed = OutcomeUnknown() if dotted else _not_sent(error)
    if failed is not None:
        raise failed


def _prepare(
    line: smtplib.SMTP, account: Account, mailbox: Mailbox, token: str, letter: Letter
) -> ConnectorError | None:
    """Everything before the dot. Gives: the refusal, or None."""
    refusal = _sign_in(line, account, mailbox, token) or _envelope(line, letter)
    if refusal is not None:
        return refusal
    code, text = line.docmd("DATA")
    if code != 354:
        return smtp_replies.refused(code, text, "data")
    _wait_at_most(line, BODY_SECONDS)
    line.send(_DOT_FIRST.sub(b"..", letter.content))
    return None


def _wait_at_most(line: smtplib.SMTP, seconds: float) -> None:
    if line.sock is not None:
        line.sock.settimeout(seconds)


def _sign_in(line: smtplib.SMTP, account: Account, mailbox: Mailbox, token: str) -> ConnectorError | None:
    """Prove who we are. A server that offers no AUTH knows its clients by their address, or will refuse the mail."""
    if not line.has_extn("auth"):
        return None
    try:
        _authenticate(line, mailbox, token)
    except smtplib.SMTPAuthenticationError as error:
        code = smtp_replies.label(error.smtp_code, _bytes(error.smtp_error))
        if error.smtp_code // 100 == 4:
            return RetryLater(code=code)
        return oauth.refused(account, code)
    except smtplib.SMTPServerDisconnected:
        raise
    except (smtplib.SMTPException, UnicodeError):  # no way of signing in that both sides know
        return NeedsReconnect(code="smtp/auth")
    return None


def _authenticate(line: smtplib.SMTP, mailbox: Mailbox, token: str) -> None:
    """One try with the best that both sides know; smtplib would try a wrong password once for each mechanism."""
    if token:
        answer = oauth.xoauth2(mailbox.user, token)
        line.auth("XOAUTH2", lambda challenge=None: answer if challenge is None else "")
    elif "PLAIN" in line.esmtp_features["auth"].upper().split():
        line.auth("PLAIN", lambda _challenge=None: _Utf8(f"\0{mailbox.user}\0{mailbox.password}"))
    else:
        line.user, line.password = mailbox.user, mailbox.password  # where auth_login looks for them
        line.auth("LOGIN", line.auth_login)


class _Utf8(str):
    """A text that becomes UTF-8 where smtplib asks for ASCII. Source: RFC 4616 (PLAIN is UTF-8)."""

    __slots__ = ()

    def encode(self, _encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return super().encode("utf-8", errors)


def _envelope(line: smtplib.SMTP, letter: Letter) -> ConnectorError | None:
    options = []
    if line.has_extn("size"):
        room = line.esmtp_features["size"].strip()
        if room.isdigit() and 0 < int(room) < len(letter.content):
            return Rejected(RejectReason.TOO_LONG, code="smtp/size")
        options.append(f"SIZE={len(letter.content)}")
    if letter.international:
        if not line.has_extn("smtputf8"):
            return Rejected(RejectReason.RECIPIENT_UNAVAILABLE, code="smtp/smtputf8")
        line.command_encoding = "utf-8"
        options += ["SMTPUTF8", "BODY=8BITMIME"]
    code, text = line.mail(letter.sender, options)
    if code != 250:
        return smtp_replies.refused(code, text, "sender")
    for address in letter.recipients:
        code, text = line.rcpt(address)
        if code not in (250, 251):
            return smtp_replies.refused(code, text, "recipient")
    return None


def _not_sent(error: Exception) -> ConnectorError:
    """A failure before the dot: the mail was certainly not taken."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return RetryLater(code="certificate")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return RetryLater(code="smtp/starttls")
    if isinstance(error, smtplib.SMTPResponseException):  # the greeting
        return RetryLater(code=smtp_replies.label(error.smtp_code, _bytes(error.smtp_error)))
    return RetryLater()


def _bytes(text: bytes | str) -> bytes:
    return text.encode("ascii", "replace") if isinstance(text, str) else text


def _keep_copy(account: Account, mailbox: Mailbox, letter: Letter) -> None:
    """The mail has gone out; that no copy could be kept does not change it."""
    try:
        _append(account, mailbox, letter)
    except ConnectorError as error:
        log.info("no copy kept of a sent mail: %s [%s]", type(error).__name__, error.code)


@translated
def _append(account: Account, mailbox: Mailbox, letter: Letter) -> None:
    with opened(account) as box:
        folder = mailbox.sent_folder or sent_folder(box)
        if folder:
            box.append(letter.content, folder, dt=account.clock(), flag_set=["\\Seen"])
