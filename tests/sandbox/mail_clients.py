"""imaplib and smtplib on the simulated mailbox of one sandbox process."""

from __future__ import annotations

import base64
import imaplib
import json
import smtplib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ADDRESS, PASSWORD = "post@havbris.example", "havbris-demo"


@dataclass
class MailboxUnderTest:
    """The mailbox: clients by protocol, and control calls below its address."""

    process: Any
    clients: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        told = json.loads(Path(self.process.home / "sandbox.json").read_text())
        address = urlsplit(told["addresses"]["email"])
        assert (address.scheme, address.hostname) == ("mail", "127.0.0.1")
        ports = parse_qs(address.query)
        self.imap_port, self.smtp_port = int(ports["imap"][0]), int(ports["smtp"][0])

    def imap(self, name: str = ADDRESS, password: str = PASSWORD) -> imaplib.IMAP4:
        """A client that has signed in."""
        client = imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=5)
        self.clients.append(client)
        client.login(name, password)
        return client

    def smtp(self) -> smtplib.SMTP:
        """A client that has signed in."""
        client = smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=5)
        self.clients.append(client)
        client.login(ADDRESS, PASSWORD)
        return client

    def ask(self, method: str, path: str = "", body: object = None, status: int | None = None) -> Any:
        """A control call about the mailbox."""
        return self.process.ask(method, f"/_sandbox/email/pages/{ADDRESS}{path}", body, status)

    def arrive(self, raw: bytes) -> dict[str, Any]:
        """These bytes come in; gives how they are kept."""
        return dict(self.ask("POST", "/mails", {"raw": base64.b64encode(raw).decode()}))

    def fetch(self, imap: imaplib.IMAP4, uid: int) -> bytes:
        """A message of the selected folder."""
        imap.noop()
        return bytes(imap.uid("FETCH", str(uid), "(BODY.PEEK[])")[1][0][1])

    def inbox(self) -> list[dict[str, Any]]:
        """What the control API sees in the inbox."""
        return list(self.ask("GET")["folders"]["INBOX"]["mails"])

    def newest(self) -> bytes:
        """The newest message of the inbox."""
        imap = self.imap()
        imap.select("INBOX")
        return self.fetch(imap, self.inbox()[-1]["uid"])

    def send(self, to: list[str], *, message_id: str = "<ours-1@havbris.example>", more: str = "") -> bytes:
        """Send a mail as the product does; gives its bytes."""
        raw = (
            f"From: Havbris <{ADDRESS}>\r\nTo: {', '.join(to)}\r\nSubject: Re: Netti\r\nMessage-ID: {message_id}\r\n"
            f"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n{more}MIME-Version: 1.0\r\n"
            'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
            "Hei Aino,\r\nasentaja tulee ylihuomenna.\r\n"
        ).encode()
        assert self.smtp().sendmail(ADDRESS, to, raw) == {}
        return raw

    def close(self) -> None:
        """Let go of all clients."""
        for client in self.clients:
            try:
                client.shutdown() if isinstance(client, imaplib.IMAP4) else client.close()
            except OSError:
                continue
