"""The mailbox of these tests: real servers, an account that reaches them, and mails to put there."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from connectors.kit.base import Account
from connectors.kit.http import session_for
from connectors.platforms.email.manifest import MANIFEST
from tests.mail.servers import ADDRESS, PASSWORD, MailServers, demand_servers, start_servers, wait_for

APP_SECRET = "planted-app-secret-8d20"


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    demand_servers()
    home = tmp_path_factory.mktemp("mail-servers")
    for folder in (home, *home.parents[:3]):  # with xdist one folder deeper than without
        folder.chmod(folder.stat().st_mode | 0o755)  # dovecot and exim work as users of their own
    servers = start_servers(home)
    yield servers
    servers.close()


@pytest.fixture
def servers(running: MailServers, monkeypatch) -> MailServers:
    """Both servers up, the mailbox empty, and their certificate trusted."""
    running.clear()
    for name in ("dovecot", "exim"):
        if name not in running.processes:
            running.start(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))
    return running


@pytest.fixture
def settings(servers):
    """What an admin would enter, with TLS from the first byte."""
    return {
        "imap_host": "localhost", "imap_port": str(servers.ports["imaps"]), "imap_security": "tls",
        "smtp_host": "localhost", "smtp_port": str(servers.ports["smtps"]), "smtp_security": "tls",
        "password": PASSWORD, "keep_sent": "no",
    }  # fmt: skip


def real_now() -> datetime:
    """The real time: real servers date what arrives by their own clocks."""
    return datetime.fromtimestamp(time.time(), UTC)


@pytest.fixture
def account(settings):
    """Make the account, with other settings where given: account(password="wrong")."""
    sessions = []

    def make(**others: str) -> Account:
        sessions.append(session_for(MANIFEST.hosts))
        told = {**settings, **others}
        return Account(ADDRESS, told, APP_SECRET, None, sessions[-1], clock=real_now, name="Havbris kundeservice")

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def mail():
    """Make a mail: mail(7) or mail("Hei", body="…")."""

    def make(subject: object, body: str = "Hei!", **headers: str) -> bytes:
        lines = {
            "From": "Kari <kari@elsewhere.example>", "To": ADDRESS, "Subject": str(subject),
            "Message-ID": f"<{str(subject).replace(' ', '-')}@elsewhere.example>",
            "Date": "Fri, 20 Nov 2026 09:00:00 +0000", **{name.replace("_", "-"): v for name, v in headers.items()},
        }  # fmt: skip
        return "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + f"\r\n{body}\r\n".encode()

    return make


@pytest.fixture
def arrived(servers):
    """Wait until so many mails lie in the mailbox. Gives: their bytes, as they lie there."""

    def wait(count: int) -> list[bytes]:
        def found():
            paths = [path for name in ("new", "cur") for path in (servers.mail / name).iterdir()]
            return sorted(path.read_bytes() for path in paths) if len(paths) >= count else None

        bodies = wait_for(found, what=f"{count} mails")
        assert len(bodies) == count
        return bodies

    return wait
