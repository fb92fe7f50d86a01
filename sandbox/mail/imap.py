"""The IMAP server: pymap's protocol over our folders, on one loopback port, with one user and the switches."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from argparse import Namespace
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.session import BaseSession
from pymap.concurrent import Subsystem
from pymap.config import BackendCapability, IMAPConfig
from pymap.exceptions import AuthorizationFailure, InvalidAuth, NotAllowedError, UserNotFound
from pymap.imap import IMAPServer
from pymap.interfaces.login import IdentityInterface, LoginInterface
from pymap.interfaces.token import TokensInterface
from pymap.selected import SelectedMailbox
from pymap.user import UserMetadata
from pysasl.creds.server import ServerCredentials
from pysasl.hashing import Cleartext

from sandbox.mail.folders import Folders
from sandbox.mail.imap_folder import Letter, MailboxSet
from sandbox.mail.site import ADDRESS, HOST_NAME, PASSWORD, MailSite

Listed = tuple[str, str | None, Sequence[bytes]]

_USES = {"Sent": (b"Sent",), "Archive": (b"Archive",)}


class Config(IMAPConfig):
    """pymap's settings: no TLS, plain passwords, all in the event loop."""

    def __init__(self) -> None:
        super().__init__(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host=None,
            port=0,
            tls_enabled=False,
            reject_dnsbl=False,
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
            ssl_context=ssl.SSLContext(
                ssl.PROTOCOL_TLS_SERVER
            ),  # else the system's certificates are loaded for nothing
        )

    @property
    def backend_capability(self) -> BackendCapability:
        """IDLE, OBJECTID, MULTIAPPEND, SPECIAL-USE."""
        return BackendCapability(idle=True, object_id=True, multi_append=True, custom=[b"SPECIAL-USE"])

    @property
    def greeting(self) -> bytes:
        """Said without asking the name service who we are."""
        return f"{HOST_NAME} ready".encode()


class Session(BaseSession[Letter]):
    """One client that has signed in."""

    resource = __name__

    def __init__(self, config: Config, folders: MailboxSet) -> None:
        super().__init__(ADDRESS)
        self._config, self._folders = config, folders

    @property
    def config(self) -> Config:
        """Of the server."""
        return self._config

    @property
    def mailbox_set(self) -> MailboxSet:
        """The folders, the same for all clients."""
        return self._folders

    async def list_mailboxes(
        self, ref_name: str, filter_: str, subscribed: bool = False, selected: SelectedMailbox | None = None
    ) -> tuple[Iterable[Listed], SelectedMailbox | None]:
        """LIST, with what each folder is for (RFC 6154), which pymap does not know of."""
        listed, selected = await super().list_mailboxes(ref_name, filter_, subscribed, selected)
        return [(name, mark, [*attributes, *_USES.get(name, ())]) for name, mark, attributes in listed], selected


class Owner(IdentityInterface):
    """The one user."""

    def __init__(self, config: Config, folders: MailboxSet) -> None:
        self._config, self._folders = config, folders

    @property
    def name(self) -> str:
        """The address."""
        return ADDRESS

    @property
    def roles(self) -> frozenset[str]:
        """None."""
        return frozenset()

    @contextlib.asynccontextmanager
    async def new_session(self) -> AsyncIterator[Session]:
        """Signed in."""
        yield Session(self._config, self._folders)

    async def new_token(self, *, expiration: datetime | None = None) -> str | None:  # noqa: ARG002
        """There are none."""
        return None

    async def get(self) -> UserMetadata:
        """Name and password."""
        return UserMetadata(self._config, ADDRESS, password=PASSWORD)

    async def set(self, metadata: UserMetadata) -> int | None:  # noqa: ARG002
        """Fixed."""
        raise NotAllowedError

    async def delete(self) -> None:
        """Fixed."""
        raise NotAllowedError


class Login(LoginInterface):
    """Who may come in."""

    def __init__(self, site: MailSite, config: Config, folders: MailboxSet) -> None:
        self._site = site
        self._owner = Owner(config, folders)

    @property
    def tokens(self) -> TokensInterface:
        """There are none."""
        raise UserNotFound

    async def authenticate(self, credentials: ServerCredentials) -> Owner:
        """LOGIN and AUTHENTICATE. Raises InvalidAuth, which clients read as [AUTHENTICATIONFAILED]."""
        refused = self._site.switches.take("auth_refused") or self._site.switches.take("imap_refused")
        if refused or credentials.authcid != ADDRESS or not credentials.verify(await self._owner.get()):
            raise InvalidAuth
        return self._owner

    async def authorize(self, authenticated: IdentityInterface, authzid: str) -> Owner:
        """Nobody is anybody else."""
        if authenticated.name != authzid:
            raise AuthorizationFailure
        return self._owner


class ImapDoor:
    """Listens, and can cut everyone."""

    def __init__(self, site: MailSite, folders: Folders) -> None:
        self._site = site
        config = Config()
        self._serve = IMAPServer(Login(site, config, MailboxSet(folders)), config)
        self._talking: dict[asyncio.Task[None], StreamWriter] = {}

    async def connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One client, from greeting to goodbye."""
        down = self._site.switches.take("mail_down")
        if down is not None:
            writer.write(b"* BYE [UNAVAILABLE] Back soon.\r\n" if down == "bye" else b"")
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  a stream server calls this in a task
        self._talking[task] = writer
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, EOFError):
                await self._serve(reader, writer, SocketInfoLocal(writer))
        finally:
            self._talking.pop(task, None)
            writer.close()

    def cut(self) -> None:
        """End all connections, as a restart of the server would."""
        for task, writer in list(self._talking.items()):
            writer.transport.abort()
            task.cancel()
