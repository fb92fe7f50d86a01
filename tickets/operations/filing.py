"""Files a colleague puts up for a reply, scanning, and opening what came with a message."""

from __future__ import annotations

import logging
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from core.audit.record import record
from core.errors import Conflict, Invalid, NotFound
from core.transactions import in_transaction
from core.users.models import User
from tickets import sealing
from tickets.access import Action, demand
from tickets.files import SHOWN_IN_PLACE, FileToKeep, keep_files, read_file
from tickets.intake.items import clean_line
from tickets.models import Customer, FileState, StoredFile, TicketThread

log = logging.getLogger(__name__)

UNSENT_FOR = timedelta(days=1)  # a file put up and never sent
UNSENT_AT_MOST = 50  # per person and case
SCAN_SECONDS = 120


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file to hand out. `in_place` says that a browser may show it; its bytes come piece by piece."""

    name: str
    mime: str
    size: int
    in_place: bool
    content: Iterator[bytes] = field(repr=False)


@in_transaction
def put_up_file(*, actor: User, ticket_id: int, name: str, content: bytes, now: datetime) -> StoredFile:
    """Keep a file for a reply that is being written.

    Raises: NotFound, Forbidden, Invalid (empty, larger than SAMSVAR_FILE_MAX_BYTES), Conflict (too many wait already).
    Leaves: one audit entry; job SCAN where a scanner is set up.
    """
    ticket = demand(actor, Action.REPLY, ticket_id)
    if not content:
        raise Invalid(_("This file is empty."), field="file", code="empty")
    if len(content) > settings.FILE_MAX_BYTES:
        most = settings.FILE_MAX_BYTES // 1_000_000
        raise Invalid(_("A file may have %(most)d MB at most.") % {"most": most}, field="file", code="too_large")
    waiting = StoredFile.objects.filter(ticket=ticket, uploader=actor, message__isnull=True)
    if waiting.count() >= UNSENT_AT_MOST:
        raise Conflict(_("Send or remove the files that wait here first."), code="too_many")
    customer = Customer.objects.select_for_update().get(pk=ticket.customer_id)
    keys = sealing.ensure_keys([customer])
    assert customer.data_key_id is not None  # noqa: S101  made above
    one = FileToKeep(clean_line(name), "file", content, ticket=ticket, uploader_id=actor.pk)
    [row] = keep_files([one], keys=keys, owners=[customer.data_key_id], now=now)
    if row.mime in SHOWN_IN_PLACE:
        StoredFile.objects.filter(pk=row.pk).update(kind="image")
    record(actor=actor, action="file.put_up", object_type="file", object_id=row.pk, now=now, ticket_id=ticket.pk)
    return row


@in_transaction
def take_down_file(*, actor: User, ticket_id: int, uid: UUID, now: datetime) -> None:
    """Remove a file that was put up and not sent. Raises: NotFound, Forbidden."""
    ticket = demand(actor, Action.REPLY, ticket_id)
    row = StoredFile.objects.filter(uid=uid, ticket=ticket, uploader=actor, message__isnull=True).first()
    if row is None:
        raise NotFound(_("There is no such file."))
    record(actor=actor, action="file.taken_down", object_type="file", object_id=row.pk, now=now, ticket_id=ticket.pk)
    row.delete()


@in_transaction
def open_file(*, actor: User, ticket_id: int, uid: UUID, now: datetime) -> OpenedFile:
    """Hand out a file of the case. Its name is the masked one.

    Raises: NotFound (not in this case, or its key is gone), Forbidden, Conflict (held back by the scanner, not kept).
    Leaves: one audit entry: a file may hold what a mask would hide.
    """
    ticket = demand(actor, Action.REVEAL, ticket_id, lock=False)
    threads = TicketThread.objects.filter(ticket=ticket).values("thread")
    found = StoredFile.objects.filter(uid=uid)
    row = found.filter(message__thread__in=threads).first() or found.filter(ticket=ticket, uploader=actor).first()
    if row is None:
        raise NotFound(_("There is no such file."))
    if row.state != FileState.OPEN:
        raise Conflict(str(FileState(row.state).label), code=row.state)
    record(
        actor=actor,
        action="file.opened",
        object_type="file",
        object_id=row.pk,
        now=now,
        ticket_id=ticket.pk,
        person_id=ticket.customer_id,
    )
    return OpenedFile(row.name, row.mime, row.size, row.mime in SHOWN_IN_PLACE, read_file(row))


def scan_waiting() -> int:
    """Give every waiting file to the scanner. Gives: how many were settled. What it cannot judge waits on."""
    settled = 0
    for row in StoredFile.objects.filter(state=FileState.WAITING).order_by("pk").iterator(chunk_size=20):
        verdict = _scan(row) if settings.SCAN_COMMAND else FileState.OPEN
        if verdict is not None:
            settled += StoredFile.objects.filter(pk=row.pk, state=FileState.WAITING).update(state=verdict)
    return settled


def _scan(row: StoredFile) -> FileState | None:
    """The scanner's word by its exit status, as ClamAV's clamdscan has it: 0 clean, 1 infected, else no word."""
    try:
        done = subprocess.run(  # noqa: S603  the admin's own command, without a shell
            shlex.split(settings.SCAN_COMMAND),
            input=b"".join(read_file(row)),
            capture_output=True,
            timeout=SCAN_SECONDS,
            check=False,
        )
    except Exception as error:  # a scanner that is away is no verdict
        log.warning("file %d not scanned: %s", row.pk, type(error).__name__)
        return None
    return {0: FileState.OPEN, 1: FileState.INFECTED}.get(done.returncode)


def drop_unsent_files(*, now: datetime) -> int:
    """Remove what was put up a day ago and never sent. Gives: how many."""
    _rows, each = StoredFile.objects.filter(message__isnull=True, created_at__lt=now - UNSENT_FOR).delete()
    return each.get("tickets.StoredFile", 0)
