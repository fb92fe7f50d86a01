"""To whom a letter goes: the answer to a letter is a letter, with its subject, its recipients and its files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from connectors.kit.manifest import Action as PlatformAction
from connectors.kit.manifest import Letter as LetterFacts
from connectors.kit.manifest import Manifest
from core.errors import Conflict, Invalid
from core.rows import update_rows
from core.secrets import SealBroken
from core.users.models import User
from tickets import sealing
from tickets.files import described
from tickets.intake.items import ItemError, Recipient
from tickets.intake.prepare import own_values
from tickets.letters import Envelope, masked_recipients, masked_subject, open_envelope, seal_envelope
from tickets.models import Channel, Customer, FileState, Letter, Message, StoredFile, Ticket, Visibility


def address_letter(
    *, message: Message, customer: Customer, answered: str, facts: LetterFacts, to_all: bool, cc: Sequence[str]
) -> None:
    """Give our new letter the subject and the recipients of an answer to `answered`, an external id in its thread.

    Takes: to_all, whether those who got that letter beside us get ours; cc, addresses a colleague adds.
    Raises: Invalid (an address that is none, too many), Conflict (there is nobody to write to, or the key is lost).
    """
    channel = message.channel
    envelope = _answer(message, answered, to_all, cc)
    if not any(recipient.role == "to" for recipient in envelope.recipients):
        raise Conflict(_("There is no address to write to."), code="no_recipient")
    if len(envelope.recipients) > facts.max_recipients:
        raise Invalid(_("At most %(count)d recipients.") % {"count": facts.max_recipients}, field="cc", code="too_many")
    keys = sealing.ensure_keys([customer])
    key_id = customer.data_key_id
    assert key_id is not None  # noqa: S101  made above
    message.subject = masked_subject(envelope.subject)
    message.save(update_fields=["subject"])
    Letter.objects.create(
        message=message,
        recipients=masked_recipients(envelope.recipients, _own_addresses(channel)),
        sealed=seal_envelope(envelope, uid=message.uid, key_id=key_id, key=keys[key_id]),
    )


def _own_addresses(channel: Channel) -> frozenset[str]:
    return own_values(channel) | {channel.external_id.lower()}


def _answer(message: Message, answered: str, to_all: bool, cc: Sequence[str]) -> Envelope:
    before = Message.objects.filter(thread=message.thread, external_id=answered).first()
    try:
        theirs = open_envelope(before) if before else Envelope()
    except SealBroken:
        raise Conflict(_("The addresses of this letter are no longer kept."), code="gone") from None
    own = _own_addresses(message.channel)
    ours = before is not None and before.direction == "out"
    to = [r for r in theirs.recipients if r.role == "to"] if ours else _senders(theirs.recipients)
    copies = [r for r in theirs.recipients if to_all and r.role in ("to", "cc")]
    extra = [_recipient(address) for address in cc]
    return Envelope(theirs.subject, _once([*_as("to", to), *_as("cc", copies), *extra], own))


def _senders(recipients: Iterable[Recipient]) -> list[Recipient]:
    """Where an answer is wanted: the address named for it, else the sender."""
    given = [r for r in recipients if r.role == "reply_to"]
    return given or [r for r in recipients if r.role == "from"]


def _as(role: str, recipients: Iterable[Recipient]) -> list[Recipient]:
    return [Recipient(role, r.address, r.name) for r in recipients]  # type: ignore[arg-type]  # a Role word


def _once(recipients: Iterable[Recipient], own: frozenset[str]) -> tuple[Recipient, ...]:
    """Each address once, in its first role, and never our own: it would answer itself."""
    kept: dict[str, Recipient] = {}
    for recipient in recipients:
        if recipient.address.lower() not in own:
            kept.setdefault(recipient.address.lower(), recipient)
    return tuple(kept.values())


def _recipient(address: str) -> Recipient:
    name, at, domain = address.strip().lower().rpartition("@")
    wrong = not (name and at and "." in domain) or any(c in address for c in " ,;<>\"'()\r\n\t")
    try:
        if not wrong:
            return Recipient("cc", f"{name}@{domain}")
    except ItemError:
        pass
    raise Invalid(_("One of the copies has no proper address."), field="cc", code="bad_address")


def choose_files(
    *, actor: User, ticket: Ticket, uids: Sequence[UUID], manifest: Manifest, visibility: str = ""
) -> list[StoredFile]:
    """The files a colleague has put up for this reply, in the order given, locked.

    Raises: Invalid (not there, not theirs, not scanned yet, too many, too large, or of a kind the platform refuses).
    """
    if not uids:
        return []
    limit = manifest.limits.attachments
    if limit is None:
        raise Invalid(_(manifest.gaps[PlatformAction.ATTACH]), field="files", code="unsupported")
    if visibility == Visibility.PUBLIC and not limit.public:
        raise Invalid(_("Files go with private replies only here."), field="files", code="unsupported")
    found = StoredFile.objects.filter(uid__in=uids, ticket=ticket, uploader=actor, message__isnull=True)
    rows = {row.uid: row for row in found.select_for_update().order_by("pk")}
    if len(rows) != len(set(uids)):
        raise Invalid(_("One of the files is no longer there. Choose it again."), field="files", code="gone")
    if len(rows) > limit.count:
        raise Invalid(_("At most %(count)d files.") % {"count": limit.count}, field="files", code="too_many")
    for row in rows.values():
        if row.state != FileState.OPEN:
            raise Invalid(_("A file has not passed the scanner."), field="files", code="not_scanned")
        if row.size > limit.max_bytes or not {"*/*", row.mime} & limit.mime_types:
            raise Invalid(
                _("%(platform)s does not take this file.") % {"platform": manifest.name}, field="files", code="refused"
            )
    return [rows[uid] for uid in dict.fromkeys(uids)]


def attach_files(*, message: Message, files: Sequence[StoredFile]) -> None:
    """Hand the files to the message. Two statements, none where there are no files."""
    if not files:
        return
    for position, row in enumerate(files):
        row.message, row.position = message, position
    update_rows(files, ["message", "position"])
    message.attachments = [described(row) for row in files]
    message.save(update_fields=["attachments"])
