"""The SMTP server: aiosmtpd's protocol, sign-in required, everything that the mailbox may send is accepted."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable, Sequence

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sandbox.mail.site import ADDRESS, HOST_NAME, PASSWORD, MailSite

_LARGEST_BYTES = 60 * 1024 * 1024
_SLOW_DOWN = {421: "4.3.2 Closing for now", 450: "4.2.0 Mailbox busy", 451: "4.3.0 Try again later",
              452: "4.3.1 Out of space"}  # fmt: skip
_NO = {550: "5.7.1 Refused by policy", 552: "5.3.4 Message too big", 553: "5.1.3 Bad address",
       554: "5.6.0 Not accepted"}  # fmt: skip

logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of itself at every sign-in

Accept = Callable[[str, Sequence[str], bytes], None]  # envelope sender, recipients, message


class SmtpDoor:
    """Listens, checks who sends, hands over what was sent."""

    def __init__(self, site: MailSite, accept: Accept) -> None:
        self._site, self._accept = site, accept
        self._talking: set[_Protocol] = set()

    def protocol(self) -> SMTP:
        """A new connection's protocol, for asyncio."""
        return _Protocol(
            self,
            self._talking,
            data_size_limit=_LARGEST_BYTES,
            enable_SMTPUTF8=True,
            hostname=HOST_NAME,
            ident="Sandbox SMTP",
            auth_require_tls=False,
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
        )

    def cut(self) -> None:
        """End all connections."""
        for protocol in list(self._talking):
            protocol.abort()

    def turned_away(self) -> str | None:
        """How a new client is met while nobody gets in; None when the door is open."""
        return self._site.switches.take("mail_down")

    async def handle_MAIL(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Only the mailbox's owner may send."""
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        if self._site.switches.take("sender_refused"):
            return "553 5.7.1 Sender address rejected: not owned by user"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """The message is here: take it, put it off or refuse it."""
        if code := self._site.switches.take("smtp_4xx"):
            return f"{code} {_SLOW_DOWN[code]}"
        if code := self._site.switches.take("smtp_5xx"):
            return f"{code} {_NO[code]}"
        sender = (envelope.mail_from or "").removeprefix("<>")  # aiosmtpd keeps the empty sender in its brackets
        self._accept(sender, envelope.rcpt_tos, envelope.original_content or b"")
        if self._site.switches.take("timeout_after_effect"):
            assert isinstance(server, _Protocol)  # noqa: S101  the only kind we make
            server.abort()
        return "250 2.0.0 Accepted"

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object
    ) -> AuthResult:
        right = isinstance(given, LoginPassword) and (
            hmac.compare_digest(given.login, ADDRESS.encode())
            and hmac.compare_digest(given.password, PASSWORD.encode())
        )
        if self._site.switches.take("auth_refused") or self._site.switches.take("smtp_refused"):
            right = False
        return AuthResult(success=right, handled=False)


class _Protocol(SMTP):
    """aiosmtpd's protocol that can be met with a shut door and cut."""

    def __init__(self, door: SmtpDoor, talking: set[_Protocol], **options: object) -> None:
        super().__init__(door, **options)  # type: ignore[arg-type]
        self._door, self._all = door, talking

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        down = self._door.turned_away()
        if down is not None:
            assert isinstance(transport, asyncio.Transport)  # noqa: S101  TCP
            transport.write(b"421 4.3.2 Back soon\r\n" if down == "bye" else b"")
            transport.close()
            return
        self._all.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """A client left."""
        if self in self._all:
            self._all.discard(self)
            super().connection_lost(error)

    def abort(self) -> None:
        """Cut."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()
