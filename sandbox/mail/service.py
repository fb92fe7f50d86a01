"""The mail provider as one thing that starts and stops: its two ports, its routes, its town."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from pathlib import Path
from random import Random

from sandbox.clock import Clock
from sandbox.mail.folders import Folders
from sandbox.mail.imap import ImapDoor
from sandbox.mail.life import MailTalk, MailTown
from sandbox.mail.office import PostOffice
from sandbox.mail.site import MailSite
from sandbox.mail.smtp import SmtpDoor
from sandbox.store import Store
from sandbox.town.runs import Pace, Runs

_PACE = Pace(at_first=25, later=75)  # letters take longer to read than comments


class MailService:
    """Everything of the simulated mail over one store and one folder of letters."""

    def __init__(self, store: Store, folder: Path, clock: Clock, seed: int, *, lively: bool) -> None:
        self.site = MailSite(store, folder, clock, Random(seed), lively)
        self.folders = Folders(self.site)
        self.office = PostOffice(self.site, self.folders)
        self.runs = Runs(store, MailTalk(self.office), clock, seed, partial(MailTown, self.office), _PACE)
        self._imap, self._smtp = ImapDoor(self.site, self.folders), SmtpDoor(self.site, self.office.accept)
        self._servers: list[asyncio.Server] = []
        self.site.disconnect = self._cut

    async def start(self, imap: socket.socket, smtp: socket.socket) -> None:
        """Listen on two bound sockets; a new mailbox gets its first letters."""
        MailTown(self.office, self.site.rng).fill_at_first()
        self._servers = [
            await asyncio.start_server(self._imap.connected, sock=imap),
            await asyncio.get_running_loop().create_server(self._smtp.protocol, sock=smtp),
        ]

    async def close(self) -> None:
        """Stop listening and cut everyone."""
        for server in self._servers:
            server.close()
        self._cut()
        await asyncio.sleep(0)  # lets the cut connections say goodbye to the loop

    def _cut(self) -> None:
        self._imap.cut()
        self._smtp.cut()
