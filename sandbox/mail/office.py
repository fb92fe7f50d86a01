"""The post office: what arrives in the mailbox, and where the mailbox's own letters go."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from random import Random

from sandbox.mail import letters, machines
from sandbox.mail.compose import Draft, build
from sandbox.mail.folders import Folders, Kept
from sandbox.mail.people import BY_ADDRESS, Correspondent
from sandbox.mail.quoting import read_mail
from sandbox.mail.site import ADDRESS, MailSite
from sandbox.mail.stock import STOCKS

_SHARE_AWAY = 0.06  # of letters that meet somebody on holiday


class PostOffice:
    """Delivers. Everything arrives at once; who answers, and when, is the town's business."""

    def __init__(self, site: MailSite, folders: Folders) -> None:
        self.site, self.folders = site, folders

    def accept(self, sender: str, recipients: Sequence[str], raw: bytes) -> None:
        """A letter that the mailbox's owner handed in by SMTP. Bcc never travels, so its line needs no removing."""
        with self.site.store.transaction():
            for recipient in dict.fromkeys(recipients):
                self._bring(sender, recipient, raw)

    def arrive(self, raw: bytes, run_id: int | None = None, at: float | None = None) -> Kept:
        """A mail comes into the mailbox; gives how it is kept."""
        with self.site.store.transaction():
            kept = self.folders.get("INBOX").add(raw, at=at)
            if run_id is not None:
                self.site.store.run("UPDATE runs SET delivered = delivered + 1 WHERE id = ?", run_id)
        return kept

    def post(self, draft: Draft, rng: Random, run_id: int | None = None, at: float | None = None) -> Kept:
        """A person's letter comes into the mailbox."""
        self.remember(draft.sender)
        return self.arrive(build(draft, rng, at or self.site.clock.now()), run_id, at)

    def remember(self, who: Correspondent) -> None:
        """Keep who has written, so that an answer finds them with name and language."""
        sql = "INSERT OR IGNORE INTO mail_people VALUES (?, ?, ?)"
        self.site.store.run(sql, who.address, who.name, who.language)

    def find(self, address: str) -> Correspondent | None:
        """Who lives at an address; None when nobody of the town does and nobody wrote from there."""
        known = BY_ADDRESS.get(address.lower())
        if known is not None:
            return known
        row = self.site.store.row("SELECT * FROM mail_people WHERE address = ?", address.lower())
        return Correspondent(row["name"], row["address"], row["language"]) if row else None

    def received(self, address: str | None = None, *, after: int = 0) -> list[sqlite3.Row]:
        """What the people got from the mailbox, oldest first."""
        sql = "SELECT * FROM mail_received WHERE seq > ?1 AND (?2 IS NULL OR address = ?2) ORDER BY seq"
        return self.site.store.rows(sql, after, address)

    def empty(self) -> None:
        """Throw all mail away; UIDs go on where they were."""
        for name in self.folders.names():
            folder = self.folders.get(name)
            for uid in list(folder.messages):
                folder.remove(uid)
        for row in self.received():
            (self.site.folder / row["file"]).unlink(missing_ok=True)
        self.site.store.run("DELETE FROM mail_received")

    def _bring(self, sender: str, recipient: str, raw: bytes) -> None:
        address = recipient.lower()
        if address == ADDRESS:
            self.arrive(f"Return-Path: <{sender}>\r\n".encode() + raw)
        elif address.rpartition("@")[2].startswith("nobody."):
            if sender:  # RFC 5321: a bounce that cannot be delivered makes no other
                rng, at = self.site.rng, self.site.clock.now()
                self.arrive(machines.bounce(raw, sender, recipient, rng, at))
        else:
            self._hand_over(address, raw)

    def _hand_over(self, address: str, raw: bytes) -> None:
        read, at = read_mail(raw), self.site.clock.now()
        sql = "INSERT INTO mail_received (address, message_id, file, at) VALUES (?, ?, ?, ?)"
        self.site.store.run(sql, address, read.message_id, self.site.write(raw), at)
        reader = self.find(address)
        if reader is not None and self._is_away(read.message_id):
            self.post(letters.away(self.site.rng, reader, read), self.site.rng)

    def _is_away(self, message_id: str) -> bool:
        if self.site.switches.take("out_of_office"):
            return True
        return self.site.lively and Random(message_id).random() < _SHARE_AWAY


def stranger(address: str, name: str, language: str) -> Correspondent:
    """Somebody who is not of the town; of an unknown language they write English."""
    return Correspondent(name or address.partition("@")[0], address.lower(), language if language in STOCKS else "en")
