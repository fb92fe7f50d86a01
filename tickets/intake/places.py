"""Where things were said: posts and threads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from tickets.intake.items import MessageItem, PostItem
from tickets.intake.prepare import Prepared
from tickets.models import Post, Thread
from tickets.sealing import masks_json

ThreadKey = tuple[int, str]  # (channel id, external root)


def ensure_threads(messages: Sequence[tuple[Prepared, MessageItem]], *, now: datetime) -> dict[ThreadKey, Thread]:
    """The thread of every message, made where new. At most three statements."""
    firsts: dict[ThreadKey, MessageItem] = {}
    for prepared, item in messages:
        key = (prepared.channel.pk, item.external_root)
        if key not in firsts or (item.post_external_id and not firsts[key].post_external_id):
            firsts[key] = item
    known = _known_threads(firsts)
    _learn_posts(known, firsts)
    made = Thread.objects.bulk_create(
        Thread(
            channel_id=channel_id,
            external_root=root,
            visibility=item.visibility,
            post_external_id=item.post_external_id,
            created_at=now,
        )
        for (channel_id, root), item in sorted(firsts.items(), key=lambda pair: pair[0])
        if (channel_id, root) not in known
    )
    return known | {(thread.channel_id, thread.external_root): thread for thread in made}


def _known_threads(keys: Iterable[ThreadKey]) -> dict[ThreadKey, Thread]:
    keys = set(keys)
    found = Thread.objects.filter(channel_id__in={k[0] for k in keys}, external_root__in={k[1] for k in keys})
    return {key: t for t in found if (key := (t.channel_id, t.external_root)) in keys}


def _learn_posts(known: dict[ThreadKey, Thread], firsts: dict[ThreadKey, MessageItem]) -> None:
    learnt = [t for key, t in known.items() if not t.post_external_id and firsts[key].post_external_id]
    for thread in learnt:
        thread.post_external_id = firsts[thread.channel_id, thread.external_root].post_external_id
    Thread.objects.bulk_update(learnt, ["post_external_id"])


def apply_posts(prepared: Iterable[Prepared]) -> None:
    """Insert posts, or bring them up to date where the news is newer. At most three statements."""
    newest: dict[tuple[int, str], tuple[Prepared, PostItem]] = {}
    for one in prepared:
        if isinstance(one.item, PostItem):
            key = (one.channel.pk, one.item.external_id)
            if key not in newest or _version(one.item) > _version(newest[key][1]):
                newest[key] = (one, one.item)
    if not newest:
        return
    rows = {(p.channel_id, p.external_id): p for p in _known_posts(newest)}
    fresh = [_fill(Post(channel=one.channel, external_id=item.external_id), one, item)
             for key, (one, item) in sorted(newest.items(), key=lambda pair: pair[0]) if key not in rows]  # fmt: skip
    stale = [_fill(rows[key], one, item) for key, (one, item) in newest.items()
             if key in rows and _version(item) > rows[key].version_at]  # fmt: skip
    Post.objects.bulk_create(fresh)
    Post.objects.bulk_update(stale, ["text", "masks", "author_name", "permalink", "version_at", "ours"])


def _known_posts(keys: Iterable[tuple[int, str]]) -> Iterable[Post]:
    keys = set(keys)
    found = Post.objects.filter(channel_id__in={k[0] for k in keys}, external_id__in={k[1] for k in keys})
    return [post for post in found.select_for_update().order_by("pk") if (post.channel_id, post.external_id) in keys]


def _version(item: PostItem) -> datetime:
    return item.version_at or item.at


def _fill(post: Post, one: Prepared, item: PostItem) -> Post:
    assert one.reading is not None  # noqa: S101  every PostItem is read
    post.text, post.masks = one.reading.masked.text, masks_json(one.reading.masked)
    post.author_name = item.author.name if item.author else ""
    post.ours = item.ours
    post.permalink = item.permalink or post.permalink
    post.published_at = min(filter(None, (post.published_at, item.at)))
    post.version_at = _version(item)
    return post
