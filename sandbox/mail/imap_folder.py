"""Our folders as pymap's mailboxes.

pymap brings a maildir backend. It was tried and left: it keeps messages through Python's `email` package, which turns
every CRLF into LF, so that the bytes read are not those delivered; it reads the whole UID list anew for each message of
a FETCH; and its IDLE looks at every file once a second. Here a message is a file that nobody rewrites, and IDLE wakes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from typing import Self

from pymap.backend.mailbox import MailboxDataInterface, MailboxSetInterface
from pymap.bytes import Writeable
from pymap.concurrent import Event
from pymap.context import subsystem
from pymap.flags import FlagOp
from pymap.interfaces.message import CachedMessage
from pymap.listtree import ListTree
from pymap.mailbox import MailboxSnapshot
from pymap.message import BaseLoadedMessage, BaseMessage
from pymap.mime import MessageContent
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement, ObjectId
from pymap.parsing.specials.flag import Flag, Seen
from pymap.selected import SelectedMailbox, SelectedSet

from sandbox.mail.folders import Folder, Folders, Kept


class Letter(BaseMessage):
    """One message of a folder; its bytes are read when a client asks for them."""

    __slots__ = ("_folder", "_kept")

    def __init__(self, folder: Folder, kept: Kept, *, expunged: bool = False) -> None:
        flags = [Flag(flag.encode()) for flag in kept.flags]
        # an e-mail id of their own: copies are not recognised as the same letter
        ids = ObjectId(f"M{folder.uid_validity}-{kept.file[:-4]}".encode())
        super().__init__(kept.uid, datetime.fromtimestamp(kept.at, UTC), flags, expunged=expunged, email_id=ids)
        self._folder, self._kept = folder, kept

    async def load_content(self, requirement: FetchRequirement) -> LoadedLetter:
        """The bytes, when the client wants any of them."""
        wanted = not requirement.has_none(FetchRequirement.CONTENT) and not self.expunged
        raw = self._folder.site.read(self._kept.file) if wanted else b""
        return LoadedLetter(self, requirement, raw)

    def gone(self) -> Letter:
        """The same, marked as removed."""
        return Letter(self._folder, self._kept, expunged=True)


class LoadedLetter(BaseLoadedMessage):
    """A message with its bytes; it is taken apart only for clients that ask for parts."""

    def __init__(self, letter: Letter, requirement: FetchRequirement, raw: bytes) -> None:
        super().__init__(letter, requirement, None)
        self._raw = raw

    @cached_property
    def content(self) -> MessageContent:
        """The parts."""
        return MessageContent.parse(self._raw)

    def get_body(self, section: Iterable[int] | None = None, binary: bool = False) -> Writeable:
        """BODY[] is the file itself."""
        return super().get_body(list(section), binary) if section else Writeable.wrap(self._raw)

    def get_size(self, section: Iterable[int] | None = None) -> int:
        """RFC822.SIZE."""
        return super().get_size(list(section)) if section else len(self._raw)


class Mailbox(MailboxDataInterface[Letter]):
    """A folder as clients see it. All of them share one, so that what one does wakes the others."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._updated = subsystem.get().new_event()
        self._selected_set = SelectedSet()
        folder.watchers.append(self._updated.set)

    @property
    def mailbox_id(self) -> ObjectId:
        """Another one after a rebuild, as UIDVALIDITY."""
        return ObjectId.new_mailbox_id(f"{self._folder.name}:{self.uid_validity}".encode())

    @property
    def readonly(self) -> bool:
        """Never."""
        return False

    @property
    def uid_validity(self) -> int:
        """As kept."""
        return self._folder.uid_validity

    @property
    def selected_set(self) -> SelectedSet:
        """Who has it open."""
        return self._selected_set

    async def update_selected(self, selected: SelectedMailbox, *, wait_on: Event | None = None) -> SelectedMailbox:
        """Tell a client what changed since it last heard; with `wait_on`, once something does or that event comes."""
        if wait_on is not None and selected.mod_sequence == self._folder.seq:
            await wait_on.or_event(self._updated).wait()
        since, selected.mod_sequence = selected.mod_sequence, self._folder.seq
        messages = self._folder.messages
        if since is None:
            selected.add_updates([self._letter(kept) for kept in messages.values()], [])
        else:
            changed = self._folder.since(since)
            there = [self._letter(messages[uid]) for uid in sorted(changed) if uid in messages]
            selected.add_updates(there, [uid for uid in changed if uid not in messages])
        return selected

    async def append(self, append_msg: AppendMessage, *, recent: bool = False) -> Letter:  # noqa: ARG002
        """APPEND: a client's own message, byte for byte."""
        at = append_msg.when.timestamp() if append_msg.when else None
        return self._letter(self._folder.add(bytes(append_msg.literal), _words(append_msg.flag_set), at))

    async def copy(self, uid: int, destination: Self, *, recent: bool = False) -> int | None:  # noqa: ARG002
        """COPY."""
        kept = self._folder.messages.get(uid)
        return None if kept is None else destination._folder.copy_from(kept).uid

    async def move(self, uid: int, destination: Self, *, recent: bool = False) -> int | None:
        """MOVE."""
        new_uid = await self.copy(uid, destination, recent=recent)
        self._folder.remove(uid)
        return new_uid

    async def get(self, uid: int, cached_msg: CachedMessage) -> Letter:
        """The message, marked as removed when it is gone."""
        kept = self._folder.messages.get(uid)
        return _gone(cached_msg) if kept is None else self._letter(kept)

    async def update(self, uid: int, cached_msg: CachedMessage, flag_set: frozenset[Flag], mode: FlagOp) -> Letter:
        """STORE."""
        if uid not in self._folder.messages:
            return _gone(cached_msg)
        flags = mode.apply(self._letter(self._folder.messages[uid]).permanent_flags, flag_set)
        if _words(flags) != self._folder.messages[uid].flags:
            self._folder.set_flags(uid, _words(flags))
        return self._letter(self._folder.messages[uid])

    async def delete(self, uids: Iterable[int]) -> None:
        """EXPUNGE."""
        for uid in uids:
            self._folder.remove(uid)

    async def claim_recent(self, selected: SelectedMailbox) -> None:
        """RECENT is not offered: IMAP4rev2 dropped it."""

    async def cleanup(self) -> None:
        """Nothing piles up."""

    async def snapshot(self) -> MailboxSnapshot:
        """For SELECT and STATUS."""
        unseen = [place for place, kept in enumerate(self._folder.messages.values(), 1) if str(Seen) not in kept.flags]
        return MailboxSnapshot(
            self.mailbox_id, self.readonly, self.uid_validity, self.permanent_flags, self.session_flags,
            len(self._folder.messages), 0, len(unseen), unseen[0] if unseen else None, self._folder.next_uid,
        )  # fmt: skip

    def _letter(self, kept: Kept) -> Letter:
        return Letter(self._folder, kept)


class MailboxSet(MailboxSetInterface[Mailbox]):
    """All folders, as clients see them."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._open: dict[Folder, Mailbox] = {}

    @property
    def delimiter(self) -> str:
        """Between a folder and one inside."""
        return "/"

    async def set_subscribed(self, name: str, subscribed: bool) -> None:
        """Every folder is subscribed, always."""

    async def list_subscribed(self) -> ListTree:
        """LSUB."""
        return await self.list_mailboxes()

    async def list_mailboxes(self) -> ListTree:
        """LIST."""
        return ListTree(self.delimiter).update(*self._folders.names())

    async def get_mailbox(self, name: str) -> Mailbox:
        """A folder. Raises KeyError."""
        folder = self._folders.get(name)
        if folder not in self._open:
            self._open = {each: kept for each, kept in self._open.items() if each.name != folder.name}
            self._open[folder] = Mailbox(folder)
        return self._open[folder]

    async def add_mailbox(self, name: str) -> ObjectId:
        """CREATE. Raises ValueError."""
        self._folders.create(name)
        return (await self.get_mailbox(name)).mailbox_id

    async def delete_mailbox(self, name: str) -> None:
        """DELETE. Raises KeyError."""
        self._folders.delete(name)

    async def rename_mailbox(self, before: str, after: str) -> None:
        """RENAME: a new folder gets all, the old one goes. Raises KeyError or ValueError."""
        old, new = self._folders.get(before), self._folders.create(after)
        for kept in list(old.messages.values()):
            new.copy_from(kept)
        self._folders.delete(before)


def _words(flags: Iterable[Flag]) -> frozenset[str]:
    return frozenset(str(flag) for flag in flags)


def _gone(cached_msg: CachedMessage) -> Letter:
    assert isinstance(cached_msg, Letter)  # noqa: S101  we gave it
    return cached_msg.gone()
