"""Who has a private conversation: we, or another program of the company, into whose talk nobody answers from here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from tickets.intake.items import HandoverItem, MessageItem
from tickets.intake.messages import version_of
from tickets.intake.places import ThreadKey
from tickets.intake.prepare import Prepared
from tickets.models import Message, Thread, TicketThread

News = tuple[datetime, bool]  # (as of when, does another program have it): the later word holds


def apply_handovers(prepared: Iterable[Prepared], threads: Mapping[ThreadKey, Thread]) -> set[int]:
    """Note who has the conversations of this batch, whose messages are stored already.

    No statement where nothing was said of it and all of `threads` are ours. Gives: ids of the open tickets concerned.
    """
    newest = _newest(prepared)
    ours = {key for key, (_, standby) in newest.items() if not standby}
    quiet = {key for key in ours if key in threads and not threads[key].standby}
    told = {key: news for key, news in newest.items() if key not in quiet}
    if not told:
        return set()
    found = Thread.objects.filter(channel_id__in={k[0] for k in told}, external_root__in={k[1] for k in told})
    rows = [t for t in found.select_for_update().order_by("pk") if (t.channel_id, t.external_root) in told]
    changed = [thread for thread in rows if _take(thread, *told[thread.channel_id, thread.external_root])]
    Thread.objects.bulk_update(rows, ["standby", "standby_at"])
    links = TicketThread.objects.filter(thread__in=changed, is_open=True)
    return set(links.values_list("ticket_id", flat=True))


def _newest(prepared: Iterable[Prepared]) -> dict[ThreadKey, News]:
    newest: dict[ThreadKey, News] = {}
    for one in prepared:
        item = one.item
        if isinstance(item, HandoverItem):
            root, news = item.external_id, (item.version_at or item.at, item.standby)
        elif isinstance(item, MessageItem) and item.standby is not None:
            root, news = item.external_root, (version_of(item), item.standby)
        else:
            continue
        key = (one.channel.pk, root)
        newest[key] = max(newest.get(key, news), news)
    return newest


def _take(thread: Thread, at: datetime, standby: bool) -> bool:
    """Whether this changes who has it. A late word changes nothing: what was said since went by another way."""
    if thread.standby_at is not None and at <= thread.standby_at:
        return False
    if standby and Message.objects.filter(thread=thread, direction="in", at__gt=at).exists():
        return False
    differs = thread.standby != standby
    thread.standby, thread.standby_at = standby, at
    return differs
