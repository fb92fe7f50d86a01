"""Where things were said: posts and threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tickets.intake.items import MessageItem, PostItem
from tickets.intake.prepare import Prepared, masked_name
from tickets.models import Post, Thread
from tickets.sealing import masks_json

ThreadKey = tuple[int, str]  # (channel id, external root)
PostKey = tuple[int, str]  # (channel id, external id)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # older than any news of a post


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


def under_visitor_posts(pairs: Sequence[tuple[Prepared, MessageItem]]) -> list[tuple[Prepared, MessageItem]]:
    """What is said under a visitor's post belongs to that post's thread, not to a thread of its own. One query.

    Known by the thread that the post itself made. A comment that comes before its visitor's post keeps its own thread.
    """
    roots = {(one.channel.pk, item.external_id) for one, item in pairs if item.external_id == item.external_root}
    roots &= {(one.channel.pk, item.external_id) for one, item in pairs if item.kind == "post"}
    roots |= set(
        _known_threads((one.channel.pk, item.post_external_id) for one, item in pairs if item.post_external_id)
    )
    return [
        (one, replace(item, external_root=item.post_external_id))
        if (one.channel.pk, item.post_external_id) in roots
        else (one, item)
        for one, item in pairs
    ]


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
    newest: dict[PostKey, tuple[Prepared, PostItem]] = {}
    for one in prepared:
        if isinstance(one.item, PostItem):
            key = (one.channel.pk, one.item.external_id)
            if key not in newest or _rank(one, one.item) > _rank(*newest[key]):
                newest[key] = (one, one.item)
    if not newest:
        return
    rows = {(p.channel_id, p.external_id): p for p in _known_posts(newest)}
    fresh = [_fill(Post(channel=one.channel, external_id=item.external_id), one, item)
             for key, (one, item) in sorted(newest.items(), key=lambda pair: pair[0]) if key not in rows]  # fmt: skip
    stale = [_fill(rows[key], one, item) for key, (one, item) in newest.items()
             if key in rows and _rank(one, item) > (rows[key].version_at, rows[key].text)]  # fmt: skip
    Post.objects.bulk_create(fresh)
    Post.objects.bulk_update(stale, ["text", "masks", "author_name", "permalink", "published_at", "version_at", "ours"])


def bury_posts(gone: Mapping[PostKey, datetime]) -> None:
    """Take the text of deleted posts; a post not here yet leaves its mark. At most two statements, and one per post."""
    if not gone:
        return
    known = {(post.channel_id, post.external_id): post for post in _known_posts(gone)}
    for key, post in known.items():
        if post.deleted_at is None:
            post.text, post.masks, post.deleted_at = "", [], gone[key]
            post.save(update_fields=["text", "masks", "deleted_at"])
    Post.objects.bulk_create(
        Post(channel_id=key[0], external_id=key[1], version_at=NEVER, deleted_at=gone[key])
        for key in sorted(gone.keys() - known.keys())
    )


def deleted_posts(keys: Iterable[PostKey]) -> dict[PostKey, datetime]:
    """Which of these posts are gone, and since when. One query."""
    keys = set(keys)
    found = Post.objects.filter(
        channel_id__in={k[0] for k in keys}, external_id__in={k[1] for k in keys}, deleted_at__isnull=False
    ).values_list("channel_id", "external_id", "deleted_at")
    return {(channel, external): at for channel, external, at in found if at and (channel, external) in keys}


def _known_posts(keys: Iterable[PostKey]) -> Iterable[Post]:
    keys = set(keys)
    found = Post.objects.filter(channel_id__in={k[0] for k in keys}, external_id__in={k[1] for k in keys})
    return [post for post in found.select_for_update().order_by("pk") if (post.channel_id, post.external_id) in keys]


def _rank(one: Prepared, item: PostItem) -> tuple[datetime, str]:
    """Newer news wins; equal times are settled by the text, the same way whatever the order."""
    assert one.reading is not None  # noqa: S101  every PostItem is read
    return item.version_at or item.at, one.reading.masked.text


def _fill(post: Post, one: Prepared, item: PostItem) -> Post:
    assert one.reading is not None  # noqa: S101  every PostItem is read
    if post.deleted_at is None:
        post.text, post.masks = one.reading.masked.text, masks_json(one.reading.masked)
    post.author_name = masked_name(item.author.name) if item.author else ""
    post.ours = item.ours
    post.permalink = item.permalink or post.permalink
    post.published_at = min(filter(None, (post.published_at, item.at)))
    post.version_at = item.version_at or item.at
    return post
