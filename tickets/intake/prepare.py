"""Reading texts before anything is locked: language, personal data, masks, and a keyed hash of the content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from analysis.masking import Mask, Masked, mask
from analysis.personal_data import find, normalise
from analysis.read import Reading, read
from core.secrets import keyed_hash
from tickets.intake.items import NAME_LIMIT, AnyItem, Item, MessageItem, PostItem
from tickets.models import Channel

ChannelKey = tuple[str, str]  # (platform, the channel's external id)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An item with what was read from its text; `reading` is None for items without text.

    `fold_at` is where, in the masked text, that part begins which people fold away.
    """

    item: AnyItem
    channel: Channel
    reading: Reading | None
    fold_at: int | None = None


def content_hash(text: str) -> bytes:
    """Keyed hash of a text as its reader sees it: white space folded, so that an echo compares equal to what we
    sent."""
    return keyed_hash(" ".join(text.split()), purpose="message-content")


def find_channels(items: Iterable[Item], *, among: QuerySet[Channel] | None = None) -> dict[ChannelKey, Channel]:
    """The channels that items name, by (platform, external id). One query.

    Takes: among, which channels the items may speak of; all of ours unless given.
    """
    wanted = {(item.platform, item.account_external_id) for item in items}
    known = Channel.objects.all() if among is None else among
    found = known.filter(
        platform__in={platform for platform, _ in wanted}, external_id__in={external for _, external in wanted}
    ).select_related("team")
    return {key: channel for channel in found if (key := (channel.platform, channel.external_id)) in wanted}


def prepare(items: Iterable[AnyItem], channels: Mapping[ChannelKey, Channel]) -> list[Prepared]:
    """Read every text of items that name a channel of ours; items of strangers' pages are left out."""
    out = []
    for item in items:
        channel = channels.get((item.platform, item.account_external_id))
        if channel is not None:
            out.append(_prepared(item, channel))
    return out


def masked_name(name: str) -> str:
    """A display name as it may be shown: people put their phone number there too."""
    return mask(name, find(name)).text[:NAME_LIMIT]


def own_values(channel: Channel) -> frozenset[str]:
    """The company's own numbers and addresses on this channel, in the form that comparisons use."""
    return frozenset(normalise(value) for value in channel.own_values)


def _prepared(item: AnyItem, channel: Channel) -> Prepared:
    if not isinstance(item, MessageItem | PostItem):
        return Prepared(item, channel, None)
    allowed = own_values(channel)
    reading = read(item.text, allowed=allowed)
    if not isinstance(item, MessageItem) or not item.tail:
        return Prepared(item, channel, reading)
    # The language is that of what was newly written: a quote may be ours, in another one.
    whole = joined(reading.masked, mask(item.tail, find(item.tail, allowed=allowed)))
    return Prepared(item, channel, Reading(reading.language, whole), fold_at=len(reading.masked.text))


def joined(first: Masked, second: Masked, between: str = "\n\n") -> Masked:
    """Two masked texts as one, the second one's masks moved to where they now stand."""
    offset = len(first.text) + len(between)
    moved = tuple(Mask(m.start + offset, m.end + offset, m.label) for m in second.masks)
    return Masked(first.text + between + second.text, first.masks + moved, first.originals + second.originals)
