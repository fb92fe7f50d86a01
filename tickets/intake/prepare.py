"""Reading texts before anything is locked: language, personal data, masks, and a keyed hash of the content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analysis.masking import mask
from analysis.personal_data import find, normalise
from analysis.read import Reading, read
from core.secrets import keyed_hash
from tickets.intake.items import NAME_LIMIT, AnyItem, Item, MessageItem, PostItem
from tickets.models import Channel

ChannelKey = tuple[str, str]  # (platform, the channel's external id)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An item with what was read from its text; `reading` is None for items without text."""

    item: AnyItem
    channel: Channel
    reading: Reading | None


def content_hash(text: str) -> bytes:
    """Keyed hash of a text as its reader sees it: white space folded, so that an echo compares equal to what we
    sent."""
    return keyed_hash(" ".join(text.split()), purpose="message-content")


def find_channels(items: Iterable[Item]) -> dict[ChannelKey, Channel]:
    """The channels that items name, by (platform, external id). One query."""
    wanted = {(item.platform, item.account_external_id) for item in items}
    found = Channel.objects.filter(
        platform__in={platform for platform, _ in wanted}, external_id__in={external for _, external in wanted}
    ).select_related("team")
    return {key: channel for channel in found if (key := (channel.platform, channel.external_id)) in wanted}


def prepare(items: Iterable[AnyItem], channels: Mapping[ChannelKey, Channel]) -> list[Prepared]:
    """Read every text of items that name a channel of ours; items of strangers' pages are left out."""
    out = []
    for item in items:
        channel = channels.get((item.platform, item.account_external_id))
        if channel is not None:
            out.append(Prepared(item, channel, _read(item, channel)))
    return out


def masked_name(name: str) -> str:
    """A display name as it may be shown: people put their phone number there too."""
    return mask(name, find(name)).text[:NAME_LIMIT]


def _read(item: AnyItem, channel: Channel) -> Reading | None:
    if not isinstance(item, MessageItem | PostItem):
        return None
    return read(item.text, allowed=frozenset(normalise(value) for value in channel.own_values))
