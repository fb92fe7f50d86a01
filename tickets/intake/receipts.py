"""What a network tells of our own messages after it took them: delivered, read, delayed, or come back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from core.rows import update_rows
from tickets.intake.items import ReceiptItem
from tickets.intake.messages import MessageKey, lock_messages
from tickets.intake.prepare import Prepared
from tickets.models import Message, Outcome, Part, PartState

UpTo = dict[tuple[int, str, str], datetime]  # (channel id, external root, outcome) → the latest moment it is told for

# Later words never take back a stronger one: read means delivered, and what was delivered is not delayed.
_STRENGTH = {Outcome.NONE: 0, Outcome.DELAYED: 1, Outcome.DELIVERED: 2, Outcome.READ: 3}


def apply_receipts(prepared: Iterable[Prepared]) -> list[Message]:
    """Mark our messages with what became of them; a failure is final. Gives: the messages that changed."""
    told: dict[MessageKey, list[ReceiptItem]] = {}
    up_to: UpTo = {}
    for one in prepared:
        if not isinstance(one.item, ReceiptItem):
            continue
        if one.item.whole_thread:
            key = (one.channel.pk, one.item.external_id, one.item.outcome)
            up_to[key] = max(up_to.get(key, one.item.at), one.item.at)
        else:
            told.setdefault((one.channel.pk, one.item.external_id), []).append(one.item)
    return [*_apply_named(told), *_apply_up_to(up_to)]


def came_back(changed: Iterable[Message]) -> set[int]:
    """The cases of those among these messages that did not arrive. At most one query."""
    told = {message.pk: message.ticket_id for message in changed if message.ticket_id}
    if not told:
        return set()
    failed = Part.objects.filter(message_id__in=told, state=PartState.FAILED).values_list("message_id", flat=True)
    return {ticket_id for pk in failed if (ticket_id := told[pk])}


def _apply_named(told: Mapping[MessageKey, list[ReceiptItem]]) -> list[Message]:
    if not told:
        return []
    ours = {key: message for key, message in lock_messages(told).items() if message.direction == "out"}
    changed = [message for key, message in ours.items() if _note_outcome(message, told[key])]
    update_rows(changed, ["outcome"])
    failed = {key: next((r for r in told[key] if r.outcome == "failed"), None) for key in ours}
    return list({m.pk: m for m in [*changed, *_fail({ours[key]: r for key, r in failed.items() if r})]}.values())


def _apply_up_to(told: UpTo) -> list[Message]:
    """Some networks name a moment: all that had left for that person by then was read. Two statements."""
    if not told:
        return []
    where = Q(pk__in=[])
    for (channel_id, root, _outcome), at in told.items():
        where |= Q(channel_id=channel_id, thread__external_root=root, at__lte=at)
    left_at = Part.objects.filter(message=OuterRef("pk")).order_by("-claimed_at").values("claimed_at")[:1]
    ours = Message.objects.filter(where, direction="out", external_id__isnull=False).exclude(outcome=Outcome.READ)
    ours = ours.annotate(left_at=Coalesce(Subquery(left_at), "at")).select_related("thread")
    changed: list[Message] = [
        m for m in ours.select_for_update(of=("self",)).order_by("pk") if _note_up_to(m, m.left_at, told)
    ]
    Message.objects.bulk_update(changed, ["outcome"])
    return changed


def _note_up_to(message: Message, left_at: datetime, told: UpTo) -> bool:
    place = (message.channel_id, message.thread.external_root)
    words = [Outcome(word) for (channel, root, word), at in told.items() if (channel, root) == place and left_at <= at]
    return _strengthen(message, words)


def _note_outcome(message: Message, receipts: Iterable[ReceiptItem]) -> bool:
    return _strengthen(message, [Outcome(receipt.outcome) for receipt in receipts if receipt.outcome != "failed"])


def _strengthen(message: Message, words: Iterable[Outcome]) -> bool:
    best = max(words, key=lambda word: _STRENGTH[word], default=Outcome.NONE)
    if _STRENGTH[best] <= _STRENGTH[Outcome(message.outcome)]:
        return False
    message.outcome = best
    return True


def _fail(told: dict[Message, ReceiptItem]) -> list[Message]:
    """The parts of a message that came back have failed, whatever we thought of them. Gives: messages that changed.

    What was read has arrived: a report that says otherwise afterwards is somebody's making.
    """
    told = {message: receipt for message, receipt in told.items() if message.outcome != Outcome.READ}
    parts = Part.objects.filter(message__in=told).exclude(state=PartState.FAILED).select_for_update().order_by("pk")
    reports = {message.pk: (message, receipt) for message, receipt in told.items()}
    changed = []
    for part in parts:
        message, receipt = reports[part.message_id]
        part.state, part.reason, part.platform_code = PartState.FAILED, receipt.reason or "refused", receipt.code
        part.save(update_fields=["state", "reason", "platform_code"])
        changed.append(message)
    return changed
