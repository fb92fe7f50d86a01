"""The simulated mail provider as a whole: its tables and its one mailbox, and what every part of it needs at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sandbox.clock import Clock
from sandbox.store import Store
from sandbox.switches import Panel

PLATFORM = "email"
ADDRESS = "post@havbris.example"
NAME = "Havbris"
PASSWORD = "havbris-demo"  # noqa: S105  everyone's: the mailbox listens on loopback and holds invented letters
HOST_NAME = "mail.havbris.example"
FOLDERS = ("INBOX", "Sent", "Archive")

# name → (what `true` stands for, what it does)
SWITCHES: dict[str, tuple[object, str]] = {
    "mail_down": ("drop", "nobody gets in by IMAP or SMTP; value: drop (cut) or bye (told so)"),
    "auth_refused": (True, "no password is right any more"),
    "imap_refused": (True, "the password is wrong for reading"),
    "smtp_refused": (True, "the password is wrong for sending"),
    "sender_refused": (True, "the address may not be sent from"),
    "smtp_4xx": (451, "mail is put off with this code (421, 450, 451, 452)"),
    "smtp_5xx": (550, "mail is refused with this code (550, 552, 553, 554)"),
    "timeout_after_effect": ("drop", "mail is taken and delivered, but the answer is lost"),
    "out_of_office": (True, "everyone in town is away and lets a machine say so"),
}
CHOICES: dict[str, tuple[object, ...]] = {
    "mail_down": ("drop", "bye"),
    "smtp_4xx": (421, 450, 451, 452),
    "smtp_5xx": (550, 552, 553, 554),
    "timeout_after_effect": ("drop",),
}

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mail_folders (
    name TEXT PRIMARY KEY, uid_validity INTEGER NOT NULL, next_uid INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS mail_messages (
    folder TEXT NOT NULL, uid INTEGER NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL,
    flags TEXT NOT NULL DEFAULT '', at REAL NOT NULL, PRIMARY KEY (folder, uid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mail_people (address TEXT PRIMARY KEY, name TEXT NOT NULL, language TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mail_received (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT NOT NULL, message_id TEXT NOT NULL, file TEXT NOT NULL,
    at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS mail_received_by ON mail_received (address, seq);
CREATE TABLE IF NOT EXISTS mail_switches (account TEXT PRIMARY KEY, faults TEXT NOT NULL);
"""


@dataclass(slots=True)
class MailSite:
    """Store, letters on disk, clock and lot of the provider. `lively`: people answer by themselves."""

    store: Store
    folder: Path  # one file for each message
    clock: Clock
    rng: Random
    lively: bool = False
    imap_port: int = 0
    smtp_port: int = 0
    disconnect: Callable[[], None] = lambda: None  # cuts whoever is connected, set by who listens

    def __post_init__(self) -> None:
        self.store.define(_SCHEMA)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def switches(self) -> Panel:
        """What can be made to go wrong."""
        return Panel(SWITCHES, self._read_switches, self._write_switches, CHOICES)

    def write(self, raw: bytes) -> str:
        """Keep one message's bytes; gives the file's name. It stands whole or not at all."""
        name = f"{self.store.count_up('mail_files'):08d}.eml"
        half = self.folder / f"{name}.new"
        half.write_bytes(raw)
        half.replace(self.folder / name)
        return name

    def read(self, file: str) -> bytes:
        """A kept message, as it came."""
        return (self.folder / file).read_bytes()

    def _read_switches(self) -> str:
        found = self.store.row("SELECT faults FROM mail_switches WHERE account = ?", ADDRESS)
        return str(found["faults"]) if found else "{}"

    def _write_switches(self, kept: str) -> None:
        self.store.run("INSERT OR REPLACE INTO mail_switches VALUES (?, ?)", ADDRESS, kept)
