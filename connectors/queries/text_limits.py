"""How long a text is on each kind of channel the company has, counted as the composer counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from connectors.kit import registry
from connectors.kit.manifest import Action
from connectors.queries.reply_ways import measure_reply
from tickets.models import Channel, Visibility

_ACTION = {Visibility.PUBLIC: Action.REPLY_PUBLIC, Visibility.PRIVATE: Action.REPLY_PRIVATE}


@dataclass(frozen=True, slots=True)
class ChannelLimit:
    """One kind of channel and reader: what a text counts there and what it takes."""

    platform: str
    name: str
    visibility: str
    length: int
    limit: int

    @property
    def over(self) -> int:
        """By how much it is too long; 0 where it fits."""
        return max(self.length - self.limit, 0)


def get_platforms_in_use() -> tuple[tuple[str, str], ...]:
    """The platforms on which there are channels and answers, with what people call them. One query."""
    used = set(Channel.objects.order_by().values_list("platform", flat=True).distinct())
    known = [registry.get(key).manifest for key in used.intersection(registry.keys())]
    answered = [manifest for manifest in known if manifest.actions & set(_ACTION.values())]
    return tuple(sorted(((manifest.key, manifest.name) for manifest in answered), key=lambda one: one[1]))


def count_on_channels(
    *, text: str, platforms: Collection[tuple[str, str]], platform: str = "", visibility: str = ""
) -> tuple[ChannelLimit, ...]:
    """How long `text` is wherever it could be sent, the tightest first. No query.

    Takes: platforms, as `get_platforms_in_use` gives them; platform and visibility, where the text is for one alone.
    """
    out = []
    for key, name in platforms:
        manifest = registry.get(key).manifest
        for reader, action in _ACTION.items():
            limit = manifest.limits.text_of(action)
            if action in manifest.actions and limit and platform in ("", key) and visibility in ("", reader):
                length = measure_reply(platform=key, visibility=reader, text=text) or 0
                out.append(ChannelLimit(key, name, reader, length, limit.length))
    return tuple(sorted(out, key=lambda one: (one.limit - one.length, one.name, one.visibility)))
