"""The mailbox's folders: messages in files, their UIDs and flags in the store, changes counted for those who watch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sandbox.mail.site import FOLDERS, MailSite


@dataclass(frozen=True, slots=True)
class Kept:
    """One message of a folder."""

    uid: int
    file: str
    size: int
    flags: frozenset[str]
    at: float


class Folder:
    """One folder in memory and on disk. `seq` counts its changes; a rebuild makes a new Folder of the same name."""

    def __init__(self, site: MailSite, name: str) -> None:
        self.site, self.name = site, name
        row = site.store.row("SELECT * FROM mail_folders WHERE name = ?", name)
        if row is None:
            site.store.run("INSERT INTO mail_folders VALUES (?, ?, 1)", name, int(site.clock.now()))
            row = site.store.row("SELECT * FROM mail_folders WHERE name = ?", name)
        self.uid_validity, self.next_uid = int(row["uid_validity"]), int(row["next_uid"])  # type: ignore[index]
        rows = site.store.rows("SELECT * FROM mail_messages WHERE folder = ? ORDER BY uid", name)
        self.messages: dict[int, Kept] = {
            row["uid"]: Kept(row["uid"], row["file"], row["size"], frozenset(row["flags"].split()), row["at"])
            for row in rows
        }
        self.seq = 0
        self.watchers: list[Callable[[], None]] = []
        self._changed: dict[int, int] = {}  # uid → seq, the latest change last; a uid that is no message was removed

    def add(self, raw: bytes, flags: Iterable[str] = (), at: float | None = None) -> Kept:
        """Put a message at the end."""
        with self.site.store.transaction():
            return self._enter(self.site.write(raw), len(raw), frozenset(flags), at or self.site.clock.now())

    def copy_from(self, kept: Kept) -> Kept:
        """Put another folder's message here, as a second name of the same bytes."""
        with self.site.store.transaction():
            file = f"{self.site.store.count_up('mail_files'):08d}.eml"
            os.link(self.site.folder / kept.file, self.site.folder / file)
            return self._enter(file, kept.size, kept.flags, kept.at)

    def set_flags(self, uid: int, flags: frozenset[str]) -> None:
        """Replace a message's flags."""
        self.messages[uid] = replace(self.messages[uid], flags=flags)
        sql = "UPDATE mail_messages SET flags = ? WHERE folder = ? AND uid = ?"
        self.site.store.run(sql, " ".join(sorted(flags)), self.name, uid)
        self._note(uid)

    def remove(self, uid: int) -> None:
        """Take a message out for good."""
        kept = self.messages.pop(uid, None)
        if kept is not None:
            self.site.store.run("DELETE FROM mail_messages WHERE folder = ? AND uid = ?", self.name, uid)
            (self.site.folder / kept.file).unlink(missing_ok=True)
            self._note(uid)

    def since(self, seq: int) -> list[int]:
        """The UIDs that changed after `seq`."""
        found = []
        for uid, changed in reversed(self._changed.items()):
            if changed <= seq:
                break
            found.append(uid)
        return found

    def _enter(self, file: str, size: int, flags: frozenset[str], at: float) -> Kept:
        kept = Kept(self.next_uid, file, size, flags, at)
        sql = "INSERT INTO mail_messages VALUES (?, ?, ?, ?, ?, ?)"
        self.site.store.run(sql, self.name, kept.uid, file, size, " ".join(sorted(flags)), at)
        self.site.store.run("UPDATE mail_folders SET next_uid = ? WHERE name = ?", kept.uid + 1, self.name)
        self.messages[kept.uid] = kept
        self.next_uid += 1
        self._note(kept.uid)
        return kept

    def _note(self, uid: int) -> None:
        self.seq += 1
        self._changed.pop(uid, None)
        self._changed[uid] = self.seq
        for watcher in self.watchers:
            watcher()


class Folders:
    """All folders of the mailbox, by name."""

    def __init__(self, site: MailSite) -> None:
        self.site = site
        names = [row["name"] for row in site.store.rows("SELECT name FROM mail_folders ORDER BY rowid")]
        self._by_name = {name: Folder(site, name) for name in dict.fromkeys((*FOLDERS, *names))}

    def names(self) -> list[str]:
        """In order of making."""
        return list(self._by_name)

    def get(self, name: str) -> Folder:
        """A folder. Raises KeyError; INBOX is found in any case."""
        return self._by_name["INBOX" if name.upper() == "INBOX" else name]

    def create(self, name: str) -> Folder:
        """A new folder. Raises ValueError when it is there."""
        if name in self._by_name:
            raise ValueError(name)
        self._by_name[name] = Folder(self.site, name)
        return self._by_name[name]

    def delete(self, name: str) -> None:
        """A folder and all in it. Raises KeyError, also for the ones every mailbox has."""
        if name in FOLDERS:
            raise KeyError(name)
        folder = self._by_name.pop(name)
        for uid in list(folder.messages):
            folder.remove(uid)
        self.site.store.run("DELETE FROM mail_folders WHERE name = ?", name)

    def rebuild(self, name: str) -> Folder:
        """As after a restore: the same messages under a new UIDVALIDITY with new UIDs; all connections are cut."""
        old = self.get(name)
        store = self.site.store
        with store.transaction():
            store.run("DELETE FROM mail_messages WHERE folder = ?", old.name)
            store.run("UPDATE mail_folders SET uid_validity = uid_validity + 1, next_uid = 1 WHERE name = ?", old.name)
            fresh = Folder(self.site, old.name)
            for kept in old.messages.values():
                fresh._enter(kept.file, kept.size, kept.flags, kept.at)
        self._by_name[old.name] = fresh
        self.site.disconnect()
        return fresh
