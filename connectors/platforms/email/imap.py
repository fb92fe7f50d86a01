"""Reading a mailbox in small steps: one call opens one folder and gives at most some fifty mails, whole and unread.

A pass goes through the folders and then the folder of sent mail. Of each folder the cursor holds UIDVALIDITY and the
last UID given; a UIDVALIDITY that is new (a first connection, a folder that was rebuilt) begins at `PAST`. What comes
twice is for the caller to recognise by its Message-ID. Nothing is ever marked as seen.

    UID SEARCH above the last ──▶ sizes ──▶ as many as fit into one step ──▶ cursor at the last one given

Source: RFC 3501 (EXAMINE, UID, BODY.PEEK), RFC 6154 (special-use folders).
"""

from __future__ import annotations

import imaplib
import re
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from imap_tools import BaseMailBox
from imap_tools.errors import MailboxFolderSelectError

from connectors.kit.base import Account, Cursor, Page, Raw
from connectors.kit.errors import RateLimited

from .imap_line import failure_of, is_passing, opened, response_code, translated
from .settings import Mailbox, mailbox_of

CURSOR_VERSION = 1
PAST = timedelta(days=14)
MAILS_A_STEP = 50
BYTES_A_STEP = 16 * 1024 * 1024
MOST_BYTES = 36 * 1024 * 1024  # 25 MB, the usual limit, in base64
BEGINNING_BYTES = 1024 * 1024  # of a larger one
TRIES = 5  # of a mail that the server has and does not give
_GONE = frozenset({"EXPUNGEISSUED", "NONEXISTENT"})
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")


@dataclass(frozen=True, slots=True)
class Place:
    """How far a folder is read. `since`, while its past is being read; `tries` of the mail after `uid`."""

    validity: int = 0
    uid: int = 0
    since: str = ""
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Pass:
    """Where a pass stands: the folders still to look at, the first one now, and which is of sent mail."""

    folders: dict[str, Place] = field(default_factory=dict)
    queue: tuple[str, ...] = ()
    sent: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step found in its folder, and how it ended.

    done: nothing more waits there. more: the next step goes on at once. rest: a mail is withheld, so the folder waits
    for the next pass. dropped: so does everything, since the line is gone.
    """

    place: Place
    end: Literal["done", "more", "rest", "dropped"]
    raw: tuple[Raw, ...] = ()
    unreadable: tuple[str, ...] = ()


class _Withheld(Exception):
    """The server has a mail and does not give it."""

    def __init__(self, *, dropped: bool) -> None:
        super().__init__()
        self.dropped = dropped


@translated
def poll(account: Account, cursor: Cursor | None) -> Page:
    """Read one step.

    Takes: cursor, as the page before gave it, also after a trip through JSON; None begins at `PAST`.
    Gives: raw mails, with facts `sent` = "1" for the sent folder and `truncated` = "1" for the beginning of a mail
    over `MOST_BYTES`; `unreadable` names folders that are gone and mails that the server does not give.
    Raises: RetryLater, RateLimited, TokenExpired, NeedsReconnect; then nothing has moved.
    """
    mailbox, standing = mailbox_of(account), _standing(cursor)
    with opened(account) as box:
        if not standing.queue:
            standing = _begun(box, mailbox, standing)
        name = standing.queue[0]
        label = _label(mailbox, name)
        found = _opened_folder(box, name)
        if found is None:
            return _page(replace(standing, queue=standing.queue[1:]), unreadable=(label,))
        place = _place(standing.folders.get(name), found, account.clock())
        step = _read(box, place, {"sent": "1"} if name == standing.sent else {}, label)
    step = replace(step, place=_caught_up(step, found))
    left = {"done": standing.queue[1:], "more": standing.queue, "rest": standing.queue[1:], "dropped": ()}
    moved = replace(standing, folders={**standing.folders, name: step.place}, queue=left[step.end])
    return _page(moved, step.raw, step.unreadable)


def _label(mailbox: Mailbox, name: str) -> str:
    """A folder by its number in the settings; the one of sent mail is the last."""
    return f"folders.{mailbox.folders.index(name) if name in mailbox.folders else len(mailbox.folders)}"


def _standing(cursor: Cursor | None) -> Pass:
    if cursor is None or cursor.get("version") != CURSOR_VERSION:
        return Pass()
    folders = {name: Place(**place) for name, place in cursor["folders"].items()}
    return Pass(folders, tuple(cursor["queue"]), cursor["sent"])


def _page(standing: Pass, raw: tuple[Raw, ...] = (), unreadable: tuple[str, ...] = ()) -> Page:
    cursor = {"version": CURSOR_VERSION, **asdict(standing), "queue": list(standing.queue)}
    return Page((), cursor, bool(standing.queue), unreadable, raw=raw)


def _begun(box: BaseMailBox, mailbox: Mailbox, before: Pass) -> Pass:
    """A new pass. Folders that are no longer asked for are forgotten."""
    sent = mailbox.sent_folder or sent_folder(box)
    queue = tuple(dict.fromkeys([*mailbox.folders, *([sent] if sent else [])]))
    return Pass({name: before.folders[name] for name in queue if name in before.folders}, queue, sent)


def sent_folder(box: BaseMailBox) -> str:
    """The folder that the server marks as the one of sent mail, or nothing."""
    listed = box.folder.list()
    if not listed:  # there is an INBOX in any mailbox: this was a NO, which imap-tools does not tell
        raise imaplib.IMAP4.error
    marked = [found.name for found in listed if "\\sent" in {flag.lower() for flag in found.flags}]
    return marked[0] if marked else ""


@dataclass(frozen=True, slots=True)
class _Folder:
    validity: int
    next_uid: int


def opens(box: BaseMailBox, name: str) -> bool:
    """Whether the mailbox has this folder."""
    return _opened_folder(box, name) is not None


def _opened_folder(box: BaseMailBox, name: str) -> _Folder | None:
    """Open a folder for reading only; None when it is not there."""
    try:
        box.folder.set(name, readonly=True)
    except MailboxFolderSelectError as error:
        if is_passing(response_code(error)):
            raise
        return None
    return _Folder(_told(box, "UIDVALIDITY"), _told(box, "UIDNEXT"))


def _told(box: BaseMailBox, name: str) -> int:
    _, data = box.client.response(name)
    return int(data[-1]) if data and data[-1] else 0


def _place(known: Place | None, found: _Folder, now: datetime) -> Place:
    """Where to go on; UIDs of another validity mean nothing any more."""
    if known is not None and known.validity == found.validity:
        return known
    start = now - PAST
    return Place(validity=found.validity, since=f"{start.day:02d}-{_MONTHS[start.month - 1]}-{start.year}")


def _caught_up(step: Step, found: _Folder) -> Place:
    """When the past is read, what lies before it is passed over for good."""
    if step.end != "done" or not step.place.since or not found.next_uid:
        return step.place
    return replace(step.place, uid=max(step.place.uid, found.next_uid - 1), since="")


def _read(box: BaseMailBox, place: Place, facts: dict[str, str], label: str) -> Step:
    waiting = _waiting(box, place)
    sizes = _sizes(box, waiting[:MAILS_A_STEP])
    taken = _fitting(waiting[:MAILS_A_STEP], sizes)
    raw: list[Raw] = []
    unreadable: list[str] = []
    for uid in taken:
        try:
            if uid in sizes and (piece := _mail(box, uid, sizes[uid], facts)) is not None:
                raw.append(piece)
        except _Withheld as withheld:
            if place.tries + 1 < TRIES:
                held = replace(place, tries=place.tries + 1)
                return Step(held, "dropped" if withheld.dropped else "rest", tuple(raw), tuple(unreadable))
            unreadable.append(f"{label}.{uid}")
            if withheld.dropped:
                return Step(replace(place, uid=uid, tries=0), "dropped", tuple(raw), tuple(unreadable))
        place = replace(place, uid=uid, tries=0)
    return Step(place, "done" if len(taken) == len(waiting) else "more", tuple(raw), tuple(unreadable))


def _waiting(box: BaseMailBox, place: Place) -> list[int]:
    """UIDs not yet given, in order. `n:*` always names the last mail, also one below n."""
    since = f" SINCE {place.since}" if place.since else ""
    found = box.uids(f"UID {place.uid + 1}:*{since}", charset=None)
    return sorted({int(uid) for uid in found if int(uid) > place.uid})


def _sizes(box: BaseMailBox, uids: list[int]) -> dict[int, int]:
    """Bytes of each mail that is still there."""
    if not uids:
        return {}
    status, data = box.client.uid("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE)")
    sizes: dict[int, int] = {}
    for line in data:
        if isinstance(line, bytes) and (uid := _UID.search(line)) and (size := _SIZE.search(line)):
            sizes[int(uid[1])] = int(size[1])
    if status != "OK" and not sizes:
        code = response_code(imaplib.IMAP4.error(*data[-1:]))
        if code not in _GONE:
            raise imaplib.IMAP4.error(*data[-1:])
    return sizes


def _fitting(uids: list[int], sizes: dict[int, int]) -> list[int]:
    """As many as fit into a step, and one in any case."""
    room, taken = BYTES_A_STEP, list[int]()
    for uid in uids:
        size = sizes.get(uid, 0)
        room -= BEGINNING_BYTES if size > MOST_BYTES else size
        if taken and room < 0:
            break
        taken.append(uid)
    return taken


def _mail(box: BaseMailBox, uid: int, size: int, facts: dict[str, str]) -> Raw | None:
    """One mail as the server holds it; None when it was expunged meanwhile. Raises _Withheld."""
    cut = size > MOST_BYTES
    part = f"(BODY.PEEK[]<0.{BEGINNING_BYTES}>)" if cut else "(BODY.PEEK[])"
    try:
        status, data = box.client.uid("FETCH", str(uid), part)
    except (OSError, imaplib.IMAP4.abort):
        status, data = "dropped", []
    except imaplib.IMAP4.error:  # BAD
        status, data = "NO", []
    if status == "dropped":
        raise _Withheld(dropped=True)
    body = _literal(data)
    if body is not None:
        return Raw(body, {**facts, "truncated": "1"} if cut else facts)
    if status != "OK":
        _demand_gone(data)
    return None


def _literal(data: list[Any]) -> bytes | None:
    bodies = [piece[1] for piece in data if isinstance(piece, tuple)]
    return bodies[0] if bodies else None


def _demand_gone(data: list[Any]) -> None:
    """A NO without a mail: gone, else asked at a bad moment (raised as it is) or held back. Raises: _Withheld."""
    refusal = imaplib.IMAP4.error(*[piece for piece in data[-1:] if piece])
    code = response_code(refusal)
    if code in _GONE:
        return
    if isinstance(failure_of(refusal), RateLimited) or code in ("UNAVAILABLE", "INUSE"):
        raise refusal
    raise _Withheld(dropped=False)
