"""What goes out, as a connector takes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from connectors.kit import registry
from connectors.kit.base import OutgoingFile, OutgoingPart
from connectors.kit.manifest import Letter
from tickets import sealing
from tickets.files import read_file
from tickets.letters import open_envelope
from tickets.models import Identity, Message, Part, StoredFile, Visibility


def get_outgoing(part: Part) -> OutgoingPart:
    """A part as a connector takes it: its text in the open, its files, and for a letter its envelope.

    Takes: a part with message, its channel, brand and thread loaded.
    Raises: core.secrets.SealBroken when a key is lost or destroyed.
    """
    message = part.message
    letter = registry.get(message.channel.platform).manifest.letter
    plain = OutgoingPart(
        kind="attachment" if part.file_uid else "text",
        text="" if part.file_uid else sealing.original_text(message),
        target_external_id=part.target_external_id,
        thread_root="" if message.thread.is_opening else message.thread.external_root,
        recipient=_recipient(message, part.target_external_id) if letter is None else "",
        visibility=message.visibility,  # type: ignore[arg-type]  # a Visibility value
        client_key=str(part.file_uid or message.client_key or message.uid),
        files=tuple(_files(message, part.file_uid, whole=letter is not None)),
        made_at=message.at,
        heard_at=_heard_at(message),
    )
    return replace(plain, **_written_on(message, letter)) if letter else plain


def _recipient(message: Message, target: str) -> str:
    """Who wrote the public message that is answered in private, as the network names them; "" where that is not plain.

    One query, for the first private answer only: a conversation that stands already needs no name.
    """
    if not message.thread.is_opening:
        return ""
    channel = message.channel
    people = Identity.objects.filter(
        customer__messages__channel=channel, customer__messages__external_id=target, sealed__isnull=True
    )
    here = people.filter(platform=channel.platform, scope__in=["", channel.external_id])
    found = list(here.values_list("external_key", flat=True).distinct()[:2])
    return found[0] if len(found) == 1 else ""


def _files(message: Message, uid: UUID | None, *, whole: bool) -> Iterator[OutgoingFile]:
    """The piece's own file; in a letter all of the message's."""
    rows = StoredFile.objects.filter(message=message).order_by("position", "pk")
    if not whole:
        rows = rows.filter(uid=uid) if uid else rows.none()
    for row in rows:
        yield OutgoingFile(row.name, row.mime, b"".join(read_file(row)))


def _written_on(message: Message, letter: Letter) -> dict[str, Any]:
    """What stands on a letter beside its text. Its references are the ids of what was said before it."""
    envelope = open_envelope(message)
    said = Message.objects.filter(thread=message.thread, external_id__isnull=False, at__lte=message.at)
    return {
        "subject": envelope.subject,
        "recipients": envelope.recipients,
        "references": tuple(said.exclude(pk=message.pk).order_by("at", "pk").values_list("external_id", flat=True)),
        "signature": message.channel.brand.signature if letter.signature else "",
    }


def _heard_at(message: Message) -> datetime | None:
    """When the customer last wrote in a private thread; in public nothing hangs on it."""
    if message.visibility != Visibility.PRIVATE:
        return None
    said = Message.objects.filter(thread=message.thread, direction="in").order_by("-at")
    return said.values_list("at", flat=True).first()
