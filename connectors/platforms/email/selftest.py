"""What can be found out about a connected mailbox: both servers are signed in to, and nothing is changed there."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator

from connectors.kit.base import Account, OutgoingPart, Receipt
from connectors.kit.errors import ConnectorError, NeedsReconnect, RetryLater, TokenExpired
from connectors.kit.selftest import Finding, of_error, well, wrong
from tickets.intake.items import Recipient

from . import oauth
from .imap import opens, sent_folder
from .imap_line import opened, translated
from .manifest import MANIFEST
from .settings import Mailbox, mailbox_of
from .smtp import authenticated, send

_LABELS = {setting.name: setting.label for setting in MANIFEST.required_settings}


def self_test(account: Account, _webhook_path: str) -> Iterator[Finding]:
    """Settings, the way in with its folders, the way out with the sender's address."""
    try:
        mailbox = mailbox_of(account)
    except NeedsReconnect as error:
        name = error.code.partition("/")[2]
        yield wrong("setting_unusable", setting=_LABELS.get(name) or _LABELS.get(f"{name}_host", name))
        return
    yield _tried(lambda: _reading(account, mailbox), "imap")
    yield _tried(lambda: _sending(account, mailbox), "smtp")


def test_message(account: Account, text: str) -> Receipt:
    """Send a short letter to the mailbox itself."""
    part = OutgoingPart(
        kind="text",
        text=text,
        visibility="private",
        subject=text[:60],
        recipients=(Recipient("to", account.external_id),),
        client_key=account.clock().isoformat(),
        made_at=account.clock(),
    )
    return send(account, part)


def _tried(look: Callable[[], Finding], protocol: str) -> Finding:
    """The finding of one server, told from the other's."""
    try:
        return look()
    except TokenExpired:
        raise
    except NeedsReconnect as error:
        return wrong(f"{protocol}_sign_in", code=error.code)
    except RetryLater as error:
        told = of_error(error)
        return wrong(f"{protocol}_unreachable", code=error.code) if told.code == "unreachable" else told
    except ConnectorError as error:
        return of_error(error)


@translated
def _reading(account: Account, mailbox: Mailbox) -> Finding:
    with opened(account) as box:
        wanted = [*mailbox.folders, *([mailbox.sent_folder] if mailbox.sent_folder else [])]
        missing = [name for name in wanted if not opens(box, name)]
        if not missing and mailbox.keep_sent and not (mailbox.sent_folder or sent_folder(box)):
            missing = [_LABELS["sent_folder"]]
    return wrong("folder_missing", folders=", ".join(missing)) if missing else well("reads")


def _sending(account: Account, mailbox: Mailbox) -> Finding:
    """Up to the sender's address, then taken back."""
    token = oauth.bearer(account) if oauth.uses_oauth(account) else ""
    try:
        with authenticated(account, mailbox, token) as line:
            code, _text = line.mail(account.external_id)
            line.rset()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        failed = RetryLater(code="certificate" if isinstance(error, ssl.SSLCertVerificationError) else "smtp")
    else:
        return well("sends") if code == 250 else wrong("smtp_sender", code=str(code))
    raise failed  # outside of the handler: smtplib's exceptions quote the server
