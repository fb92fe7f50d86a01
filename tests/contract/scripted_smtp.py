"""An SMTP server (aiosmtpd) that refuses, drops and accepts as it is told."""

from __future__ import annotations

import logging
import socket
from base64 import b64decode

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


class Script:
    """What the server does: `says` a reply at a stage (mail, rcpt1, …, data, dot), `drops` the line at one.

    `users` may sign in with a password, `tokens` with XOAUTH2; `mails` are those taken, `proofs` the passwords tried.
    """

    def __init__(self, users: set[tuple[str, str]], tokens: tuple[str, ...] = ()) -> None:
        self.users = users
        self.tokens = tokens
        self.says: dict[str, str] = {}
        self.drops = ""
        self.mails: list[tuple[str, list[str], bytes]] = []
        self.proofs: list[str] = []
        self.tried = 0

    def at(self, server: SMTP, stage: str) -> str | None:
        if self.drops == stage:
            server.transport.abort()
        return self.says.get(stage)

    def authenticate(self, _server, _session, _envelope, _mechanism, data) -> AuthResult:
        proof = (data.login.decode(), data.password.decode())
        self.proofs.append(proof[1])
        return AuthResult(success=proof in self.users and "auth" not in self.says, handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.tried += 1
        envelope.mail_from, envelope.mail_options = address, options
        return self.at(server, "mail") or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        return self.at(server, f"rcpt{len(envelope.rcpt_tos)}") or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        said = self.at(server, "dot")
        if said is None and self.drops != "dot":
            self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return said or "250 OK"


class ScriptedServer(SMTP):
    """aiosmtpd, which itself offers no way to fail at DATA or within a mail."""

    async def smtp_DATA(self, arg):
        said = self.event_handler.at(self, "data")
        if said:
            await self.push(said)
        elif self.event_handler.drops == "body":
            await self.push("354 go on")
            await self._reader.readline()
            self.transport.abort()
        else:
            await super().smtp_DATA(arg)

    async def auth_XOAUTH2(self, _server, args):
        if any(token.encode() in b64decode(args[1]) for token in self.event_handler.tokens):
            return AuthResult(success=True)
        await self.challenge_auth("eyJzdGF0dXMiOiI0MDAifQ==", encode_to_b64=False)
        return AuthResult(success=False, handled=False)


def start(script: Script) -> Controller:
    """The server on a free port; `stop()` ends it."""

    def factory() -> SMTP:
        return ScriptedServer(
            script, hostname="scripted", auth_require_tls=False, enable_SMTPUTF8=True, data_size_limit=30_000_000,
            authenticator=script.authenticate,
        )  # fmt: skip

    logging.getLogger("mail.log").setLevel(logging.ERROR)  # its own talk is not what is tested
    controller = Controller(script, hostname="127.0.0.1", port=free_port())
    controller.factory = factory
    controller.start()
    return controller


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
