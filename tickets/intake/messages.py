"""Message items → rows: insert what is new, update what is newer, recognise our own echo, remember early news."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from analysis.masking import Masked
from core.ids import new_uid
from core.inserting import insert_objects, new_object
from core.rows import update_rows
from tickets import sealing
from tickets.intake.early import EarlyNews, find_early_news
from tickets.intake.items import Attachment, MessageItem, StateItem
from tickets.intake.people import PersonKey, person_key
from tickets.intake.places import ThreadKey
from tickets.intake.prepare import Prepared, content_hash
from tickets.letters import masked_subject
from tickets.models import (
    Channel,
    Customer,
    MaskedValue,
    Message,
    MessageState,
    Origin,
    Part,
    PartState,
    Thread,
)

MessageKey = tuple[int, str]  # (channel id, external id)
Pair = tuple[Prepared, MessageItem]


@dataclass(slots=True)
class Written:
    """What becomes of a batch's messages. The new ones have ids, and stand in the database after `store_messages`."""

    inbound: list[Message] = field(default_factory=list)  # new, from customers
    outbound: list[Message] = field(default_factory=list)  # new, by a colleague in the network's own app
    changed: list[Message] = field(default_factory=list)  # text or state is newer, or a send of ours was recognised
    masked: list[tuple[Message, Masked]] = field(default_factory=list)  # what was masked in each of the new ones


def version_of(item: MessageItem | StateItem) -> datetime:
    """When this news about the message was true."""
    return item.version_at or item.at


def newest_of(pairs: Iterable[Pair]) -> list[Pair]:
    """One item per message: the newest text; equal times are settled by the hash, the same way whatever the order."""
    newest: dict[MessageKey, Pair] = {}
    for pair in pairs:
        key = (pair[0].channel.pk, pair[1].external_id)
        newest[key] = _merged(newest[key], pair) if key in newest else pair
    return [newest[key] for key in sorted(newest)]


def _merged(one: Pair, other: Pair) -> Pair:
    """The newer word about a message, with what only the older one tells: an edit, what came along, where it stands."""
    newer, older = (other, one) if _rank(other) > _rank(one) else (one, other)
    item, before = newer[1], older[1]
    edited = item.edited or before.edited or content_hash(item.text) != content_hash(before.text)
    merged = replace(
        item,
        edited=edited,
        author=item.author if item.author and item.author.name else before.author or item.author,
        attachments=item.attachments or before.attachments,
        permalink=item.permalink or before.permalink,
        post_external_id=item.post_external_id or before.post_external_id,
    )
    return replace(newer[0], item=merged), merged


def _rank(pair: Pair) -> tuple[datetime, bytes]:
    return version_of(pair[1]), content_hash(pair[1].text)


def make_messages(
    pairs: Sequence[Pair],
    ids: Iterator[int],
    *,
    threads: Mapping[ThreadKey, Thread],
    people: Mapping[PersonKey, Customer],
    early: EarlyNews,
    now: datetime,
) -> Written:
    """Put together what is new, and bring up to date what is here, in a fixed number of statements whatever the size of
    the batch. The new messages are not stored yet: each is to be given its case first, so that it is written once.
    """
    rows = lock_messages((prepared.channel.pk, item.external_id) for prepared, item in pairs)
    written = Written()
    fresh = [pair for pair in pairs if (pair[0].channel.pk, pair[1].external_id) not in rows]
    fresh = [pair for pair in _without_own_files(fresh) if not _is_own_echo(pair, threads, written)]
    made = [_new_message(pair, next(ids), threads, people, now) for pair in fresh]
    written.masked = _seal(made, [prepared for prepared, _ in fresh])
    for message, (_, item) in zip(made, fresh, strict=True):
        if item.state:
            set_state(message, item.state, version_of(item))
    _apply_early_news(made, early)
    written.inbound += [m for m in made if m.direction == "in"]
    written.outbound += [m for m in made if m.direction == "out"]
    _update(pairs, rows, written)
    _settle_known_echoes(pairs, rows, written)
    return written


def store_messages(written: Written) -> None:
    """Store the new messages, and hashes of what was masked in them. At most two statements."""
    insert_objects(sorted([*written.inbound, *written.outbound], key=attrgetter("pk")))
    sealing.keep_hashes(written.masked)


def lock_messages(keys: Iterable[MessageKey]) -> dict[MessageKey, Message]:
    """The stored messages among `keys`, locked in order of id."""
    wanted = set(keys)
    found = (
        Message.objects.filter(channel_id__in={k[0] for k in wanted}, external_id__in={k[1] for k in wanted})
        .select_related("customer", "channel")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    return {key: m for m in found if m.external_id and (key := (m.channel_id, m.external_id)) in wanted}


def _is_file_alone(item: MessageItem) -> bool:
    return item.direction == "out" and not item.text and bool(item.attachments)


def _without_own_files(pairs: Sequence[Pair]) -> list[Pair]:
    """Without the files that we sent: on the network they are messages of their own, here pieces of ours."""
    keys = {(prepared.channel.pk, item.external_id) for prepared, item in pairs if _is_file_alone(item)}
    if not keys:
        return list(pairs)
    parts = Part.objects.filter(message__channel__in={k[0] for k in keys}, external_id__in={k[1] for k in keys})
    ours = set(parts.values_list("message__channel_id", "external_id"))
    return [pair for pair in pairs if (pair[0].channel.pk, pair[1].external_id) not in ours]


def _is_own_echo(pair: Pair, threads: Mapping[ThreadKey, Thread], written: Written) -> bool:
    """Our own send coming back before its receipt, or instead of one: the part's row takes the network's id.

    Same thread, same text, under way or unclear; first in, first out. What was sent with a receipt has its id already.
    """
    prepared, item = pair
    if item.direction != "out":
        return False
    ours = Part.objects.filter(
        thread=threads[prepared.channel.pk, item.external_root],
        state__in=[PartState.SENDING, PartState.UNKNOWN, PartState.SENT],  # sent: a person saw it there
    )
    if _is_file_alone(item):
        ours = ours.filter(file_uid__isnull=False, external_id="")
    else:
        ours = ours.filter(message__external_id__isnull=True, message__content_hash=content_hash(item.text))
    ours = ours.select_related("message", "message__customer", "message__channel")
    part = ours.select_for_update(of=("self", "message")).order_by("pk").first()
    if part is None:
        return False
    if part.file_uid is not None:
        part.state, part.reason, part.external_id = PartState.SENT, "", item.external_id
        part.save(update_fields=["state", "reason", "external_id"])
        written.changed.append(part.message)
        return True
    message = part.message
    message.external_id, message.permalink = item.external_id, item.permalink
    _apply_early_news([message], find_early_news([(message.channel_id, item.external_id)]))
    message.save(update_fields=["external_id", *_CHANGING])
    part.state, part.reason = PartState.SENT, ""
    part.save(update_fields=["state", "reason"])
    written.changed.append(message)
    return True


def _settle_known_echoes(pairs: Sequence[Pair], rows: Mapping[MessageKey, Message], written: Written) -> None:
    """What we sent under an id of our own choosing and now see on the network has arrived, whatever we thought."""
    seen = {
        row.pk: row
        for prepared, item in pairs
        if item.direction == "out" and (row := rows.get((prepared.channel.pk, item.external_id)))
        if row.origin == Origin.OURS
    }
    if not seen:
        return
    parts = Part.objects.filter(message__in=seen, state__in=[PartState.SENDING, PartState.UNKNOWN])
    for part in parts.select_for_update().order_by("pk"):
        part.state, part.reason = PartState.SENT, ""
        part.save(update_fields=["state", "reason"])
        written.changed.append(seen[part.message_id])


def _new_message(
    pair: Pair, pk: int, threads: Mapping[ThreadKey, Thread], people: Mapping[PersonKey, Customer], now: datetime
) -> Message:
    prepared, item = pair
    incoming = item.direction == "in"
    thread = threads[prepared.channel.pk, item.external_root]
    message = new_object(
        Message,
        id=pk,
        uid=new_uid(),
        channel_id=prepared.channel.pk,
        thread_id=thread.pk,
        customer_id=people[person_key(item)].pk if incoming else None,
        direction=item.direction,
        origin=Origin.CUSTOMER if incoming else Origin.NATIVE_APP,
        kind=item.kind,
        visibility=item.visibility,
        external_id=item.external_id,
        parent_external_id=item.parent_external_id,
        permalink=item.permalink,
        subject=masked_subject(item.subject),
        automatic=item.automatic,
        attachments=_attachments(item.attachments),
        at=min(item.at, now),  # a clock that runs ahead must not stand above everything for ever
        received_at=now,
        edited_at=version_of(item) if item.edited else None,
    )
    message.channel, message.thread = prepared.channel, thread
    return _set_text(message, prepared, item)


def _set_text(message: Message, prepared: Prepared, item: MessageItem) -> Message:
    assert prepared.reading is not None  # noqa: S101  every MessageItem is read
    masked, language = prepared.reading.masked, prepared.reading.language.code
    message.text, message.masks, message.fold_at = masked.text, sealing.masks_json(masked), prepared.fold_at
    message.language = "" if language == "und" else language
    message.version_at, message.content_hash = version_of(item), content_hash(item.text)
    message.no_reply = item.no_reply
    return message


def _attachments(attachments: Sequence[Attachment]) -> list[dict[str, Any]]:
    """What came as a mere address; what came with its bytes is listed once it is kept."""
    return [
        {"kind": a.kind, "url": a.url, "external_id": a.external_id, "title": a.title}
        for a in attachments
        if not a.content
    ]


def _seal(messages: Sequence[Message], prepared: Sequence[Prepared]) -> list[tuple[Message, Masked]]:
    """Encrypt what masks cover: under the author's key, or the channel's while there is no author. Gives: what was."""
    pairs = [
        (m, p.reading.masked)
        for m, p in zip(messages, prepared, strict=True)
        if p.reading and p.reading.masked.originals
    ]
    customers = _locked(Customer, {m.customer_id for m, _ in pairs if m.customer_id})
    channels = _locked(Channel, {m.channel_id for m, _ in pairs if not m.customer_id})
    keys = sealing.ensure_keys(list(customers.values())) | sealing.ensure_keys(list(channels.values()))
    for message, masked in pairs:
        owner = customers[message.customer_id] if message.customer_id else channels[message.channel_id]
        assert owner.data_key_id is not None  # noqa: S101  made above
        message.sealed = sealing.seal_originals(
            masked,
            key_id=owner.data_key_id,
            key=keys[owner.data_key_id],
            context=sealing.message_context(message.uid),
        )
    return pairs


def _locked(model: Any, ids: set[int]) -> dict[int, Any]:
    return (
        {row.pk: row for row in model.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")}
        if ids
        else {}
    )


def _apply_early_news(messages: Iterable[Message], early: EarlyNews) -> None:
    """Hidden or deleted before it arrived: the tombstone tells, and stays, so that a late repeat changes nothing."""
    for message in messages:
        if news := early.messages.get((message.channel_id, message.external_id or "")):
            set_state(message, *news)


def is_state_news(message: Message, state: str, version_at: datetime) -> bool:
    """Whether this outdates what we know: a deletion always does, else the later word, then the greater one."""
    if message.state == MessageState.DELETED:
        return False
    if state == MessageState.DELETED:
        return True
    return message.state_at is None or (version_at, state) > (message.state_at, message.state)


def set_state(message: Message, state: str, version_at: datetime) -> bool:
    """Take newer news of the state; a deletion is final and takes the text with it. Gives: whether the state changed.

    News that confirms what we know still moves `state_at`: what comes late must not undo it.
    """
    if not is_state_news(message, state, version_at):
        return False
    differs = message.state != state
    message.state, message.state_at = state, version_at
    if state == MessageState.DELETED:
        message.text, message.masks, message.sealed, message.attachments = "", [], None, []
        message.subject, message.fold_at = "", None
    return differs


def _update(pairs: Sequence[Pair], rows: Mapping[MessageKey, Message], written: Written) -> None:
    """Newer text of messages we already have; `news.apply_states` sees to their state."""
    retold: list[tuple[Message, Prepared]] = []
    stored: list[Message] = []
    for prepared, item in pairs:
        message = rows.get((prepared.channel.pk, item.external_id))
        if message is None or message.state == MessageState.DELETED or message.origin == Origin.OURS:
            continue
        before, version_at = _told(message), message.version_at
        if _take_text(message, prepared, item):
            message.sealed = None
            retold.append((message, prepared))
        if _told(message) != before:
            written.changed.append(message)
        if _told(message) != before or message.version_at != version_at:
            stored.append(message)
    masked = _seal([m for m, _ in retold], [p for _, p in retold])
    save_changed(stored)
    if retold:
        MaskedValue.objects.filter(message__in=[m for m, _ in retold]).delete()
        sealing.keep_hashes(masked)


def _told(message: Message) -> tuple[str, bool, int, str]:
    """What of a message people see change here."""
    return message.text, message.edited_at is not None, len(message.attachments), message.permalink


def _take_text(message: Message, prepared: Prepared, item: MessageItem) -> bool:
    """Take what is newer. The version moves even when the text is the same, so that what comes late cannot undo it; an
    older, different text shows that ours is an edit. Gives: whether the text was set.
    """
    assert prepared.reading is not None  # noqa: S101  every MessageItem is read
    hashed, known = content_hash(item.text), bytes(message.content_hash)
    newer = (version_of(item), hashed) > (message.version_at, known)
    retold = newer and (hashed != known or message.text != prepared.reading.masked.text)
    if retold:
        _set_text(message, prepared, item)
    elif newer:
        message.version_at = version_of(item)
    if item.edited or hashed != known:
        message.edited_at = message.version_at if newer or not message.edited_at else message.edited_at
    message.attachments = message.attachments or _attachments(item.attachments)
    message.permalink = message.permalink or item.permalink
    return retold


_CHANGING = [
    *("text", "masks", "fold_at", "sealed", "attachments", "permalink", "language", "content_hash"),
    *("state", "state_at", "edited_at", "version_at", "no_reply"),
]


def save_changed(messages: Iterable[Message]) -> None:
    """Store what may change about a message after its arrival, in one statement."""
    update_rows(messages, _CHANGING)
