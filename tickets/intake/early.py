"""What the network said of something before it came: a message hidden or deleted, a post deleted. One look for both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

Key = tuple[int, str]  # (channel id, external id)

_SAID = """
    SELECT 'message', channel_id, external_id, state, version_at FROM tickets_tombstone
    WHERE channel_id = ANY(%(channels)s) AND external_id = ANY(%(names)s)
    UNION ALL
    SELECT 'post', channel_id, external_id, 'deleted', deleted_at FROM tickets_post
    WHERE channel_id = ANY(%(channels)s) AND external_id = ANY(%(names)s) AND deleted_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class EarlyNews:
    """Tombstones of messages as (state, as of when), and since when posts are gone."""

    messages: dict[Key, tuple[str, datetime]] = field(default_factory=dict)
    posts: dict[Key, datetime] = field(default_factory=dict)


def find_early_news(keys: Iterable[Key]) -> EarlyNews:
    """What was said of these names, whether messages or posts bear them. One query; none for no names."""
    wanted = set(keys)
    news = EarlyNews()
    if not wanted:
        return news
    with connection.cursor() as cursor:
        cursor.execute(_SAID, {"channels": [k[0] for k in wanted], "names": [k[1] for k in wanted]})
        for kind, channel_id, external_id, state, at in cursor.fetchall():
            key = (channel_id, external_id)
            if key in wanted and kind == "message":
                news.messages[key] = (state, at)
            elif key in wanted:
                news.posts[key] = at
    return news
