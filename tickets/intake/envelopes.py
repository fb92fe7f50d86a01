"""What a letter has beside its text → rows: the sealed envelope, and the files that came with their bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.rows import update_rows
from tickets import sealing
from tickets.files import FileToKeep, described, keep_files
from tickets.intake.items import MessageItem
from tickets.intake.prepare import Prepared, own_values
from tickets.letters import Envelope, masked_recipients, seal_envelope
from tickets.models import Channel, Customer, Letter, Message, MessageState

Pair = tuple[Prepared, MessageItem]


def keep_envelopes(pairs: Sequence[Pair], made: Sequence[Message], *, now: datetime) -> None:
    """Store letters and files of messages just made. Nothing is done, and no query made, where there are none."""
    items = {(one.channel.pk, item.external_id): (one, item) for one, item in pairs if _has_more(item)}
    mine = [
        (message, *items[key])
        for message in made
        if message.external_id and (key := (message.channel_id, message.external_id)) in items
        if message.state != MessageState.DELETED
    ]
    if not mine:
        return
    owners = _owners([message for message, _, _ in mine])
    keys = sealing.ensure_keys([o for o in owners.values() if isinstance(o, Customer)])
    keys |= sealing.ensure_keys([o for o in owners.values() if isinstance(o, Channel)])
    _keep_letters(mine, owners, keys)
    _keep_files(mine, owners, keys, now)


def _has_more(item: MessageItem) -> bool:
    return bool(item.subject or item.recipients or item.html or any(a.content for a in item.attachments))


def _owners(messages: Sequence[Message]) -> dict[int, Customer | Channel]:
    """Whose key seals what belongs to each message: its author's, or the channel's while there is none."""
    people = Customer.objects.select_for_update(no_key=True).in_bulk({m.customer_id for m in messages if m.customer_id})
    channels = Channel.objects.select_for_update(no_key=True).in_bulk(
        {m.channel_id for m in messages if not m.customer_id}
    )
    return {m.pk: people[m.customer_id] if m.customer_id else channels[m.channel_id] for m in messages}


def _keep_letters(
    mine: Sequence[tuple[Message, Prepared, MessageItem]], owners: dict[int, Customer | Channel], keys: dict[int, bytes]
) -> None:
    Letter.objects.bulk_create(
        Letter(
            message=message,
            recipients=masked_recipients(item.recipients, own_values(one.channel) | {item.account_external_id}),
            left_out=item.recipients_left_out,
            has_html=bool(item.html),
            truncated=item.truncated,
            sealed=seal_envelope(
                Envelope(item.subject, item.recipients, item.html),
                uid=message.uid,
                key_id=_key_id(owners[message.pk]),
                key=keys[_key_id(owners[message.pk])],
            ),
        )
        for message, one, item in mine
        if item.subject or item.recipients or item.html
    )


def _key_id(owner: Customer | Channel) -> int:
    assert owner.data_key_id is not None  # noqa: S101  `ensure_keys` has made it
    return owner.data_key_id


def _keep_files(
    mine: Sequence[tuple[Message, Prepared, MessageItem]],
    owners: dict[int, Customer | Channel],
    keys: dict[int, bytes],
    now: datetime,
) -> None:
    wanted = [
        FileToKeep(a.title, a.kind, a.content, a.content_id, position, message)
        for message, _, item in mine
        for position, a in enumerate(item.attachments)
        if a.content
    ]
    if not wanted:
        return
    rows = keep_files(
        wanted, keys=keys, owners=[_key_id(owners[one.message.pk]) for one in wanted if one.message], now=now
    )
    listed = {message.pk: message for message, _, _ in mine}
    for row in rows:
        message = listed[row.message_id]  # type: ignore[index]  # kept for a message
        message.attachments = [*message.attachments, described(row)]
    update_rows({row.message_id: listed[row.message_id] for row in rows}.values(), ["attachments"])  # type: ignore[index]
